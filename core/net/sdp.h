// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/packet.h"

#include <QByteArray>
#include <QList>

#include <optional>

namespace vedette::net {

/// How AAC is laid out in RTP packets (RFC 3640, 4.1) and what a decoder must know.
struct AacFormat {
    int sizeLength = 0;          ///< bits of an access unit's size; 13 in AAC-hbr
    int indexLength = 0;
    int indexDeltaLength = 0;
    std::uint32_t unitDuration = 1024; ///< of one access unit, in time stamp units
    media::Bytes config;         ///< AudioSpecificConfig (ISO 14496-3, 1.6.2.1)
};

/// One media of a session description (RFC 8866) as far as a receiver needs it.
struct SdpMedia {
    QByteArray control;          ///< a=control of the media; may be relative, "*" or empty
    int payloadType = 96;
    std::uint32_t clockRate = 90'000;
    media::Codec codec = media::Codec::Unknown; ///< H264, H265 or a sound
    media::Bytes parameterSets;  ///< of video, Annex B, from sprop-*; empty when only in band
    double framerate = 0;        ///< of video, a=framerate; 0 unknown
    int channels = 1;            ///< of sound
    AacFormat aac;               ///< of sound that is AAC
};

struct Sdp {
    QByteArray control;          ///< a=control of the session
    SdpMedia video;
    std::optional<SdpMedia> audio; ///< the first sound that can be read: AAC as RFC 3640 packs it, G.711, G.722, L16, Opus, MPEG audio
    QByteArray unreadAudio;      ///< name of the codec of the first sound that cannot; empty: none
};

/// The first video that is H.264 or H.265, and its sound. Corrupt when it is no SDP, Unsupported with "no video" or the
/// name of the codec. At most 64 KiB are read; lines may end in LF or CRLF.
Result<Sdp> parseSdp(const QByteArray &sdp);

} // namespace vedette::net
