// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/packet.h"

namespace vedette::media {

const char *toString(Codec codec)
{
    switch (codec) {
    case Codec::H264: return "h264";
    case Codec::H265: return "h265";
    case Codec::Mjpeg: return "mjpeg";
    case Codec::Aac: return "aac";
    case Codec::Unknown:
    case Codec::Other: break;
    }
    return "";
}

} // namespace vedette::media
