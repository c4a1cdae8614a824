// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/agent_settings.h"

#include "core/protocol/ids.h"
#include "tests/core/settings/settings_folder.h"

#include <QFile>
#include <QTest>

#include <unistd.h>

using namespace vedette;
using namespace vedette::settings;
using test::Environment;
using test::one;

namespace {

QByteArray fileText(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("cannot be read");
}

} // namespace

class TestAgentSettings : public QObject, protected test::SettingsFolder {
    Q_OBJECT

private Q_SLOTS:
    void defaults()
    {
        const auto result = load("[[camera]]\n", one("HOME", "/home/op"));
        QVERIFY2(result.problems.isEmpty(), qPrintable(texts(result)));
        const AgentSettings &s = result.settings;
        QVERIFY(protocol::isValidId(s.id));
        QCOMPARE(s.name, s.id);
        QCOMPARE(s.dataDir, QStringLiteral("/home/op/.local/state/vedette-agent"));
        QCOMPARE(s.httpAddress, QStringLiteral("127.0.0.1"));
        QCOMPARE(s.httpPort, 8083);
        QVERIFY(s.mqttHost.isEmpty());
        QCOMPARE(s.mqttPort, 1883);
        QVERIFY(!s.mqttTls);
        QVERIFY(s.relayUrl.isEmpty() && s.relayPublicUrl.isEmpty());
        QCOMPARE(s.senseHat, QStringLiteral("auto"));
        QCOMPARE(s.clockTrust, QStringLiteral("auto"));
        QCOMPARE(s.spoolMaxMb, 1024);
        QCOMPARE(s.spoolMaxDays, 30);
        QCOMPARE(s.version, 1U);
        QVERIFY(s.fromEnvironment.isEmpty());
        QCOMPARE(s.cameras.size(), 1);
        const CameraSettings &camera = s.cameras.first();
        QCOMPARE(camera.id, s.id);
        QCOMPARE(camera.name, s.id);
        QCOMPARE(camera.source, QStringLiteral("test"));
        QCOMPARE(camera.width, 1280);
        QCOMPARE(camera.height, 720);
        QCOMPARE(camera.framerate, 20.0);
        QCOMPARE(camera.keyFrameSeconds, 2.0);
        QVERIFY(camera.bitrateKbps > 0 && !camera.preset.isEmpty() && camera.publish);
    }

    void everyKeyOfAFile()
    {
        QFile ca(path("ca.pem"));
        QVERIFY(ca.open(QIODevice::WriteOnly));
        const auto result = load(
            "agent = {id = \"pi-1\", name = \"Yard ä\", data_dir = \"state\"}\n"
            "http.address = \"::1\"\nhttp.port = 0\n"
            "[mqtt]\nhost = \"broker\"\nport = 8883\nusername = \"u\"\npassword = \"p\"\ntls = true\nca_file = "
            "\"ca.pem\"\n"
            "[relay]\nurl = \"rtsp://push:se%40cret@relay:8554/\"\n"
            "[sense_hat]\nkind = \"none\"\n[clock]\ntrust = \"always\"\n[spool]\nmax_mb = 16\nmax_days = 1\n"
            "[[camera]]\nid = \"gate\"\nname = \"Gate\"\nsource = \"file\"\nfile = \"a/../clip.mp4\"\nwidth = "
            "640\nheight = 360\n"
            "framerate = 29.97\nbitrate_kbps = 900\nkey_frame_seconds = 0.5\npreset = \"medium\"\npublish = false\n"
            "[[camera]]\nsource = \"url\"\nurl = \"rtsps://op:pw@cam/x?y=z\"\n");
        QVERIFY2(result.problems.isEmpty(), qPrintable(texts(result)));
        const AgentSettings &s = result.settings;
        QCOMPARE(s.id, QStringLiteral("pi-1"));
        QCOMPARE(s.name, QStringLiteral("Yard ä"));
        QCOMPARE(s.dataDir, path("state"));
        QCOMPARE(s.httpAddress, QStringLiteral("::1"));
        QCOMPARE(s.httpPort, 0);
        QCOMPARE(s.mqttHost, QStringLiteral("broker"));
        QCOMPARE(s.mqttPort, 8883);
        QCOMPARE(s.mqttUsername, QStringLiteral("u"));
        QCOMPARE(s.mqttPassword.reveal(), QStringLiteral("p"));
        QVERIFY(s.mqttTls);
        QCOMPARE(s.mqttCaFile, path("ca.pem"));
        QCOMPARE(s.relayUrl.reveal(), QStringLiteral("rtsp://push:se%40cret@relay:8554"));
        QCOMPARE(s.relayPublicUrl, QStringLiteral("rtsp://relay:8554"));
        QCOMPARE(s.senseHat, QStringLiteral("none"));
        QCOMPARE(s.clockTrust, QStringLiteral("always"));
        QCOMPARE(s.spoolMaxMb, 16);
        QCOMPARE(s.spoolMaxDays, 1);
        QCOMPARE(s.cameras[0].id, QStringLiteral("gate"));
        QCOMPARE(s.cameras[0].name, QStringLiteral("Gate"));
        QCOMPARE(s.cameras[0].file, path("clip.mp4"));
        QCOMPARE(s.cameras[0].width, 640);
        QCOMPARE(s.cameras[0].height, 360);
        QCOMPARE(s.cameras[0].framerate, 29.97);
        QCOMPARE(s.cameras[0].bitrateKbps, 900);
        QCOMPARE(s.cameras[0].keyFrameSeconds, 0.5);
        QCOMPARE(s.cameras[0].preset, QStringLiteral("medium"));
        QVERIFY(!s.cameras[0].publish);
        QCOMPARE(s.cameras[1].id, QStringLiteral("pi-1-2"));
        QCOMPARE(s.cameras[1].url.reveal(), QStringLiteral("rtsps://op:pw@cam/x?y=z"));
    }

