// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/segment_demuxer.h"

#include <memory>

namespace vedette::media {

/// A SegmentDemuxer of fragmented MP4 (ISO/IEC 14496-12, 8.8), ours and that of other programs, without libavformat: what
/// is there of a growing or cut off file plays; a seek takes the index at the end of the file where there is one, else
/// halves the file between fragments that it knows. A fragment that breaks the format is gone around to the next one.
class FragmentDemuxer final : public SegmentDemuxer {
public:
    /// Unsupported for what is not fragmented, has its pictures elsewhere too, or another codec than H.264 and H.265; bytes
    /// is then given back in place.
    static Result<std::unique_ptr<SegmentDemuxer>> open(std::unique_ptr<ByteSource> &bytes, const QString &name, std::stop_token stop);
    ~FragmentDemuxer() override;

    const StreamInfo &info() const override;
    Result<PacketPtr> read(std::stop_token stop) override;
    Status seek(microseconds pts, std::stop_token stop) override;
    microseconds start() const override;
    std::uint64_t damaged() const override;

private:
    FragmentDemuxer();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
