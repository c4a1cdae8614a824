// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/agent_settings.h"
#include "core/settings/target_address.h"

#include "tests/core/settings/settings_folder.h"

#include <QTest>

using namespace vedette;
using namespace vedette::settings;
using test::Environment;
using test::one;

/// The sections that stand in a [[camera]]: its small stream, its targets, its recordings.
class TestCameraSections : public QObject, protected test::SettingsFolder {
    Q_OBJECT

private Q_SLOTS:
    void subStream()
    {
        const auto result = load("[[camera]]\nid = \"a\"\n[camera.sub]\nwidth = 320\nheight = 180\nframerate = 5\nbitrate_kbps = 100\n"
                                 "[[camera]]\nid = \"b\"\nsource = \"url\"\nurl = \"rtsp://h/s\"\n"
                                 "[[camera]]\nid = \"c\"\nsource = \"url\"\nurl = \"rtsp://h/s\"\nsub.enabled = true\n"
                                 "[[camera]]\nid = \"d\"\n[camera.sub]\nenabled = false\n");
        QVERIFY2(result.problems.isEmpty(), qPrintable(texts(result)));
        const auto &cameras = result.settings.cameras;
        QVERIFY(cameras[0].sub.enabled);
        QCOMPARE(cameras[0].sub.width, 320);
        QCOMPARE(cameras[0].sub.height, 180);
        QCOMPARE(cameras[0].sub.framerate, 5.0);
        QCOMPARE(cameras[0].sub.bitrateKbps, 100);
        QVERIFY(!cameras[1].sub.enabled); // it would have to be decoded
        QCOMPARE(cameras[1].sub.width, 640);
        QVERIFY(cameras[2].sub.enabled);
        QVERIFY(!cameras[3].sub.enabled);
    }

