// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/net/http_connection.h"
#include "core/recordings/recording_source.h"

#include <QMap>
#include <QStringList>

#include <memory>
#include <mutex>

namespace vedette::recordings {

struct RelayAddress {
    QString name;            ///< of the relay, for people
    QString playback;        ///< "http://user:password@host:9996"
    QString api;             ///< "http://user:password@host:9997", which knows the paths; empty: only those named are asked for
    QStringList paths;       ///< "gate", "gate/sub"
};

/// The playback server of MediaMTX (1.9 and later, mediamtx.org/docs). What it calls a recording is a piece. Where one of its
/// files is empty or broken it lists nothing at all; then the time around is asked for in parts, and what cannot be listed
/// is told as lost. Times are those at which the relay got the pictures, unless they tell their own.
class RelaySource final : public RecordingSource {
public:
    static constexpr int kMostPaths = 1'000;
    static constexpr int kMostQuestions = 64;                 ///< for one span that has broken files in it
    static constexpr std::chrono::minutes kSmallestPart{1};   ///< that such a span is parted into

    /// clock: outlives the source.
    RelaySource(RelayAddress address, const Clock &clock);
    ~RelaySource() override;

    Kind kind() const override { return Kind::Relay; }
    QString name() const override { return QStringLiteral("relay ") + m_address.name; }
    Result<QList<LaneExtent>> lanes(std::stop_token stop) override;
    Result<Account> account(const RecordingLane &lane, UtcTime from, UtcTime to, std::stop_token stop) override;
    Result<QList<Piece>> pieces(const RecordingLane &lane, UtcTime from, UtcTime to, std::stop_token stop) override;
    Result<std::unique_ptr<SegmentReader>> open(const RecordingLane &lane, const Piece &piece, std::stop_token stop) override;

private:
    struct Listed {
        QList<Piece> pieces;
        int questions = 0;
    };
    Result<QByteArray> get(const QString &url, const std::stop_token &stop) const;
    Result<QStringList> paths(const std::stop_token &stop) const;
    /// Adds to listed. Empty times: without limits.
    Status list(const QString &path, std::optional<UtcTime> from, std::optional<UtcTime> to, Listed &listed, const std::stop_token &stop) const;
    Status parts(const QString &path, UtcTime from, UtcTime to, Listed &listed, const std::stop_token &stop) const;
    QString pathOf(const RecordingLane &lane) const;
    Error error(const Error &cause) const;

    const RelayAddress m_address;
    const Clock &m_clock;
    mutable std::mutex m_mutex; // guards the rest
    QMap<RecordingLane, QString> m_paths;
    QMap<RecordingLane, LaneExtent> m_extents;
};

} // namespace vedette::recordings
