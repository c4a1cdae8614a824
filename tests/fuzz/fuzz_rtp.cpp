// SPDX-License-Identifier: GPL-3.0-or-later
// RTP and RTCP packets, two length bytes before each, through the tracks of both video codecs and of AAC, in order and
// reordered. The first four bytes say how AAC is laid out and how fast time goes.
#include "core/net/rtp_track.h"

#include <algorithm>
#include <array>

using namespace vedette;
using namespace vedette::net;

namespace {

SdpMedia mediaOf(media::Codec codec, const std::uint8_t *how)
{
    SdpMedia media;
    media.codec = codec;
    if (codec == media::Codec::Aac) {
        media.clockRate = 44'100;
        media.aac.sizeLength = 1 + how[0] % 16;
        media.aac.indexLength = how[1] % 17;
        media.aac.indexDeltaLength = how[2] % 17;
    }
    return media;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 4)
        return 0;
    std::array tracks{RtpTrack(mediaOf(media::Codec::H264, data), false), RtpTrack(mediaOf(media::Codec::H265, data), true),
                      RtpTrack(mediaOf(media::Codec::Aac, data), false), RtpTrack(mediaOf(media::Codec::Aac, data), true)};
    std::span<const std::uint8_t> rest(data + 4, size - 4);
    std::int64_t now = 1'000'000;
    while (rest.size() > 2) {
        const std::size_t length = std::min<std::size_t>(rest[0] << 8 | rest[1], rest.size() - 2);
        const auto bytes = rest.subspan(2, length);
        rest = rest.subspan(2 + length);
        now += std::int64_t{data[3]} * 1000;
        for (RtpTrack &track : tracks) {
            std::vector<std::uint8_t> packet(bytes.begin(), bytes.end());
            if (packet.size() > 1) // whatever type it names
                packet[1] = static_cast<std::uint8_t>((packet[1] & 0x80) | 96);
            track.onRtp(std::move(packet), monoFromMicros(now));
            track.onRtcp(bytes, monoFromMicros(now));
            while (const media::PacketPtr unit = track.take(monoFromMicros(now)))
                (void)track.senderTime(unit->pts);
            (void)track.report(1, monoFromMicros(now));
        }
    }
    return 0;
}
