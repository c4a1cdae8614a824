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
    case Codec::Pcmu: return "pcmu";
    case Codec::Pcma: return "pcma";
    case Codec::Pcm16: return "pcm";
    case Codec::G722: return "g722";
    case Codec::Opus: return "opus";
    case Codec::MpegAudio: return "mpeg audio";
    case Codec::Unknown:
    case Codec::Other:
    case Codec::OtherSound: break;
    }
    return "";
}

} // namespace vedette::media