    void targets()
    {
        QFile key(m_dir.filePath(QStringLiteral("t.key")));
        QVERIFY(key.open(QIODevice::WriteOnly));
        key.write("s3cr-et?x=1 \nrest\n");
        key.close();
        QVERIFY(key.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner));
        const auto result = load("[[camera]]\n[[camera.target]]\nurl = \"rtmp://h/live\"\nkey_file = \"t.key\"\n"
                                 "[[camera.target]]\nname = \"far\"\nurl = \"srt://h:9?passphrase={key}\"\nkey_env = \"PASS\"\nstream = \"sub\"\n"
                                 "[[camera]]\n[[camera.target]]\nurl = \"rtsp://u:{key}@h/x\"\nkey_env = \"PASS\"\n"
                                 "[[camera.target]]\nurl = \"rtmps://h/app/inline\"\n"
                                 "[[camera.target]]\nurl = \"rtsp://u:pw@h/y\"\nkey_env = \"ABSENT\"\nenabled = false\n"
                                 "[[camera.target]]\nurl = \"rtsp://h/z?jwt={key}\"\nkey_env = \"PASS\"\ntransport = \"udp\"\n",
                                 one("PASS", "p@ss word"));
        QVERIFY2(result.problems.isEmpty(), qPrintable(texts(result)));
        const auto &first = result.settings.cameras[0].targets;
        QCOMPARE(first.size(), 2);
        QCOMPARE(first[0].name, QStringLiteral("target-1"));
        QCOMPARE(first[0].stream, QStringLiteral("main"));
        QCOMPARE(first[0].url.reveal(), QStringLiteral("rtmp://h/live/s3cr-et?x=1"));
        QCOMPARE(first[0].shownUrl, QStringLiteral("rtmp://h/live"));
        QCOMPARE(first[1].name, QStringLiteral("far"));
        QCOMPARE(first[1].stream, QStringLiteral("sub"));
        QCOMPARE(first[1].url.reveal(), QStringLiteral("srt://h:9?passphrase=p%40ss%20word"));
        QCOMPARE(first[1].shownUrl, QStringLiteral("srt://h:9?passphrase=…"));
        const auto &second = result.settings.cameras[1].targets;
        QCOMPARE(second[0].url.reveal(), QStringLiteral("rtsp://u:p%40ss%20word@h/x"));
        QCOMPARE(second[0].shownUrl, QStringLiteral("rtsp://…@h/x"));
        QCOMPARE(second[1].shownUrl, QStringLiteral("rtmps://h/app/…"));
        QVERIFY(!second[2].enabled && second[2].url.isEmpty());
        QCOMPARE(second[2].shownUrl, QStringLiteral("rtsp://…@h/y"));
        QCOMPARE(second[3].url.reveal(), QStringLiteral("rtsp://h/z?jwt=p%40ss%20word&transport=udp"));
        QCOMPARE(second[3].shownUrl, QStringLiteral("rtsp://h/z?jwt=…"));
    }

    void relayPaths()
    {
        QCOMPARE(relayStreamUrl(QStringLiteral("rtsp://h:8554"), QStringLiteral("gate")), QStringLiteral("rtsp://h:8554/gate"));
        QCOMPARE(relayStreamUrl(QStringLiteral("rtsp://u:p@h:8554/site//"), QStringLiteral("gate")), QStringLiteral("rtsp://u:p@h:8554/site/gate"));
        QCOMPARE(relayStreamUrl(QStringLiteral("rtsp://h:8554"), QStringLiteral("gate"), QStringLiteral("sub")), QStringLiteral("rtsp://h:8554/gate/sub"));
        QCOMPARE(relayStreamUrl(QStringLiteral("rtsp://h:8554/?jwt=a/b"), QStringLiteral("gate"), QStringLiteral("sub")), QStringLiteral("rtsp://h:8554/gate/sub?jwt=a/b"));
    }

    void aPlaceTakesOneStream_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second");
        QTest::addColumn<QString>("holder"); // empty: they are two places
        const auto row = [](const char *first, const char *second, const char *holder) {
            QTest::addRow("%s, %s", first, second) << QByteArray(first) << QByteArray(second) << QString::fromLatin1(holder);
        };
        const char *one = "\"one\" of camera gate";
        row("rtmp://h/live/key", "rtmp://H:1935/live/key/", one);
        row("rtsp://h/x", "rtsp://u:hunter2@h:554/x?transport=udp", one);
        row("rtsp://h/x?jwt=hunter2", "rtsp://h/x", one);
        row("srt://h:9?streamid=a", "srt://h:9?passphrase=hunter2hunter2&streamid=a", one);
        row("srt://h:9?streamid=a", "srt://h:9?streamid=b", "");
        row("rtmp://h/live/a", "rtmp://h/live/b", "");
        row("rtsp://h/x", "rtsps://h/x", "");
        row("rtsp://h/x?channel=1", "rtsp://h/x?channel=2", "");
        row("rtsp://h/x", "rtsp://r/gate", "\"relay\" of camera gate");
        row("rtsp://h/x", "rtsp://me:hunter2@r:554/gate/sub", "\"relay/sub\" of camera gate");
        row("rtsp://h/x", "rtsp://r/gate/other", "");
    }

    void aPlaceTakesOneStream()
    {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        QFETCH(QString, holder);
        const QByteArray head = "[relay]\nurl = \"rtsp://r\"\n[[camera]]\nid = \"gate\"\n[[camera.target]]\nname = \"one\"\nurl = \"" + first + "\"\n";
        const QByteArray other = "[[camera.target]]\nname = \"two\"\nurl = \"" + second + "\"\n";
        const QString sentence = QStringLiteral(": camera.target.url: of \"two\" of camera %1 is the place that %2 is pushed to; a place takes one stream");
        const QString text = texts(load(head + other, {}));
        QCOMPARE(text.section(QLatin1String("agent.toml"), 1), holder.isEmpty() ? QString() : QStringLiteral(":10") + sentence.arg(QStringLiteral("gate"), holder));
        QVERIFY(!text.contains(QLatin1String("hunter2")));
        // Whichever camera of this agent it belongs to.
        const QString far = texts(load(head + "[[camera]]\nid = \"yard\"\n" + other, {}));
        QCOMPARE(far.section(QLatin1String("agent.toml"), 1), holder.isEmpty() ? QString() : QStringLiteral(":12") + sentence.arg(QStringLiteral("yard"), holder));
        QVERIFY(load(head + other + "enabled = false\n", {}).problems.isEmpty());
    }

    void badTargets_data()
    {
        QTest::addColumn<QByteArray>("toml");
        QTest::addColumn<QString>("problem");
        const auto row = [](const char *name, const QByteArray &toml, const char *problem) {
            QTest::newRow(name) << QByteArray("[[camera]]\nid = \"gate\"\n" + toml) << QString::fromUtf8(problem);
        };
        const QByteArray target = "[[camera.target]]\n";
        const QByteArray rtmp = target + "url = \"rtmp://h/live/own\"\n";
        row("no url", target, ":3: camera.target.url: is missing");
        row("scheme", target + "url = \"ftp://h/x\"\n", ":4: camera.target.url: is not a URL that begins with rtsp://");
        row("unknown key", rtmp + "kee_file = \"x\"\n", ":5: camera.target.kee_file: unknown key (did you mean key_file?)");
        row("no file", rtmp + "key_file = \"/nonexistent/k\"\n", ":5: camera.target.key_file: /nonexistent/k is not there");
        row("open file", rtmp + "key_file = \"open.key\"\n", "can be read or written by others than its owner; run chmod 600 on it");
        row("no variable", rtmp + "key_env = \"NOT_THERE\"\n", ":5: camera.target.key_env: the environment variable NOT_THERE is not set");
        row("UDP without RTSP", rtmp + "transport = \"udp\"\n", ":5: camera.target.transport: is \"udp\", which only an rtsp:// target takes");
        row("both", rtmp + "key_env = \"HERE\"\nkey_file = \"x\"\n", ":5: camera.target.key_env: stands beside key_file");
        row("mark without key", target + "url = \"srt://h:1?passphrase={key}\"\n", ":4: camera.target.url: holds {key}, but neither");
        row("key without mark", target + "url = \"srt://h:1\"\nkey_env = \"HERE\"\n", ":4: camera.target.url: must hold {key}");
        row("key with a slash", rtmp + "key_env = \"SLASH\"\n", ":4: camera.target.url: belongs to a key with '/'");
        row("two of a name", rtmp + "name = \"a\"\n" + target + "url = \"rtmp://h/live/other\"\nname = \"a\"\n", ":8: camera.target.name: \"a\" is the name of two targets of camera gate");
        row("no sub", "[camera.sub]\nenabled = false\n" + rtmp + "stream = \"sub\"\n", ":7: camera.target.stream: is \"sub\", but camera gate has no sub stream");
        row("one bracket", "[camera.target]\nurl = \"rtmp://h/live/own\"\n", ":3: camera.target: write [[camera.target]]");
        row("two brackets", "[[camera.sub]]\nwidth = 320\n", ":3: camera.sub: write [camera.sub]");
        row("no section", "sub = true\n", ":3: camera.sub: must be a section, written as [camera.sub]");
        row("SRT without a port", target + "url = \"srt://h\"\n", ":4: camera.target.url: names no port");
        row("RTMP without a key", target + "url = \"rtmp://h/live/?x=1\"\n", ":4: camera.target.url: holds no stream key, and neither key_file nor key_env is set");
        row("RTMP without an application", target + "url = \"rtmp://h/\"\n", ":4: camera.target.url: names no application");
        row("rpicam by path", "source = \"rpicam\"\ndevice = \"/dev/video0\"\n", ":4: camera.device: is \"/dev/video0\"; for source rpicam it is the camera's number");
        row("v4l2 by number", "source = \"v4l2\"\ndevice = \"0\"\n", ":4: camera.device: is \"0\"; for source v4l2 it is a path");
        row("a folder as file", "source = \"file\"\nfile = \".\"\n", " is no regular file");
        row("odd", "[camera.sub]\nwidth = 321\n", ":4: camera.sub.width: is 321; it must be even");
    }

    void badTargets()
    {
        QFETCH(QByteArray, toml);
        QFETCH(QString, problem);
        QFile open(m_dir.filePath(QStringLiteral("open.key")));
        QVERIFY(open.open(QIODevice::WriteOnly) && open.write("key\n") == 4);
        open.close();
        QVERIFY(open.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ReadGroup));
        const auto result = load(toml, {{QStringLiteral("HERE"), QStringLiteral("hidden")}, {QStringLiteral("SLASH"), QStringLiteral("hidden/x")}});
        QCOMPARE(result.problems.size(), 1);
        QVERIFY2(texts(result).contains(problem), qPrintable(texts(result)));
        QVERIFY(!texts(result).contains(QStringLiteral("hidden")));
    }

    void whatIsForAnotherSourceIsSaid()
    {
        const auto notices = [this](const QByteArray &toml) {
            QStringList all;
            const auto result = load(toml);
            for (const Problem &each : result.notices)
                all.append(each.text().section(u':', 1));
            return (result.problems.isEmpty() ? QString() : texts(result)) + all.join(u'\n');
        };
        QCOMPARE(notices("[[camera]]\nsource = \"rpicam\"\ntest_fault = \"stall\"\nurl = \"rtsp://h/x\"\n"),
                 QStringLiteral("4: camera.url: is set and has no effect: it is not for source rpicam\n"
                                "3: camera.test_fault: is set and has no effect: it is not for source rpicam"));
        QCOMPARE(notices("[[camera]]\nsource = \"url\"\nurl = \"rtsp://h/x\"\nframerate = 5\nbitrate_kbps = 500\n"),
                 QStringLiteral("4: camera.framerate: is set and has no effect: it is not for source url"));
        QCOMPARE(notices("[[camera]]\nsource = \"file\"\nfile = \"later.mp4\"\n"),
                 QStringLiteral("3: camera.file: %1 is not there now").arg(m_dir.filePath(QStringLiteral("later.mp4"))));
    }

    void whatIsRecordedIsSaidByCamera()
    {
        const QByteArray camera = "[[camera]]\nid = \"gate\"\n";
        const auto result = load("[agent]\ndata_dir = \"" + m_dir.path().toUtf8() + "\"\n[recording]\nsegment_seconds = 60\nmax_days = 30\nmax_gb = 200\nmin_free_mb = 512\n" + camera
                                 + "[camera.recording]\nmode = \"continuous\"\nstreams = \"both\"\n[[camera]]\nid = \"yard\"\n");
        QVERIFY2(result.problems.isEmpty(), qPrintable(result.problems.isEmpty() ? QString() : result.problems.first().text()));
        QCOMPARE(result.settings.segmentSeconds, 60);
        QCOMPARE(result.settings.recordingMaxDays, 30);
        QCOMPARE(result.settings.recordingMaxGb, 200);
        QCOMPARE(result.settings.recordingMinFreeMb, 512);
        QCOMPARE(result.settings.recordingFolder, m_dir.path() + QStringLiteral("/recordings"));
        const auto modes = [](const RecordingSettings &recording) { return std::pair(recording.main, recording.sub); };
        QVERIFY(modes(result.settings.cameras[0].recording) == std::pair(RecordingMode::Continuous, RecordingMode::Continuous));
        QVERIFY(modes(result.settings.cameras[1].recording) == std::pair(RecordingMode::Off, RecordingMode::Off)); // unless said
        const auto each = load(camera + "[camera.recording]\nmode = \"trigger\"\nstreams = \"both\"\nsub_mode = \"schedule\"\npre_seconds = 7\n"
                               "schedule = \"mon 08:00-09:00\"\ntime_zone = \"Europe/Berlin\"\n");
        QVERIFY2(each.problems.isEmpty(), qPrintable(each.problems.isEmpty() ? QString() : each.problems.first().text()));
        const RecordingSettings parted = each.settings.cameras[0].recording;
        QVERIFY(modes(parted) == std::pair(RecordingMode::Trigger, RecordingMode::Schedule));
        QVERIFY(parted.preRoll == std::chrono::seconds{7} && parted.postRoll == std::chrono::seconds{30});
        QVERIFY(parted.schedule.contains(utcFromMicros(1'768'806'000'000'000)));  // Monday 2026-01-19 07:00 UTC, 08:00 there
        QVERIFY(!parted.schedule.contains(utcFromMicros(1'768'809'600'000'000)));
        const auto none = load(camera + "[camera.sub]\nenabled = false\n[camera.recording]\nmode = \"continuous\"\nstreams = \"sub\"\n");
        QCOMPARE(none.problems.size(), 1);
        QCOMPARE(none.problems.first().key, QStringLiteral("camera.recording.streams"));
        QCOMPARE(none.problems.first().line, 7);
    }

    void schedulesAreChecked_data()
    {
        QTest::addColumn<QByteArray>("lines");
        QTest::addColumn<QString>("problem");
        QTest::newRow("none") << QByteArray("mode = \"schedule\"") << QStringLiteral("camera.recording.schedule: is missing, but a stream has mode schedule");
        QTest::newRow("empty") << QByteArray("mode = \"schedule\"\nschedule = \"\"") << QStringLiteral("camera.recording.schedule: is missing, but a stream has mode schedule");
        QTest::newRow("day") << QByteArray("mode = \"schedule\"\nschedule = \"mon-fry 08:00-18:00\"")
                             << QStringLiteral("camera.recording.schedule: \"mon-fry 08:00-18:00\": \"fry\" is no day; days are mon, tue, wed, thu, fri, sat, sun");
        QTest::newRow("zone") << QByteArray("mode = \"schedule\"\nschedule = \"08:00-18:00\"\ntime_zone = \"Mars/Base\"")
                              << QStringLiteral("camera.recording.time_zone: is \"Mars/Base\", which this machine does not know; IANA names are as Europe/Berlin");
    }
    void schedulesAreChecked()
    {
        QFETCH(QByteArray, lines);
        QFETCH(QString, problem);
        const auto result = load("[[camera]]\n[camera.recording]\n" + lines + '\n');
        QCOMPARE(result.problems.size(), 1);
        QCOMPARE(result.problems.first().key + QStringLiteral(": ") + result.problems.first().sentence, problem);
    }
};

QTEST_GUILESS_MAIN(TestCameraSections)
#include "tst_camera_sections.moc"
