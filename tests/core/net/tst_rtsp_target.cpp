// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtsp_target.h"
#include "core/net/rtsp_transport.h"

#include <QTest>

using namespace vedette;
using namespace vedette::net;

class TestRtspTarget : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void addresses_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<QByteArray>("asked");
        QTest::addColumn<QString>("password");
        QTest::addColumn<int>("port");
        QTest::newRow("plain") << QStringLiteral("rtsp://cam/a") << QByteArray("rtsp://cam/a") << QString() << 554;
        QTest::newRow("tls") << QStringLiteral("rtsps://cam/a") << QByteArray("rtsps://cam/a") << QString() << 322;
        QTest::newRow("IPv6") << QStringLiteral("rtsp://u:p@[fe80::1]:8554/a") << QByteArray("rtsp://[fe80::1]:8554/a") << QStringLiteral("p") << 8554;
        QTest::newRow("encoded") << QStringLiteral("rtsp://u:p%40s%3As%2Fw%23@cam/a%20b?x=1%262") << QByteArray("rtsp://cam/a%20b?x=1%262")
                                 << QStringLiteral("p@s:s/w#") << 554;
        QTest::newRow("transport") << QStringLiteral("rtsp://cam/a?channel=1&transport=udp&x=2") << QByteArray("rtsp://cam/a?channel=1&x=2") << QString() << 554;
        QTest::newRow("transport alone") << QStringLiteral("rtsp://cam/a?transport=udp") << QByteArray("rtsp://cam/a") << QString() << 554;
        QTest::newRow("a camera's own") << QStringLiteral("rtsp://cam/a?transport=mcast") << QByteArray("rtsp://cam/a?transport=mcast") << QString() << 554;
    }
    void addresses()
    {
        QFETCH(QString, address);
        QFETCH(QByteArray, asked);
        QFETCH(QString, password);
        QFETCH(int, port);
        const auto target = RtspTarget::parse(address);
        QVERIFY(target.has_value());
        QCOMPARE(target->url.toEncoded(), asked);
        QCOMPARE(target->password.reveal(), password);
        QCOMPARE(target->port(), port);
        QCOMPARE(target->udp.has_value(), address.contains(QStringLiteral("transport=udp")));
    }

    void noAddress_data()
    {
        QTest::addColumn<QString>("address");
        QTest::newRow("http") << QStringLiteral("http://cam/a");
        QTest::newRow("no host") << QStringLiteral("rtsp:///a");
        QTest::newRow("rtspu") << QStringLiteral("rtspu://cam/a");
        QTest::newRow("port") << QStringLiteral("rtsp://cam:99999/a");
        QTest::newRow("bracket") << QStringLiteral("rtsp://u:hunter2@[::1/a");
        QTest::newRow("# in a password") << QStringLiteral("rtsp://u:12#hunter2@cam/a");
        QTest::newRow("empty") << QString();
    }
    void noAddress()
    {
        QFETCH(QString, address);
        const auto target = RtspTarget::parse(address);
        QVERIFY(!target && target.error().kind == ErrorKind::InvalidInput);
        QVERIFY2(!target.error().text().contains(QStringLiteral("hunter2")), qPrintable(target.error().text()));
    }

    void redirects_data()
    {
        QTest::addColumn<QByteArray>("location");
        QTest::addColumn<QByteArray>("next"); // empty: refused
        QTest::addColumn<bool>("keepsPassword");
        QTest::newRow("same host") << QByteArray("rtsps://cam:8322/b") << QByteArray("rtsps://cam:8322/b") << true;
        QTest::newRow("relative") << QByteArray("/b?x=1") << QByteArray("rtsps://cam/b?x=1") << true;
        QTest::newRow("other host") << QByteArray("rtsps://other/b") << QByteArray("rtsps://other/b") << false;
        QTest::newRow("with credentials") << QByteArray("rtsps://a:hunter2@other/b") << QByteArray("rtsps://other/b") << false;
        QTest::newRow("no TLS") << QByteArray("rtsp://a:hunter2@cam/b") << QByteArray() << false;
        QTest::newRow("web") << QByteArray("https://a:hunter2@cam/b") << QByteArray() << false;
        QTest::newRow("file") << QByteArray("file:///etc/passwd") << QByteArray() << false;
        QTest::newRow("nonsense") << QByteArray("rtsps://[") << QByteArray() << false;
        QTest::newRow("nothing") << QByteArray() << QByteArray() << false;
        QTest::newRow("long") << "rtsps://" + QByteArray(100'000, 'x') << QByteArray() << false;
    }
    void redirects()
    {
        QFETCH(QByteArray, location);
        QFETCH(QByteArray, next);
        QFETCH(bool, keepsPassword);
        auto target = RtspTarget::parse(QStringLiteral("rtsps://u:secret@cam/a"));
        QVERIFY(target.has_value());
        const Status moved = target->redirect(location, 0);
        QCOMPARE(moved.has_value(), !next.isEmpty());
        if (moved) {
            QCOMPARE(target->url.toEncoded(), next);
            QCOMPARE(!target->password.isEmpty(), keepsPassword);
            QVERIFY(!target->redirect(location, RtspTarget::kMaxRedirects));
        } else {
            QVERIFY(moved.error().text().size() < 400);
            QVERIFY2(!moved.error().text().contains(QStringLiteral("hunter2")), qPrintable(moved.error().text()));
        }
    }

    void transports_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<int>("channel"); // -1: not said
        QTest::addColumn<int>("port");
        QTest::newRow("interleaved") << QByteArray("RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=1234") << 2 << 0;
        QTest::newRow("udp") << QByteArray("RTP/AVP;unicast;client_port=4000-4001; server_port=5000-5001") << -1 << 5000;
        QTest::newRow("one port") << QByteArray("RTP/AVP;server_port=5000") << -1 << 5000;
        QTest::newRow("nothing") << QByteArray() << -1 << 0;
        QTest::newRow("out of range") << QByteArray("RTP/AVP;interleaved=255-256;server_port=70000-70001") << -1 << 0;
        QTest::newRow("noise") << QByteArray("interleaved=;server_port=a-b;interleaved=-1") << -1 << 0;
    }
    void transports()
    {
        QFETCH(QByteArray, header);
        QFETCH(int, channel);
        QFETCH(int, port);
        const RtspTransport transport = parseTransport(header);
        QCOMPARE(transport.channel ? int{*transport.channel} : -1, channel);
        QCOMPARE(transport.serverPorts[0], port);
    }
};

QTEST_GUILESS_MAIN(TestRtspTarget)
#include "tst_rtsp_target.moc"
