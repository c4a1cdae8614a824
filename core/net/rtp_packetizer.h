// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet.h"

#include <QByteArray>
#include <QList>

namespace vedette::net {

/// Cuts access units into RTP packets: H.264 (RFC 6184, packetization mode 1: single NAL units and FU-A), H.265 (RFC 7798:
/// single and FU, no DONL) and AAC (RFC 3640, AAC-hbr: one unit a packet, a large one over several). The last packet of a
/// unit has the marker. Pure; reentrant.
class RtpPacketizer {
public:
    static constexpr std::size_t kMaxPayload = 1400; ///< fits a UDP reader's network behind the relay, with VPN headers
    static constexpr std::uint8_t kPayloadType = 96;      ///< of video
    static constexpr std::uint8_t kSoundPayloadType = 97;
    static constexpr std::size_t kMaxSoundUnit = 8191;    ///< the size has 13 bits (RFC 3640, 3.3.6)

    RtpPacketizer(media::Codec codec, std::uint32_t ssrc, std::uint16_t firstSequence);

    /// Whole RTP packets, header included; empty for a unit without NAL units, or of sound that is too large. timestamp: of
    /// the clock that announcement() names.
    QList<QByteArray> packetize(std::span<const std::uint8_t> accessUnit, std::uint32_t timestamp);
    /// A sender report (RFC 3550, 6.4.1) that ties this time stamp to wall clock time.
    QByteArray senderReport(UtcTime at, std::uint32_t timestamp) const;

private:
    QList<QByteArray> packetizeSound(std::span<const std::uint8_t> unit, std::uint32_t timestamp);
    void append(QList<QByteArray> &packets, std::span<const std::uint8_t> header, std::span<const std::uint8_t> payload, std::uint32_t timestamp);
    void appendFragments(QList<QByteArray> &packets, std::span<const std::uint8_t> nal, std::uint32_t timestamp);

    media::Codec m_codec;
    std::uint32_t m_ssrc;
    std::uint16_t m_sequence;
    std::uint32_t m_packets = 0;
    std::uint32_t m_octets = 0;
};

/// The session description (RFC 8866) to announce such a stream: video as streamid=0 with a clock of 90 kHz, AAC as
/// streamid=1 with its sample rate; empty for another video codec.
QByteArray announcement(const media::StreamInfo &info);

} // namespace vedette::net
