// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/recordings/recording_source.h"

#include <QTimeZone>

#include <memory>

namespace vedette::recordings {

/// A folder of this machine and all below it: a tree of recordings, an SD card out of a Pi, an export, what another program
/// wrote. It is listed once and again where a folder's time of change says so; files are looked into only when their time
/// is asked for, a few hundred at once (Account::settling), and never written to. What is no media file is left alone.
/// Manifests beside the files tell gaps and corrections of the clock; the pictures' own times rule over names.
class FolderSource final : public RecordingSource {
public:
    static constexpr std::size_t kMostFiles = 1'000'000; ///< the rest is left out
    static constexpr int kMostDepth = 16;                ///< folders below the first
    static constexpr milliseconds kListAgain{2'000};
    static constexpr milliseconds kLookAtOnce{200};      ///< time of one answer that is spent on looking into files

    /// path: absolute. zone: of names that do not tell theirs. clock: outlives the source.
    FolderSource(QString path, const Clock &clock, QTimeZone zone = QTimeZone::utc());
    ~FolderSource() override;

    Kind kind() const override { return Kind::Folder; }
    QString name() const override;
    Result<QList<LaneExtent>> lanes(std::stop_token stop) override;
    Result<Account> account(const RecordingLane &lane, UtcTime from, UtcTime to, std::stop_token stop) override;
    Result<QList<Piece>> pieces(const RecordingLane &lane, UtcTime from, UtcTime to, std::stop_token stop) override;
    Result<QList<Piece>> unknownPieces(const RecordingLane &lane, std::stop_token stop) override;
    Result<std::unique_ptr<SegmentReader>> open(const RecordingLane &lane, const Piece &piece, std::stop_token stop) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::recordings
