// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtsp_auth.h"

#include <QCryptographicHash>
#include <QRegularExpression>
#include <QTest>

using namespace vedette;
using namespace vedette::net;

class TestRtspAuth : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void basic()
    {
        RtspAuth auth(QStringLiteral("cam"), Secret(QStringLiteral("p@:/%ä")));
        QCOMPARE(auth.header("DESCRIBE", "rtsp://h/x"), QByteArray());
        QVERIFY(auth.take({"Basic realm=\"ipcam\""}));
        QCOMPARE(auth.header("DESCRIBE", "rtsp://h/x"), "Basic " + QByteArray("cam:p@:/%\xc3\xa4").toBase64());
    }

    /// RFC 2617, 3.5 without qop, as RTSP cameras send it (the response computed by hand from the RFC's formula).
    void digestWithoutQop()
    {
        RtspAuth auth(QStringLiteral("Mufasa"), Secret(QStringLiteral("Circle Of Life")));
        QVERIFY(auth.take({"Basic realm=\"x\"", "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\""}));
        const QByteArray header = auth.header("GET", "/dir/index.html");
        QVERIFY(header.contains("response=\"670fd8c2df070c60b045671b8b24ff02\""));
        QVERIFY(header.contains("realm=\"testrealm@host.com\""));
    }

    void quotesAreEscaped()
    {
        RtspAuth auth(QStringLiteral("a\"b\\c"), Secret(QStringLiteral("p")));
        QVERIFY(auth.take({"Digest realm=\"say \\\"hi\\\"\", nonce=\"n\""}));
        const QByteArray header = auth.header("PLAY", "rtsp://h/");
        QVERIFY2(header.contains("username=\"a\\\"b\\\\c\", realm=\"say \\\"hi\\\"\""), header.constData());
        const auto md5 = [](const QByteArray &text) { return QCryptographicHash::hash(text, QCryptographicHash::Md5).toHex(); };
        QVERIFY(header.contains(md5(md5("a\"b\\c:say \"hi\":p") + ":n:" + md5("PLAY:rtsp://h/"))));
    }

    void sha256IsPreferred()
    {
        RtspAuth auth(QStringLiteral("u"), Secret(QStringLiteral("p")));
        QVERIFY(auth.take({"Digest realm=\"r\", nonce=\"n\", algorithm=MD5", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256"}));
        const QString header = QString::fromUtf8(auth.header("PLAY", "rtsp://h/"));
        const auto value = [&](const char *name) {
            return QRegularExpression(QStringLiteral("%1=\"?([^\",]+)").arg(QLatin1String(name))).match(header).captured(1).toUtf8();
        };
        const auto hash = [](const QByteArray &text) { return QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex(); };
        QCOMPARE(value("response"), hash(hash("u:r:p") + ":n:" + value("nc") + ':' + value("cnonce") + ":auth:" + hash("PLAY:rtsp://h/")));
    }

    void withoutCredentialsNothingIsAnswered()
    {
        RtspAuth auth({}, Secret());
        QVERIFY(!auth.take({"Basic realm=\"ipcam\""}));
    }
};

QTEST_GUILESS_MAIN(TestRtspAuth)
#include "tst_rtsp_auth.moc"
