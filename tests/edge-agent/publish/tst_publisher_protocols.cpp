// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/publisher.h"

#include "tests/edge-agent/publish/publisher_fixture.h"
#include "tests/support/rtmp_server.h"

#include <QElapsedTimer>
#include <QTemporaryDir>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;

/// Targets that take no RTSP, on servers that exist.
class TestPublisherProtocols : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void rtmp();
    void rtmpRefusals_data();
    void rtmpRefusals();
    void srt();
    void srtRefusals_data();
    void srtRefusals();

private:
    SystemClock m_clock;
    QTemporaryDir m_dir;
};

void TestPublisherProtocols::rtmp()
{
    if (!RtmpServer::available())
        QSKIP("no nginx with its RTMP module");
    RtmpServer server;
    QVERIFY(server.start());
    Producer producer;
    Stage stage;
    const QString url = server.url(QStringLiteral("live/key-1"));
    Publisher publisher({QStringLiteral("gate"), QStringLiteral("Target cloud"), Secret(url), server.url(QStringLiteral("live")), 2s}, m_clock,
                        producer.tee, stage.report());
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Running), 10'000);
    const QString file = m_dir.filePath(QStringLiteral("rtmp.ts"));
    const auto play = [&](ChildProcess &player) {
        return player
            .start(QStringLiteral("ffmpeg"), {QStringLiteral("-v"), QStringLiteral("error"), QStringLiteral("-y"), QStringLiteral("-analyzeduration"), QStringLiteral("1000000"),
                                              QStringLiteral("-i"), url, QStringLiteral("-c"), QStringLiteral("copy"), QStringLiteral("-frames:v"), QStringLiteral("40"),
                                              QStringLiteral("-f"), QStringLiteral("mpegts"), file})
            .has_value();
    };
    ChildProcess player;
    QVERIFY(play(player));
    QVERIFY(vedette::test::waitUntil([&] { return !player.running(); }, 30s));
    const Received received = inspect(file);
    QVERIFY2(received.pictures >= 35, qPrintable(QString::number(received.pictures)));
    QVERIFY2(received.marked >= received.pictures - 1, qPrintable(QString::number(received.marked))); // the capture times survive

    server.kill();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Waiting), 10'000);
    QVERIFY2(stage.why().contains(QStringLiteral("/live")) && !stage.why().contains(QStringLiteral("key-1")), qPrintable(stage.why()));
    QVERIFY(server.start());
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Running), 20'000);
    QElapsedTimer timer;
    timer.start();
    publisher.stop();
    QVERIFY(timer.elapsed() < 2000);
    const Publisher::Counts counts = publisher.counts();
    QVERIFY(counts.connections >= 2 && counts.failures >= 1 && counts.packets >= 40 && counts.bytes > counts.packets);
}

void TestPublisherProtocols::rtmpRefusals_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("words");
    QTest::newRow("second publisher") << "live/taken" << "another publisher holds this path";
    QTest::newRow("not allowed") << "closed/taken" << "most often the stream key";
    QTest::newRow("no such application") << "nosuch/taken" << "most often the stream key or the application is wrong";
    QTest::newRow("no key") << "live" << "rtmp://HOST/APPLICATION/KEY";
}

void TestPublisherProtocols::rtmpRefusals()
{
    if (!RtmpServer::available())
        QSKIP("no nginx with its RTMP module");
    QFETCH(QString, path);
    QFETCH(QString, words);
    RtmpServer server;
    QVERIFY(server.start());
    Producer producer;
    Stage first;
    Publisher holder(targetAt(server.url(QStringLiteral("live/taken"))), m_clock, producer.tee, first.report());
    holder.start();
    QTRY_VERIFY_WITH_TIMEOUT(first.is(StageState::Running), 10'000);
    Stage stage;
    Publisher publisher({QStringLiteral("gate"), QStringLiteral("Target cloud"), Secret(server.url(path)), QStringLiteral("rtmp://shown"), 30s}, m_clock,
                        producer.tee, stage.report());
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.why().contains(words), 15'000);
    qInfo().noquote() << stage.why();
    QVERIFY(stage.why().contains(QStringLiteral("rtmp://shown")) && !stage.why().contains(QStringLiteral("taken")));
    QVERIFY(first.is(StageState::Running));
}

void TestPublisherProtocols::srt()
{
    const quint16 port = freePort();
    Producer producer;
    Stage stage;
    const QString listen = QStringLiteral("srt://127.0.0.1:%1?mode=listener&passphrase=0123456789ab").arg(port);
    const QString call = QStringLiteral("srt://127.0.0.1:%1?passphrase=0123456789ab").arg(port);
    const QString file = m_dir.filePath(QStringLiteral("srt.ts"));
    ChildProcess listener;
    QVERIFY(listener.start(QStringLiteral("ffmpeg"), {QStringLiteral("-v"), QStringLiteral("error"), QStringLiteral("-y"), QStringLiteral("-i"), listen, QStringLiteral("-c"),
                                                      QStringLiteral("copy"), QStringLiteral("-frames:v"), QStringLiteral("40"), QStringLiteral("-f"), QStringLiteral("mpegts"), file}));
    Publisher publisher(targetAt(call), m_clock, producer.tee, stage.report());
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Running), 20'000);
    QVERIFY(vedette::test::waitUntil([&] { return !listener.running(); }, 40s));
    const Received received = inspect(file);
    QVERIFY2(received.pictures >= 35, qPrintable(QString::number(received.pictures)));
    QVERIFY2(received.marked >= received.pictures - 2, qPrintable(QString::number(received.marked)));
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Waiting), 15'000); // the listener has gone
    QVERIFY2(!stage.why().contains(QStringLiteral("0123456789ab")), qPrintable(stage.why()));
    publisher.stop();
}

void TestPublisherProtocols::srtRefusals_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<QString>("words");
    QTest::newRow("wrong passphrase") << "?passphrase=wrongwrong12" << "refuses the passphrase";
    QTest::newRow("no passphrase") << "" << "refuses the passphrase";
    QTest::newRow("short passphrase") << "?passphrase=short" << "10 to 79 characters";
    QTest::newRow("key length") << "?passphrase=0123456789ab&pbkeylen=7" << "pbkeylen has a value that SRT does not take";
    QTest::newRow("nobody") << "nobody" << "no SRT listener answers";
    QTest::newRow("no name") << "name" << "the name nosuch.invalid does not resolve";
}

void TestPublisherProtocols::srtRefusals()
{
    QFETCH(QString, query);
    QFETCH(QString, words);
    const QString program = findProgram(QStringLiteral("srt-live-transmit"));
    if (program.isEmpty())
        QSKIP("no srt-live-transmit");
    const quint16 port = freePort();
    ChildProcess listener;
    if (query != QLatin1String("nobody"))
        QVERIFY(listener.start(program, {QStringLiteral("-q"), QStringLiteral("srt://127.0.0.1:%1?mode=listener&passphrase=0123456789ab").arg(port), QStringLiteral("file://con")}));
    QString url = QStringLiteral("srt://127.0.0.1:%1").arg(port) + (query.startsWith(u'?') ? query : QString());
    if (query == QLatin1String("name"))
        url = QStringLiteral("srt://nosuch.invalid:1234");
    Producer producer;
    Stage stage;
    Publisher publisher(targetAt(url), m_clock, producer.tee, stage.report());
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.why().contains(words), 20'000);
    qInfo().noquote() << stage.why();
    QVERIFY(!stage.why().contains(QStringLiteral("wrongwrong12")));
    publisher.stop();
}

QTEST_GUILESS_MAIN(TestPublisherProtocols)
#include "tst_publisher_protocols.moc"
