// SPDX-License-Identifier: GPL-3.0-or-later
// RTP and RTCP packets, two length bytes before each, through statistics and assembly of both codecs.
#include "core/net/access_unit_assembler.h"

#include <algorithm>

using namespace vedette;
using namespace vedette::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    AccessUnitAssembler h264(media::Codec::H264);
    AccessUnitAssembler h265(media::Codec::H265);
    RtpStatistics statistics;
    std::span<const std::uint8_t> rest(data, size);
    std::int64_t now = 0;
    while (rest.size() > 2) {
        const std::size_t length = std::min<std::size_t>(rest[0] << 8 | rest[1], rest.size() - 2);
        const auto bytes = rest.subspan(2, length);
        rest = rest.subspan(2 + length);
        (void)parseSenderReport(bytes);
        if (const auto packet = parseRtp(bytes)) {
            const std::uint32_t missing = statistics.received(packet->sequence, packet->timestamp, monoFromMicros(now += 1000));
            (void)h264.push(*packet, missing);
            (void)h265.push(*packet, missing);
        }
    }
    return 0;
}
