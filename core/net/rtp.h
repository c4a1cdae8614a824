// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <QByteArray>

#include <cstdint>
#include <optional>
#include <span>

namespace vedette::net {

/// One RTP packet (RFC 3550, 5.1); payload points into the parsed bytes.
struct RtpPacket {
    std::uint8_t payloadType = 0;
    bool marker = false;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    std::uint32_t ssrc = 0;
    std::span<const std::uint8_t> payload;
};
/// Empty for anything that is not RTP version 2 or is cut short.
std::optional<RtpPacket> parseRtp(std::span<const std::uint8_t> bytes);

/// What an RTCP sender report says (RFC 3550, 6.4.1).
struct SenderReport {
    std::uint32_t ssrc = 0;
    UtcTime wallClock{};          ///< the sender's, from the NTP time stamp
    std::uint32_t rtpTimestamp = 0;
    std::uint32_t ntpMiddle = 0;  ///< middle 32 bits, echoed in receiver reports
    MonoTime arrival{};           ///< here; set by the caller
};
/// The first sender report in a compound packet.
std::optional<SenderReport> parseSenderReport(std::span<const std::uint8_t> bytes);

/// Counts loss and jitter of one stream as RFC 3550 (A.3, A.8) says. Reentrant.
class RtpStatistics {
public:
    explicit RtpStatistics(std::uint32_t clockRate = 90'000) : m_clockRate(clockRate) {}

    /// Returns how many packets are missing directly before this one (0 for the next, a late or a repeated one).
    std::uint32_t received(std::uint16_t sequence, std::uint32_t timestamp, MonoTime arrival);
    /// Another sender, with other sequence numbers; the counts go on.
    void restart();
    std::uint64_t packets() const { return m_packets; }
    std::uint64_t lost() const { return m_lost; }
    /// Interarrival jitter in time stamp units.
    double jitter() const { return m_jitter; }
    std::uint32_t highestSequence() const { return m_cycles + m_highest; }
    /// Lost of expected since the last call, in 256ths (RFC 3550, 6.4.1).
    std::uint8_t takeFractionLost();

private:
    std::uint32_t m_clockRate;
    bool m_started = false;
    std::uint16_t m_highest = 0;
    std::uint32_t m_cycles = 0;
    std::uint64_t m_packets = 0;
    std::uint64_t m_lost = 0;
    double m_jitter = 0;
    std::int64_t m_transit = 0;
    std::uint64_t m_reportedPackets = 0;
    std::uint64_t m_reportedLost = 0;
};

/// An RTCP receiver report with one block (RFC 3550, 6.4.2). last: the sender's newest report, if any.
QByteArray receiverReport(std::uint32_t own, std::uint32_t source, RtpStatistics &statistics,
                          const std::optional<SenderReport> &last, MonoTime now);

} // namespace vedette::net
