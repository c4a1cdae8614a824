// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/camera_variables.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::settings;

namespace {

using Environment = QHash<QString, QString>;
using Pairs = QList<std::pair<const char *, const char *>>;

Environment environment(const Pairs &pairs)
{
    Environment all{{QStringLiteral("HOME"), QStringLiteral("/home/op")}};
    for (const auto &[name, value] : pairs)
        all.insert(QString::fromUtf8(name), QString::fromUtf8(value));
    return all;
}

QString lines(const QList<Problem> &problems)
{
    QStringList all;
    for (const Problem &problem : problems)
        all.append(problem.text());
    return all.join(u'\n');
}

} // namespace

class TestCameraVariables : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;

    LoadResult load(const QByteArray &toml, const Pairs &pairs)
    {
        QFile file(m_dir.filePath(QStringLiteral("agent.toml")));
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(toml) != toml.size())
            qFatal("cannot write the settings file of the test");
        file.close();
        return loadAgentSettings(file.fileName(), environment(pairs));
    }
    static LoadResult alone(const Pairs &pairs) { return loadAgentSettings({}, environment(pairs)); }

private Q_SLOTS:
    void theyRunWithoutAFile()
    {
        QVERIFY(!environmentSaysAll(environment({{"CAMERA_RTSP_URL", ""}, {"CAMERA_LENS", "wide"}, {"VEDETTE_MQTT_HOST", "h"}})));
        const Pairs all{{"CAMERA_WIDTH", "640"},     {"CAMERA_HEIGHT", "360"}, {"CAMERA_FRAMERATE", "12.5"},
                        {"CAMERA_BITRATE", "1.5M"},  {"CAMERA_RTSP_URL", "rtsp://cam:hunter2@relay:8554/yard/"},
                        {"CAMERA_HLS_URL", "https://web/yard/index.m3u8"}};
        QVERIFY(environmentSaysAll(environment(all)));
        const auto result = alone(all);
        QCOMPARE(lines(result.problems), QString());
        QCOMPARE(lines(result.notices), QString());
        QCOMPARE(result.settings.cameras.size(), 1);
        const CameraSettings &camera = result.settings.cameras.first();
        QCOMPARE(camera.id, result.settings.id);
        QCOMPARE(camera.source, QStringLiteral("test"));
        QCOMPARE(camera.width, 640);
        QCOMPARE(camera.height, 360);
        QCOMPARE(camera.framerate, 12.5);
        QCOMPARE(camera.bitrateKbps, 1500);
        QCOMPARE(camera.pushUrl.reveal(), QStringLiteral("rtsp://cam:hunter2@relay:8554/yard"));
        QCOMPARE(camera.hlsUrl, QStringLiteral("https://web/yard/index.m3u8"));
        QVERIFY(camera.publish);
    }

    void numberedNamesAreSources()
    {
        const auto result = alone({{"CAMERA10_RTSP_URL", "rtsp://c/10"}, {"CAMERA2_RTSP_URL", "rtsps://u:p@c/2"}, {"CAMERA1_RTSP_URL", "rtsp://c/1"}});
        QCOMPARE(lines(result.problems) + lines(result.notices), QString());
        QStringList seen;
        for (const CameraSettings &camera : result.settings.cameras)
            seen.append(camera.id + u' ' + camera.source + u' ' + camera.url.reveal());
        QCOMPARE(seen, (QStringList{QStringLiteral("1 url rtsp://c/1"), QStringLiteral("2 url rtsps://u:p@c/2"), QStringLiteral("10 url rtsp://c/10")}));
    }

    void theOnlySourceIsPushedWhereItIsSaid()
    {
        const auto result = alone({{"CAMERA1_RTSP_URL", "rtsp://c/1"}, {"CAMERA_RTSP_URL", "rtsp://relay/one"}});
        QCOMPARE(lines(result.problems) + lines(result.notices), QString());
        QCOMPARE(result.settings.cameras.size(), 1);
        QCOMPARE(result.settings.cameras.first().url.reveal(), QStringLiteral("rtsp://c/1"));
        QCOMPARE(result.settings.cameras.first().pushUrl.reveal(), QStringLiteral("rtsp://relay/one"));
    }

    void theyRuleOverTheFile()
    {
        const QByteArray file = "[relay]\nurl = \"rtsp://file:8554\"\n[[camera]]\nid = \"2\"\nname = \"Yard\"\nsource = \"test\"\nwidth = 320\n"
                                "height = 240\npublish = false\n";
        const auto one = load(file, {{"CAMERA_WIDTH", "640"}, {"CAMERA_RTSP_URL", "rtsp://env/yard"}});
        QCOMPARE(lines(one.problems) + lines(one.notices), QString());
        QCOMPARE(one.settings.cameras.size(), 1);
        QCOMPARE(one.settings.cameras.first().width, 640);
        QCOMPARE(one.settings.cameras.first().height, 240);
        QVERIFY(one.settings.cameras.first().publish);
        QVERIFY(one.settings.fromEnvironment.contains(QStringLiteral("camera.width")));

        const auto two = load(file, {{"CAMERA1_RTSP_URL", "rtsp://c/1"}, {"CAMERA2_RTSP_URL", "rtsp://c/2"}});
        QCOMPARE(lines(two.problems), QString());
        QCOMPARE(two.settings.cameras.size(), 2);
        QCOMPARE(two.settings.cameras[0].id, QStringLiteral("2"));
        QCOMPARE(two.settings.cameras[0].name, QStringLiteral("Yard"));
        QCOMPARE(two.settings.cameras[0].source, QStringLiteral("url"));
        QCOMPARE(two.settings.cameras[0].url.reveal(), QStringLiteral("rtsp://c/2"));
        QCOMPARE(two.settings.cameras[1].id, QStringLiteral("1"));
        // A value of the file that the environment rules over is still checked.
        QVERIFY(lines(load("[[camera]]\nwidth = \"wide\"\n", {{"CAMERA_WIDTH", "640"}}).problems).contains(QLatin1String("camera.width")));
    }

    void bitrates_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("kbps");
        QTest::addRow("bits") << QByteArray("2500000") << 2500;
        QTest::addRow("k") << QByteArray("800k") << 800;
        QTest::addRow("M") << QByteArray("4m") << 4000;
        QTest::addRow("blanks") << QByteArray(" 50000 ") << 50;
    }
    void bitrates()
    {
        QFETCH(QByteArray, text);
        const auto result = alone({{"CAMERA_BITRATE", text.constData()}});
        QCOMPARE(lines(result.problems), QString());
        QTEST(result.settings.cameras.first().bitrateKbps, "kbps");
    }

    void badValues_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char *name, const char *value, const char *sentence) {
            QTest::addRow("%s=%s", name, value) << QByteArray(name) << QByteArray(value) << QString::fromUtf8(sentence);
        };
        row("CAMERA_WIDTH", "wide", "is \"wide\"; allowed are 16 to 8192");
        row("CAMERA_WIDTH", "641", "is 641; it must be even");
        row("CAMERA_HEIGHT", "0", "is 0; allowed are 16 to 8192");
        row("CAMERA_FRAMERATE", "1000", "is 1000; allowed are 1 to 120");
        row("CAMERA_FRAMERATE", "-1", "is -1; allowed are 1 to 120");
        row("CAMERA_BITRATE", "2500", "is \"2500\"; allowed are 50000 to 100000000 bit/s, also written as 2500k or 2.5M");
        row("CAMERA_BITRATE", "nan", "is \"nan\"; allowed are 50000 to 100000000 bit/s, also written as 2500k or 2.5M");
        row("CAMERA_BITRATE", "k", "is \"k\"; allowed are 50000 to 100000000 bit/s, also written as 2500k or 2.5M");
        row("CAMERA_AWB", "sunny", "is \"sunny\"; allowed are auto, incandescent, tungsten, fluorescent, indoor, daylight, cloudy or custom");
        row("CAMERA_EXPOSURE", "dark", "is \"dark\"; allowed are normal, short, long or custom");
        row("CAMERA_RTSP_URL", "relay:8554/cam", "is not a URL that begins with rtsp:// or rtsps://");
        row("CAMERA_RTSP_URL", "rtsp://u:p@/cam", "names no host");
        row("CAMERA_HLS_URL", "rtsp://web/x", "is not a URL that begins with http:// or https://");
        row("CAMERA_HLS_URL", "http://me:hunter2@web/x", "must not hold a user or password: everybody is told it");
        row("CAMERA3_RTSP_URL", "nonsense",
            "is not a URL that begins with rtsp:// or rtsps:// or http:// or https:// or rtmp:// or rtmps:// or srt://");
    }
    void badValues()
    {
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, value);
        QFETCH(QString, sentence);
        QCOMPARE(lines(alone({{name.constData(), value.constData()}}).problems), QStringLiteral("environment: %1: %2").arg(QString::fromUtf8(name), sentence));
    }

    void libcamerasNamesAreTaken()
    {
        for (const char *name : {"auto", "AwbDaylight", "Cloudy"})
            QCOMPARE(lines(alone({{"CAMERA_AWB", name}}).problems), QString());
        for (const char *name : {"normal", "ExposureShort", "sport"})
            QCOMPARE(lines(alone({{"CAMERA_EXPOSURE", name}}).problems), QString());
    }

    void controlsRuleOverTheFile()
    {
        const auto result = load("[[camera]]\nid = \"2\"\nsource = \"libcamera\"\ncontrols.awb = \"indoor\"\ncontrols.gain = 2\n",
                                 {{"CAMERA_AWB", "AwbDaylight"}, {"CAMERA_EXPOSURE", "sport"}});
        QCOMPARE(lines(result.problems) + lines(result.notices), QString());
        QCOMPARE(result.settings.cameras.first().controls,
                 (QJsonObject{{QStringLiteral("awb"), QStringLiteral("daylight")}, {QStringLiteral("exposure"), QStringLiteral("short")}, {QStringLiteral("gain"), 2}}));
        QVERIFY(result.settings.fromEnvironment.contains(QStringLiteral("camera.controls.awb")));
    }

    void whatHasNoEffectIsReported_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QString>("why");
        const QByteArray test = "[[camera]]\nid = \"a\"\n";
        const QByteArray video = "[[camera]]\nid = \"c\"\nsource = \"file\"\nfile = \"x.mp4\"\n";
        const QByteArray url = "[[camera]]\nid = \"b\"\nsource = \"url\"\nurl = \"rtsp://c/x\"\n";
        const auto row = [](const QByteArray &file, const char *name, const char *value, const char *why) {
            QTest::addRow("%s, %d", name, static_cast<int>(file.size())) << file << QByteArray(name) << QByteArray(value) << QString::fromUtf8(why);
        };
        row(test, "CAMERA_AWB", "auto", "no camera here has this control (source test)");
        row(test + url, "CAMERA_EXPOSURE", "long", "no camera here has this control (source test, url)");
        row(url, "CAMERA_WIDTH", "640", "the stream of source url is passed through, unless it is Motion JPEG");
        row(test + url, "CAMERA_WIDTH", "640", "");
        row(video, "CAMERA_FRAMERATE", "5", "no camera here has this control (source file)");
        row(video, "CAMERA_BITRATE", "1M", "");
        row(test + url, "CAMERA_RTSP_URL", "rtsp://r/x", "it is for an only camera, and there are 2; relay.url is for several");
        row(test + url, "CAMERA_HLS_URL", "http://r/x", "it is for an only camera, and there are 2");
        row("[[camera]]\nsource = \"libcamera\"\n", "CAMERA_AWB", "daylight", "");
        row("[[camera]]\nsource = \"rpicam\"\n", "CAMERA_EXPOSURE", "sport", "");
        row("[[camera]]\nsource = \"v4l2\"\n", "CAMERA_EXPOSURE", "sport", "no camera here has this control (source v4l2)");
        row("[[camera]]\nsource = \"v4l2\"\n", "CAMERA_FRAMERATE", "5", "");
        row(test, "CAMERA_WITDH", "640", "there is no such name (did you mean CAMERA_WIDTH?)");
        row(test, "CAMERA0_RTSP_URL", "rtsp://c/0", "there is no such name (did you mean CAMERA_RTSP_URL?)");
    }
    void whatHasNoEffectIsReported()
    {
        QFETCH(QByteArray, file);
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, value);
        QFETCH(QString, why);
        QFile video(m_dir.filePath(QStringLiteral("x.mp4")));
        QVERIFY(video.open(QIODevice::WriteOnly));
        const auto result = load(file, {{name.constData(), value.constData()}});
        QCOMPARE(lines(result.problems), QString());
        QCOMPARE(lines(result.notices),
                 why.isEmpty() ? QString() : QStringLiteral("environment: %1: is set and has no effect: %2").arg(QString::fromUtf8(name), why));
    }

    void anUnsaidCameraIsTheMachinesOwn()
    {
        const Environment names = environment({{"CAMERA_AWB", "AwbDaylight"}});
        const auto result = loadAgentSettings({}, names, QStringLiteral("libcamera"));
        QCOMPARE(lines(result.problems) + lines(result.notices), QString());
        QCOMPARE(result.settings.cameras.first().source, QStringLiteral("libcamera"));
        QCOMPARE(result.settings.cameras.first().controls.value(QLatin1String("awb")).toString(), QStringLiteral("daylight"));
        // Where something says what it is, that counts.
        const auto far = loadAgentSettings({}, environment({{"CAMERA1_RTSP_URL", "rtsp://c/x"}}), QStringLiteral("libcamera"));
        QCOMPARE(far.settings.cameras.first().source, QStringLiteral("url"));
    }

    void whatOfTheAgentsHasNoEffectIsReported_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QString>("why"); // empty: it has one
        const auto row = [](const char *file, const char *name, const char *why) {
            QTest::addRow("%s, %s", name, qPrintable(QString::fromUtf8(file).simplified())) << QByteArray(file) << QByteArray(name) << QString::fromUtf8(why);
        };
        const char *camera = "[[camera]]\n";
        row(camera, "VEDETTE_CAMERA_WIDTH", "there is no such name (did you mean CAMERA_WIDTH?)");
        row(camera, "VEDETTE_CAMERA_RTSP_URL", "there is no such name (did you mean CAMERA_RTSP_URL?)");
        row(camera, "VEDETTE_CAMERA_SUB_WIDTH", "settings of a camera stand in the file");
        row(camera, "VEDETTE_CAMERAS", "the agent knows no such name");
        row(camera, "VEDETTE_RELAYURL", "the agent knows no such name (did you mean VEDETTE_RELAY_URL?)");
        row(camera, "VEDETTE_", "the agent knows no such name");
        row(camera, "CAMERA1", "there is no such name");
        row(camera, "CAMERA100_RTSP_URL", "there is no such name (did you mean CAMERA_RTSP_URL?)");
        row(camera, "VEDETTE_RELAY_PUBLIC_URL", "relay.url is not set, so nothing is pushed to a relay");
        row("[relay]\nurl = \"rtsp://r\"\n[[camera]]\n", "VEDETTE_RELAY_PUBLIC_URL", "");
        row("[relay]\nurl = \"rtsp://r\"\n[[camera]]\npublish = false\n[[camera]]\n", "VEDETTE_RELAY_PUBLIC_URL", "");
        row("[[camera]]\npublish = false\n", "VEDETTE_RELAY_URL", "publish is false for every camera");
        row(camera, "VEDETTE_MQTT_USERNAME", "mqtt.host is not set, so there is no broker");
        row(camera, "VEDETTE_MQTT_PASSWORD", "mqtt.host is not set, so there is no broker");
        row("[mqtt]\nhost = \"h\"\n[[camera]]\n", "VEDETTE_MQTT_PASSWORD", "mqtt.username is not set");
        row("[mqtt]\nhost = \"h\"\n[[camera]]\n", "VEDETTE_MQTT_USERNAME", "");
        row(camera, "VEDETTE_LIVEKIT_ROOM", "LIVEKIT_HOST is not set");
        row(camera, "VEDETTE_RECORDING_SEGMENT_SECONDS", "no camera is recorded");
        row("[[camera]]\n[camera.recording]\nmode = \"continuous\"\n", "VEDETTE_RECORDING_SEGMENT_SECONDS", "");
        const char *keyed = "[[camera]]\n[[camera.target]]\nurl = \"rtmp://h/live\"\nkey_env = \"%s\"\n";
        for (const char *name : {"VEDETTE_STREAM_KEY", "VEDETTE_MQTT_KEY", "CAMERA_STREAM_KEY"})
            row(QByteArray(keyed).replace("%s", name).constData(), name, "");
    }
    void whatOfTheAgentsHasNoEffectIsReported()
    {
        QFETCH(QByteArray, file);
        QFETCH(QByteArray, name);
        QFETCH(QString, why);
        const bool address = name.endsWith("_URL");
        const auto result = load(file, {{name.constData(), address ? "rtsp://other/x" : "60"}});
        QCOMPARE(lines(result.problems), QString());
        QCOMPARE(lines(result.notices),
                 why.isEmpty() ? QString() : QStringLiteral("environment: %1: is set and has no effect: %2").arg(QString::fromUtf8(name), why));
        const auto empty = load(file, {{name.constData(), ""}}); // counts as not set, or is refused
        QVERIFY(empty.notices.isEmpty() || !empty.problems.isEmpty());
    }
    void whatOfTheFileHasNoEffectIsReported()
    {
        const auto result = load("[relay]\npublic_url = \"rtsp://r\"\n[mqtt]\nhost = \"h\"\nca_file = \"agent.toml\"\n[[camera]]\n", {});
        const QString file = m_dir.filePath(QStringLiteral("agent.toml"));
        QCOMPARE(lines(result.notices), file + QStringLiteral(":2: relay.public_url: is set and has no effect: relay.url is not set, so nothing is pushed to a relay\n")
                                            + file + QStringLiteral(":5: mqtt.ca_file: is set and has no effect: mqtt.tls is false"));
        QCOMPARE(result.settings.relayPublicUrl, QString());
    }
    /// mqtt.host is set: that it is refused is said, not that the port has no effect.
    void aRefusedValueGivesOthersTheirMeaning()
    {
        for (const QByteArray toml : {"[mqtt]\nport = 8883\nhost = 5\n", "[mqtt]\nport = 70000\n", "[recording]\nsegment_seconds = 60\n[[camera]]\n[camera.recording]\nmode = \"allways\"\n"}) {
            const auto result = load(toml + "[[camera]]\n", {});
            QCOMPARE(result.problems.size(), 1);
            QCOMPARE(lines(result.notices), QString());
        }
    }

    void theOtherRelayIsReported()
    {
        const auto result = alone({{"CAMERA_RTSP_URL", "rtsp://r/x"}, {"VEDETTE_RELAY_URL", "rtsp://s"}});
        QCOMPARE(lines(result.notices),
                 QStringLiteral("environment: VEDETTE_RELAY_URL: is set and has no effect: CAMERA_RTSP_URL says where the only camera is pushed to"));
    }

    void noSentenceHoldsASecret()
    {
        for (const auto &variable : cameraVariables()) {
            const QByteArray name = QString(variable.name).replace(QLatin1String("<n>"), QLatin1String("4")).toUtf8();
            const auto result = alone({{name.constData(), "rtsp://me:hunter2@:x/y"}});
            QVERIFY2(!result.problems.isEmpty(), name.constData());
            QVERIFY(!lines(result.problems + result.notices).contains(QLatin1String("hunter2")));
        }
    }
};

QTEST_APPLESS_MAIN(TestCameraVariables)
#include "tst_camera_variables.moc"
