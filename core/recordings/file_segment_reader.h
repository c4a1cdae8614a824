// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/byte_source.h"
#include "core/protocol/manifest.h"
#include "core/recordings/segment_reader.h"

#include <QList>
#include <QString>

#include <memory>

namespace vedette::recordings {

/// What is claimed of a file besides what its pictures say.
struct SegmentClaim {
    QString name;                ///< of the file or address, for errors; without credentials
    UtcTime from{};              ///< capture time of the first picture
    bool known = true;           ///< the clock had been synchronised
    QString by;                  ///< who says from: "the manifest", "the file's name"; empty: nobody
    milliseconds tolerance{1'000}; ///< as exact as from is meant: names tell whole seconds
    QList<protocol::ClockRun> clockRuns; ///< of its manifest
};

/// A SegmentReader of one file: our own fragmented MP4, also while it grows, and whatever else media::SegmentDemuxer reads.
/// Where the pictures tell their capture time, that rules; where they do not, from and the file's own times do.
class FileSegmentReader final : public SegmentReader {
public:
    /// Errors of media::SegmentDemuxer::open.
    static Result<std::unique_ptr<SegmentReader>> open(std::unique_ptr<media::ByteSource> bytes, SegmentClaim claim, std::stop_token stop);
    ~FileSegmentReader() override;

    const media::StreamInfo &info() const override;
    QString remark() const override;
    Status seek(UtcTime at, std::stop_token stop) override;
    Result<media::PacketPtr> read(std::stop_token stop) override;

private:
    FileSegmentReader();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::recordings
