// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes of an agent's .au stream and the capture-time message in its pictures.
#include "core/media/nal.h"
#include "core/protocol/au_framing.h"
#include "core/protocol/capture_sei.h"

using namespace vedette;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    protocol::AuParser parser;
    parser.feed(reinterpret_cast<const char *>(data), size);
    for (auto item = parser.next(); item && *item; item = parser.next()) {
        if (const auto *unit = std::get_if<protocol::AuUnit>(&**item)) {
            if (const auto payload = media::findUserDataSei(media::Codec::H264, unit->data, protocol::kCaptureUuid))
                (void)protocol::decodeCapture(*payload);
            (void)media::insertUserDataSei(media::Codec::H265, unit->data, protocol::encodeCapture({}));
        }
    }
    return 0;
}
