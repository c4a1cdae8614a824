// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/aac_depacketizer.h"

#include <QTest>

#include <random>

using namespace vedette;
using namespace vedette::net;

namespace {

AacFormat highBitRate()
{
    AacFormat format;
    format.sizeLength = 13;
    format.indexLength = format.indexDeltaLength = 3;
    return format;
}

/// A payload with a header for each announced size (AAC-hbr), and as many bytes as follow.
media::Bytes payloadOf(const std::vector<int> &sizes, std::size_t bodyBytes)
{
    media::Bytes out{static_cast<std::uint8_t>(sizes.size() * 16 >> 8), static_cast<std::uint8_t>(sizes.size() * 16)};
    for (const int size : sizes) {
        out.push_back(static_cast<std::uint8_t>(size >> 5));
        out.push_back(static_cast<std::uint8_t>(size << 3));
    }
    for (std::size_t i = 0; i < bodyBytes; ++i)
        out.push_back(static_cast<std::uint8_t>(i));
    return out;
}

RtpPacket packetOf(const media::Bytes &payload, std::uint32_t timestamp, bool marker)
{
    RtpPacket packet;
    packet.timestamp = timestamp;
    packet.marker = marker;
    packet.payload = payload;
    return packet;
}

} // namespace

class TestAacDepacketizer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void severalInOnePacket()
    {
        AacDepacketizer aac(highBitRate());
        const media::Bytes payload = payloadOf({3, 5, 1}, 9);
        const auto units = aac.push(packetOf(payload, 4000, true), 0);
        QCOMPARE(units.size(), std::size_t{3});
        QCOMPARE(units[0].data, (media::Bytes{0, 1, 2}));
        QCOMPARE(units[2].data, (media::Bytes{8}));
        QCOMPARE(units[1].timestamp, 4000U + 1024);
        QCOMPARE(units[2].timestamp, 4000U + 2048);
        QCOMPARE(aac.dropped(), std::uint64_t{0});
    }

    void oneOverSeveralPackets()
    {
        AacDepacketizer aac(highBitRate());
        const media::Bytes part = payloadOf({1000}, 400);
        const media::Bytes last = payloadOf({1000}, 200);
        QVERIFY(aac.push(packetOf(part, 1, false), 0).empty());
        QVERIFY(aac.push(packetOf(part, 1, false), 0).empty());
        const auto units = aac.push(packetOf(last, 1, true), 0);
        QCOMPARE(units.size(), std::size_t{1});
        QCOMPARE(units[0].data.size(), std::size_t{1000});
        // With a hole nothing comes out, and the next is whole again.
        QVERIFY(aac.push(packetOf(part, 2, false), 0).empty());
        QVERIFY(aac.push(packetOf(last, 2, true), 1).empty());
        QVERIFY(aac.dropped() >= 1);
        QCOMPARE(aac.push(packetOf(payloadOf({3}, 3), 3, true), 0).size(), std::size_t{1});
    }

    void whatMakesNoSense_data()
    {
        QTest::addColumn<QByteArray>("payload");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("one byte") << QByteArray("\0", 1);
        QTest::newRow("no header") << QByteArray("\0\0abc", 5);
        QTest::newRow("headers longer than the packet") << QByteArray("\xff\xff" "abc");
        QTest::newRow("unit of nothing") << QByteArray("\0\x10\0\0", 4);
    }
    void whatMakesNoSense()
    {
        QFETCH(QByteArray, payload);
        AacDepacketizer aac(highBitRate());
        const media::Bytes bytes(payload.begin(), payload.end());
        QVERIFY(aac.push(packetOf(bytes, 1, true), 0).empty());
        QCOMPARE(aac.dropped(), std::uint64_t{1});
    }

    void noiseStaysBounded()
    {
        std::mt19937 random(5);
        AacDepacketizer aac(highBitRate());
        for (int round = 0; round < 20'000; ++round) {
            media::Bytes payload(random() % 200);
            for (std::uint8_t &byte : payload)
                byte = static_cast<std::uint8_t>(random() % 4 == 0 ? random() : 0);
            for (const auto &unit : aac.push(packetOf(payload, static_cast<std::uint32_t>(random() % 3), random() % 2), random() % 20 == 0))
                QVERIFY(!unit.data.empty() && unit.data.size() <= AacDepacketizer::kMaxUnitBytes);
        }
    }
};

QTEST_GUILESS_MAIN(TestAacDepacketizer)
#include "tst_aac_depacketizer.moc"
