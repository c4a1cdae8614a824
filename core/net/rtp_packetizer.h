// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet.h"

#include <QByteArray>
#include <QList>

namespace vedette::net {

/// Cuts access units into RTP packets: H.264 (RFC 6184, packetization mode 1: single NAL units and FU-A) and H.265
/// (RFC 7798: single and FU, no DONL). The last packet of a unit has the marker. Pure; reentrant.
class RtpPacketizer {
public:
    static constexpr std::size_t kMaxPayload = 1400; ///< fits a UDP reader's network behind the relay, with VPN headers
    static constexpr std::uint8_t kPayloadType = 96;

    RtpPacketizer(media::Codec codec, std::uint32_t ssrc, std::uint16_t firstSequence);

    /// Whole RTP packets, header included; empty for a unit without NAL units. timestamp: 90 kHz.
    QList<QByteArray> packetize(std::span<const std::uint8_t> accessUnit, std::uint32_t timestamp);
    /// A sender report (RFC 3550, 6.4.1) that ties this time stamp to wall clock time.
    QByteArray senderReport(UtcTime at, std::uint32_t timestamp) const;

private:
    void append(QList<QByteArray> &packets, std::span<const std::uint8_t> header, std::span<const std::uint8_t> payload, std::uint32_t timestamp);
    void appendFragments(QList<QByteArray> &packets, std::span<const std::uint8_t> nal, std::uint32_t timestamp);

    media::Codec m_codec;
    std::uint32_t m_ssrc;
    std::uint16_t m_sequence;
    std::uint32_t m_packets = 0;
    std::uint32_t m_octets = 0;
};

/// The session description (RFC 8866) to announce such a stream; empty for another codec.
QByteArray announcement(const media::StreamInfo &info);

} // namespace vedette::net