    void aTokenOfTheRelayIsNotPublic()
    {
        const auto result = load("[relay]\nurl = \"rtsp://relay:8554/site/?jwt=a.b-c\"\n[[camera]]\nid = \"gate\"\n");
        QVERIFY2(result.problems.isEmpty(), qPrintable(texts(result)));
        QCOMPARE(result.settings.relayUrl.reveal(), QStringLiteral("rtsp://relay:8554/site/?jwt=a.b-c"));
        QCOMPARE(result.settings.relayPublicUrl, QStringLiteral("rtsp://relay:8554/site"));
    }

    void aLongAgentIdStillMakesValidCameraIds()
    {
        const auto result =
            load("[agent]\nid = \"" + QByteArray(32, 'a') + "\"\n" + QByteArray("[[camera]]\n").repeated(12));
        QVERIFY2(result.problems.isEmpty(), qPrintable(texts(result)));
        for (const CameraSettings &camera : result.settings.cameras)
            QVERIFY2(protocol::isValidId(camera.id), qPrintable(camera.id));
    }

    void theEnvironmentRulesOverTheFile()
    {
        const auto result = load("[mqtt]\nhost = \"file\"\nport = 1\n[[camera]]\n",
                                 {{QStringLiteral("VEDETTE_MQTT_HOST"), QStringLiteral("environment")},
                                  {QStringLiteral("VEDETTE_MQTT_TLS"), QStringLiteral("true")},
                                  {QStringLiteral("VEDETTE_SPOOL_MAX_DAYS"), QStringLiteral("7")},
                                  {QStringLiteral("VEDETTE_OTHER"), QStringLiteral("not ours")}});
        QVERIFY2(result.problems.isEmpty(), qPrintable(texts(result)));
        QCOMPARE(result.settings.mqttHost, QStringLiteral("environment"));
        QCOMPARE(result.settings.mqttPort, 1);
        QVERIFY(result.settings.mqttTls);
        QCOMPARE(result.settings.spoolMaxDays, 7);
        QCOMPARE(result.settings.fromEnvironment, (QStringList{QStringLiteral("mqtt.host"), QStringLiteral("mqtt.tls"),
                                                               QStringLiteral("spool.max_days")}));
    }

    void dataDirFollowsSystemdAndXdg()
    {
        const Environment environment{{QStringLiteral("STATE_DIRECTORY"), QStringLiteral("/var/lib/a:/var/lib/b")},
                                      {QStringLiteral("XDG_STATE_HOME"), QStringLiteral("/state")}};
        QCOMPARE(load("[[camera]]\n", environment).settings.dataDir, QStringLiteral("/var/lib/a"));
        QCOMPARE(load("[[camera]]\n", one("XDG_STATE_HOME", "/state")).settings.dataDir,
                 QStringLiteral("/state/vedette-agent"));
        QCOMPARE(load("[agent]\ndata_dir = \"/mine\"\n[[camera]]\n", environment).settings.dataDir,
                 QStringLiteral("/mine"));
    }

