// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/options.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::app;

class TestOptions : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void addresses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("canonical"); // empty: refused
        QTest::addColumn<bool>("agent");
        const auto row = [](const char *text, const char *canonical, bool agent) {
            QTest::newRow(text) << QString::fromLatin1(text) << QString::fromLatin1(canonical) << agent;
        };
        row("server.example", "server.example:1883", false);
        row("192.168.1.2:1884", "192.168.1.2:1884", false);
        row(" server.example ", "server.example:1883", false);
        row("mqtt://h", "h:1883", false);
        row("mqtts://h", "mqtts://h:8883", false);
        row("[::1]:1883", "[::1]:1883", false);
        row("http://127.0.0.1:8083", "http://127.0.0.1:8083", true);
        row("http://127.0.0.1:8083/", "http://127.0.0.1:8083", true);
        row("http://pi", "http://pi:8083", true);
        row("https://pi", "https://pi:443", true);
        row("pi:8083", "http://pi:8083", true);
        row("", "", false);
        row("a b", "", false);
        row("host:99999", "", false);
        row("host:0", "", false);
        row("host:x", "", false);
        row("rtsp://user:geheim@cam/x", "", false);
        row("rtsp://cam/x", "", false);
        row("ftp://h", "", false);
        row("http://user:geheim@h", "", false);
        row("http://", "", false);
        row("mqtt://h/path", "", false);
    }
    void addresses()
    {
        QFETCH(QString, text);
        QFETCH(QString, canonical);
        QFETCH(bool, agent);
        const auto address = parseAddress(text);
        QCOMPARE(address.has_value(), !canonical.isEmpty());
        if (!address) {
            QVERIFY(!address.error().detail.isEmpty());
            QVERIFY(address.error().detail.endsWith(QLatin1Char('.')));
            QVERIFY(!address.error().detail.contains(QStringLiteral("geheim")));
            return;
        }
        QCOMPARE(address->text(), canonical);
        QCOMPARE(address->kind == Address::Kind::Agent, agent);
        // What is remembered means the same when it is read again.
        const auto again = parseAddress(address->text());
        QVERIFY(again.has_value());
        QVERIFY(*again == *address);
    }

    void drawingAndDecoding()
    {
        const auto options = parseOptions({QStringLiteral("--renderer"), QStringLiteral("opengl")});
        QVERIFY(options.has_value());
        QVERIFY(options->renderer == RendererMode::OpenGl);
        const auto wrong = parseOptions({QStringLiteral("--renderer=vulkan")});
        QVERIFY(!wrong.has_value());
        QCOMPARE(wrong.error().detail, QStringLiteral("--renderer is auto, software or opengl, not 'vulkan'."));
        QVERIFY(usageText().contains(QStringLiteral("--renderer")));
        const auto decoding = parseOptions({QStringLiteral("--hardware-decoding"), QStringLiteral("off")});
        QVERIFY(decoding.has_value() && decoding->hardware == false);
        const auto vague = parseOptions({QStringLiteral("--hardware-decoding=maybe")});
        QVERIFY(!vague.has_value());
        QCOMPARE(vague.error().detail, QStringLiteral("--hardware-decoding is auto or off, not 'maybe'."));
    }

    void everything()
    {
        QTemporaryDir dir;
        QFile file(dir.filePath(QStringLiteral("password")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("geheim\nsecond line\n");
        file.close();
        const auto options = parseOptions({QStringLiteral("--server"), QStringLiteral("a"), QStringLiteral("--server=b:1884"),
                                           QStringLiteral("--agent"), QStringLiteral("http://c:8083"), QStringLiteral("--theme"),
                                           QStringLiteral("light"), QStringLiteral("--user"), QStringLiteral("u"),
                                           QStringLiteral("--password-file"), file.fileName(), QStringLiteral("--report"),
                                           QStringLiteral("out"), QStringLiteral("--seconds"), QStringLiteral("7"),
                                           QStringLiteral("--cameras"), QStringLiteral("4"), QStringLiteral("--play"),
                                           QStringLiteral("--recordings"), QStringLiteral("/media/card")});
        QVERIFY(options.has_value());
        QCOMPARE(options->addresses.size(), 3);
        QVERIFY(options->theme == ThemeMode::Light);
        QCOMPARE(options->password.reveal(), QStringLiteral("geheim"));
        QCOMPARE(options->reportSeconds, 7);
        QCOMPARE(options->reportCameras, 4);
        QVERIFY(options->reportPlayback);
        QCOMPARE(options->recordings, QStringList{QStringLiteral("/media/card")});
    }

    void nothingIsFine()
    {
        const auto options = parseOptions({});
        QVERIFY(options.has_value());
        QVERIFY(options->addresses.isEmpty());
        QVERIFY(!options->theme);
    }

    void refused_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("named");
        const auto row = [](const char *name, const QStringList &arguments, const char *named) {
            QTest::newRow(name) << arguments << QString::fromLatin1(named);
        };
        row("unknown", {QStringLiteral("--sever"), QStringLiteral("x")}, "--sever");
        row("stray word", {QStringLiteral("x")}, "'x'");
        row("no value", {QStringLiteral("--server")}, "--server");
        row("empty value", {QStringLiteral("--agent=")}, "--agent");
        row("bad theme", {QStringLiteral("--theme"), QStringLiteral("blue")}, "blue");
        row("bad number", {QStringLiteral("--seconds"), QStringLiteral("ten")}, "ten");
        row("negative", {QStringLiteral("--cameras"), QStringLiteral("-1")}, "-1");
        row("server as agent", {QStringLiteral("--agent"), QStringLiteral("host:1883")}, "--agent");
        row("agent as server", {QStringLiteral("--server"), QStringLiteral("http://h:8083")}, "--server");
        row("user alone", {QStringLiteral("--user"), QStringLiteral("u")}, "--password-file");
        row("missing file", {QStringLiteral("--user"), QStringLiteral("u"), QStringLiteral("--password-file"), QStringLiteral("/nonexistent/p")}, "/nonexistent/p");
        row("directory", {QStringLiteral("--user"), QStringLiteral("u"), QStringLiteral("--password-file"), QStringLiteral("/")}, "'/'");
    }
    void refused()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, named);
        const auto options = parseOptions(arguments);
        QVERIFY(!options.has_value());
        QVERIFY2(options.error().detail.contains(named), qPrintable(options.error().detail));
        QVERIFY(!options.error().detail.contains(QLatin1Char('\n')));
    }
};

QTEST_GUILESS_MAIN(TestOptions)
#include "tst_options.moc"
