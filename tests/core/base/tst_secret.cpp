// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/secret.h"

#include <QTest>

#include <type_traits>

using namespace vedette;

static_assert(!std::is_convertible_v<Secret, QString>, "a secret must not turn into text by itself");
static_assert(!std::is_convertible_v<QString, Secret>);

class TestSecret : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void onlyRevealGivesItOut()
    {
        const Secret secret(QStringLiteral("x"));
        QCOMPARE(secret.reveal(), QStringLiteral("x"));
        QVERIFY(!secret.isEmpty() && Secret().isEmpty());
        QVERIFY(secret == Secret(QStringLiteral("x")) && !(secret == Secret()));
    }

    void redacted_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("shown");
        const auto row = [](const char *text, const char *shown) {
            QTest::newRow(text) << QString::fromUtf8(text) << QString::fromUtf8(shown);
        };
        row("nothing here", "nothing here");
        row("", "");
        row("rtsp://cam/stream", "rtsp://cam/stream");
        row("rtsp://cam:554/stream", "rtsp://cam:554/stream");
        row("rtsp://op:pw@cam/stream", "rtsp://…@cam/stream");
        row("rtsp://op@cam/stream", "rtsp://…@cam/stream");
        row("rtsp://:pw@cam", "rtsp://…@cam");
        row("rtsp://op:p@w@cam/s", "rtsp://…@cam/s");
        row("rtsp://op:p:w@cam/s", "rtsp://…@cam/s");
        row("rtsp://op:p%40w%2Fx@cam/s", "rtsp://…@cam/s");
        row("rtsp://op:pä ß", "rtsp://op:pä ß");
        row("RTSPS://op:pw@cam", "RTSPS://…@cam");
        row("http://op:pw@h/a and rtsp://q:r@h/b", "http://…@h/a and rtsp://…@h/b");
        row("cannot open 'rtsp://op:pw@cam/s': 401", "cannot open 'rtsp://…@cam/s': 401");
        row("mail op@example.org", "mail op@example.org");
        row("rtsp://cam/a@b", "rtsp://cam/a@b");
        row("rtsp://cam:554/a@b", "rtsp://cam:554/a@b");
        row("rtsp://[::1]:554/a@b", "rtsp://[::1]:554/a@b");
        row("rtsp://u:p@[::1]:554/a", "rtsp://…@[::1]:554/a");
        row("rtsp://op:12345@cam", "rtsp://…@cam");
        row("rtsp://op:12#34@cam", "rtsp://…@cam");
        row("http://h:80/#a@b", "http://h:80/#a@b");
        row("rtsp://a:b@h1,rtsp://c:d@h2", "rtsp://…@h2");
        row("://u:p@h  two  spaces ", "://u:p@h  two  spaces ");
        row("rtsp://cam?user=op@x", "rtsp://cam?user=…");
        row("http://h/p?token=abc&x=1", "http://h/p?token=…&x=1");
        row("http://h/p?x=1&PASSWORD=a%26b#f", "http://h/p?x=1&PASSWORD=…#f");
        row("http://h/p?passphrase=geheim", "http://h/p?passphrase=…");
        row("http://h/p?key=1&secret=2&pass=3&user=4", "http://h/p?key=…&secret=…&pass=…&user=…");
        row("http://h/p?monkey=1", "http://h/p?monkey=1");
        row("http://h/v.cgi?usr=joe&pwd=geheim&loginuse=joe&loginpas=geheim", "http://h/v.cgi?usr=…&pwd=…&loginuse=…&loginpas=…");
        row("http://h/p?access_token=a&X-Amz-Signature=b&api_key=c&apikey=d", "http://h/p?access_token=…&X-Amz-Signature=…&api_key=…&apikey=…");
        row("rtsp://h/p?jwt=a.b-c: refused", "rtsp://h/p?jwt=…: refused");
        row("srt://h:1?passphrase=ge:h@im&mode=caller", "srt://h:1?passphrase=…&mode=caller");
    }
    void redacted()
    {
        QFETCH(QString, text);
        QFETCH(QString, shown);
        QCOMPARE(redact(text), shown);
        QCOMPARE(redact(redact(text)), redact(text));
    }

    void aPasswordWithASlashIsNotShown_data()
    {
        QTest::addColumn<QString>("password");
        for (const char *password :
             {"hun/ter2", "/hunter2", "hunter2/", "hun?ter2", "hun#ter2", "hun/t@er2", "h/u/n/t"})
            QTest::newRow(password) << QString::fromLatin1(password);
    }
    void aPasswordWithASlashIsNotShown()
    {
        QFETCH(QString, password);
        const QString shown = redact(QStringLiteral("cannot open rtsp://op:%1@cam/stream: refused").arg(password));
        QVERIFY2(!shown.contains(password), qPrintable(shown));
        QVERIFY2(shown.contains(QStringLiteral("@cam/stream: refused")), qPrintable(shown));
    }

    void largeTextsAreQuick()
    {
        QVERIFY(redact(QStringLiteral("a://").repeated(50'000)).size() > 0);
        QVERIFY(redact(QStringLiteral("rtsp://") + QString(1'000'000, u'x')).size() > 0);
        QVERIFY(!redact(QStringLiteral("rtsp://u:") + QString(100'000, u'x') + QStringLiteral("@h"))
                     .contains(QStringLiteral("xxx")));
    }
};

QTEST_GUILESS_MAIN(TestSecret)
#include "tst_secret.moc"
