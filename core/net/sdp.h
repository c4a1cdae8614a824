// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet.h"

#include <QByteArray>
#include <QList>

namespace vedette::net {

/// The video of a session description (RFC 8866) as far as a receiver needs it.
struct SdpVideo {
    QByteArray control;          ///< a=control of the media; may be relative, "*" or empty
    QByteArray sessionControl;   ///< a=control of the session
    int payloadType = 96;
    std::uint32_t clockRate = 90'000;
    media::Codec codec = media::Codec::Unknown; ///< H264 or H265
    media::Bytes parameterSets;  ///< Annex B, from sprop-*; empty when only in band
    double framerate = 0;        ///< a=framerate; 0 unknown
};

/// The first video that is H.264 or H.265. Corrupt when it is no SDP, Unsupported with "no video" or the name of the
/// codec. At most 64 KiB are read; lines may end in LF or CRLF.
Result<SdpVideo> parseSdpVideo(const QByteArray &sdp);

} // namespace vedette::net
