// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/media/aac.h"

#include <memory>

extern "C" {
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
}

namespace vedette::media {

/// The sound that a Demuxer finds beside the video: AAC as raw access units (out of ADTS, too, where its description is known
/// with the first unit only), everything else as it is. Broken units go by and are counted. Owned by the Demuxer.
class DemuxedSound {
public:
    explicit DemuxedSound(AVStream *stream);
    ~DemuxedSound();

    int index() const { return m_stream->index; }
    /// Empty while the description is not known.
    const std::optional<AudioInfo> &info() const { return m_info; }
    /// A packet of this stream as ours, on the time line of the container; null when there is none in it. packet is left empty.
    PacketPtr take(AVPacket *packet, MonoTime arrival);
    std::uint64_t broken() const { return m_broken; }

private:
    bool unwrap(AVPacket *packet);
    void learn(const AacConfig &config);

    struct FilterDeleter {
        void operator()(AVBSFContext *filter) const { av_bsf_free(&filter); }
    };
    AVStream *m_stream;
    std::unique_ptr<AVBSFContext, FilterDeleter> m_filter; ///< takes ADTS off
    std::optional<AudioInfo> m_info;
    std::optional<microseconds> m_next; ///< time of the next unit that does not say its own
    microseconds m_duration{0};         ///< of a unit of AAC
    std::uint64_t m_broken = 0;
};

} // namespace vedette::media
