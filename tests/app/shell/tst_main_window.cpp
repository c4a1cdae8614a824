// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/main_window.h"

#include "app/shell/first_step_page.h"
#include "app/shell/fleet_summary.h"
#include "app/shell/live_page.h"
#include "app/shell/recordings_place.h"
#include "app/shell/run_report.h"
#include "app/telemetry/telemetry_dock.h"
#include "tests/support/manual_clock.h"

#include <QApplication>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLineEdit>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::app;
using namespace std::chrono_literals;

namespace {

protocol::AgentStatus agentStatus(const QStringList &cameras)
{
    protocol::AgentStatus status;
    status.id = QStringLiteral("pi-1");
    status.name = QStringLiteral("Yard");
    status.httpUrl = QStringLiteral("http://127.0.0.1:1");
    for (const QString &id : cameras) {
        protocol::CameraStatus camera;
        camera.id = id;
        camera.name = id;
        protocol::StreamStatus stream;
        stream.urls = QStringList{QStringLiteral("http://127.0.0.1:1/live/%1/main.ts").arg(id)};
        camera.streams << stream;
        status.cameras << camera;
    }
    return status;
}

QJsonObject readReport(const QTemporaryDir &dir)
{
    QFile file(dir.filePath(QStringLiteral("report.json")));
    return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
}

} // namespace

