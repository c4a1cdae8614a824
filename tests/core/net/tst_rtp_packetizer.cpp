// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtp_packetizer.h"

#include "core/net/aac_depacketizer.h"

#include "core/net/access_unit_assembler.h"
#include "core/net/sdp.h"

#include <QTest>

#include <random>

using namespace vedette;
using namespace vedette::net;
using media::Codec;

namespace {

std::span<const std::uint8_t> bytesOf(const QByteArray &data)
{
    return {reinterpret_cast<const std::uint8_t *>(data.constData()), static_cast<std::size_t>(data.size())};
}

/// Random NAL units of these sizes after the codec's header; the bytes hold no start code.
media::Bytes unitOf(Codec codec, std::initializer_list<std::pair<int, std::size_t>> nals)
{
    std::minstd_rand random(7);
    media::Bytes unit;
    for (const auto &[type, size] : nals) {
        unit.insert(unit.end(), {0, 0, 0, 1});
        if (codec == Codec::H264)
            unit.push_back(static_cast<std::uint8_t>(0x60 | type));
        else
            unit.insert(unit.end(), {static_cast<std::uint8_t>(type << 1), 1});
        for (std::size_t i = 0; i < size; ++i)
            unit.push_back(static_cast<std::uint8_t>(1 + random() % 255));
    }
    return unit;
}

} // namespace

class TestRtpPacketizer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatIsCutIsJoined_data()
    {
        QTest::addColumn<int>("codec");
        QTest::newRow("H.264") << static_cast<int>(Codec::H264);
        QTest::newRow("H.265") << static_cast<int>(Codec::H265);
    }
    /// Every size around the limit, through the receiver's own assembler.
    void whatIsCutIsJoined()
    {
        QFETCH(int, codec);
        const auto c = static_cast<Codec>(codec);
        const int sps = c == Codec::H264 ? 7 : 33, idr = c == Codec::H264 ? 5 : 19;
        RtpPacketizer packetizer(c, 0x12345678, 65'500); // wraps on the way
        AccessUnitAssembler assembler(c);
        std::uint16_t expected = 65'500;
        for (const std::size_t size : {std::size_t{1}, RtpPacketizer::kMaxPayload - 3, RtpPacketizer::kMaxPayload - 2, RtpPacketizer::kMaxPayload - 1,
                                       RtpPacketizer::kMaxPayload, RtpPacketizer::kMaxPayload + 1, 2 * (RtpPacketizer::kMaxPayload - 2),
                                       2 * (RtpPacketizer::kMaxPayload - 3), std::size_t{300'000}}) {
            const media::Bytes unit = unitOf(c, {{sps, 20}, {idr, size}, {idr, 50}});
            const auto packets = packetizer.packetize(unit, 4'294'967'000U);
            std::optional<AccessUnitAssembler::Unit> joined;
            for (qsizetype i = 0; i < packets.size(); ++i) {
                QVERIFY(packets[i].size() <= 12 + static_cast<qsizetype>(RtpPacketizer::kMaxPayload));
                const auto rtp = parseRtp(bytesOf(packets[i]));
                QVERIFY(rtp);
                QCOMPARE(rtp->sequence, expected++);
                QCOMPARE(rtp->timestamp, 4'294'967'000U);
                QCOMPARE(rtp->ssrc, 0x12345678U);
                QCOMPARE(rtp->marker, i + 1 == packets.size());
                QVERIFY(!joined);
                joined = assembler.push(*rtp, 0);
            }
            QVERIFY(joined);
            QVERIFY(joined->key);
            QVERIFY2(joined->data == unit, qPrintable(QString::number(size)));
        }
        QVERIFY(packetizer.packetize({}, 0).isEmpty());
    }

    void soundIsReadBack()
    {
        media::StreamInfo info;
        info.codec = Codec::H264;
        info.audio = media::AudioInfo{Codec::Aac, 44'100, 2, {0x12, 0x10}};
        const auto read = parseSdp(announcement(info));
        QVERIFY(read && read->audio);
        QCOMPARE(read->audio->clockRate, 44'100U);
        QCOMPARE(read->audio->channels, 2);
        QCOMPARE(read->audio->control, QByteArray("streamid=1"));
        RtpPacketizer packetizer(Codec::Aac, 7, 0);
        AacDepacketizer depacketizer(read->audio->aac);
        for (const std::size_t size : {std::size_t{1}, std::size_t{200}, RtpPacketizer::kMaxPayload - 4, RtpPacketizer::kMaxPayload,
                                       std::size_t{4000}, RtpPacketizer::kMaxSoundUnit}) {
            const media::Bytes unit(size, static_cast<std::uint8_t>(size));
            std::vector<AacDepacketizer::Unit> joined;
            for (const QByteArray &bytes : packetizer.packetize(unit, 1024)) {
                QVERIFY(bytes.size() <= 12 + static_cast<qsizetype>(RtpPacketizer::kMaxPayload));
                const auto rtp = parseRtp(bytesOf(bytes));
                QVERIFY(rtp && joined.empty());
                QCOMPARE(int(rtp->payloadType), read->audio->payloadType);
                joined = depacketizer.push(*rtp, 0);
            }
            QCOMPARE(joined.size(), std::size_t{1});
            QVERIFY(joined.front().data == unit && joined.front().timestamp == 1024);
        }
        QVERIFY(packetizer.packetize(media::Bytes(RtpPacketizer::kMaxSoundUnit + 1), 0).isEmpty());
    }

    void senderReportTiesTheClocks()
    {
        RtpPacketizer packetizer(Codec::H264, 42, 0);
        (void)packetizer.packetize(unitOf(Codec::H264, {{1, 100}}), 900);
        const UtcTime at = utcFromMicros(1'790'000'000'250'000);
        const QByteArray bytes = packetizer.senderReport(at, 900);
        const auto report = parseSenderReport(bytesOf(bytes));
        QVERIFY(report);
        QCOMPARE(report->ssrc, 42U);
        QCOMPARE(report->rtpTimestamp, 900U);
        QVERIFY(report->wallClock - at < microseconds{2} && at - report->wallClock < microseconds{2});
        QCOMPARE(bytes.mid(20), QByteArray::fromHex("00000001" "00000065")); // packets, octets
    }

    void announcementIsReadBack_data() { whatIsCutIsJoined_data(); }
    void announcementIsReadBack()
    {
        QFETCH(int, codec);
        media::StreamInfo info;
        info.codec = static_cast<Codec>(codec);
        info.framerate = 12.5;
        info.parameterSets = info.codec == Codec::H264 ? unitOf(Codec::H264, {{7, 20}, {8, 4}}) : unitOf(Codec::H265, {{32, 9}, {33, 20}, {34, 5}});
        const auto read = parseSdp(announcement(info));
        QVERIFY2(read, read ? "" : qPrintable(read.error().text()));
        QVERIFY(read->video.codec == info.codec);
        QVERIFY(read->video.parameterSets == info.parameterSets);
        QCOMPARE(read->video.payloadType, int(RtpPacketizer::kPayloadType));
        QCOMPARE(read->video.framerate, 12.5);
        QCOMPARE(read->video.control, QByteArray("streamid=0"));
        info.codec = Codec::Mjpeg;
        QVERIFY(announcement(info).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestRtpPacketizer)
#include "tst_rtp_packetizer.moc"
