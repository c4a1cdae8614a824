// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/net/aac_depacketizer.h"
#include "core/net/access_unit_assembler.h"
#include "core/net/rtp_reorder.h"
#include "core/net/sdp.h"

#include <deque>
#include <variant>

namespace vedette::net {

/// Sound that is not joined: each payload is a unit, after a header of so many bytes (G.711, L16, Opus: none; MPEG audio: 4,
/// RFC 2250, 3.5).
struct WholePayload {
    std::size_t header = 0;
    std::uint64_t dropped() const { return 0; }
};

/// One media of an RTSP session, from its RTP packets to whole units, with its statistics. Without I/O; owned by
/// RtspReceiver, reentrant. Times of a track have an origin of their own; TrackAlignment brings tracks together.
class RtpTrack {
public:
    /// reorder: packets may come in any order (UDP).
    RtpTrack(SdpMedia media, bool reorder);

    void onRtp(std::vector<std::uint8_t> bytes, MonoTime now);
    void onRtcp(std::span<const std::uint8_t> bytes, MonoTime now);
    /// The next whole unit of what has come so far.
    media::PacketPtr take(MonoTime now);
    /// When take() gives up waiting for a lost packet.
    std::optional<MonoTime> due() const;

    /// Something has come.
    bool started() const { return m_sourceSsrc.has_value(); }
    QByteArray report(std::uint32_t ownSsrc, MonoTime now);
    const SdpMedia &media() const { return m_media; }
    const RtpStatistics &statistics() const { return m_statistics; }
    std::uint64_t dropped() const;
    std::uint64_t late() const { return m_reorder ? m_reorder->late() : 0; }
    double jitterMs() const { return m_statistics.jitter() * 1000.0 / m_media.clockRate; }
    std::optional<UtcTime> senderTime(microseconds pts) const;

private:
    void decode(const RtpReorder::Held &held);
    void deliver(media::Bytes data, std::uint32_t timestamp, bool key, MonoTime arrival);
    microseconds toMicroseconds(std::int64_t units) const;

    SdpMedia m_media;
    std::optional<RtpReorder> m_reorder;
    std::variant<AccessUnitAssembler, AacDepacketizer, WholePayload> m_units;
    RtpStatistics m_statistics;
    std::optional<std::uint32_t> m_sourceSsrc;
    std::uint32_t m_lastTimestamp = 0;
    std::int64_t m_unwrapped = 0;       // RTP time stamp without its wrap at 2^32
    std::optional<SenderReport> m_report;
    std::int64_t m_reportUnwrapped = 0;
    std::optional<MonoTime> m_unitBegan; // when the first packet of the unit that is being joined came
    std::deque<media::PacketPtr> m_ready; // of one RTP packet, so at most what fits in 64 KiB
};

} // namespace vedette::net
