// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/camera_controls.h"

#include "core/settings/agent_settings.h"

#include <QFile>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::settings;

class TestCameraControls : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;

    LoadResult load(const QByteArray &toml)
    {
        QFile file(m_dir.filePath(QStringLiteral("agent.toml")));
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(toml) != toml.size())
            qFatal("cannot write the settings file of the test");
        file.close();
        return loadAgentSettings(file.fileName(), {{QStringLiteral("HOME"), QStringLiteral("/home/op")}});
    }
    static QString lines(const QList<Problem> &problems)
    {
        QStringList all;
        for (const Problem &problem : problems)
            all.append(problem.text().section(u'/', -1));
        return all.join(u'\n');
    }

private Q_SLOTS:
    void aFileSetsThem()
    {
        const auto result = load("[[camera]]\nsource = \"libcamera\"\ndevice = \"imx708\"\n[camera.controls]\nrotation = 180\nhflip = true\nawb = \"cloudy\"\n"
                                 "shutter_us = 10000\ngain = 2.5\nroi = \"0.25,0.25,0.5,0.5\"\nautofocus = \"manual\"\nlens_position = 2\n");
        QCOMPARE(lines(result.problems) + lines(result.notices), QString());
        const CameraSettings &camera = result.settings.cameras.first();
        QCOMPARE(camera.device, QStringLiteral("imx708"));
        QCOMPARE(camera.controls, QJsonDocument::fromJson(R"({"rotation":180,"hflip":true,"awb":"cloudy","shutter_us":10000,"gain":2.5,
            "roi":"0.25,0.25,0.5,0.5","autofocus":"manual","lens_position":2})").object());
        QVERIFY(camera.sub.enabled);
        const auto second = load("[[camera]]\nsource = \"rpicam\"\n");
        QCOMPARE(second.settings.cameras.first().controls, QJsonObject());
        QVERIFY(!second.settings.cameras.first().sub.enabled); // its own H.264 is passed through
    }

    void badOnes_data()
    {
        QTest::addColumn<QByteArray>("toml");
        QTest::addColumn<QString>("problem");
        const auto row = [](const char *line, const char *problem) {
            QTest::newRow(line) << QByteArray("[[camera]]\nsource = \"libcamera\"\n[camera.controls]\n") + line + '\n' << QString::fromUtf8(problem);
        };
        row("rotation = 90", "agent.toml:4: camera.controls.rotation: is 90; allowed are 0 or 180");
        row("rotation = 181", "agent.toml:4: camera.controls.rotation: is 181; allowed are 0 or 180");
        row("gain = -1", "agent.toml:4: camera.controls.gain: is -1; allowed are 0 to 64");
        row("awb = \"sunny\"", "agent.toml:4: camera.controls.awb: is \"sunny\"; allowed are auto, incandescent, tungsten, fluorescent, indoor, daylight, cloudy or custom");
        row("awbb = \"auto\"", "agent.toml:4: camera.controls.awbb: unknown key (did you mean awb?)");
        row("roi = \"0,0,1\"", "agent.toml:4: camera.controls.roi: is \"0,0,1\"; allowed is \"x,y,width,height\" in parts of 1, within the picture");
        row("autofocus = \"continuous\"\nlens_position = 1", "agent.toml:5: camera.controls.lens_position: needs autofocus \"manual\", which is \"continuous\"");
        QTest::newRow("twice") << QByteArray("[[camera]]\nsource = \"libcamera\"\n[[camera.controls]]\nev = 1\n")
                               << QStringLiteral("agent.toml:3: camera.controls: write [camera.controls], with one bracket; a camera has only one");
        QTest::newRow("value") << QByteArray("[[camera]]\ncontrols = 1\n") << QStringLiteral("agent.toml:2: camera.controls: must be a section, written as [camera.controls]");
    }
    void badOnes()
    {
        QFETCH(QByteArray, toml);
        QFETCH(QString, problem);
        QCOMPARE(lines(load(toml).problems), problem);
    }

    void whatASourceHasNotIsSaid()
    {
        const auto result = load("[[camera]]\nsource = \"test\"\ndevice = \"0\"\n[camera.controls]\nawb = \"auto\"\nev = 1\n");
        QCOMPARE(lines(result.problems), QString());
        QCOMPARE(lines(result.notices), QStringLiteral("agent.toml:3: camera.device: is set and has no effect: it is not for source test\n"
                                                       "agent.toml:4: camera.controls: is set and has no effect: source test has no such controls; libcamera and rpicam have"));
    }

    void commandsAreCheckedTheSameWay_data()
    {
        QTest::addColumn<QByteArray>("given");
        QTest::addColumn<QString>("refusal");
        QTest::newRow("good") << QByteArray(R"({"ev":1,"awb":null,"shutter_us":0})") << QString();
        QTest::newRow("range") << QByteArray(R"({"ev":9})") << QStringLiteral("ev: is 9; allowed are -8 to 8");
        QTest::newRow("type") << QByteArray(R"({"ev":"1"})") << QStringLiteral("ev: must be a number, not a text");
        QTest::newRow("unknown") << QByteArray(R"({"shuter_us":1})") << QStringLiteral("shuter_us: there is no such control (did you mean shutter_us?)");
        QTest::newRow("together") << QByteArray(R"({"autofocus":"auto","lens_position":1})") << QStringLiteral("lens_position: needs autofocus \"manual\", which is \"auto\"");
    }
    void commandsAreCheckedTheSameWay()
    {
        QFETCH(QByteArray, given);
        QFETCH(QString, refusal);
        const QJsonObject object = QJsonDocument::fromJson(given).object();
        const auto checked = checkControls(object);
        QCOMPARE(checked ? QString() : checked.error().detail, refusal);
        if (checked)
            QCOMPARE(*checked, object);
    }

    void regions_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("good");
        for (const char *text : {"0,0,1,1", "0.25, 0.25,0.5,0.5", "0.1,0.1,0.9,0.9"})
            QTest::newRow(text) << QString::fromLatin1(text) << true;
        for (const char *text : {"", "0,0,1", "0,0,1,1,1", "-0.1,0,1,1", "0.5,0,0.6,1", "0,0,0,1", "a,0,1,1", "nan,0,1,1", "0,0,inf,1"})
            QTest::newRow(text) << QString::fromLatin1(text) << false;
    }
    void regions()
    {
        QFETCH(QString, text);
        QFETCH(bool, good);
        QCOMPARE(parseRoi(text).has_value(), good);
    }
};

QTEST_APPLESS_MAIN(TestCameraControls)
#include "tst_camera_controls.moc"
