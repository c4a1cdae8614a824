// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/status.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace vedette;
using namespace vedette::protocol;

namespace {

AgentStatus status()
{
    StreamStatus main;
    main.width = 1280;
    main.height = 720;
    main.framerate = 29.97;
    main.codec = QStringLiteral("h264");
    main.urls = {QStringLiteral("rtsp://relay:8554/gate"), QStringLiteral("http://127.0.0.1:8083/live/gate/main.ts")};
    CameraStatus gate;
    gate.id = QStringLiteral("gate");
    gate.name = QStringLiteral("Gate street");
    gate.source = QStringLiteral("test");
    gate.streams = {main};
    gate.stages = {{QStringLiteral("source"), StageState::Running, {}, utcFromMicros(100), std::nullopt},
                   {QStringLiteral("publisher"), StageState::Waiting, QStringLiteral("connection refused"),
                    utcFromMicros(200), utcFromMicros(300)}};
    gate.framesCaptured = 10;
    gate.framesEncoded = 9;
    gate.framesDropped = 1;
    gate.lastFrameAgeMs = 40;
    gate.captureMs = 0.25;
    gate.encodeMs = 3.5;
    gate.controls = {{QStringLiteral("awb"), 0, 0, 1.0, {QStringLiteral("auto"), QStringLiteral("indoor")}},
                     {QStringLiteral("ev"), -8, 8, std::nullopt, {}}, {QStringLiteral("roi"), 0, 0, std::nullopt, {}}};
    gate.runs = {1, 0xffffffffffffffff};
    CameraStatus bare;
    bare.id = QStringLiteral("dock");
    bare.name = bare.id;
    AgentStatus out;
    out.id = QStringLiteral("pi-1");
    out.name = QStringLiteral("Yard");
    out.version = QStringLiteral("0.1.0");
    out.bootId = QStringLiteral("b-1");
    out.time = utcFromMicros(1'790'000'000'000'000);
    out.clockSynchronized = true;
    out.clockUncertainty = microseconds{1500};
    out.settingsVersion = 4'294'967'295;
    out.httpUrl = QStringLiteral("http://127.0.0.1:8083");
    out.spool = QStringLiteral("5f0c");
    out.capabilities = {QStringLiteral("keyframe")};
    out.cameras = {gate, bare};
    return out;
}

/// JSON with ' for ", because moc 6.4 loses its way in some raw string literals.
QByteArray quoted(QByteArray text)
{
    return text.replace('\'', '"');
}

} // namespace

class TestStatus : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void roundTrip()
    {
        const auto read = parseAgentStatus(toJson(status()));
        QVERIFY2(read, read ? "" : qPrintable(read.error().text()));
        QCOMPARE(toJson(*read), toJson(status()));
        QCOMPARE(read->settingsVersion, 4'294'967'295U);
        QCOMPARE(read->cameras[0].runs, (QList<quint64>{1, 0xffffffffffffffff}));
        QCOMPARE(read->cameras[0].stages[1].nextTry.value(), utcFromMicros(300));
        QVERIFY(!read->cameras[0].stages[0].nextTry);
        QVERIFY(!read->cameras[1].lastFrameAgeMs);
        QVERIFY(!read->cameras[1].captureMs && !read->cameras[1].encodeMs);
        QCOMPARE(read->cameras[0].captureMs, std::optional(0.25));
        QCOMPARE(read->cameras[0].encodeMs, std::optional(3.5));
        QVERIFY(read->cameras[0].controls == status().cameras[0].controls && read->cameras[1].controls.isEmpty());
    }

