// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/watch_command.h"

#include "tests/app/ctl/ctl_fixture.h"
#include "tests/core/live/ts_server.h"
#include "tests/support/process.h"

#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <csignal>

using namespace vedette;
using namespace vedette::app;
using test::CannedHttp;
using test::Ctl;
using test::StampedCamera;
using test::TsServer;

namespace {

QStringList watch(const QString &source, const char *seconds, const QStringList &more = {})
{
    return QStringList{QStringLiteral("watch"), source, QStringLiteral("--json"), QStringLiteral("--seconds"), QString::fromLatin1(seconds)} + more;
}

} // namespace

class tst_WatchCommand : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void objectOfAResult();
    void textOfAResult();
    void measuresAStream();
    void cameraByName();
    void unknownCamera_data();
    void unknownCamera();
    void refused();
    void notAUrl_data();
    void notAUrl();
    void silentServer();
    void fileEndsTheWatch();
    void missingFile();
    void interruptEndsEarly();
    void realProgramStopsOnSigint();
    void realAgent();
};

void tst_WatchCommand::objectOfAResult()
{
    WatchResult result;
    result.source = QStringLiteral("pi-1/gate");
    result.stats.received = 12;
    result.stats.decoded = 11;
    result.stats.dropped = 1;
    result.totals.fps = 19.98765;
    result.totals.latencyReason = QStringLiteral("clock not synchronised");
    result.cpuSeconds = 0.25;
    result.error = QStringLiteral("why");
    QJsonObject json = watchJson(result);
    QVERIFY(json.value(QStringLiteral("first_picture_ms")).isNull());
    QVERIFY(json.value(QStringLiteral("latency_ms")).isNull());
    QCOMPARE(json.value(QStringLiteral("error")).toString(), QStringLiteral("why"));
    for (const char *unknown : {"fps", "width", "height"})
        QVERIFY2(json.value(QLatin1String(unknown)).isNull(), unknown);
    QCOMPARE(json.value(QStringLiteral("cpu_s")).toDouble(), 0.25);
    const QJsonObject frames = json.value(QStringLiteral("frames")).toObject();
    QCOMPARE(frames.value(QStringLiteral("received")).toInt(), 12);
    QCOMPARE(frames.value(QStringLiteral("decoded")).toInt(), 11);
    QCOMPARE(frames.value(QStringLiteral("dropped")).toInt(), 1);

    result.error.clear();
    result.firstPictureMs = 120;
    result.stats.width = 1280;
    result.totals.latency = live::LatencyWindow::Summary{10, 40.5, 61, 70};
    result.totals.uncertaintyMs = 1.5;
    json = watchJson(result);
    QVERIFY(!json.contains(QStringLiteral("error")));
    QCOMPARE(json.value(QStringLiteral("first_picture_ms")).toDouble(), 120.0);
    QCOMPARE(json.value(QStringLiteral("fps")).toDouble(), 19.988);
    QCOMPARE(json.value(QStringLiteral("width")).toInt(), 1280);
    const QJsonObject latency = json.value(QStringLiteral("latency_ms")).toObject();
    QCOMPARE(latency.value(QStringLiteral("p50")).toDouble(), 40.5);
    QCOMPARE(latency.value(QStringLiteral("p95")).toDouble(), 61.0);
    QCOMPARE(latency.value(QStringLiteral("max")).toDouble(), 70.0);
    QCOMPARE(latency.value(QStringLiteral("uncertainty")).toDouble(), 1.5);
}

void tst_WatchCommand::textOfAResult()
{
    WatchResult result;
    result.source = QStringLiteral("pi-1/gate");
    QCOMPARE(watchText(result), QStringLiteral("pi-1/gate: no picture"));
    result.firstPictureMs = 120;
    result.totals.latencyReason = QStringLiteral("no capture time in this stream");
    QVERIFY(watchText(result).contains(QStringLiteral("unknown (no capture time in this stream)")));
}

