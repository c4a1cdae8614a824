// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/aac.h"

#include <QTest>

using namespace vedette::media;

class TestAac : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void configs_data()
    {
        QTest::addColumn<QByteArray>("hex");
        QTest::addColumn<int>("objectType");
        QTest::addColumn<int>("rate");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("unit");
        QTest::newRow("LC 44.1 stereo") << QByteArray("1210") << 2 << 44'100 << 2 << 1024;
        QTest::newRow("LC 48 mono") << QByteArray("1188") << 2 << 48'000 << 1 << 1024;
        QTest::newRow("LC 8 mono, 960 samples") << QByteArray("158c") << 2 << 8000 << 1 << 960;
        QTest::newRow("HE 24 and 48") << QByteArray("2b11880") + "0" << 2 << 48'000 << 2 << 2048;
        QTest::newRow("own rate") << QByteArray("17800fa010") << 2 << 8000 << 2 << 1024;
        QTest::newRow("cut") << QByteArray("12") << 0 << 0 << 0 << 0;
        QTest::newRow("empty") << QByteArray() << 0 << 0 << 0 << 0;
        QTest::newRow("reserved rate") << QByteArray("1690") << 0 << 0 << 0 << 0;
    }
    void configs()
    {
        QFETCH(QByteArray, hex);
        const QByteArray bytes = QByteArray::fromHex(hex);
        const auto config = parseAacConfig({reinterpret_cast<const std::uint8_t *>(bytes.data()), std::size_t(bytes.size())});
        QFETCH(int, objectType);
        QCOMPARE(config.has_value(), objectType > 0);
        if (!config)
            return;
        QCOMPARE(config->objectType, objectType);
        QTEST(int(config->sampleRate), "rate");
        QTEST(config->channelConfiguration, "channels");
        QTEST(int(config->unitDuration), "unit");
    }

    void adts()
    {
        const Bytes stereo{0x12, 0x10};
        const auto header = adtsHeader(*parseAacConfig(stereo), 100);
        QVERIFY(header);
        QCOMPARE(Bytes(header->begin(), header->end()), (Bytes{0xFF, 0xF1, 0x50, 0x80, 0x0D, 0x7F, 0xFC})); // as ffmpeg's adts muxer writes it
        QVERIFY(adtsHeader(*parseAacConfig(stereo), 8184));
        QVERIFY(!adtsHeader(*parseAacConfig(stereo), 8185));
        const Bytes ownRate{0x17, 0x80, 0x0F, 0xA0, 0x10};
        QVERIFY(!adtsHeader(*parseAacConfig(ownRate), 100));
        AacConfig elsewhere = *parseAacConfig(stereo);
        elsewhere.channelConfiguration = 0;
        QVERIFY(!adtsHeader(elsewhere, 100));
    }
};

QTEST_GUILESS_MAIN(TestAac)
#include "tst_aac.moc"
