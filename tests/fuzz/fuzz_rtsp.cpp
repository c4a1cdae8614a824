// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes of an RTSP connection, as a hostile server sends them, in pieces of changing size; bodies go on to the SDP reader.
#include "core/net/rtsp_parser.h"
#include "core/net/sdp.h"

#include <algorithm>

using namespace vedette::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    RtspParser parser;
    const std::size_t piece = size > 0 ? 1 + data[0] : 1;
    for (std::size_t at = 0; at < size; at += piece) {
        parser.feed(reinterpret_cast<const char *>(data) + at, std::min(piece, size - at));
        for (;;) {
            auto item = parser.next();
            if (!item)
                return 0;
            if (!*item)
                break;
            if (const auto *response = std::get_if<RtspResponse>(&**item))
                (void)parseSdp(response->body);
        }
    }
    (void)parseSdp(QByteArray(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size)));
    return 0;
}