void tst_WatchCommand::measuresAStream()
{
    StampedCamera camera;
    TsServer server(camera);
    QVERIFY(server.listen());
    QTRY_VERIFY(camera.group().size() >= 15);
    Ctl ctl;
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(ctl.run(watch(server.url(), "3")), 0);
    QVERIFY2(timer.elapsed() >= 2900 && timer.elapsed() < 4500, qPrintable(QString::number(timer.elapsed())));
    const QJsonObject json = ctl.json();
    QVERIFY2(json.value(QStringLiteral("first_picture_ms")).toDouble() > 0, ctl.out.data());
    QVERIFY2(json.value(QStringLiteral("first_picture_ms")).toDouble() < 1000, ctl.out.data());
    const QJsonObject frames = json.value(QStringLiteral("frames")).toObject();
    QVERIFY2(frames.value(QStringLiteral("decoded")).toInt() >= 50, ctl.out.data());
    QVERIFY(frames.value(QStringLiteral("received")).toInt() >= frames.value(QStringLiteral("decoded")).toInt());
    const double fps = json.value(QStringLiteral("fps")).toDouble();
    QVERIFY2(fps > 17 && fps < 22, ctl.out.data());
    const QJsonObject latency = json.value(QStringLiteral("latency_ms")).toObject();
    QVERIFY2(latency.value(QStringLiteral("p50")).toDouble(1e9) < 200, ctl.out.data());
    QVERIFY(latency.value(QStringLiteral("p95")).toDouble() >= latency.value(QStringLiteral("p50")).toDouble());
    QVERIFY(latency.value(QStringLiteral("max")).toDouble() >= latency.value(QStringLiteral("p95")).toDouble());
    QVERIFY(json.value(QStringLiteral("cpu_s")).toDouble() > 0);
    QVERIFY(ctl.err.data().isEmpty());
}

void tst_WatchCommand::cameraByName()
{
    StampedCamera camera;
    TsServer server(camera);
    QVERIFY(server.listen());
    CannedHttp http;
    // The relay is not there; the agent itself is.
    test::serveStatus(http, QStringLiteral("pi-1"), {QStringLiteral("rtsp://127.0.0.1:%1/gate").arg(test::freePort()), server.url()});
    Ctl ctl;
    ctl.environment.insert(QStringLiteral("VEDETTE_AGENT"), http.url().toString());
    QCOMPARE(ctl.run(watch(QStringLiteral("pi-1/gate"), "2")), 0);
    const QJsonObject json = ctl.json();
    QCOMPARE(json.value(QStringLiteral("source")).toString(), QStringLiteral("pi-1/gate"));
    QCOMPARE(json.value(QStringLiteral("path")).toString(), server.url());
    QVERIFY2(json.value(QStringLiteral("latency_ms")).isObject(), ctl.out.data());
}

void tst_WatchCommand::unknownCamera_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QStringList>("more");
    QTest::addColumn<QString>("says");
    QTest::newRow("agent") << QStringLiteral("pi-9/gate") << QStringList() << QStringLiteral("pi-9");
    QTest::newRow("camera") << QStringLiteral("pi-1/yard") << QStringList() << QStringLiteral("no camera yard");
    QTest::newRow("stream") << QStringLiteral("pi-1/gate") << QStringList{QStringLiteral("--stream"), QStringLiteral("sub")} << QStringLiteral("\"sub\"");
}

void tst_WatchCommand::unknownCamera()
{
    QFETCH(QString, source);
    QFETCH(QStringList, more);
    QFETCH(QString, says);
    CannedHttp http;
    test::serveStatus(http, QStringLiteral("pi-1"), {QStringLiteral("http://127.0.0.1:9/live/gate/main.ts")});
    Ctl ctl;
    QCOMPARE(ctl.run(watch(source, "0.5", QStringList{QStringLiteral("--agent"), http.url().toString()} + more)), 1);
    QVERIFY2(ctl.json().value(QStringLiteral("error")).toString().contains(says), ctl.out.data());
    QVERIFY(ctl.json().value(QStringLiteral("first_picture_ms")).isNull());
}