    void problems_data()
    {
        QTest::addColumn<QByteArray>("toml");
        QTest::addColumn<QString>("text"); // after "FILE"
        const auto row = [](const char *name, const QByteArray &toml, const char *text) {
            QTest::newRow(name) << toml << QString::fromUtf8(text);
        };
        const QByteArray camera = "[[camera]]\n";
        row("no camera", "", ": camera: no camera: add a section [[camera]]");
        row("only comments", "# nothing\n", ": camera: no camera: add a section [[camera]]");
        row("one bracket", "[camera]\n", ":1: camera: write [[camera]], with two brackets, for each camera");
        row("camera a value", "camera = 5\n[[cameras]]\n", ":1: camera: must be a section, written as [[camera]]");
        row("unknown key", "[mqtt]\nhots = \"x\"\n" + camera, ":2: mqtt.hots: unknown key (did you mean mqtt.host?)");
        row("unknown camera key", camera + "\nframe_rate = 5\n",
            ":3: camera.frame_rate: unknown key (did you mean framerate?)");
        row("unknown section", "[mqqt]\nhost = 5\n" + camera, ":1: mqqt: unknown section (did you mean mqtt?)");
        row("far from everything", "[mqtt]\nzzzzzzzzzzzz = 1\n" + camera, ":2: mqtt.zzzzzzzzzzzz: unknown key");
        row("key outside its section", "data_dir = \"x\"\n" + camera,
            ":1: data_dir: unknown key (did you mean agent.data_dir?)");
        row("section twice", "[[mqtt]]\n" + camera, ":1: mqtt: write [mqtt], with one bracket; there is only one");
        row("text for number", "[mqtt]\nport = \"1883\"\n" + camera, ":2: mqtt.port: must be an integer, not a text");
        row("number for text", "[mqtt]\nhost = 5\n" + camera, ":2: mqtt.host: must be a text in quotes, not a number");
        row("list for text", "[mqtt]\nhost = [\"x\"]\n" + camera,
            ":2: mqtt.host: must be a text in quotes, not a list");
        row("table for text", "[mqtt.host]\nx = 1\n" + camera, ":1: mqtt.host: must be a text in quotes, not a table");
        row("date for text", "[mqtt]\nhost = 2026-01-01\n" + camera,
            ":2: mqtt.host: must be a text in quotes, not a date");
        row("text for boolean", "[mqtt]\ntls = \"yes\"\n" + camera, ":2: mqtt.tls: must be true or false, not a text");
        row("port too large", "[mqtt]\nport = 70000\n" + camera, ":2: mqtt.port: is 70000; allowed are 1 to 65535");
        row("port huge", "[mqtt]\nport = 9223372036854775807\n" + camera,
            ":2: mqtt.port: is 9223372036854775808; allowed are 1 to 65535");
        row("port negative", "[http]\nport = -1\n" + camera, ":2: http.port: is -1; allowed are 0 to 65535");
        row("port a fraction", "[http]\nport = 80.5\n" + camera, ":2: http.port: is 80.5; it must be an integer");
        row("frame rate NaN", camera + "framerate = nan\n", ":2: camera.framerate: is nan; allowed are 1 to 120");
        row("frame rate infinite", camera + "framerate = inf\n", ":2: camera.framerate: is inf; allowed are 1 to 120");
        row("frame rate 0", camera + "framerate = 0\n", ":2: camera.framerate: is 0; allowed are 1 to 120");
        row("odd width", camera + "width = 641\n", ":2: camera.width: is 641; it must be even");
        row("small height", camera + "height = 2\n", ":2: camera.height: is 2; allowed are 16 to 8192");
        row("bit rate", camera + "bitrate_kbps = 1\n", ":2: camera.bitrate_kbps: is 1; allowed are 50 to 100000");
        row("choice", camera + "source = \"webcam\"\n",
            ":2: camera.source: is \"webcam\"; allowed are test, file, url, libcamera, rpicam or v4l2");
        row("preset", camera + "preset = \"zippy\"\n",
            ":2: camera.preset: is \"zippy\"; allowed are ultrafast, superfast, veryfast, faster, fast, medium, slow, "
            "slower, veryslow or placebo");
        row("bad agent id", "[agent]\nid = \"Pi 1\"\n" + camera,
            ":2: agent.id: the id \"Pi 1\" may hold only a-z, 0-9 and '-'");
        row("bad camera id", camera + "id = \"../etc\"\n",
            ":2: camera.id: the id \"../etc\" may hold only a-z, 0-9 and '-'");
        row("empty camera id", camera + "id = \"\"\n",
            ":2: camera.id: the id is empty; use 1 to 32 of a-z, 0-9 and '-'");
        row("two of one id", camera + "id = \"gate\"\n" + camera + "id = \"gate\"\n",
            ":4: camera.id: \"gate\" is the id of two cameras; the other is in line 2");
        row("given id equals a default one", "[agent]\nid = \"pi\"\n" + camera + "id = \"pi-2\"\n" + camera,
            ":5: camera.id: \"pi-2\" is the id of two cameras; the other is in line 4");
        row("file without file", camera + "source = \"file\"\n", ":2: camera.file: is missing, but source is \"file\"");
        row("url without url", camera + "source = \"url\"\n", ":2: camera.url: is missing, but source is \"url\"");
        row("url empty", camera + "source = \"url\"\nurl = \"\"\n",
            ":2: camera.url: is missing, but source is \"url\"");
        row("url of a file server", camera + "source = \"url\"\nurl = \"ftp://cam/x\"\n",
            ":3: camera.url: is not a URL that begins with rtsp:// or rtsps:// or http:// or https:// or rtmp:// or rtmps:// or srt://");
        row("url without host", camera + "source = \"url\"\nurl = \"rtsp:///x\"\n", ":3: camera.url: names no host");
        row("url with user only", camera + "source = \"url\"\nurl = \"rtsp://u:p@/x\"\n",
            ":3: camera.url: names no host");
        row("url with space", camera + "source = \"url\"\nurl = \"rtsp://cam/a b\"\n",
            ":3: camera.url: holds a space or control character; write it as %20 or leave it out");
        row("url with a bare @ in the password", camera + "source = \"url\"\nurl = \"rtsp://u:a@b@cam/x\"\n",
            ":3: camera.url: holds more than one '@'; write '@', ':' and '/' in a password as %40, %3A and %2F");
        row("url with port", camera + "source = \"url\"\nurl = \"rtsp://cam:99999/x\"\n",
            ":3: camera.url: has no valid port after the host; write '@', ':' and '/' in a password as %40, %3A and "
            "%2F");
        row("relay", "[relay]\nurl = \"relay:8554\"\n" + camera,
            ":2: relay.url: is not a URL that begins with rtsp:// or rtsps://");
        row("public relay with password", "[relay]\npublic_url = \"rtsp://u:p@h\"\n" + camera,
            ":2: relay.public_url: must not hold a user or password: every console is told it");
        row("foreign address", "[http]\naddress = \"0.0.0.0\"\n" + camera,
            ":2: http.address: 0.0.0.0 is refused until access tokens exist; use 127.0.0.1 or ::1");
        row("any address", "[http]\naddress = \"::\"\n" + camera,
            ":2: http.address: :: is refused until access tokens exist; use 127.0.0.1 or ::1");
        row("LAN address", "[http]\naddress = \"192.168.1.5\"\n" + camera,
            ":2: http.address: 192.168.1.5 is refused until access tokens exist; use 127.0.0.1 or ::1");
        row("no address", "[http]\naddress = \"localhost\"\n" + camera,
            ":2: http.address: \"localhost\" is no IP address; use 127.0.0.1 or ::1");
        row("broker a URL", "[mqtt]\nhost = \"mqtt://broker:1883\"\n" + camera,
            ":2: mqtt.host: must be a host name or an address alone, without mqtt://, user or port");
        row("missing authority", "[mqtt]\nca_file = \"/nonexistent/ca.pem\"\n" + camera,
            ":2: mqtt.ca_file: /nonexistent/ca.pem cannot be read");
        row("long text", camera + "name = \"" + QByteArray(5000, 'x') + "\"\n",
            ":2: camera.name: is longer than 64 characters");
        row("long agent name", "[agent]\nname = \"" + QByteArray(65, 'x') + "\"\n" + camera,
            ":2: agent.name: is longer than 64 characters");
        row("long host", "[mqtt]\nhost = \"" + QByteArray(5000, 'x') + "\"\n" + camera,
            ":2: mqtt.host: is longer than 4096 characters");
        row("name of two lines", camera + "name = \"a\\nb\"\n",
            ":2: camera.name: holds a line end or another control character");
        row("whole number as a fraction", camera + "width = 640.0\n",
            ":2: camera.width: must be an integer, written without '.' and exponent");
        row("whole number with exponent", "[http]\nport = 8e3\n" + camera,
            ":2: http.port: must be an integer, written without '.' and exponent");
        row("NUL", camera + "name = \"a\\u0000b\"\n", ":2: camera.name: holds a NUL character");
    }
    void problems()
    {
        QFETCH(QByteArray, toml);
        QFETCH(QString, text);
        const auto result = load(toml);
        const QStringList lines = texts(result).split(u'\n');
        QVERIFY2(lines.contains(path() + text), qPrintable(texts(result)));
    }