    void timesAreMicrosecondsWithTheUnitInTheKey()
    {
        const QJsonObject json = QJsonDocument::fromJson(toJson(status())).object();
        QCOMPARE(json.value(QStringLiteral("time_us")).toInteger(), 1'790'000'000'000'000);
    }

    void stateWordsComeBack()
    {
        for (const StageState state :
             {StageState::Idle, StageState::Starting, StageState::Running, StageState::Waiting, StageState::Stopped})
            QVERIFY(stageStateFromString(toString(state)) == state);
        QVERIFY(!stageStateFromString(u""));
        QVERIFY(!stageStateFromString(u"Running"));
    }

    void theNameFallsBackToTheId()
    {
        AgentStatus nameless = status();
        nameless.name.clear();
        nameless.cameras[0].name.clear();
        const auto read = parseAgentStatus(toJson(nameless));
        QCOMPARE(read->name, QStringLiteral("pi-1"));
        QCOMPARE(read->cameras[0].name, QStringLiteral("gate"));
    }

    void onlyStreamUrlsAreTaken()
    {
        AgentStatus evil = status();
        evil.cameras[0].streams[0].urls = {
            QStringLiteral("file:///etc/passwd"), QStringLiteral("/etc/passwd"), QStringLiteral("concat:/a|/b"),
            QStringLiteral("RTSP://host/x"),      QStringLiteral("pipe:0"),      QStringLiteral("-version")};
        evil.cameras[0].streams[0].hlsUrl = QStringLiteral("file:///etc/passwd");
        auto read = parseAgentStatus(toJson(evil));
        QVERIFY(read);
        QCOMPARE(read->cameras[0].streams[0].urls, QStringList{QStringLiteral("RTSP://host/x")});
        QVERIFY(read->cameras[0].streams[0].hlsUrl.isEmpty());
        evil.cameras[0].streams[0].hlsUrl = QStringLiteral("https://web/gate/index.m3u8");
        read = parseAgentStatus(toJson(evil));
        QCOMPARE(read->cameras[0].streams[0].hlsUrl, evil.cameras[0].streams[0].hlsUrl);
    }

    void onlyTheNewestRunsAreKept()
    {
        AgentStatus many = status();
        many.cameras[0].runs.clear();
        for (quint64 i = 0; i < 100; ++i)
            many.cameras[0].runs.append(i);
        const auto read = parseAgentStatus(toJson(many));
        QCOMPARE(read->cameras[0].runs.size(), 8);
        QCOMPARE(read->cameras[0].runs.last(), 99U);
    }

    void longWordsForPeopleAreCut()
    {
        AgentStatus wordy = status();
        wordy.name = QString(5000, u'n');
        wordy.cameras[0].name = QString(254, u'a') + QStringLiteral("😀😀😀"); // cut in the middle of a pair
        wordy.cameras[0].stages[1].reason = QString(100'000, u'r');
        const auto read = parseAgentStatus(toJson(wordy));
        QVERIFY2(read, read ? "" : qPrintable(read.error().text()));
        QCOMPARE(read->name, QString(255, u'n') + QChar(0x2026));
        QCOMPARE(read->cameras[0].name, QString(254, u'a') + QChar(0x2026));
        QCOMPARE(read->cameras[0].stages[1].reason.size(), 1024);
        QCOMPARE(read->cameras[0].id, wordy.cameras[0].id);
    }

    void hostile_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QString>("names");
        const auto row = [](const char *name, const char *from, const char *to, const char *names) {
            QTest::newRow(name) << quoted(from) << quoted(to) << QString::fromLatin1(names);
        };
        row("no id", "'id':'pi-1',", "", "id is missing");
        row("bad id", "'id':'pi-1'", "'id':'PI 1'", "id: ");
        row("no boot id", "'boot_id':'b-1',", "", "boot_id is missing");
        row("no time", "'time_us':1790000000000000,", "", "time_us is missing");
        row("cameras missing", "'cameras':", "'cam':", "cameras is missing");
        row("urls a text", "'urls':['rtsp://relay:8554/gate','http://127.0.0.1:8083/live/gate/main.ts']", "'urls':'x'",
            "cameras[1].streams[0].urls must be a list");
        row("url a number", "'rtsp://relay:8554/gate'", "5", "cameras[1].streams[0].urls[0]");
        row("width a fraction", "'width_px':1280", "'width_px':1280.5", "cameras[1].streams[0].width_px");
        row("width huge", "'width_px':1280", "'width_px':2000000000", "cameras[1].streams[0].width_px");
        row("width beyond 32 bits", "'width_px':1280", "'width_px':5000000000", "cameras[1].streams[0].width_px");
        row("height negative", "'height_px':720", "'height_px':-720", "cameras[1].streams[0].height_px");
        row("framerate a text", "'framerate_fps':29.97", "'framerate_fps':'fast'",
            "cameras[1].streams[0].framerate_fps");
        row("framerate huge", "'framerate_fps':29.97", "'framerate_fps':1e300", "cameras[1].streams[0].framerate_fps");
        row("unknown state", "'state':'waiting'", "'state':'dancing'", "cameras[1].stages[1].state");
        row("next try a text", "'next_try_us':300", "'next_try_us':'soon'", "cameras[1].stages[1].next_try_us");
        row("camera id", "'id':'gate'", "'id':'../gate'", "cameras[1].id");
        row("run", "'0000000000000001'", "'zz'", "cameras[1].runs");
        row("settings version", "4294967295", "4294967296", "settings_version");
        row("counter negative", "'frames_captured':10", "'frames_captured':-10", "cameras[1].frames_captured");
    }
    void hostile()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(QString, names);
        AgentStatus two = status();
        two.cameras = {two.cameras[1], two.cameras[0]};
        QByteArray json = toJson(two);
        QVERIFY2(json.contains(from), json.constData());
        json.replace(from, to);
        const auto read = parseAgentStatus(json);
        QVERIFY(!read);
        QCOMPARE(toString(read.error().kind), toString(ErrorKind::InvalidInput));
        QVERIFY2(read.error().text().startsWith(names), qPrintable(read.error().text()));
    }

    void everyCutAndEveryBrokenByteIsSurvived()
    {
        const QByteArray good = toJson(status());
        for (qsizetype n = 0; n < good.size(); ++n) {
            QVERIFY(!parseAgentStatus(good.left(n)));
            for (const char bad : {'\0', '"', ']', '9', '\xff'}) {
                QByteArray broken = good;
                broken[n] = bad;
                if (const auto read = parseAgentStatus(broken))
                    QVERIFY(read->cameras.size() <= 2);
            }
        }
    }

    void online()
    {
        const auto alive = parseOnline(toJson(Online{true, QStringLiteral("b-1"), utcFromMicros(7)}));
        QVERIFY(alive && alive->online);
        QCOMPARE(alive->bootId, QStringLiteral("b-1"));
        QCOMPARE(toMicros(alive->time), 7);
        QCOMPARE(toJson(Online{}), QByteArray(R"({"online":false})"));
        const auto will = parseOnline(toJson(Online{}));
        QVERIFY(will && !will->online && will->bootId.isEmpty());
        for (const char *bad :
             {"", "null", "true", "{}", R"({"online":1})", R"({"online":"true"})", R"({"online":true})",
              R"({"online":true,"boot_id":5,"time_us":5})", R"({"online":true,"boot_id":"b","time_us":-1})"}) {
            const auto read = parseOnline(bad);
            QVERIFY2(!read, bad);
            QCOMPARE(toString(read.error().kind), toString(ErrorKind::InvalidInput));
        }
    }
};

QTEST_GUILESS_MAIN(TestStatus)
#include "tst_status.moc"
