// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/decode_times.h"
#include "core/media/packet.h"
#include "core/base/result.h"

#include <QString>

#include <memory>
#include <optional>

extern "C" {
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
}

namespace vedette::media {

struct AvPacketDeleter {
    void operator()(AVPacket *packet) const { av_packet_free(&packet); }
};
using AvPacketPtr = std::unique_ptr<AVPacket, AvPacketDeleter>;

/// The pictures that libavformat finds in a stream, as ours: Annex B, key frames told by the pictures, parameter sets before
/// each of them, times where the source left them out. Owned by the reader of the stream.
class DemuxedVideo {
public:
    struct Options {
        bool file = true;     ///< has no arrival times to stand in for missing ones
        bool onlyPts = false; ///< RTP: what libavformat says of decoding times is a guess
        bool parsed = true;   ///< libavformat's parser has seen whole pictures, so that its key flag is to be trusted
        bool untimed = false; ///< the format tells no times, and libavformat counts 25 a second: those of arrival are taken
    };
    DemuxedVideo(AVStream *stream, Options options);

    /// Learns codec, size and parameter sets. Unsupported when the codec is not known; name is that of the file or address.
    Status open(const QString &name);
    const StreamInfo &info() const { return m_info; }
    int index() const { return m_stream->index; }

    /// Through the filter, where there is one: false when it wants more. packet is filled.
    bool fetch(AVPacket *packet);
    /// False where the packet is a picture as it is. Else it is taken: one that the filter refuses is damaged and goes by.
    bool filter(AVPacket *packet);
    /// A fetched packet, its times and bytes.
    std::shared_ptr<Packet> begin(const AVPacket &packet, MonoTime arrival);
    /// Once all its bytes are there: key flag and parameter sets.
    void finish(Packet &out, bool flaggedKey);
    /// What follows does not follow what was: after a seek.
    void restart();

private:
    Status makeFilter(const char *filterName, const QString &name);
    void readSize();
    void stampTimes(const AVPacket &packet, Packet &out);

    struct FilterDeleter {
        void operator()(AVBSFContext *filter) const { av_bsf_free(&filter); }
    };
    AVStream *m_stream;
    Options m_options;
    std::unique_ptr<AVBSFContext, FilterDeleter> m_filter;
    StreamInfo m_info;
    DecodeTimes m_decodeTimes;
    std::optional<microseconds> m_lastDts;
    MonoTime m_lastArrival{};
};

} // namespace vedette::media
