// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/segment_demuxer.h"

#include <memory>

namespace vedette::media {

/// A SegmentDemuxer by libavformat, for the containers that cameras and other programs write: MP4 with its index at either
/// end, Matroska, MPEG-TS, AVI, FLV. Reads nothing but the ByteSource, whatever the file refers to.
class ContainerDemuxer final : public SegmentDemuxer {
public:
    static Result<std::unique_ptr<SegmentDemuxer>> open(std::unique_ptr<ByteSource> bytes, const QString &name, std::stop_token stop);
    /// What the head of a fragmented MP4 (ftyp and moov) says of its streams. Unsupported when it holds pictures itself.
    static Result<StreamInfo> readHead(Bytes head, const QString &name);
    ~ContainerDemuxer() override;

    const StreamInfo &info() const override;
    Result<PacketPtr> read(std::stop_token stop) override;
    Status seek(microseconds pts, std::stop_token stop) override;
    microseconds start() const override;
    std::uint64_t damaged() const override;

private:
    ContainerDemuxer();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