void tst_WatchCommand::refused()
{
    const QString port = QString::number(test::freePort());
    Ctl ctl;
    QCOMPARE(ctl.run(watch(QStringLiteral("rtsp://guard:hunter2@127.0.0.1:") + port + QStringLiteral("/gate"), "1")), 1);
    const QJsonObject json = ctl.json();
    QVERIFY(json.value(QStringLiteral("first_picture_ms")).isNull());
    QVERIFY(json.value(QStringLiteral("latency_ms")).isNull());
    QVERIFY2(json.value(QStringLiteral("error")).toString().contains(port), ctl.out.data());
    QVERIFY(!ctl.out.data().contains("hunter2") && !ctl.err.data().contains("hunter2"));
    QCOMPARE(json.value(QStringLiteral("frames")).toObject().value(QStringLiteral("decoded")).toInt(-1), 0);
}

void tst_WatchCommand::notAUrl_data()
{
    QTest::addColumn<QString>("source");
    QTest::newRow("port out of range") << QStringLiteral("rtsp://guard:hunter2@cam:99999/x");
    QTest::newRow("port 0") << QStringLiteral("rtsp://guard:hunter2@cam:0/x");
    QTest::newRow("no host") << QStringLiteral("rtsp:///x");
    QTest::newRow("half an IPv6 address") << QStringLiteral("http://guard:hunter2@[fd00::1/x");
}

void tst_WatchCommand::notAUrl()
{
    QFETCH(QString, source);
    Ctl ctl;
    QCOMPARE(ctl.run(watch(source, "1")), 2);
    QVERIFY(ctl.out.data().isEmpty());
    QVERIFY2(ctl.err.data().contains("is not a URL") && !ctl.err.data().contains("hunter2"), ctl.err.data().constData());
}

void tst_WatchCommand::silentServer()
{
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    Ctl ctl;
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(ctl.run(watch(QStringLiteral("rtsp://127.0.0.1:%1/gate").arg(silent.serverPort()), "1")), 1);
    QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed()))); // N seconds are N seconds
    QVERIFY(ctl.json().value(QStringLiteral("error")).toString().contains(QString::number(silent.serverPort())));
}

