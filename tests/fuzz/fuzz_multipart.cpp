// SPDX-License-Identifier: GPL-3.0-or-later
// A Motion JPEG stream: its content type is the first line, the rest comes in pieces of changing size; pictures and their
// headers go on to the capture time.
#include "core/net/multipart_parser.h"
#include "core/protocol/capture_jpeg.h"

#include <algorithm>

using namespace vedette;
using namespace vedette::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto *text = reinterpret_cast<const char *>(data);
    const std::size_t head = static_cast<std::size_t>(std::find(text, text + size, '\n') - text);
    MultipartParser parser(QByteArray(text, static_cast<qsizetype>(head)));
    const std::size_t piece = size > 0 ? 1 + data[size - 1] : 1;
    for (std::size_t at = std::min(head + 1, size); at < size; at += piece) {
        parser.feed(text + at, std::min(piece, size - at));
        for (;;) {
            auto part = parser.next();
            if (!part)
                return 0;
            if (!*part)
                break;
            (void)protocol::parseCaptureTime((*part)->captureTime);
            (void)protocol::findJpegCapture((*part)->body);
            protocol::insertJpegCapture((*part)->body, {});
        }
    }
    return 0;
}