    void brokenToml_data()
    {
        QTest::addColumn<QByteArray>("toml");
        QTest::addColumn<QString>("text");
        const auto row = [](const char *name, const QByteArray &toml, const char *text) {
            QTest::newRow(name) << toml << QString::fromUtf8(text);
        };
        const QByteArray camera = "[[camera]]\nid = \"gate\"\n";
        row("open section", "\n[mqtt\n", ":2: the section's name does not end with ']'; write [section], or [[camera]] for a camera");
        row("cut in a text", "[mqtt]\nhost = \"brok", ":2: mqtt.host: the text has no closing quote");
        row("text without end", camera + "name = \"Gate\n", ":3: camera.name: the text has no closing quote");
        row("other text without end", camera + "name = 'Gate\n", ":3: camera.name: the text has no closing quote");
        row("lines without end", camera + "name = \"\"\"\nGate\n\n", ":3: camera.name: the text has no closing quotes");
        row("cut after '='", "[mqtt]\n\nhost =", ":3: mqtt.host: the value is missing");
        row("no '='", camera + "width 640\n", ":3: camera.width: '=' and a value are missing after the key");
        row("text without quotes", "[mqtt]\npassword = hunter22\n", ":2: mqtt.password: the value is unknown; texts need quotes");
        row("password alone", "[mqtt]\nhunter\n", ":2: mqtt: '=' and a value are missing after the key");
        row("key twice", "[mqtt]\nport = 1\nhost = \"h\"\nport = 2\n", ":4: mqtt.port: is set twice; first in line 2");
        row("section twice", "[mqtt]\n[relay]\n[mqtt]\n", ":3: mqtt: the section is there twice; first in line 1");
        row("section of a value", "[agent]\nid = \"a\"\n[agent.id]\n", ":3: agent.id: is a value already and cannot be a section");
        row("one bracket for the second camera", camera + "[camera]\n", ":3: camera: write [[camera]], with two brackets, for each camera; first in line 1");
        row("NUL", camera + QByteArray("name = \"a\0b\"\n", 13), ":3: camera.name: holds a control character; take it out");
        row("backslash", camera + "file = \"C:\\Users\"\n", ":3: camera.file: a backslash in \"…\" begins an escape; write it twice, or use '…' for the text");
        row("capital letter", camera + "publish = True\n", ":3: camera.publish: the value is unknown; write true or false in small letters, and texts in quotes");
        row("decimal comma", camera + "framerate = 12,5\n", ":3: camera.framerate: something follows the value; write each key in a line of its own, and numbers with '.' for the decimals");
        row("leading zero", camera + "width = 0640\n", ":3: camera.width: the number must not begin with 0");
        row("too large", camera + "width = 99999999999999999999\n", ":3: camera.width: the number is too large");
        row("not UTF-8", "[mqtt]\nhost = \"\xff\xfe\"\n", ":2: mqtt.host: is not UTF-8 text; save the file as UTF-8");
        row("UTF-16", QByteArray("\xff\xfe[\0a\0]\0", 8), ": is UTF-16; save the file as UTF-8");
        row("old line ends", "[mqtt]\rhost = \"h\"\r", ": has line ends of CR alone; save the file with LF or CRLF");
        row("binary", QByteArray("\x7f" "ELF\x02\x01\x00\x00", 8), ":1: holds a control character; take it out");
        row("deep", "a = " + QByteArray(100'000, '['), ":1: a: is nested too deeply");
    }
    void brokenToml()
    {
        QFETCH(QByteArray, toml);
        QFETCH(QString, text);
        QCOMPARE(texts(load(toml)), path() + text);
    }

    void byteOrderMarkAndCrLfAreTaken()
    {
        QVERIFY(load("\xef\xbb\xbf[agent]\r\nid = \"a\"\r\n[[camera]]\r\n").problems.isEmpty());
    }

    void theDataDirMustBeAFolderToWriteTo()
    {
        const auto with = [this](const QString &folder) { return texts(load("[agent]\ndata_dir = \"" + folder.toUtf8() + "\"\n[[camera]]\n")); };
        QCOMPARE(with(QStringLiteral("new/state")), QString());
        QVERIFY(!QFileInfo::exists(path("new")));
        QFile file(path("plain"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(with(QStringLiteral("plain")), path() + QStringLiteral(":2: agent.data_dir: %1 is a file, not a folder").arg(path("plain")));
        QCOMPARE(with(QStringLiteral("plain/state")), path() + QStringLiteral(":2: agent.data_dir: %1 cannot be made: %2 is a file, not a folder")
                                                                   .arg(path("plain/state"), path("plain")));
        QCOMPARE(texts(load("[[camera]]\n", one("VEDETTE_AGENT_DATA_DIR", path("plain").toUtf8().constData()))),
                 QStringLiteral("environment: VEDETTE_AGENT_DATA_DIR: %1 is a file, not a folder").arg(path("plain")));
        const QString closed = QFileInfo(QStringLiteral("/proc/1")).isWritable() ? QString() : QStringLiteral("/proc/1");
        if (!closed.isEmpty())
            QCOMPARE(with(closed), path() + QStringLiteral(":2: agent.data_dir: /proc/1 is not writable"));
    }

    /// Its disk may be read-only or away now; live video goes on.
    void theRecordingFolderIsNoReasonNotToStart()
    {
        QFile file(path("plain"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        const auto result = load("[recording]\nfolder = \"plain/x\"\n[[camera]]\n");
        QVERIFY(result.problems.isEmpty());
        QCOMPARE(result.notices.first().text(), path() + QStringLiteral(":2: recording.folder: %1 cannot be made: %2 is a file, not a folder; nothing is recorded as long as that is so")
                                                             .arg(path("plain/x"), path("plain")));
        const auto named = load("[[camera]]\n", one("VEDETTE_RECORDING_FOLDER", path("plain").toUtf8().constData()));
        QVERIFY(named.problems.isEmpty());
        QVERIFY(named.notices.first().text().startsWith(QLatin1String("environment: VEDETTE_RECORDING_FOLDER: ")));
    }

    void everyCutIsSurvived()
    {
        const QByteArray whole = exampleConfig().toUtf8();
        for (qsizetype n = 0; n < whole.size(); n += 7)
            (void)load(whole.left(n));
    }

    void allProblemsComeInOnePass()
    {
        const auto result = load("[mqtt]\nhots = 1\nport = 0\n[relay]\nurl = 5\n[[camera]]\nwidth = 1\n",
                                 one("VEDETTE_SPOOL_MAX_MB", "much"));
        QStringList keys;
        for (const Problem &problem : result.problems)
            keys.append(problem.key);
        QCOMPARE(keys,
                 (QStringList{QStringLiteral("mqtt.hots"), QStringLiteral("mqtt.port"), QStringLiteral("relay.url"),
                              QStringLiteral("camera.width"), QStringLiteral("VEDETTE_SPOOL_MAX_MB")}));
    }

    void badEnvironment_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char *name, const char *value, const char *sentence) {
            QTest::addRow("%s=%s", name, value)
                << QString::fromUtf8(name) << QString::fromUtf8(value) << QString::fromUtf8(sentence);
        };
        row("VEDETTE_MQTT_PORT", "many", "is \"many\"; allowed are 1 to 65535");
        row("VEDETTE_MQTT_PORT", "", "is \"\"; allowed are 1 to 65535");
        row("VEDETTE_MQTT_PORT", "0x10", "is \"0x10\"; allowed are 1 to 65535");
        row("VEDETTE_MQTT_PORT", "1.5", "is 1.5; it must be an integer");
        row("VEDETTE_MQTT_PORT", "nan", "is nan; it must be an integer");
        row("VEDETTE_MQTT_TLS", "yes", "is \"yes\"; allowed are true and false");
        row("VEDETTE_HTTP_ADDRESS", "0.0.0.0", "0.0.0.0 is refused until access tokens exist; use 127.0.0.1 or ::1");
        row("VEDETTE_RELAY_URL", "nonsense", "is not a URL that begins with rtsp:// or rtsps://");
        row("VEDETTE_AGENT_ID", "A", "the id \"A\" may hold only a-z, 0-9 and '-'");
        row("VEDETTE_MQTT_HOTS", "x", "unknown variable (did you mean VEDETTE_MQTT_HOST?)");
    }
    void badEnvironment()
    {
        QFETCH(QString, name);
        QFETCH(QString, value);
        QFETCH(QString, sentence);
        const auto result = load("[[camera]]\n", {{name, value}});
        QCOMPARE(texts(result), QStringLiteral("environment: %1: %2").arg(name, sentence));
    }

    void unreadableFiles()
    {
        QCOMPARE(texts(loadAgentSettings(QStringLiteral("/nonexistent/agent.toml"), {})),
                 QStringLiteral("/nonexistent/agent.toml: there is no such file"));
        QCOMPARE(texts(loadAgentSettings(m_dir.path(), {})),
                 m_dir.path() + QStringLiteral(": this is no regular file"));
        QCOMPARE(texts(loadAgentSettings(QStringLiteral("/dev/zero"), {})),
                 QStringLiteral("/dev/zero: this is no regular file"));
        QCOMPARE(texts(load(QByteArray(2 * 1024 * 1024, '#'))),
                 path() + QStringLiteral(": is larger than 1 MiB, too large for a settings file"));
        if (::geteuid() == 0)
            return; // root may read everything
        load("[[camera]]\n");
        QVERIFY(QFile::setPermissions(path(), QFileDevice::WriteOwner));
        QVERIFY(texts(loadAgentSettings(path(), {})).startsWith(path() + QStringLiteral(": cannot be read: ")));
        QVERIFY(QFile::setPermissions(path(), QFileDevice::WriteOwner | QFileDevice::ReadOwner));
    }

    void noProblemRepeatsASecret_data()
    {
        QTest::addColumn<QByteArray>("toml");
        QTest::addColumn<Environment>("environment");
        const QByteArray camera = "[[camera]]\nsource = \"url\"\n";
        const auto row = [](const char *name, const QByteArray &toml) { QTest::newRow(name) << toml << Environment(); };
        row("wrong scheme", camera + "url = \"rtps://op:hunter2@cam/x\"\n");
        row("bad port", camera + "url = \"rtsp://op:hunter2/@cam/x\"\n");
        row("space", camera + "url = \"rtsp://op:hunter2 @cam/x\"\n");
        row("no quotes", camera + "url = rtsp://op:hunter2@cam/x\n");
        row("no end quote", camera + "url = \"rtsp://op:hunter2@cam/x\n");
        row("single password", "[mqtt]\npassword = 'hunter2\n" + camera);
        row("bare password", "[mqtt]\npassword = hunter2\n" + camera);
        row("password in a list", "[mqtt]\npassword = [\"hunter2\"]\n" + camera);
        row("password as key", "[mqtt]\npassword.hunter2 = 1\n" + camera);
        row("wrong key", "[mqtt]\npasword = \"hunter2\"\n" + camera);
        row("public URL", "[relay]\npublic_url = \"rtsp://op:hunter2@relay\"\n" + camera);
        row("relay", "[relay]\nurl = \"http://op:hunter2@relay\"\n" + camera);
        row("broker", "[mqtt]\nhost = \"mqtt://op:hunter2@relay\"\n" + camera);
        row("URL as a key", "[mqtt]\n\"rtsp://op:hunter2@cam\" = 5\n" + camera);
        row("URL as choice", "[[camera]]\nsource = \"rtsp://op:hunter2@cam\"\n");
        row("URL as id", "[[camera]]\nid = \"rtsp://op:hunter2@cam\"\n");
        row("URL as address", "[http]\naddress = \"http://op:hunter2@cam\"\n" + camera);
        QTest::newRow("variable") << QByteArray("[[camera]]\n") << one("VEDETTE_RELAY_URL", "op:hunter2@relay");
        QTest::newRow("unknown variable") << QByteArray("[[camera]]\n") << one("VEDETTE_MQTT_PASWORD", "hunter2");
        QTest::newRow("number variable") << QByteArray("[[camera]]\n")
                                         << one("VEDETTE_MQTT_PORT", "rtsp://op:hunter2@relay");
    }
    void noProblemRepeatsASecret()
    {
        QFETCH(QByteArray, toml);
        QFETCH(Environment, environment);
        const auto result = load(toml, environment);
        QVERIFY(!result.problems.isEmpty());
        QVERIFY2(!texts(result).contains(QLatin1String("hunter2")), qPrintable(texts(result)));
    }

    void aNumberTooLargeForTomlIsNotRepeated()
    {
        const auto result = load("[mqtt]\npassword = 123456789012345678901234567890\n[[camera]]\n");
        QCOMPARE(result.problems.size(), 1);
        QVERIFY2(!texts(result).contains(QLatin1String("1234567")), qPrintable(texts(result)));
    }

    void theExampleRunsAsItIs()
    {
        const auto result = load(exampleConfig().toUtf8());
        QVERIFY2(result.problems.isEmpty(), qPrintable(texts(result)));
        QCOMPARE(result.settings.cameras.size(), 1);
        QCOMPARE(result.settings.cameras[0].source, QStringLiteral("test"));
        QCOMPARE(result.settings.cameras[0].width, 1280);
        QCOMPARE(result.settings.cameras[0].height, 720);
        QCOMPARE(result.settings.senseHat, QStringLiteral("simulated"));
        QVERIFY(result.settings.mqttHost.isEmpty() && result.settings.relayUrl.isEmpty());
    }

    void theExampleWithEveryCommentTakenAwayIsGood()
    {
        QByteArray toml;
        for (const QByteArray &line : exampleConfig().toUtf8().split('\n'))
            toml += (line.startsWith('#') && !line.startsWith("# ") ? line.mid(1) : line) + '\n';
        toml.replace("ca_file = \"ca.pem\"", ""); // there are no such files here
        toml.replace("key_file = \"cloud.key\"", ""); // and key_env stands for it
        const auto result = load(toml, one("CLOUD_KEY", "k1"));
        QVERIFY2(result.problems.isEmpty(), qPrintable(texts(result)));
        QCOMPARE(result.settings.mqttHost, QStringLiteral("broker.example.org"));
        QCOMPARE(result.settings.cameras.first().targets.first().url.reveal(), QStringLiteral("rtmp://ingest.example.org/live/k1"));
    }

    void theCommittedPagesAreCurrent()
    {
        const QString docs = QStringLiteral(TEST_DATA_DIR "/../../docs/");
        QVERIFY2(fileText(docs + QStringLiteral("agent.example.toml")) == exampleConfig().toUtf8(),
                 "docs/agent.example.toml is old: vedette-agent example-config > docs/agent.example.toml");
        QVERIFY2(fileText(docs + QStringLiteral("settings.md")) == settingsReference().toUtf8(),
                 "docs/settings.md is old: run this test with VEDETTE_UPDATE_PAGES=1");
    }

    void initTestCase()
    {
        QVERIFY(m_dir.isValid());
        if (!qEnvironmentVariableIsSet("VEDETTE_UPDATE_PAGES"))
            return;
        for (const auto &[name, text] :
             {std::pair{"agent.example.toml", exampleConfig()}, std::pair{"settings.md", settingsReference()}}) {
            QFile file(QStringLiteral(TEST_DATA_DIR "/../../docs/") + QString::fromLatin1(name));
            QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
            file.write(text.toUtf8());
        }
    }
};

QTEST_GUILESS_MAIN(TestAgentSettings)
#include "tst_agent_settings.moc"
