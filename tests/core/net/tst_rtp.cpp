// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtp.h"

#include <QTest>

#include <vector>

using namespace vedette;
using namespace vedette::net;

class TestRtp : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void headerWithEverything()
    {
        // Padding, extension of one word, one CSRC, marker.
        const std::vector<std::uint8_t> bytes{0xb1, 0xe0, 0x12, 0x34, 0, 0, 0, 9, 1, 2, 3, 4, 5, 5, 5, 5, 0xbe, 0xde, 0, 1,
                                              9,    9,    9,    9,    7, 8, 0, 2};
        const auto packet = parseRtp(bytes);
        QVERIFY(packet);
        QVERIFY(packet->marker);
        QCOMPARE(packet->payloadType, std::uint8_t{96});
        QCOMPARE(packet->sequence, std::uint16_t{0x1234});
        QCOMPARE(packet->timestamp, 9U);
        QCOMPARE(packet->ssrc, 0x01020304U);
        QCOMPARE(std::vector<std::uint8_t>(packet->payload.begin(), packet->payload.end()), (std::vector<std::uint8_t>{7, 8}));
    }

    void everyCutIsRefusedOrInside()
    {
        const std::vector<std::uint8_t> bytes{0xb1, 0xe0, 0x12, 0x34, 0, 0, 0, 9, 1, 2, 3, 4, 5, 5, 5, 5, 0xbe, 0xde, 0, 1, 9, 9, 9, 9, 7, 8, 0, 2};
        for (std::size_t size = 0; size < 24; ++size)
            QVERIFY(!parseRtp(std::span(bytes).first(size)));
    }

    void senderReport()
    {
        // As captured from MediaMTX: NTP 1795243441.244773 at RTP time 204147389.
        constexpr std::uint32_t seconds = 1'795'243'441U + 2'208'988'800U;
        constexpr auto fraction = static_cast<std::uint32_t>(0.244773 * 4294967296.0);
        std::vector<std::uint8_t> bytes{0x80, 200, 0, 6, 0xa8, 0x13, 0xfd, 0xc5};
        for (const std::uint32_t word : {seconds, fraction, 204'147'389U, 340U, 473'458U}) {
            for (int shift = 24; shift >= 0; shift -= 8)
                bytes.push_back(static_cast<std::uint8_t>(word >> shift));
        }
        const auto report = parseSenderReport(bytes);
        QVERIFY(report);
        QCOMPARE(report->ssrc, 0xa813fdc5U);
        QCOMPARE(report->rtpTimestamp, 204'147'389U);
        QVERIFY(std::abs(toMicros(report->wallClock) - 1'795'243'441'244'773) <= 1);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            QVERIFY(!parseSenderReport(std::span(bytes).first(size)));
    }

    void lossAndLatePackets()
    {
        RtpStatistics statistics;
        const auto at = [](int ms) { return monoFromMicros(ms * 1000); };
        QCOMPARE(statistics.received(65'534, 0, at(0)), 0U);
        QCOMPARE(statistics.received(65'535, 0, at(1)), 0U);
        QCOMPARE(statistics.received(2, 0, at(2)), 2U); // 0 and 1 are missing, across the wrap
        QCOMPARE(statistics.received(1, 0, at(3)), 0U); // late
        QCOMPARE(statistics.received(2, 0, at(4)), 0U); // again
        QCOMPARE(statistics.received(3, 0, at(5)), 0U);
        QCOMPARE(statistics.lost(), std::uint64_t{2});
        QCOMPARE(statistics.highestSequence(), 0x1'0003U);
    }

    void reportsSayWhatWasLost()
    {
        RtpStatistics statistics;
        for (const int sequence : {1, 2, 4})
            statistics.received(static_cast<std::uint16_t>(sequence), 0, monoFromMicros(0));
        SenderReport sender;
        sender.ntpMiddle = 0x01020304;
        sender.arrival = monoFromMicros(1'000'000);
        const QByteArray report = receiverReport(7, 9, statistics, sender, monoFromMicros(1'500'000));
        QCOMPARE(report.toHex(), QByteArray("81c90007" "00000007" "00000009" "40000001" "00000004" "00000000" "01020304" "00008000"));
        // The fraction is since the last report; without a sender report there is nothing to echo.
        QCOMPARE(receiverReport(7, 9, statistics, {}, monoFromMicros(0)).mid(12).toHex(),
                 QByteArray("00000001" "00000004" "00000000" "00000000" "00000000"));
    }

    void jitterOfASteadyStreamIsNone()
    {
        RtpStatistics steady;
        RtpStatistics shaky;
        for (int i = 0; i < 1000; ++i) {
            steady.received(static_cast<std::uint16_t>(i), static_cast<std::uint32_t>(i) * 4500U, monoFromMicros(i * 50'000));
            shaky.received(static_cast<std::uint16_t>(i), static_cast<std::uint32_t>(i) * 4500U, monoFromMicros(i * 50'000 + (i % 2) * 10'000));
        }
        QVERIFY(steady.jitter() < 2);
        QVERIFY(shaky.jitter() > 800 && shaky.jitter() < 1000); // 10 ms are 900 units
    }
};

QTEST_GUILESS_MAIN(TestRtp)
#include "tst_rtp.moc"