void tst_WatchCommand::fileEndsTheWatch()
{
    const QTemporaryDir dir;
    const QString clip = dir.filePath(QStringLiteral("clip.mp4"));
    QVERIFY(test::makeClip(QStringLiteral("-f lavfi -i testsrc2=size=320x192:rate=20:duration=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p"), clip));
    Ctl ctl;
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(ctl.run(watch(clip, "30")), 0);
    QVERIFY(timer.elapsed() < 10'000);
    const QJsonObject frames = ctl.json().value(QStringLiteral("frames")).toObject();
    QCOMPARE(frames.value(QStringLiteral("received")).toInt(), 20);
    QCOMPARE(frames.value(QStringLiteral("decoded")).toInt(), 20);
    QVERIFY(ctl.json().value(QStringLiteral("latency_ms")).isNull());
    QVERIFY(ctl.json().value(QStringLiteral("latency_unknown")).toString().size() > 0);
}

void tst_WatchCommand::missingFile()
{
    Ctl ctl;
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(ctl.run(watch(QStringLiteral("/nonexistent/clip.mp4"), "20")), 1);
    QVERIFY(timer.elapsed() < 5000);
    QVERIFY2(ctl.json().value(QStringLiteral("error")).toString().contains(QStringLiteral("clip.mp4")), ctl.out.data());
}

void tst_WatchCommand::interruptEndsEarly()
{
    StampedCamera camera;
    TsServer server(camera);
    QVERIFY(server.listen());
    Ctl ctl;
    QTimer::singleShot(1000, &ctl.interrupt, &Interrupt::requested);
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(ctl.run(watch(server.url(), "60")), 0);
    QVERIFY(timer.elapsed() < 3000);
    QVERIFY(ctl.json().value(QStringLiteral("frames")).toObject().value(QStringLiteral("decoded")).toInt() > 5);
}

void tst_WatchCommand::realProgramStopsOnSigint()
{
    const QString program = QStringLiteral(TEST_BIN_DIR "/vedettectl");
    if (!QFile::exists(program))
        QSKIP("vedettectl is not built yet");
    StampedCamera camera;
    TsServer server(camera);
    QVERIFY(server.listen());
    QProcess process;
    process.start(program, watch(server.url(), "60"));
    QVERIFY(process.waitForStarted());
    QTRY_VERIFY(server.requests() > 0);
    const std::size_t before = camera.group().size();
    QTRY_VERIFY(camera.group().size() != before);
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    QTRY_COMPARE(process.state(), QProcess::NotRunning);
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    const QByteArray out = process.readAllStandardOutput();
    QCOMPARE(out.count('\n'), 1);
    QVERIFY2(QJsonDocument::fromJson(out).object().contains(QStringLiteral("cpu_s")), out);
}

void tst_WatchCommand::realAgent()
{
    const QString program = QStringLiteral(TEST_BIN_DIR "/vedette-agent");
    if (!QFile::exists(program))
        QSKIP("vedette-agent is not built");
    const QTemporaryDir dir;
    QFile config(dir.filePath(QStringLiteral("agent.toml")));
    QVERIFY(config.open(QIODevice::WriteOnly));
    config.write("[agent]\nid = \"pi-1\"\ndata_dir = \"" + dir.filePath(QStringLiteral("data")).toUtf8() +
                 "\"\n[http]\nport = 0\n[clock]\ntrust = \"always\"\n[[camera]]\nid = \"gate\"\nsource = \"test\"\nwidth = 320\nheight = 180\n"
                 "framerate = 20\npreset = \"ultrafast\"\n");
    config.close();
    test::ChildProcess agent;
    QVERIFY(agent.start(program, {QStringLiteral("--config"), config.fileName()}));
    const auto line = agent.waitForLine(QStringLiteral("vedette-agent "), milliseconds{20'000});
    QVERIFY2(line, agent.err());
    const QString url = line->section(QLatin1Char(' '), 1).trimmed();

    Ctl fleet;
    QCOMPARE(fleet.run({QStringLiteral("fleet"), QStringLiteral("--agent"), url, QStringLiteral("--json")}), 0);
    QVERIFY(fleet.out.data().contains("\"gate\""));
    for (const QString &source : {QStringLiteral("pi-1/gate"), url + QStringLiteral("/live/gate/main.ts")}) {
        Ctl ctl;
        QCOMPARE(ctl.run(watch(source, "3", {QStringLiteral("--agent"), url})), 0);
        const QJsonObject json = ctl.json();
        QVERIFY2(json.value(QStringLiteral("latency_ms")).toObject().value(QStringLiteral("p50")).toDouble(1e9) < 500, ctl.out.data());
        QVERIFY2(json.value(QStringLiteral("fps")).toDouble() > 15, ctl.out.data());
    }
    Ctl command;
    QCOMPARE(command.run({QStringLiteral("command"), QStringLiteral("pi-1/gate"), QStringLiteral("keyframe"), QStringLiteral("--agent"), url}), 0);
    Ctl wrong;
    QCOMPARE(wrong.run({QStringLiteral("command"), QStringLiteral("pi-1/yard"), QStringLiteral("keyframe"), QStringLiteral("--agent"), url}), 1);
    QVERIFY(agent.terminate());
}

QTEST_GUILESS_MAIN(tst_WatchCommand)
#include "tst_watch_command.moc"
