// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/mqtt_client.h"
#include "core/protocol/command.h"
#include "core/protocol/sample.h"
#include "core/protocol/status.h"
#include "core/protocol/topics.h"
#include "tests/e2e/agent_process.h"
#include "tests/support/notify_socket.h"
#include "tests/support/test_broker.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTcpServer>
#include <QtTest>

#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <cstring>

using namespace vedette;
using test::AgentProcess;

namespace {

constexpr milliseconds kStopLimit{3000};

/// What a console hears from the broker.
class Console {
public:
    explicit Console(quint16 port)
    {
        net::MqttConfig config;
        config.host = QStringLiteral("127.0.0.1");
        config.port = port;
        config.clientId = QStringLiteral("console");
        config.backoffBase = milliseconds{20};
        config.backoffCap = milliseconds{100};
        mqtt = net::MqttClient::create(config);
        mqtt->subscribe(QStringLiteral("vedette/#"), 1);
        QObject::connect(mqtt.get(), &net::MqttClient::received, mqtt.get(), [this](const net::MqttMessage &m) { messages.append(m); });
        mqtt->start();
    }
    QList<net::MqttMessage> on(protocol::Topic topic) const
    {
        QList<net::MqttMessage> found;
        for (const auto &message : messages) {
            const auto parsed = protocol::parseTopic(message.topic);
            if (parsed && parsed->topic == topic)
                found.append(message);
        }
        return found;
    }
    QMap<std::uint64_t, protocol::Sample> samples(protocol::Topic topic) const
    {
        QMap<std::uint64_t, protocol::Sample> rows;
        for (const auto &message : on(topic)) {
            if (const auto batch = protocol::parseSampleBatch(message.payload)) {
                for (const auto &sample : batch->samples)
                    rows.insert(sample.sequence, sample);
            }
        }
        return rows;
    }
    /// The last word of topic online; empty before the first.
    std::optional<protocol::Online> online() const
    {
        const auto all = on(protocol::Topic::Online);
        if (all.isEmpty())
            return std::nullopt;
        const auto parsed = protocol::parseOnline(all.last().payload);
        return parsed ? std::optional(*parsed) : std::nullopt;
    }

