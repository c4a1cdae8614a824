// SPDX-License-Identifier: GPL-3.0-or-later
// Cameras in at one end, an operator's wall at the other: every program and server is the real one.
#include "tests/e2e/agent_process.h"
#include "tests/support/mediamtx.h"
#include "tests/support/rtsp_camera.h"
#include "tests/support/test_broker.h"

#include <QFileInfo>
#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QtTest>

using namespace vedette;
using test::AgentProcess;

namespace {

const QString kBin = QStringLiteral(TEST_BIN_DIR "/");

struct Report {
    int exitCode = -1;
    QJsonObject json;
    QByteArray err;
};

/// The console on an offscreen display: watches for two seconds and writes its report.
Report watchWall(const QStringList &arguments, int cameras)
{
    QTemporaryDir out;
    QTemporaryDir config;
    test::ChildProcess console;
    Report report;
    if (!console.start(kBin + QStringLiteral("vedette"),
                       arguments + QStringList{QStringLiteral("--report"), out.path(), QStringLiteral("--seconds"), QStringLiteral("2"),
                                               QStringLiteral("--cameras"), QString::number(cameras)},
                       {QStringLiteral("QT_QPA_PLATFORM=offscreen"), QStringLiteral("XDG_CONFIG_HOME=") + config.path(),
                        QStringLiteral("XDG_RUNTIME_DIR=") + config.path()})
        || !console.waitForEnd(milliseconds{60'000}))
        return report;
    report.exitCode = console.exitCode();
    report.err = console.err();
    QFile file(out.filePath(QStringLiteral("report.json")));
    if (file.open(QIODevice::ReadOnly))
        report.json = QJsonDocument::fromJson(file.readAll()).object();
    if (QImage(out.filePath(QStringLiteral("wall.png"))).width() < 960)
        report.exitCode = -2;
    return report;
}

QJsonObject watchStream(const QString &source, const QStringList &arguments)
{
    const auto finished = test::runProcess(kBin + QStringLiteral("vedettectl"),
                                           QStringList{QStringLiteral("watch"), source, QStringLiteral("--seconds"), QStringLiteral("3"),
                                                       QStringLiteral("--json")} + arguments,
                                           milliseconds{30'000});
    return finished ? QJsonDocument::fromJson(finished->out).object() : QJsonObject();
}

QString brokerSection(quint16 port)
{
    return QStringLiteral("[mqtt]\nhost = \"127.0.0.1\"\nport = %1\n").arg(port);
}

} // namespace

class WholeProductTest : public QObject {
    Q_OBJECT
private:
    static void check(const Report &report, const char *relay, const char *path)
    {
        QVERIFY2(report.exitCode == 0, report.err.constData());
        QCOMPARE(report.json[QStringLiteral("relay")].toString(), QLatin1String(relay));
        const QJsonArray cameras = report.json[QStringLiteral("cameras")].toArray();
        QCOMPARE(cameras.size(), 2);
        for (const QJsonValue &value : cameras) {
            const QJsonObject camera = value.toObject();
            QCOMPARE(camera[QStringLiteral("state")].toString(), QStringLiteral("live"));
            QCOMPARE(camera[QStringLiteral("path")].toString(), QLatin1String(path));
            QVERIFY(camera[QStringLiteral("frames")].toInt() > 0);
            const double latency = camera[QStringLiteral("latency_ms")][QStringLiteral("p50")].toDouble(-1);
            QVERIFY2(latency > 0 && latency < 2000, qPrintable(QString::number(latency)));
        }
        QVERIFY(report.json[QStringLiteral("telemetry")][QStringLiteral("samples")].toInt() > 0);
        QCOMPARE(report.json[QStringLiteral("agents")].toArray().size(), 1);
    }

private Q_SLOTS:
    void anAgentAlone()
    {
        AgentProcess agent;
        QVERIFY(agent.start(test::testCamera(QStringLiteral("gate")) + test::testCamera(QStringLiteral("yard"))));
        check(watchWall({QStringLiteral("--agent"), agent.url()}, 2), "direct", "direct");

        const QJsonObject watched = watchStream(QStringLiteral("pi-1/gate"), {QStringLiteral("--agent"), agent.url()});
        QVERIFY(watched[QStringLiteral("frames")][QStringLiteral("decoded")].toInt() > 20);
        QVERIFY(watched[QStringLiteral("latency_ms")][QStringLiteral("p50")].toDouble(-1) > 0);
        QVERIFY(watched[QStringLiteral("first_picture_ms")].toDouble(-1) > 0);
        // The clocks were compared by request and reply, so it does not matter how far this machine's is from UTC.
        const double uncertainty = watched[QStringLiteral("latency_ms")][QStringLiteral("uncertainty")].toDouble(-1);
        QVERIFY2(uncertainty >= 0 && uncertainty < 50, qPrintable(QString::number(uncertainty)));
        // The same stream as MPEG-TS, which other programs read, tells the same capture times.
        const QJsonObject ts = watchStream(agent.url() + QStringLiteral("/live/gate/main.ts"), {});
        QVERIFY(ts[QStringLiteral("latency_ms")][QStringLiteral("p50")].toDouble(-1) > 0);
    }

    void byABroker()
    {
        if (!test::TestBroker::available())
            QSKIP("no mosquitto on this machine");
        test::TestBroker broker;
        QVERIFY(broker.start());
        AgentProcess agent;
        QVERIFY(agent.start(brokerSection(broker.port()) + test::testCamera(QStringLiteral("gate")) + test::testCamera(QStringLiteral("yard"))));
        check(watchWall({QStringLiteral("--server"), QStringLiteral("127.0.0.1:%1").arg(broker.port())}, 2), "direct", "direct");
    }

    void byBrokerAndRelay()
    {
        if (!test::MediaMtx::available())
            QSKIP("no mediamtx on PATH");
        test::TestBroker broker;
        QVERIFY(broker.start());
        test::MediaMtx relay;
        QVERIFY(relay.start());
        AgentProcess agent;
        QVERIFY(agent.start(brokerSection(broker.port()) + QStringLiteral("[relay]\nurl = \"rtsp://127.0.0.1:%1\"\n").arg(relay.rtspPort())
                            + test::testCamera(QStringLiteral("gate")) + test::testCamera(QStringLiteral("yard"))));
        QVERIFY(test::waitUntil([&] { return relay.isLive(QStringLiteral("gate")) && relay.isLive(QStringLiteral("yard")); }, milliseconds{15'000}));
        check(watchWall({QStringLiteral("--server"), QStringLiteral("127.0.0.1:%1").arg(broker.port())}, 2), "mediamtx", "relay");
        QVERIFY(watchStream(relay.rtspUrl(QStringLiteral("yard")), {})[QStringLiteral("latency_ms")][QStringLiteral("p50")].toDouble(-1) > 0);
    }

    void camerasThatEncodeThemselves_data()
    {
        QTest::addColumn<QString>("coding");
        QTest::newRow("H.264 B-frames") << QStringLiteral("-c:v libx264 -bf 2 -b_strategy 0 -g 20");
        QTest::newRow("H.265") << QStringLiteral("-c:v libx265 -preset ultrafast -x265-params log-level=error:keyint=20:bframes=0");
    }

    void camerasThatEncodeThemselves()
    {
        if (!test::RtspCamera::available())
            QSKIP("no GStreamer RTSP server on this machine");
        QFETCH(QString, coding);
        QTemporaryDir dir;
        const QString film = dir.filePath(QStringLiteral("film.mp4"));
        const auto made = test::runProcess(QStringLiteral("ffmpeg"),
                                           QStringLiteral("-v error -f lavfi -i testsrc2=size=320x240:rate=20:duration=3 -pix_fmt yuv420p %1")
                                                   .arg(coding).split(QLatin1Char(' ')) << film, milliseconds{30'000});
        QVERIFY(made && made->exitCode == 0);
        test::RtspCamera device;
        test::RtspCameraOptions options;
        options.h265 = coding.contains(QLatin1String("x265"));
        QVERIFY(device.start(film, options));
        std::optional<test::MediaMtx> relay;
        QString relaySection;
        if (test::MediaMtx::available()) {
            QVERIFY(relay.emplace().start());
            relaySection = QStringLiteral("[relay]\nurl = \"rtsp://127.0.0.1:%1\"\n").arg(relay->rtspPort());
        }
        AgentProcess agent;
        QVERIFY(agent.start(relaySection + QStringLiteral("[[camera]]\nid = \"far\"\nsource = \"url\"\nurl = \"%1\"\n").arg(device.url())));
        QStringList sources{agent.url() + QStringLiteral("/live/far/main.au"), agent.url() + QStringLiteral("/live/far/main.ts")};
        if (relay) {
            QVERIFY(test::waitUntil([&] { return relay->isLive(QStringLiteral("far")); }, milliseconds{15'000}));
            sources << relay->rtspUrl(QStringLiteral("far"));
        }
        for (const QString &source : sources) {
            const QJsonObject watched = watchStream(source, {});
            const QByteArray all = QJsonDocument(watched).toJson();
            QVERIFY2(watched[QStringLiteral("frames")][QStringLiteral("decoded")].toInt() > 30, all.constData());
            const double latency = watched[QStringLiteral("latency_ms")][QStringLiteral("p50")].toDouble(-1);
            QVERIFY2(latency >= 0 && latency < 1000, all.constData());
            QVERIFY2(watched[QStringLiteral("latency_ms")][QStringLiteral("uncertainty")].toDouble() >= 100, all.constData());
        }
    }

    void nobodyThere()
    {
        const Report report = watchWall({QStringLiteral("--agent"), QStringLiteral("http://127.0.0.1:%1").arg(test::freePort())}, 1);
        QCOMPARE(report.exitCode, 1);
        QVERIFY(report.json.contains(QStringLiteral("cameras"))); // written in any case
        QVERIFY(!report.err.isEmpty());
    }
};

QTEST_GUILESS_MAIN(WholeProductTest)
#include "tst_whole_product.moc"
