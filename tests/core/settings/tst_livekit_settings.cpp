// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/livekit_settings.h"

#include <QTest>

using namespace vedette;
using namespace vedette::settings;

class TestLiveKitSettings : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void iceServers_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("servers"); // -1: refused
        QTest::newRow("none") << QString() << 0;
        QTest::newRow("addresses") << QStringLiteral("stun:a:3478, turns:b") << 2;
        QTest::newRow("list") << QStringLiteral("[{'urls':['turn:a','turns:b'],'username':'u','credential':'c'},{'urls':'stun:c'}]") << 2;
        QTest::newRow("no address") << QStringLiteral("a:3478") << -1;
        QTest::newRow("no list") << QStringLiteral("[") << -1;
        QTest::newRow("numbers") << QStringLiteral("[3]") << -1;
        QTest::newRow("no urls") << QStringLiteral("[{'username':'u'}]") << -1;
        QTest::newRow("number as address") << QStringLiteral("[{'urls':5}]") << -1;
        QTest::newRow("page as address") << QStringLiteral("[{'urls':['stun:a','http://b']}]") << -1;
    }
    void iceServers()
    {
        QFETCH(QString, text);
        text.replace(u'\'', u'"');
        QFETCH(int, servers);
        const auto read = readLiveKit({{QStringLiteral("LIVEKIT_HOST"), QStringLiteral("wss://h")}, {QStringLiteral("LIVEKIT_API_KEY"), QStringLiteral("k")},
                                       {QStringLiteral("LIVEKIT_API_SECRET"), QStringLiteral("s")}, {QStringLiteral("LIVEKIT_ICE_SERVERS"), text}});
        QCOMPARE(read ? read->iceServers.size() : -1, servers);
        QVERIFY(read || read.error().text().startsWith(QLatin1String("LIVEKIT_ICE_SERVERS: ")));
    }
};

QTEST_GUILESS_MAIN(TestLiveKitSettings)
#include "tst_livekit_settings.moc"
