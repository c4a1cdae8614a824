// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtp_packetizer.h"

#include "core/media/nal.h"

#include <QtEndian>

#include <array>

namespace vedette::net {
namespace {

constexpr int kRtpHeader = 12;
constexpr std::uint8_t kFuA = 28;    // RFC 6184, 5.8
constexpr std::uint8_t kFu265 = 49;  // RFC 7798, 4.4.3
constexpr std::uint8_t kSenderReport = 200;
constexpr std::int64_t kNtpToUnix = 2'208'988'800; // seconds from 1900 to 1970 (RFC 5905, figure 4)

/// Annex B parameter sets by NAL unit type.
QByteArray base64Sets(const media::StreamInfo &info, std::initializer_list<int> types)
{
    QList<QByteArray> sets;
    media::forEachNal(info.parameterSets, [&](std::span<const std::uint8_t> nal) {
        const int type = info.codec == media::Codec::H264 ? nal[0] & 0x1f : (nal[0] >> 1) & 0x3f;
        if (std::find(types.begin(), types.end(), type) != types.end())
            sets << QByteArray(reinterpret_cast<const char *>(nal.data()), qsizetype(nal.size())).toBase64();
    });
    return sets.join(',');
}

QByteArray formatParameters(const media::StreamInfo &info)
{
    QByteArray text;
    const auto add = [&text](const char *name, const QByteArray &value) {
        if (!value.isEmpty())
            text += QByteArray("; ") + name + '=' + value;
    };
    if (info.codec == media::Codec::H264) {
        text = "packetization-mode=1";
        add("sprop-parameter-sets", base64Sets(info, {7, 8}));
        media::forEachNal(info.parameterSets, [&](std::span<const std::uint8_t> nal) {
            if ((nal[0] & 0x1f) == 7 && nal.size() >= 4 && !text.contains("profile-level-id"))
                add("profile-level-id", QByteArray(reinterpret_cast<const char *>(nal.data()) + 1, 3).toHex());
        });
        return text;
    }
    add("sprop-vps", base64Sets(info, {32}));
    add("sprop-sps", base64Sets(info, {33}));
    add("sprop-pps", base64Sets(info, {34}));
    return text.mid(2);
}

QByteArray soundAnnouncement(const media::AudioInfo &audio)
{
    const QByteArray type = QByteArray::number(RtpPacketizer::kSoundPayloadType);
    const QByteArray config(reinterpret_cast<const char *>(audio.config.data()), qsizetype(audio.config.size()));
    return "m=audio 0 RTP/AVP " + type + "\r\na=rtpmap:" + type + " mpeg4-generic/" + QByteArray::number(audio.sampleRate) + '/'
        + QByteArray::number(audio.channels) + "\r\na=fmtp:" + type
        + " streamtype=5; profile-level-id=1; mode=AAC-hbr; sizelength=13; indexlength=3; indexdeltalength=3; config=" + config.toHex()
        + "\r\na=control:streamid=1\r\n";
}

} // namespace

RtpPacketizer::RtpPacketizer(media::Codec codec, std::uint32_t ssrc, std::uint16_t firstSequence)
    : m_codec(codec), m_ssrc(ssrc), m_sequence(firstSequence)
{
}

QList<QByteArray> RtpPacketizer::packetize(std::span<const std::uint8_t> accessUnit, std::uint32_t timestamp)
{
    if (m_codec == media::Codec::Aac)
        return packetizeSound(accessUnit, timestamp);
    QList<QByteArray> packets;
    const std::size_t header = m_codec == media::Codec::H264 ? 1 : 2;
    media::forEachNal(accessUnit, [&](std::span<const std::uint8_t> nal) {
        if (nal.size() <= header)
            return;
        if (nal.size() <= kMaxPayload)
            append(packets, {}, nal, timestamp);
        else
            appendFragments(packets, nal, timestamp);
    });
    if (!packets.isEmpty())
        packets.last()[1] = static_cast<char>(packets.last()[1] | 0x80); // RFC 3550, 5.1: the marker
    return packets;
}

/// Each fragment announces the size of the whole unit (RFC 3640, 3.2.3).
QList<QByteArray> RtpPacketizer::packetizeSound(std::span<const std::uint8_t> unit, std::uint32_t timestamp)
{
    QList<QByteArray> packets;
    if (unit.size() > kMaxSoundUnit)
        return packets;
    std::array<std::uint8_t, 4> header{0, 16}; // bits of the one access unit header that follows: size, index 0
    qToBigEndian(static_cast<std::uint16_t>(unit.size() << 3), header.data() + 2);
    while (!unit.empty()) {
        const auto part = unit.first(std::min(kMaxPayload - header.size(), unit.size()));
        append(packets, header, part, timestamp);
        unit = unit.subspan(part.size());
    }
    if (!packets.isEmpty())
        packets.last()[1] = static_cast<char>(packets.last()[1] | 0x80);
    return packets;
}

void RtpPacketizer::append(QList<QByteArray> &packets, std::span<const std::uint8_t> header, std::span<const std::uint8_t> payload,
                           std::uint32_t timestamp)
{
    QByteArray packet(kRtpHeader, '\0');
    auto *out = reinterpret_cast<unsigned char *>(packet.data());
    out[0] = 0x80; // version 2
    out[1] = media::isSound(m_codec) ? kSoundPayloadType : kPayloadType;
    qToBigEndian(m_sequence++, out + 2);
    qToBigEndian(timestamp, out + 4);
    qToBigEndian(m_ssrc, out + 8);
    packet.append(reinterpret_cast<const char *>(header.data()), qsizetype(header.size()));
    packet.append(reinterpret_cast<const char *>(payload.data()), qsizetype(payload.size()));
    ++m_packets;
    m_octets += static_cast<std::uint32_t>(packet.size() - kRtpHeader);
    packets << packet;
}

void RtpPacketizer::appendFragments(QList<QByteArray> &packets, std::span<const std::uint8_t> nal, std::uint32_t timestamp)
{
    // The NAL unit's header is taken apart: its type goes into the FU header, the rest before it.
    std::array<std::uint8_t, 3> header{};
    std::size_t headerSize = 2, nalHeader = 1;
    std::uint8_t type = nal[0] & 0x1f;
    if (m_codec == media::Codec::H264) {
        header[0] = static_cast<std::uint8_t>((nal[0] & 0xe0) | kFuA);
    } else {
        headerSize = 3;
        nalHeader = 2;
        type = (nal[0] >> 1) & 0x3f;
        header[0] = static_cast<std::uint8_t>((nal[0] & 0x81) | kFu265 << 1);
        header[1] = nal[1];
    }
    auto body = nal.subspan(nalHeader);
    const std::size_t room = kMaxPayload - headerSize;
    for (bool first = true; !body.empty(); first = false) {
        const auto part = body.first(std::min(room, body.size()));
        body = body.subspan(part.size());
        header[headerSize - 1] = static_cast<std::uint8_t>((first ? 0x80 : 0) | (body.empty() ? 0x40 : 0) | type);
        append(packets, std::span(header).first(headerSize), part, timestamp);
    }
}

QByteArray RtpPacketizer::senderReport(UtcTime at, std::uint32_t timestamp) const
{
    const std::int64_t micros = std::chrono::duration_cast<microseconds>(at.time_since_epoch()).count();
    QByteArray report(28, '\0');
    auto *out = reinterpret_cast<unsigned char *>(report.data());
    out[0] = 0x80; // version 2, no report block
    out[1] = kSenderReport;
    qToBigEndian<std::uint16_t>(6, out + 2);
    qToBigEndian(m_ssrc, out + 4);
    qToBigEndian(static_cast<std::uint32_t>(micros / 1'000'000 + kNtpToUnix), out + 8); // era 1 from 2036 on: it wraps
    qToBigEndian(static_cast<std::uint32_t>(((micros % 1'000'000) << 32) / 1'000'000), out + 12);
    qToBigEndian(timestamp, out + 16);
    qToBigEndian(m_packets, out + 20);
    qToBigEndian(m_octets, out + 24);
    return report;
}

QByteArray announcement(const media::StreamInfo &info)
{
    if (info.codec != media::Codec::H264 && info.codec != media::Codec::H265)
        return {};
    const QByteArray type = QByteArray::number(RtpPacketizer::kPayloadType);
    QByteArray sdp = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=Vedette\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP " + type
        + "\r\na=rtpmap:" + type + (info.codec == media::Codec::H264 ? " H264" : " H265") + "/90000\r\n";
    if (const QByteArray parameters = formatParameters(info); !parameters.isEmpty())
        sdp += "a=fmtp:" + type + ' ' + parameters + "\r\n";
    if (info.framerate > 0)
        sdp += "a=framerate:" + QByteArray::number(info.framerate, 'g', 6) + "\r\n";
    return sdp + "a=control:streamid=0\r\n" + (info.audio && info.audio->codec == media::Codec::Aac ? soundAnnouncement(*info.audio) : QByteArray());
}

} // namespace vedette::net
