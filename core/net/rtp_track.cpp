// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtp_track.h"

#include <cstdlib>

namespace vedette::net {
namespace {

constexpr std::size_t kMpegAudioHeader = 4; // RFC 2250, 3.5
constexpr std::chrono::seconds kMaxStep{60}; // between two units; a larger one is a time stamp that began anew

std::variant<AccessUnitAssembler, AacDepacketizer, WholePayload> unitsOf(const SdpMedia &media)
{
    if (media.codec == media::Codec::Aac)
        return AacDepacketizer(media.aac);
    if (media::isSound(media.codec))
        return WholePayload{media.codec == media::Codec::MpegAudio ? kMpegAudioHeader : 0};
    return AccessUnitAssembler(media.codec, media.parameterSets);
}

} // namespace

RtpTrack::RtpTrack(SdpMedia media, bool reorder)
    : m_media(std::move(media)), m_units(unitsOf(m_media)), m_statistics(m_media.clockRate)
{
    if (reorder)
        m_reorder.emplace();
}

void RtpTrack::onRtp(std::vector<std::uint8_t> bytes, MonoTime now)
{
    const auto rtp = parseRtp(bytes);
    if (!rtp || rtp->payloadType != m_media.payloadType)
        return;
    if (m_reorder)
        m_reorder->push(rtp->sequence, rtp->ssrc, std::move(bytes), now);
    else
        decode({std::move(bytes), now});
}

void RtpTrack::onRtcp(std::span<const std::uint8_t> bytes, MonoTime now)
{
    const auto found = parseSenderReport(bytes);
    if (!found || found->ssrc != m_sourceSsrc)
        return;
    m_report = found;
    m_report->arrival = now;
    m_reportUnwrapped = m_unwrapped + static_cast<std::int32_t>(found->rtpTimestamp - m_lastTimestamp);
}

media::PacketPtr RtpTrack::take(MonoTime now)
{
    while (m_ready.empty()) {
        auto held = m_reorder ? m_reorder->take(now) : std::nullopt;
        if (!held)
            return nullptr;
        decode(*held);
    }
    media::PacketPtr packet = std::move(m_ready.front());
    m_ready.pop_front();
    return packet;
}

std::optional<MonoTime> RtpTrack::due() const
{
    return m_reorder ? m_reorder->due() : std::nullopt;
}

void RtpTrack::decode(const RtpReorder::Held &held)
{
    const auto rtp = parseRtp(held.bytes);
    if (!rtp)
        return;
    std::uint32_t missing = 0;
    if (m_sourceSsrc != rtp->ssrc) { // a sender that began anew counts from its own numbers
        missing = m_sourceSsrc ? 1 : 0; // and what it sends does not go on where the other ended
        m_sourceSsrc = rtp->ssrc;
        m_lastTimestamp = rtp->timestamp;
        m_statistics.restart();
        m_report.reset();
    }
    missing += m_statistics.received(rtp->sequence, rtp->timestamp, held.arrival);
    if (!m_unitBegan)
        m_unitBegan = held.arrival;
    if (auto *video = std::get_if<AccessUnitAssembler>(&m_units)) {
        if (auto unit = video->push(*rtp, missing))
            deliver(std::move(unit->data), unit->timestamp, unit->key, held.arrival);
        return;
    }
    if (const auto *whole = std::get_if<WholePayload>(&m_units)) {
        if (rtp->payload.size() > whole->header) {
            const auto payload = rtp->payload.subspan(whole->header);
            deliver(media::Bytes(payload.begin(), payload.end()), rtp->timestamp, true, held.arrival);
        }
        return;
    }
    for (AacDepacketizer::Unit &unit : std::get<AacDepacketizer>(m_units).push(*rtp, missing))
        deliver(std::move(unit.data), unit.timestamp, true, held.arrival);
}

void RtpTrack::deliver(media::Bytes data, std::uint32_t timestamp, bool key, MonoTime arrival)
{
    const auto step = static_cast<std::int32_t>(timestamp - m_lastTimestamp);
    m_lastTimestamp = timestamp;
    if (std::abs(std::int64_t{step}) <= kMaxStep.count() * std::int64_t{m_media.clockRate})
        m_unwrapped += step;
    else
        m_report.reset(); // the time jumped; pictures go on
    auto packet = std::make_shared<media::Packet>();
    packet->codec = m_media.codec;
    packet->data = std::move(data);
    packet->key = key;
    packet->pts = toMicroseconds(m_unwrapped);
    packet->dts = packet->pts; // RTP carries no decoding time; the order of arrival is the order of decoding
    packet->firstByte = m_unitBegan.value_or(arrival);
    packet->arrival = arrival;
    m_unitBegan.reset();
    m_ready.push_back(std::move(packet));
}

/// In two parts, so that it does not overflow.
microseconds RtpTrack::toMicroseconds(std::int64_t units) const
{
    const std::int64_t rate = m_media.clockRate;
    return microseconds{units / rate * 1'000'000 + units % rate * 1'000'000 / rate};
}

QByteArray RtpTrack::report(std::uint32_t ownSsrc, MonoTime now)
{
    return receiverReport(ownSsrc, m_sourceSsrc.value_or(0), m_statistics, m_report, now);
}

std::uint64_t RtpTrack::dropped() const
{
    return std::visit([](const auto &units) { return units.dropped(); }, m_units);
}

std::optional<UtcTime> RtpTrack::senderTime(microseconds pts) const
{
    if (!m_report)
        return std::nullopt;
    return m_report->wallClock + (pts - toMicroseconds(m_reportUnwrapped));
}

} // namespace vedette::net