    std::unique_ptr<net::MqttClient> mqtt;
    QList<net::MqttMessage> messages;
};

QString mqttSection(quint16 port)
{
    return QStringLiteral("[mqtt]\nhost = \"127.0.0.1\"\nport = %1\n").arg(port);
}

/// {"streams":[…]} of ffprobe; empty when it fails.
QJsonObject probe(const QString &url)
{
    const auto finished = test::runProcess(QStringLiteral("ffprobe"),
                                           {QStringLiteral("-v"), QStringLiteral("error"), QStringLiteral("-of"), QStringLiteral("json"),
                                            QStringLiteral("-show_streams"), QStringLiteral("-read_intervals"), QStringLiteral("%+1"), url},
                                           milliseconds{20'000});
    return finished ? QJsonDocument::fromJson(finished->out).object() : QJsonObject();
}

} // namespace

class AgentProgramTest : public QObject {
    Q_OBJECT
private:
    static QByteArray keyFrame(const QString &camera) { return protocol::toJson(protocol::CommandRequest{QStringLiteral("keyframe"), camera, {}}); }

private Q_SLOTS:
    void thePortAnswers()
    {
        AgentProcess agent;
        const auto started = agent.start(test::testCamera(QStringLiteral("gate")) + test::testCamera(QStringLiteral("yard")));
        QVERIFY2(started, started ? "" : qPrintable(started.error().text()));
        QVERIFY(agent.url().startsWith(QLatin1String("http://127.0.0.1:")));
        QVERIFY(QFileInfo(agent.dataDir()).permissions() == (QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ReadUser | QFile::WriteUser | QFile::ExeUser));
        QCOMPARE(agent.get(QStringLiteral("/health")).status, 200);
        QCOMPARE(agent.get(QStringLiteral("/health")).json()[QStringLiteral("ok")], QJsonValue(true));
        QTRY_COMPARE_WITH_TIMEOUT(agent.get(QStringLiteral("/ready")).status, 200, 10'000);

        const auto answer = agent.get(QStringLiteral("/api/v1/status"));
        QCOMPARE(answer.type, QByteArray("application/json"));
        const auto status = protocol::parseAgentStatus(answer.body);
        QVERIFY2(status, status ? "" : qPrintable(status.error().text()));
        QCOMPARE(status->id, QStringLiteral("pi-1"));
        QCOMPARE(status->httpUrl, agent.url());
        QCOMPARE(status->capabilities, QStringList{QStringLiteral("keyframe")});
        QCOMPARE(status->cameras.size(), 2);
        const auto &stream = status->cameras.first().streams.first();
        const QString base = agent.url() + QStringLiteral("/live/gate/main.");
        QCOMPARE(stream.urls, (QStringList{base + QStringLiteral("au"), base + QStringLiteral("mjpg"), base + QStringLiteral("jpg")}));
        QCOMPARE(stream.width, 320);
        QVERIFY(status->cameras.first().framesEncoded > 0);

        const auto jpeg = agent.get(QStringLiteral("/live/gate/main.jpg"));
        QCOMPARE(jpeg.status, 200);
        QCOMPARE(jpeg.type, QByteArray("image/jpeg"));
        QVERIFY(jpeg.body.startsWith(QByteArray::fromHex("ffd8ff")) && jpeg.body.endsWith(QByteArray::fromHex("ffd9")));

        const auto streams = probe(agent.url() + QStringLiteral("/live/gate/main.ts"))[QStringLiteral("streams")].toArray();
        QCOMPARE(streams.size(), 1);
        QCOMPARE(streams[0][QStringLiteral("codec_name")].toString(), QStringLiteral("h264"));
        QCOMPARE(streams[0][QStringLiteral("width")].toInt(), 320);
        QCOMPARE(streams[0][QStringLiteral("height")].toInt(), 180);

        QCOMPARE(agent.get(QStringLiteral("/live/barn/main.ts")).status, 404);
        QCOMPARE(agent.get(QStringLiteral("/live/barn/main.jpg")).status, 404);
        QCOMPARE(agent.get(QStringLiteral("/nowhere")).status, 404);
        QCOMPARE(agent.get(QStringLiteral("/api/v1/command")).status, 405);
        QCOMPARE(agent.get(QStringLiteral("/api/v1/samples?since=x")).status, 400);

        const QByteArray metrics = agent.get(QStringLiteral("/metrics")).body;
        for (const char *line : {"camera_stream_connected{camera_id=\"gate\"} 1", "camera_stream_connected{camera_id=\"yard\"} 1",
                                 "camera_frames_encoded_total{camera_id=\"gate\"} ", "camera_frame_age_seconds{camera_id=\"gate\"} ",
                                 "camera_ffmpeg_restarts_total{camera_id=\"gate\"} 0", "camera_stage_restarts_total{camera_id=\"gate\",stage=\"encoder\"} 0",
                                 "camera_encode_seconds_bucket{camera_id=\"gate\",le=\"+Inf\"} ", "camera_encode_seconds_count{camera_id=\"yard\"} ",
                                 "camera_target_state{camera_id=\"gate\",target=\"relay\",state=\"idle\"} 1",
                                 "camera_target_sent_bytes_total{camera_id=\"gate\",target=\"relay\"} 0", "camera_clock_synchronized{camera_id=\"gate\"} ",
                                 "camera_clock_uncertainty_seconds{camera_id=\"gate\"} ", "# HELP agent_clock_synchronized ", "# TYPE camera_frames_captured_total counter", "agent_http_requests_total "})
            QVERIFY2(metrics.contains(line), line);
        for (const QByteArray &line : metrics.split('\n')) {
            const QByteArray name = line.left(line.indexOf(line.contains('{') ? '{' : ' '));
            const QByteArray family = name.startsWith("camera_encode_seconds_") ? QByteArray("camera_encode_seconds") : name;
            QVERIFY2(line.isEmpty() || line.startsWith('#') || metrics.contains("# HELP " + family + ' '), line.constData());
        }
        QElapsedTimer time;
        time.start();
        QVERIFY(agent.child().terminate(kStopLimit));
        QVERIFY(time.elapsed() < kStopLimit.count());
        QCOMPARE(agent.child().exitCode(), 0);
        QCOMPARE(agent.child().out().count('\n'), 1); // the line that says that it is ready, and no other
    }

    /// Also before the first picture: every series is there from the start.
    void prometheusLikesTheMetrics()
    {
        const QString promtool = test::findProgram(QStringLiteral("promtool"));
        if (promtool.isEmpty())
            QSKIP("promtool (Debian package prometheus) is not installed");
        AgentProcess agent;
        QVERIFY(agent.start(QStringLiteral("[[camera]]\nid = \"none\"\nsource = \"file\"\nfile = \"none.mp4\"\n") + test::testCamera(QStringLiteral("gate"))));
        const QByteArray metrics = agent.get(QStringLiteral("/metrics")).body;
        for (const char *line : {"camera_stream_connected{camera_id=\"none\"} 0", "camera_frame_age_seconds{camera_id=\"none\"} ",
                                 "camera_encode_seconds_count{camera_id=\"none\"} 0", "camera_ffmpeg_restarts_total{camera_id=\"none\"} "})
            QVERIFY2(metrics.contains(line), line);
        const auto checked = test::runProcess(promtool, {QStringLiteral("check"), QStringLiteral("metrics")}, milliseconds{10'000}, metrics);
        QVERIFY(checked);
        QVERIFY2(checked->exitCode == 0 && checked->err.isEmpty(), checked->err.constData());
    }

    void commandsByHttp()
    {
        AgentProcess agent;
        QVERIFY(agent.start(test::testCamera(QStringLiteral("gate"))));
        const QString path = QStringLiteral("/api/v1/command");
        const QByteArray command = keyFrame(QStringLiteral("gate"));
        const auto asked = [&] { return agent.post(path, command).status; };
        QTRY_COMPARE(asked(), 200);
        QCOMPARE(agent.post(path, command).json()[QStringLiteral("ok")], QJsonValue(true));
        QCOMPARE(agent.post(path, keyFrame(QStringLiteral("barn"))).status, 404);
        QCOMPARE(agent.post(path, command, "application/json", "evil.example").status, 403);
        QCOMPARE(agent.post(path, command, "text/plain").status, 415);
        QCOMPARE(agent.post(path, "{").status, 400);
        QCOMPARE(agent.post(path, R"({"command":"explode"})").status, 404);
        QCOMPARE(agent.post(QStringLiteral("/health"), "{}").status, 405);
    }

    void dashboardsThatExist()
    {
        AgentProcess agent;
        QVERIFY(agent.start(test::testCamera(QStringLiteral("gate")) + QStringLiteral("[[camera]]\nid = \"file\"\nsource = \"file\"\nfile = \"none.mp4\"\n")));
        const auto camera = [&agent](int number) {
            return agent.get(QStringLiteral("/camera/status")).json()[QStringLiteral("cameras")].toArray()[number].toObject();
        };
        QTRY_COMPARE(camera(0)[QStringLiteral("connected")], QJsonValue(true));
        QCOMPARE(camera(0)[QStringLiteral("id")].toString(), QStringLiteral("gate"));
        QCOMPARE(camera(0)[QStringLiteral("targets")][0][QStringLiteral("state")].toString(), QStringLiteral("idle"));
        QCOMPARE(camera(0)[QStringLiteral("stages")][QStringLiteral("source")][QStringLiteral("state")].toString(), QStringLiteral("running"));
        QVERIFY(camera(0)[QStringLiteral("frame_age_seconds")].toDouble(9) < 2);
        QCOMPARE(camera(1)[QStringLiteral("connected")], QJsonValue(false));
        QVERIFY2(camera(1)[QStringLiteral("reason")].toString().contains(QLatin1String("none.mp4")), qPrintable(camera(1)[QStringLiteral("reason")].toString()));
        QCOMPARE(agent.get(QStringLiteral("/camera/status")).json()[QStringLiteral("ok")], QJsonValue(false));
        const auto streams = probe(agent.url() + QStringLiteral("/camera/stream.mjpg"))[QStringLiteral("streams")].toArray();
        QCOMPARE(streams.size(), 1);
        QCOMPARE(streams[0][QStringLiteral("codec_name")].toString(), QStringLiteral("mjpeg"));
        QCOMPARE(streams[0][QStringLiteral("width")].toInt(), 320);
    }

    void systemdIsTold()
    {
        const QTemporaryDir dir;
        test::NotifySocket systemd(dir);
        QVERIFY(systemd.listens());
        AgentProcess agent;
        QVERIFY(agent.startByEnvironment({QStringLiteral("NOTIFY_SOCKET=") + QFile::decodeName(systemd.path()), QStringLiteral("WATCHDOG_USEC=300000"),
                                          QStringLiteral("XDG_STATE_HOME=") + dir.path(), QStringLiteral("VEDETTE_HTTP_PORT=0"), QStringLiteral("CAMERA_WIDTH=320")}));
        QTRY_VERIFY(systemd.told().count("WATCHDOG=1") >= 5);
        QCOMPARE(systemd.told().first(), QByteArray("READY=1"));
        QCOMPARE(agent.get(QStringLiteral("/health")).status, 200);
        QVERIFY(agent.child().terminate(kStopLimit));
        QCOMPARE(systemd.told().count("STOPPING=1"), 1);
    }

    void argumentsOfAnotherTypeAreNamed_data()
    {
        QTest::addColumn<QByteArray>("command");
        QTest::addColumn<QByteArray>("key");
        QTest::newRow("key frame") << QByteArray(R"("keyframe","arguments":{"stream":5})") << QByteArray("arguments.stream");
        QTest::newRow("bit rate of a list") << QByteArray(R"("bitrate","arguments":{"kbps":500,"stream":["sub"]})") << QByteArray("arguments.stream");
        QTest::newRow("bit rate as a text") << QByteArray(R"("bitrate","arguments":{"kbps":"500"})") << QByteArray("arguments.kbps");
        QTest::newRow("half a bit") << QByteArray(R"("bitrate","arguments":{"kbps":100.5})") << QByteArray("arguments.kbps");
        QTest::newRow("too high a bit rate") << QByteArray(R"("bitrate","arguments":{"kbps":1000000000})") << QByteArray("arguments.kbps");
        QTest::newRow("no bit rate") << QByteArray(R"("bitrate")") << QByteArray("arguments.kbps");
    }
    void argumentsOfAnotherTypeAreNamed()
    {
        QFETCH(QByteArray, command);
        QFETCH(QByteArray, key);
        AgentProcess agent;
        QVERIFY(agent.start(test::testCamera(QStringLiteral("gate"))));
        const auto answer = agent.post(QStringLiteral("/api/v1/command"), R"({"camera":"gate","command":)" + command + '}');
        QCOMPARE(answer.status, 400);
        QVERIFY2(answer.body.contains(key), answer.body.constData());
    }

    void faultsOnRequest()
    {
        AgentProcess agent;
        QVERIFY(agent.start(test::testCamera(QStringLiteral("gate")) + QStringLiteral("[[camera]]\nid = \"file\"\nsource = \"file\"\nfile = \"none.mp4\"\n")));
        const auto fault = [&agent](const char *camera, const QByteArray &arguments) {
            return agent.post(QStringLiteral("/api/v1/command"), QByteArray("{\"command\":\"fault\",\"camera\":\"") + camera + "\",\"arguments\":" + arguments + '}');
        };
        QTRY_VERIFY(agent.get(QStringLiteral("/metrics")).body.contains("camera_stream_connected{camera_id=\"gate\"} 1"));
        QCOMPARE(fault("gate", R"({"kind":"explode"})").status, 400);
        QCOMPARE(fault("gate", R"({})").status, 400);
        QCOMPARE(fault("gate", R"({"kind":"stall","seconds":-1})").status, 400);
        QCOMPARE(fault("gate", R"({"kind":"stall","seconds":"long"})").status, 400);
        QCOMPARE(fault("barn", R"({"kind":"stall"})").status, 404);
        QCOMPARE(fault("file", R"({"kind":"stall"})").status, 501);
        QCOMPARE(fault("gate", R"({"kind":"stall"})").status, 200);
        QTRY_VERIFY_WITH_TIMEOUT(agent.get(QStringLiteral("/metrics")).body.contains("camera_stream_connected{camera_id=\"gate\"} 0"), 2'500);
        QCOMPARE(agent.get(QStringLiteral("/ready")).status, 503);
        QTRY_VERIFY_WITH_TIMEOUT(agent.get(QStringLiteral("/metrics")).body.contains("camera_stream_connected{camera_id=\"gate\"} 1"), 5'000);
        QVERIFY(agent.get(QStringLiteral("/metrics")).body.contains("camera_ffmpeg_restarts_total{camera_id=\"gate\"} 1\n"));
    }

    void everythingByTheBroker()
    {
        if (!test::TestBroker::available())
            QSKIP("no mosquitto on this machine");
        test::TestBroker broker;
        QVERIFY(broker.start());
        Console console(broker.port());
        QTRY_VERIFY(console.mqtt->isConnected());
        AgentProcess agent;
        QVERIFY(agent.start(mqttSection(broker.port()) + test::testCamera(QStringLiteral("gate"))));
        QTRY_VERIFY(console.online() && console.online()->online);
        QVERIFY(!console.online()->bootId.isEmpty());
        QTRY_VERIFY(!console.on(protocol::Topic::Status).isEmpty());
        const auto status = protocol::parseAgentStatus(console.on(protocol::Topic::Status).last().payload);
        QVERIFY(status);
        QCOMPARE(status->id, QStringLiteral("pi-1"));
        QCOMPARE(status->httpUrl, agent.url());

        // Live samples are the very rows that the port serves.
        QTRY_VERIFY_WITH_TIMEOUT(console.samples(protocol::Topic::Telemetry).size() >= 2, 10'000);
        const auto byHttp = protocol::parseSampleBatch(agent.get(QStringLiteral("/api/v1/samples")).body);
        QVERIFY(byHttp);
        QCOMPARE(byHttp->spool, status->spool);
        QMap<std::uint64_t, protocol::Sample> rows;
        for (const auto &sample : byHttp->samples)
            rows.insert(sample.sequence, sample);
        const auto live = console.samples(protocol::Topic::Telemetry);
        for (auto it = live.begin(); it != live.end(); ++it) {
            if (it.key() > byHttp->last)
                continue;
            QVERIFY(rows.contains(it.key()));
            QVERIFY(rows[it.key()].time == it->time);
            QVERIFY(rows[it.key()].values == it->values);
        }
        bool temperature = false;
        for (const auto &[key, value] : live.first().values)
            temperature = temperature || (key == QLatin1String("temperature_celsius") && value > 10 && value < 40);
        QVERIFY(temperature);

        net::MqttMessage command;
        command.topic = QStringLiteral("vedette/1/pi-1/command");
        command.payload = keyFrame(QStringLiteral("gate"));
        command.responseTopic = QStringLiteral("vedette/1/pi-1/reply/console");
        command.correlation = "17";
        QVERIFY(console.mqtt->publish(command));
        QTRY_COMPARE(console.on(protocol::Topic::Reply).size(), 1);
        QCOMPARE(console.on(protocol::Topic::Reply).first().correlation, QByteArray("17"));
        QVERIFY(protocol::parseCommandReply(console.on(protocol::Topic::Reply).first().payload)->outcome);

        // It says goodbye by itself; killed, its will says it.
        QVERIFY(agent.child().terminate(kStopLimit));
        QCOMPARE(agent.child().exitCode(), 0);
        QTRY_VERIFY(!console.online()->online);
        QVERIFY(agent.start(mqttSection(broker.port()) + test::testCamera(QStringLiteral("gate"))));
        QTRY_VERIFY(console.online()->online);
        agent.child().kill();
        QTRY_VERIFY_WITH_TIMEOUT(!console.online()->online, 10'000);
        QVERIFY(console.online()->bootId.isEmpty());
    }

    void aBrokerThatComesLateGetsTheBacklog()
    {
        if (!test::TestBroker::available())
            QSKIP("no mosquitto on this machine");
        const quint16 port = test::freePort();
        AgentProcess agent;
        QVERIFY(agent.start(mqttSection(port) + test::testCamera(QStringLiteral("gate"))));
        const auto byHttp = [&agent] { return protocol::parseSampleBatch(agent.get(QStringLiteral("/api/v1/samples")).body); };
        QTRY_VERIFY_WITH_TIMEOUT(byHttp()->samples.size() >= 2, 10'000);
        const QJsonObject brokerState = agent.get(QStringLiteral("/ready")).json()[QStringLiteral("broker")].toObject();
        QCOMPARE(brokerState[QStringLiteral("state")].toString(), QStringLiteral("waiting"));
        QVERIFY(!brokerState[QStringLiteral("reason")].toString().isEmpty());
        QVERIFY(agent.get(QStringLiteral("/metrics")).body.contains("\nagent_mqtt_connected 0"));
        test::BrokerOptions options;
        options.port = port;
        test::TestBroker broker(options);
        // The console is there first: it tries from now on, far more often than the agent.
        Console console(port);
        QVERIFY(broker.start());
        QTRY_VERIFY_WITH_TIMEOUT(console.online() && console.online()->online, 40'000);
        const auto everyRow = [&] {
            auto got = console.samples(protocol::Topic::Backlog);
            got.insert(console.samples(protocol::Topic::Telemetry));
            const auto rows = byHttp();
            for (const auto &sample : rows->samples) {
                if (!got.contains(sample.sequence))
                    return false;
            }
            return true;
        };
        QTRY_VERIFY_WITH_TIMEOUT(everyRow(), 10'000);
        QVERIFY(!console.samples(protocol::Topic::Backlog).isEmpty());
    }

    void theSpoolOutlivesTheAgent()
    {
        AgentProcess agent;
        QVERIFY(agent.start(test::testCamera(QStringLiteral("gate"))));
        const auto rows = [&agent] { return *protocol::parseSampleBatch(agent.get(QStringLiteral("/api/v1/samples")).body); };
        QTRY_VERIFY_WITH_TIMEOUT(!rows().samples.isEmpty(), 5000);
        const auto before = rows();
        QVERIFY(agent.child().terminate(kStopLimit));
        QVERIFY(agent.start(test::testCamera(QStringLiteral("gate"))));
        const auto after = rows();
        QCOMPARE(after.spool, before.spool);
        QCOMPARE(after.samples.first().sequence, before.samples.first().sequence);
        QTRY_VERIFY_WITH_TIMEOUT(rows().last >= before.last + 1'000'000, 5000);
    }

    void anUnreachableRelayIsShownAndRetried()
    {
        AgentProcess agent;
        const QString relay = QStringLiteral("[relay]\nurl = \"rtsp://someone:hunter2@127.0.0.1:%1\"\n").arg(test::freePort());
        QVERIFY(agent.start(relay + test::testCamera(QStringLiteral("gate"))));
        const auto publisher = [&agent]() -> protocol::StageStatus {
            const auto status = protocol::parseAgentStatus(agent.get(QStringLiteral("/api/v1/status")).body);
            for (const auto &stage : status->cameras.first().stages) {
                if (stage.stage == QLatin1String("publisher"))
                    return stage;
            }
            return {};
        };
        QTRY_VERIFY_WITH_TIMEOUT(publisher().state == protocol::StageState::Waiting, 10'000);
        QVERIFY(publisher().nextTry);
        const auto answer = agent.get(QStringLiteral("/api/v1/status"));
        const auto status = protocol::parseAgentStatus(answer.body);
        const auto urls = status->cameras.first().streams.first().urls;
        QCOMPARE(urls.size(), 4);
        QVERIFY2(urls[0].startsWith(QLatin1String("rtsp://127.0.0.1:")) && urls[0].endsWith(QLatin1String("/gate")), qPrintable(urls[0]));
        QTRY_COMPARE(agent.get(QStringLiteral("/ready")).status, 200); // the pictures are there all the same
        QVERIFY(agent.child().terminate(kStopLimit));
        QVERIFY(!answer.body.contains("hunter2"));
        QVERIFY(!agent.child().err().contains("hunter2"));
    }

    void openStreamsDoNotDelayTheStop()
    {
        AgentProcess agent;
        QVERIFY(agent.start(test::testCamera(QStringLiteral("gate"))));
        QTRY_COMPARE_WITH_TIMEOUT(agent.get(QStringLiteral("/ready")).status, 200, 10'000);
        QNetworkAccessManager access;
        QList<QNetworkReply *> streams;
        for (int i = 0; i < 5; ++i)
            streams.append(access.get(QNetworkRequest(QUrl(agent.url() + QStringLiteral("/live/gate/main.ts")))));
        QTRY_VERIFY(std::all_of(streams.begin(), streams.end(), [](QNetworkReply *r) { return r->bytesAvailable() > 0; }));
        QVERIFY(agent.child().terminate(kStopLimit));
        QCOMPARE(agent.child().exitCode(), 0);
        QTRY_VERIFY(std::all_of(streams.begin(), streams.end(), [](QNetworkReply *r) { return r->isFinished(); }));
        qDeleteAll(streams);
    }

    void aHungDriverDoesNotDelayTheStop()
    {
        // Opening a file that another process holds a lease on is held by the kernel, as a driver would, for up to 45 s.
        QTemporaryDir dir;
        QFile clip(dir.filePath(QStringLiteral("clip.ts")));
        QVERIFY(clip.open(QIODevice::ReadWrite));
        std::signal(SIGIO, SIG_IGN); // what its holder is told by
        if (::fcntl(clip.handle(), F_SETLEASE, F_WRLCK) != 0)
            QSKIP(qPrintable(QStringLiteral("no leases on this file system: %1").arg(QString::fromLocal8Bit(std::strerror(errno)))));
        AgentProcess agent;
        QVERIFY(agent.start(QStringLiteral("[[camera]]\nid = \"held\"\nsource = \"file\"\nfile = \"%1\"\n").arg(clip.fileName())));
        QTRY_COMPARE_WITH_TIMEOUT(::fcntl(clip.handle(), F_GETLEASE), F_RDLCK, 5000); // what it is asked to become: somebody opens the file
        QVERIFY(agent.child().terminate(kStopLimit));
        QCOMPARE(agent.child().exitCode(), 3);
        QVERIFY2(agent.child().err().contains("Not every thread ends"), agent.child().err().constData());
    }

    void silentPeersDoNotDelayTheStop()
    {
        QTcpServer silent; // takes connections and never says a word
        QVERIFY(silent.listen(QHostAddress::LocalHost));
        const QString url = QStringLiteral("rtsp://127.0.0.1:%1").arg(silent.serverPort());
        QString more = mqttSection(silent.serverPort()) + QStringLiteral("[relay]\nurl = \"%1\"\n").arg(url) + test::testCamera(QStringLiteral("gate"));
        for (int i = 0; i < 16; ++i)
            more += QStringLiteral("\n[[camera]]\nid = \"ip-%1\"\nsource = \"url\"\nurl = \"%2/x\"\n").arg(i).arg(url);
        AgentProcess agent;
        QVERIFY(agent.start(more));
        // Sixteen sources, one relay and the broker are all in the middle of connecting.
        int connections = 0;
        connect(&silent, &QTcpServer::newConnection, &silent, [&] {
            while (silent.nextPendingConnection())
                ++connections;
        });
        QTRY_VERIFY_WITH_TIMEOUT(connections >= 18, 10'000);
        QCOMPARE(agent.get(QStringLiteral("/health")).status, 200);
        QCOMPARE(agent.get(QStringLiteral("/ready")).status, 503);
        QVERIFY(agent.get(QStringLiteral("/ready")).json()[QStringLiteral("reasons")].toArray().first().toString().contains(QLatin1String("ip-0")));
        for (const char *stream : {"main.jpg", "main.ts", "main.au"}) {
            const auto answer = agent.get(QStringLiteral("/live/ip-0/") + QLatin1String(stream));
            QCOMPARE(answer.status, 503);
            QVERIFY2(answer.body.contains("Camera ip-0 has sent no picture yet"), answer.body.constData());
        }
        QVERIFY(agent.child().terminate(kStopLimit));
        QCOMPARE(agent.child().exitCode(), 0);
    }
};

QTEST_GUILESS_MAIN(AgentProgramTest)
#include "tst_agent_program.moc"