class TestMainWindow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void firstStepConnectsAtOnce()
    {
        SystemClock clock;
        Console console(clock, {});
        MainWindow window(console, nullptr, QApplication::palette(), ThemeMode::Dark);
        window.show();
        auto *page = window.findChild<FirstStepPage *>();
        QVERIFY(page->isVisible());
        QVERIFY(!window.wall().isVisible());
        auto *field = page->findChild<QLineEdit *>();
        QTest::keyClicks(field, QStringLiteral("rtsp://x"));
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(console.links().isEmpty()); // said at the field, nothing tried
        field->clear();
        QTest::keyClicks(field, QStringLiteral("http://127.0.0.1:1"));
        QTest::keyClick(field, Qt::Key_Return);
        QCOMPARE(console.links().size(), 1);
        QTRY_VERIFY_WITH_TIMEOUT(console.links().first().tried, 10'000);
        QVERIFY(!console.links().first().up);
        QTRY_VERIFY_WITH_TIMEOUT(summarize(console).problem.contains(QStringLiteral("127.0.0.1:1")), 5000);
        console.add(console.links().first().address); // the same again is one link
        QCOMPARE(console.links().size(), 1);
    }

    void wallComesWithTheFirstCamera()
    {
        SystemClock clock;
        Console console(clock, {});
        MainWindow window(console, nullptr, QApplication::palette(), ThemeMode::Dark);
        window.resize(1920, 1080);
        window.show();
        console.fleet().setStatus(agentStatus({QStringLiteral("gate"), QStringLiteral("dock")}));
        QTRY_VERIFY(window.wall().isVisible());
        QVERIFY(!window.wall().tileRect(QStringLiteral("dock")).isEmpty());
        QCOMPARE(window.wall().selected(), QStringLiteral("gate"));
        // Only on the wall: letters typed into a field are letters.
        window.wall().setFocus();
        QTest::keyClick(&window, Qt::Key_3);
        QCOMPARE(window.wall().shape().columns, 3);
        QTest::keyClick(&window, Qt::Key_9);
        QVERIFY(window.wall().mode().kind == WallMode::Kind::Automatic);
        QTest::keyClick(&window, Qt::Key_I);
        QVERIFY(window.wall().overlayLevel() == OverlayLevel::Engineering);
        console.fleet().setStatus(agentStatus({}));
        QTRY_VERIFY(!window.wall().isVisible());
    }

    void placesKeepTheirState()
    {
        SystemClock clock;
        Console console(clock, {});
        MainWindow window(console, nullptr, QApplication::palette(), ThemeMode::Dark);
        window.resize(1920, 1080);
        window.show();
        console.fleet().setStatus(agentStatus({QStringLiteral("gate"), QStringLiteral("dock")}));
        QTRY_VERIFY(window.wall().isVisible());
        window.wall().select(QStringLiteral("dock"));
        window.wall().setMode({WallMode::Kind::Grid, 3});
        QTest::keyClick(&window, Qt::Key_2, Qt::ControlModifier);
        QVERIFY(window.recordings().isVisible() && !window.wall().isVisible());
        QVERIFY(window.recordings().review().atLiveEdge());
        QVERIFY(window.recordings().player().playing()); // what is recorded now is shown, a little later than live
        QVERIFY(clock.utcNow() - window.recordings().player().position() < 3s);
        QTest::keyClick(&window, Qt::Key_2); // the layout of this place's own wall
        QCOMPARE(window.recordings().wall().mode().n, 2);
        QTest::keyClick(&window, Qt::Key_1, Qt::ControlModifier);
        QVERIFY(window.wall().isVisible());
        QCOMPARE(window.wall().selected(), QStringLiteral("dock"));
        QCOMPARE(window.wall().mode().n, 3);
    }

    void theSelectedCameraGoesBackInPlace()
    {
        SystemClock clock;
        Console console(clock, {});
        MainWindow window(console, nullptr, QApplication::palette(), ThemeMode::Dark);
        window.resize(1920, 1080);
        window.show();
        console.fleet().setStatus(agentStatus({QStringLiteral("gate"), QStringLiteral("dock")}));
        QTRY_VERIFY(window.wall().isVisible());
        auto *live = window.findChild<LivePage *>();
        window.wall().setFocus();
        const QRect place = window.wall().tileRect(QStringLiteral("gate"));
        QTest::keyClick(&window.wall(), Qt::Key_R);
        QCOMPARE(live->replayed(), QStringList{QStringLiteral("gate")});
        QVERIFY(!live->review().atLiveEdge());
        QVERIFY(clock.utcNow() - live->review().cursor() > 25s);
        QCOMPARE(window.wall().tileRect(QStringLiteral("gate")), place);
        window.wall().select(QStringLiteral("dock"));
        QCOMPARE(live->replayed(), QStringList{QStringLiteral("gate")}); // selecting alone moves nothing
        QTest::keyClick(&window.wall(), Qt::Key_End);
        QVERIFY(live->replayed().isEmpty());
        QVERIFY(live->review().atLiveEdge());
    }

    void densityGivesWay()
    {
        SystemClock clock;
        Console console(clock, {});
        MainWindow window(console, nullptr, QApplication::palette(), ThemeMode::Dark);
        window.resize(1920, 1080);
        window.show();
        console.fleet().setStatus(agentStatus({QStringLiteral("gate")}));
        auto *telemetry = window.findChild<TelemetryDock *>();
        QTRY_VERIFY(telemetry->isVisible());
        window.resize(1280, 720);
        QTRY_VERIFY(!telemetry->isVisible());
        QTRY_VERIFY(window.wall().width() * window.wall().height() > 0.55 * 1280 * 720);
        window.resize(960, 540);
        QTRY_VERIFY(window.wall().width() > 850);
        window.resize(1920, 1080);
        QTRY_VERIFY(telemetry->isVisible()); // what size closed comes back with size
        window.wall().setFocus();
        QTest::keyClick(&window, Qt::Key_C);
        QVERIFY(!telemetry->isVisible());
        window.resize(1280, 720);
        window.resize(1920, 1080);
        QVERIFY(!telemetry->isVisible()); // what a hand closed does not
    }

    void themeChangesAtRunTime()
    {
        SystemClock clock;
        Console console(clock, {});
        QTemporaryDir dir;
        QSettings settings(dir.filePath(QStringLiteral("s.ini")), QSettings::IniFormat);
        MainWindow window(console, &settings, QApplication::palette(), ThemeMode::Dark);
        window.show();
        QVERIFY(Theme::shown().isDark());
        window.setThemeMode(ThemeMode::Light);
        QVERIFY(!Theme::shown().isDark());
        QCOMPARE(settings.value(QStringLiteral("theme")).toString(), QStringLiteral("light"));
        window.grab();
        window.setThemeMode(ThemeMode::Dark);
    }

    void theAgentsReasonIsHeard()
    {
        protocol::CameraStatus camera;
        protocol::StageStatus publisher{QStringLiteral("publisher"), protocol::StageState::Waiting, QStringLiteral("relay away"), {}, {}};
        camera.stages = {publisher};
        QVERIFY(!failingStage(camera));
        protocol::StageStatus source{QStringLiteral("source"), protocol::StageState::Waiting, QStringLiteral("No such file."), {}, {}};
        camera.stages << source;
        QCOMPARE(failingStage(camera)->reason, QStringLiteral("No such file."));
    }

    void reportOfARunWithoutCameras()
    {
        test::ManualClock clock;
        Console console(clock, {});
        MainWindow window(console, nullptr, QApplication::palette(), ThemeMode::Dark);
        window.show();
        QTemporaryDir dir;
        RunReport report({dir.path(), 1, 4}, console, window);
        QSignalSpy finished(&report, &RunReport::finished);
        report.start();
        clock.advance(21s);
        QVERIFY(finished.wait(5000));
        QCOMPARE(finished.first().at(0).toInt(), 1);
        QVERIFY(finished.first().at(1).toString().contains(QStringLiteral("0 of 4")));
        QVERIFY(QFile::exists(dir.filePath(QStringLiteral("wall.png"))));
        const QJsonObject json = readReport(dir);
        QCOMPARE(json.value(QStringLiteral("relay")).toString(), QStringLiteral("direct"));
        QVERIFY(json.value(QStringLiteral("cameras")).toArray().isEmpty());
        QCOMPARE(json.value(QStringLiteral("telemetry")).toObject().value(QStringLiteral("samples")).toInt(), 0);
    }

    void reportNamesTheCameraThatIsNotLive()
    {
        test::ManualClock clock;
        Console console(clock, {});
        MainWindow window(console, nullptr, QApplication::palette(), ThemeMode::Dark);
        window.show();
        console.fleet().setStatus(agentStatus({QStringLiteral("gate")}));
        QTRY_VERIFY(window.wall().isVisible());
        QTemporaryDir dir;
        RunReport report({dir.path(), 1, 1}, console, window);
        QSignalSpy finished(&report, &RunReport::finished);
        report.start();
        clock.advance(21s);
        QVERIFY(finished.wait(5000));
        QCOMPARE(finished.first().at(0).toInt(), 1);
        QVERIFY(finished.first().at(1).toString().contains(QStringLiteral("gate")));
        const QJsonObject camera = readReport(dir).value(QStringLiteral("cameras")).toArray().first().toObject();
        QCOMPARE(camera.value(QStringLiteral("id")).toString(), QStringLiteral("gate"));
        QVERIFY(camera.value(QStringLiteral("state")).toString() != QStringLiteral("live"));
        QVERIFY(camera.value(QStringLiteral("latency_ms")).isNull());
    }
};

QTEST_MAIN(TestMainWindow)
#include "tst_main_window.moc"
