// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtp.h"

#include <QtEndian>

#include <algorithm>
#include <cmath>

namespace vedette::net {
namespace {

constexpr std::uint8_t kSenderReport = 200;         // RFC 3550, 12.1
constexpr std::uint8_t kReceiverReport = 201;
constexpr std::int64_t kNtpToUnix = 2'208'988'800;  // seconds from 1900 to 1970, RFC 5905
constexpr std::uint16_t kMaxGap = 3000;             // a larger jump is a restarted sender (RFC 3550, A.1: MAX_DROPOUT)

} // namespace

std::optional<RtpPacket> parseRtp(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < 12 || bytes[0] >> 6 != 2)
        return std::nullopt;
    std::size_t header = 12 + std::size_t{4} * (bytes[0] & 0x0f);
    if (bytes[0] & 0x10) { // header extension
        if (bytes.size() < header + 4)
            return std::nullopt;
        header += 4 + std::size_t{4} * qFromBigEndian<std::uint16_t>(bytes.data() + header + 2);
    }
    std::size_t padding = 0;
    if (bytes[0] & 0x20)
        padding = bytes.back();
    if (bytes.size() < header + padding || (bytes[0] & 0x20 && padding == 0))
        return std::nullopt;
    RtpPacket packet;
    packet.marker = bytes[1] & 0x80;
    packet.payloadType = bytes[1] & 0x7f;
    packet.sequence = qFromBigEndian<std::uint16_t>(bytes.data() + 2);
    packet.timestamp = qFromBigEndian<std::uint32_t>(bytes.data() + 4);
    packet.ssrc = qFromBigEndian<std::uint32_t>(bytes.data() + 8);
    packet.payload = bytes.subspan(header, bytes.size() - header - padding);
    return packet;
}

std::optional<SenderReport> parseSenderReport(std::span<const std::uint8_t> bytes)
{
    while (bytes.size() >= 4 && bytes[0] >> 6 == 2) {
        const std::size_t length = 4 * (std::size_t{qFromBigEndian<std::uint16_t>(bytes.data() + 2)} + 1);
        if (length > bytes.size())
            return std::nullopt;
        if (bytes[1] == kSenderReport && length >= 28) {
            const auto seconds = qFromBigEndian<std::uint32_t>(bytes.data() + 8);
            const auto fraction = qFromBigEndian<std::uint32_t>(bytes.data() + 12);
            SenderReport report;
            report.ssrc = qFromBigEndian<std::uint32_t>(bytes.data() + 4);
            // Seconds below the half are in the next NTP era, which begins in 2036 (RFC 4330, 3).
            const std::int64_t era = seconds & 0x8000'0000U ? 0 : std::int64_t{1} << 32;
            report.wallClock = utcFromMicros((std::int64_t{seconds} + era - kNtpToUnix) * 1'000'000
                                             + ((std::int64_t{fraction} * 1'000'000) >> 32));
            report.rtpTimestamp = qFromBigEndian<std::uint32_t>(bytes.data() + 16);
            report.ntpMiddle = (seconds << 16) | (fraction >> 16);
            return report;
        }
        bytes = bytes.subspan(length);
    }
    return std::nullopt;
}

std::uint32_t RtpStatistics::received(std::uint16_t sequence, std::uint32_t timestamp, MonoTime arrival)
{
    ++m_packets;
    const std::int64_t units = toMicros(arrival) * m_clockRate / 1'000'000;
    const auto transit = static_cast<std::int32_t>(static_cast<std::uint32_t>(units) - timestamp);
    if (!m_started) {
        m_started = true;
        m_highest = sequence;
        m_transit = transit;
        return 0;
    }
    const auto difference = std::abs(static_cast<double>(static_cast<std::int32_t>(
        static_cast<std::uint32_t>(transit) - static_cast<std::uint32_t>(m_transit))));
    m_jitter += (difference - m_jitter) / 16.0;
    m_transit = transit;

    const auto ahead = static_cast<std::uint16_t>(sequence - m_highest);
    if (ahead == 0 || ahead >= 0x8000)
        return 0; // repeated or late
    if (sequence < m_highest)
        m_cycles += 0x1'0000;
    m_highest = sequence;
    if (ahead > kMaxGap)
        return 1; // a sender that began anew: something is missing, how much is unknown
    m_lost += ahead - 1U;
    return ahead - 1U;
}

void RtpStatistics::restart()
{
    m_started = false;
    m_cycles = 0;
}

std::uint8_t RtpStatistics::takeFractionLost()
{
    const std::uint64_t lost = m_lost - m_reportedLost;
    const std::uint64_t expected = m_packets - m_reportedPackets + lost;
    m_reportedLost = m_lost;
    m_reportedPackets = m_packets;
    return expected == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(std::min<std::uint64_t>(lost * 256 / expected, 255));
}

QByteArray receiverReport(std::uint32_t own, std::uint32_t source, RtpStatistics &statistics,
                          const std::optional<SenderReport> &last, MonoTime now)
{
    QByteArray report(32, '\0');
    auto *out = reinterpret_cast<unsigned char *>(report.data());
    out[0] = 0x81; // version 2, one report block
    out[1] = kReceiverReport;
    qToBigEndian<std::uint16_t>(7, out + 2);
    qToBigEndian(own, out + 4);
    qToBigEndian(source, out + 8);
    const auto lost = static_cast<std::uint32_t>(std::min<std::uint64_t>(statistics.lost(), 0x7f'ffff));
    qToBigEndian(std::uint32_t{statistics.takeFractionLost()} << 24 | lost, out + 12);
    qToBigEndian(statistics.highestSequence(), out + 16);
    qToBigEndian(static_cast<std::uint32_t>(statistics.jitter()), out + 20);
    if (last) {
        qToBigEndian(last->ntpMiddle, out + 24);
        qToBigEndian(static_cast<std::uint32_t>((now - last->arrival).count() * 65'536 / 1'000'000), out + 28);
    }
    return report;
}

} // namespace vedette::net
