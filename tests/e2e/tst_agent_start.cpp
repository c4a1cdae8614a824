// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/status.h"
#include "tests/e2e/agent_process.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpServer>
#include <QtTest>

using namespace vedette;
using test::AgentProcess;

namespace {

constexpr milliseconds kStopLimit{3000};

test::Finished runAgent(const QStringList &arguments)
{
    const auto finished = test::runProcess(test::agentProgram(), arguments, milliseconds{10'000});
    return finished ? *finished : test::Finished{};
}

} // namespace

/// What the agent says to its command line, its settings and what else keeps it from starting.
class AgentStartTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void badSettings_data()
    {
        QTest::addColumn<QString>("more");
        QTest::addColumn<QStringList>("names");
        const QString camera = test::testCamera(QStringLiteral("gate"));
        QTest::newRow("no camera") << QString() << QStringList{QStringLiteral("camera")};
        QTest::newRow("unknown key") << QStringLiteral("[mqtt]\nhots = \"x\"\n") + camera << QStringList{QStringLiteral(":13:"), QStringLiteral("hots")};
        QTest::newRow("wrong type") << QStringLiteral("[mqtt]\nhost = 5\n") + camera << QStringList{QStringLiteral(":13:"), QStringLiteral("mqtt.host")};
        QTest::newRow("out of range") << QStringLiteral("[mqtt]\nport = 70000\n") + camera << QStringList{QStringLiteral(":13:"), QStringLiteral("mqtt.port")};
        QTest::newRow("two of one id") << camera + camera << QStringList{QStringLiteral("gate")};
        QTest::newRow("not TOML") << QStringLiteral("[mqtt\n") + camera << QStringList{QStringLiteral(":12")};
        QTest::newRow("two problems") << QStringLiteral("[mqtt]\nhost = 5\nhots = 1\n") + camera << QStringList{QStringLiteral("mqtt.host"), QStringLiteral("hots")};
    }
    void badSettings()
    {
        QFETCH(QString, more);
        QFETCH(QStringList, names);
        AgentProcess agent;
        QVERIFY(agent.startWith(agent.config(more)));
        QVERIFY(agent.child().waitForEnd(milliseconds{5000}));
        QCOMPARE(agent.child().exitCode(), 2);
        const QString said = QString::fromUtf8(agent.child().err());
        for (const QString &name : names)
            QVERIFY2(said.contains(name), qPrintable(said));
        QVERIFY2(said.contains(agent.configFile()), qPrintable(said));
        const auto checked = runAgent({QStringLiteral("check-config"), agent.configFile()});
        QCOMPARE(checked.exitCode, 2);
        QCOMPARE(QString::fromUtf8(checked.err), said);
        QVERIFY(!QFileInfo::exists(agent.dataDir()));
    }

    void aForeignAddressIsRefused()
    {
        AgentProcess agent;
        QVERIFY(agent.startWith(agent.config(test::testCamera(QStringLiteral("gate"))).replace(QLatin1String("127.0.0.1"), QLatin1String("0.0.0.0"))));
        QVERIFY(agent.child().waitForEnd(milliseconds{5000}));
        QCOMPARE(agent.child().exitCode(), 2);
        QVERIFY2(agent.child().err().contains("0.0.0.0"), agent.child().err().constData());
    }

    void aPortInUseIsNamed()
    {
        QTcpServer other;
        QVERIFY(other.listen(QHostAddress::LocalHost));
        AgentProcess agent;
        QVERIFY(agent.startWith(agent.config(test::testCamera(QStringLiteral("gate")), other.serverPort())));
        QVERIFY(agent.child().waitForEnd(milliseconds{5000}));
        QCOMPARE(agent.child().exitCode(), 2);
        const QByteArray said = agent.child().err();
        QVERIFY2(said.contains("127.0.0.1 port " + QByteArray::number(other.serverPort())), said.constData());
        QCOMPARE(said.count('\n'), 1);
    }

    void aDataDirectoryHasOneAgent()
    {
        AgentProcess first;
        QVERIFY(first.start(test::testCamera(QStringLiteral("gate"))));
        const auto second = runAgent({QStringLiteral("--config"), first.configFile()});
        QCOMPARE(second.exitCode, 2);
        QVERIFY2(second.err.contains(first.dataDir().toUtf8()) && second.err.contains(QByteArray::number(first.child().pid())), second.err.constData());
        // A killed agent leaves no lock behind.
        first.child().kill();
        QVERIFY(first.start(test::testCamera(QStringLiteral("gate"))));
        QCOMPARE(first.get(QStringLiteral("/health")).status, 200);
    }

    /// What this machine has is the unit test's; here: both forms, at once, with an exit code that agrees.
    void probe()
    {
        const auto json = runAgent({QStringLiteral("probe"), QStringLiteral("--json")});
        QJsonParseError error{};
        const QJsonObject report = QJsonDocument::fromJson(json.out, &error).object();
        QVERIFY2(error.error == QJsonParseError::NoError, json.out.constData());
        QCOMPARE(json.exitCode, report[QStringLiteral("usable")].toBool() ? 0 : 1);
        const auto text = runAgent({QStringLiteral("probe")});
        QCOMPARE(text.exitCode, json.exitCode);
        QVERIFY2(text.out.startsWith("Cameras\n") && text.out.contains("  libx264          works\n"), text.out.constData());
        QCOMPARE(runAgent({QStringLiteral("probe"), QStringLiteral("--nonsense")}).exitCode, 2);
    }

    /// What it compares and mends is the unit test's; here: the question, and what a person must change first.
    void fsck()
    {
        const auto run = [](const QStringList &arguments) { return runAgent(QStringList{QStringLiteral("fsck")} + arguments); };
        QVERIFY(run({QStringLiteral("--help")}).out.contains("--repair"));
        QCOMPARE(run({}).exitCode, 2);
        QCOMPARE(run({QStringLiteral("--nonsense"), QStringLiteral("x")}).exitCode, 2);
        const QTemporaryDir dir;
        const auto none = run({dir.path()});
        QCOMPARE(none.exitCode, 2);
        QVERIFY2(none.err.contains("catalog.db") && none.err.count('\n') == 1, none.err.constData());
        QVERIFY(!QFile::exists(dir.filePath(QStringLiteral("catalog.db"))));
        // An empty catalog, and a file that a crash of another kind left there.
        QFile catalog(dir.filePath(QStringLiteral("catalog.db")));
        QVERIFY(catalog.open(QIODevice::WriteOnly));
        catalog.close();
        QCOMPARE(run({dir.path(), QStringLiteral("--sizes")}).exitCode, 0);
        const auto hashes = run({dir.path(), QStringLiteral("--hashes"), QStringLiteral("--json")});
        QCOMPARE(hashes.exitCode, 0);
        const QJsonObject report = QJsonDocument::fromJson(hashes.out).object();
        QVERIFY2(report[QStringLiteral("good")].toBool() && report[QStringLiteral("hashes")].toObject()[QStringLiteral("faults")].isArray(), hashes.out.constData());
        QVERIFY(QDir(dir.path()).mkpath(QStringLiteral("camera-gate/20260921")));
        QFile empty(dir.filePath(QStringLiteral("camera-gate/20260921/120000_camera-gate.mp4")));
        QVERIFY(empty.open(QIODevice::WriteOnly));
        empty.close();
        const auto told = run({dir.path()});
        QCOMPARE(told.exitCode, 1);
        QVERIFY2(told.out.contains("not listed: camera-gate/20260921/120000_camera-gate.mp4"), told.out.constData());
        QVERIFY(empty.exists());
        const auto mended = run({dir.path(), QStringLiteral("--repair")});
        QVERIFY2(mended.exitCode == 0 && mended.out.contains("1 removed"), mended.out.constData());
        QVERIFY(!empty.exists());
        // Files without any catalog are a folder of recordings still.
        QVERIFY(catalog.remove());
        const auto bare = run({dir.path()});
        QVERIFY2(bare.exitCode == 0 && bare.out.startsWith("There was no "), bare.out.constData());
    }

    void theCommandLine()
    {
        const auto version = runAgent({QStringLiteral("--version")});
        QCOMPARE(version.exitCode, 0);
        QVERIFY(version.out.startsWith("vedette-agent "));
        const auto help = runAgent({QStringLiteral("--help")});
        QCOMPARE(help.exitCode, 0);
        QVERIFY(help.out.contains("--config") && help.out.contains("fsck") && help.out.contains("example-config") && help.out.contains("check-config"));
        for (const QStringList &arguments : {QStringList{}, {QStringLiteral("--nonsense")}, {QStringLiteral("dance")}, {QStringLiteral("--config")},
                                             {QStringLiteral("check-config")}, {QStringLiteral("--config"), QStringLiteral("/nonexistent.toml")}}) {
            const auto bad = runAgent(arguments);
            QCOMPARE(bad.exitCode, 2);
            QVERIFY(bad.out.isEmpty());
            QVERIFY2(bad.err.count('\n') == 1, bad.err.constData());
        }
        QVERIFY(runAgent({QStringLiteral("check-config"), QStringLiteral("/nonexistent.toml")}).err.contains("/nonexistent.toml"));
    }

    void theNamesOfExistingDeploymentsAreEnough()
    {
        const QTemporaryDir dir;
        const QStringList names{QStringLiteral("XDG_STATE_HOME=") + dir.path(), QStringLiteral("VEDETTE_HTTP_PORT=0"), QStringLiteral("VEDETTE_AGENT_ID=pi-1"),
                                QStringLiteral("CAMERA_WIDTH=320"), QStringLiteral("CAMERA_HEIGHT=180"), QStringLiteral("CAMERA_FRAMERATE=10"),
                                QStringLiteral("CAMERA_BITRATE=300k"), QStringLiteral("CAMERA_AWB=daylight"),
                                QStringLiteral("CAMERA_RTSP_URL=rtsp://someone:hunter2@127.0.0.1:%1/yard").arg(test::freePort()),
                                QStringLiteral("CAMERA_HLS_URL=http://web.example.org/yard/index.m3u8")};
        AgentProcess agent;
        QVERIFY(agent.startByEnvironment(names));
        QTRY_COMPARE_WITH_TIMEOUT(agent.get(QStringLiteral("/ready")).status, 200, 10'000);
        const auto answer = agent.get(QStringLiteral("/api/v1/status"));
        const auto status = protocol::parseAgentStatus(answer.body);
        QVERIFY(status);
        const auto &stream = status->cameras.first().streams.first();
        QCOMPARE(stream.width, 320);
        QCOMPARE(stream.framerate, 10.0);
        QCOMPARE(stream.hlsUrl, QStringLiteral("http://web.example.org/yard/index.m3u8"));
        QVERIFY2(stream.urls.first().startsWith(QLatin1String("rtsp://127.0.0.1:")) && stream.urls.first().endsWith(QLatin1String("/yard")),
                 qPrintable(stream.urls.first()));
        QTRY_VERIFY(agent.get(QStringLiteral("/api/v1/status")).body.contains("/yard: "));
        QVERIFY(agent.child().terminate(kStopLimit));
        QVERIFY2(agent.child().err().contains("CAMERA_AWB: is set and has no effect"), agent.child().err().constData());
        QVERIFY(!agent.child().err().contains("hunter2") && !answer.body.contains("hunter2"));

        test::ChildProcess check;
        QVERIFY(check.start(test::agentProgram(), {QStringLiteral("check-config")}, names));
        QVERIFY(check.waitForEnd(milliseconds{10'000}));
        QCOMPARE(check.exitCode(), 0);
        QCOMPARE(check.out(), QByteArray("The environment is good: 1 camera.\n"));
        QVERIFY(check.err().startsWith("environment: CAMERA_AWB: is set and has no effect"));
        QVERIFY(check.start(test::agentProgram(), {}, names + QStringList{QStringLiteral("CAMERA_WIDTH=wide")}));
        QVERIFY(check.waitForEnd(milliseconds{10'000}));
        QCOMPARE(check.exitCode(), 2);
        QVERIFY2(check.err().contains("environment: CAMERA_WIDTH: is \"wide\""), check.err().constData());
        QVERIFY(check.start(test::agentProgram(), {}, {QStringLiteral("CAMERA_WIDHT=640")}));
        QVERIFY(check.waitForEnd(milliseconds{10'000}));
        QCOMPARE(check.exitCode(), 2);
        QVERIFY2(check.err().contains("CAMERA_WIDHT: is set and has no effect: there is no such name (did you mean CAMERA_WIDTH?)"), check.err().constData());
    }

    void theLogIsTextOrJson_data()
    {
        QTest::addColumn<QStringList>("environment");
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<bool>("json");
        const QString name = QStringLiteral("VEDETTE_LOG_FORMAT=");
        QTest::addRow("no terminal") << QStringList() << QStringList() << true;
        QTest::addRow("environment") << QStringList{name + QStringLiteral("text")} << QStringList() << false;
        QTest::addRow("command line") << QStringList{name + QStringLiteral("text")} << QStringList{QStringLiteral("--log-format"), QStringLiteral("json")} << true;
    }
    void theLogIsTextOrJson()
    {
        QFETCH(QStringList, environment);
        QFETCH(QStringList, arguments);
        QFETCH(bool, json);
        const QTemporaryDir dir;
        environment += {QStringLiteral("XDG_STATE_HOME=") + dir.path(), QStringLiteral("VEDETTE_HTTP_PORT=0"), QStringLiteral("CAMERA_AWB=auto"),
                        QStringLiteral("CAMERA1_RTSP_URL=rtsp://someone:hunter2@127.0.0.1:%1/x").arg(test::freePort())};
        test::ChildProcess agent;
        QVERIFY(agent.start(test::agentProgram(), arguments, environment));
        QVERIFY(agent.waitForLine(QStringLiteral("vedette-agent "), milliseconds{10'000}));
        QTRY_VERIFY(agent.err().contains("camera 1, source: rtsp://"));
        QVERIFY(agent.terminate(kStopLimit));
        QVERIFY(!agent.err().contains("hunter2"));
        for (const QByteArray &line : agent.err().trimmed().split('\n')) {
            const QJsonObject object = QJsonDocument::fromJson(line).object();
            QCOMPARE(object.contains(QStringLiteral("message")) && object.contains(QStringLiteral("time")), json);
            QCOMPARE(line.startsWith("warning vedette.") || line.startsWith("info vedette."), !json);
        }
        const auto bad = runAgent({QStringLiteral("--log-format"), QStringLiteral("xml")});
        QCOMPARE(bad.exitCode, 2);
        QVERIFY2(bad.err.contains("--log-format: is \"xml\""), bad.err.constData());
    }

    void theExampleIsGood()
    {
        const auto example = runAgent({QStringLiteral("example-config")});
        QCOMPARE(example.exitCode, 0);
        const QTemporaryDir dir;
        QFile file(dir.filePath(QStringLiteral("example.toml")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(example.out);
        file.close();
        const auto checked = runAgent({QStringLiteral("check-config"), file.fileName()});
        QCOMPARE(checked.exitCode, 0);
        QCOMPARE(checked.out, file.fileName().toUtf8() + " is good: 1 camera.\n");
        QVERIFY2(checked.err.isEmpty(), checked.err.constData());
    }
};

QTEST_GUILESS_MAIN(AgentStartTest)
#include "tst_agent_start.moc"
