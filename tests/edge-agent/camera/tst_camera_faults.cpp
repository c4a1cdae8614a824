// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/camera.h"

#include "tests/edge-agent/camera/camera_fixture.h"
#include "tests/edge-agent/live_fixture.h"
#include "tests/support/log_capture.h"

#include <QElapsedTimer>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;
using protocol::StageState;

namespace {

constexpr int kSeenMs = 2'000;      // work order: at 20 frames/s
constexpr int kRecoveredMs = 5'000;

settings::CameraSettings at20()
{
    settings::CameraSettings settings = testCamera();
    settings.width = 160;
    settings.height = 90;
    settings.framerate = 20;
    return settings;
}

} // namespace

class TestCameraFaults : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aFailureIsSeenAndHealed_data()
    {
        QTest::addColumn<int>("fault");
        QTest::addColumn<QString>("reason");
        QTest::addRow("stall") << int(TestFault::Stall) << QStringLiteral("the source gave no picture for 2 s");
        QTest::addRow("vanish") << int(TestFault::Vanish) << QStringLiteral("vanish");
        QTest::addRow("error") << int(TestFault::Error) << QStringLiteral("The test camera was made to fail.");
        QTest::addRow("repeat") << int(TestFault::Repeat) << QStringLiteral("the source repeats its last picture");
    }
    void aFailureIsSeenAndHealed()
    {
        QFETCH(int, fault);
        QFETCH(QString, reason);
        CameraFixture f;
        Camera camera(at20(), {}, f.environment);
        camera.start();
        QTRY_VERIFY(source(camera) == StageState::Running);
        QTRY_VERIFY(camera.status().framesEncoded > 5);
        QElapsedTimer time;
        time.start();
        QVERIFY(camera.injectFault(static_cast<TestFault>(fault), 0ms));
        QTRY_VERIFY_WITH_TIMEOUT(source(camera) == StageState::Waiting, kSeenMs);
        QVERIFY2(stage(camera.status(), "source").reason.contains(reason), qPrintable(stage(camera.status(), "source").reason));
        QTRY_VERIFY_WITH_TIMEOUT(source(camera) == StageState::Running, kRecoveredMs);
        QVERIFY2(time.elapsed() < kRecoveredMs, qPrintable(QString::number(time.elapsed())));
        const auto encoded = camera.status().framesEncoded;
        QTRY_VERIFY(camera.status().framesEncoded > encoded + 5);
        QVERIFY(camera.figures().sourceRestarts >= 1);
        QCOMPARE(camera.figures().encoderRestarts, 0U); // the failed stage alone
        QVERIFY(stage(camera.status(), "encoder").state == StageState::Running);
    }

    void pictureFaultsAndJumpsAreNoFailure_data()
    {
        QTest::addColumn<int>("fault");
        QTest::addColumn<int>("ms");
        QTest::addRow("black") << int(TestFault::Black) << 0;
        QTest::addRow("noise-free") << int(TestFault::NoiseFree) << 0;
        QTest::addRow("jump") << int(TestFault::Jump) << 3'600'000;
        QTest::addRow("jump back") << int(TestFault::Jump) << -3'600'000;
    }
    void pictureFaultsAndJumpsAreNoFailure()
    {
        QFETCH(int, fault);
        QFETCH(int, ms);
        CameraFixture f;
        Camera camera(at20(), {}, f.environment);
        const auto reader = camera.tee()->subscribe("test", 200, media::PacketTee::Start::CachedGroup);
        camera.start();
        QVERIFY(reader->read({}, 10s));
        QVERIFY(camera.injectFault(static_cast<TestFault>(fault), milliseconds{ms}));
        // Longer than any stall may last unseen, with even time stamps.
        microseconds last{0};
        for (int i = 0; i < 60; ++i) {
            const auto packet = reader->read({}, 2s);
            QVERIFY(packet);
            if (last.count() > 0)
                QVERIFY2(packet->pts > last && packet->pts - last < 2s, qPrintable(QString::number((packet->pts - last).count())));
            last = packet->pts;
        }
        QVERIFY(source(camera) == StageState::Running);
        QCOMPARE(camera.figures().sourceRestarts, 0U);
        QCOMPARE(camera.figures().encoderRestarts, 0U);
        camera.stop();
    }

    void anUnchangedSceneIsADetail()
    {
        CameraFixture f;
        Camera camera(at20(), {}, f.environment);
        camera.start();
        const auto detail = [&camera] { return stage(camera.status(), "source").reason; };
        QTRY_VERIFY(camera.status().framesEncoded > 5);
        QCOMPARE(detail(), QString());
        QVERIFY(camera.injectFault(TestFault::NoiseFree, 8s));
        QTRY_COMPARE_WITH_TIMEOUT(detail(), QStringLiteral("unchanged: all its pictures show the same"), 7'500);
        QVERIFY(source(camera) == StageState::Running);
        QTRY_COMPARE_WITH_TIMEOUT(detail(), QString(), 5'000); // it moves again
        QCOMPARE(camera.figures().sourceRestarts, 0U);
    }

    void manyFaultsInARowAreHealedAsFast()
    {
        CameraFixture f;
        Camera camera(at20(), {}, f.environment);
        camera.start();
        for (int i = 0; i < 12; ++i) {
            QTRY_VERIFY_WITH_TIMEOUT(source(camera) == StageState::Running, kRecoveredMs);
            QVERIFY(camera.injectFault(TestFault::Error, 0ms));
            QTRY_VERIFY_WITH_TIMEOUT(source(camera) == StageState::Waiting, kSeenMs);
        }
    }

    void theSettingMakesItFailByItself()
    {
        CameraFixture f;
        auto settings = at20();
        settings.testFault = QStringLiteral("error");
        settings.testFaultSeconds = 0.2;
        Camera camera(settings, {}, f.environment);
        camera.start();
        QTRY_VERIFY_WITH_TIMEOUT(camera.figures().sourceRestarts >= 3, 10'000);
        QVERIFY(camera.status().framesCaptured > 3);
    }

    void realCamerasHaveNone()
    {
        CameraFixture f;
        auto settings = at20();
        settings.source = QStringLiteral("url");
        Camera camera(settings, {}, f.environment);
        const auto refused = camera.injectFault(TestFault::Stall, 0ms);
        QVERIFY(!refused);
        QCOMPARE(toString(refused.error().kind), toString(ErrorKind::Unsupported));
    }

    void aDeadCameraIsNotSaidAgainAndAgain()
    {
        LogCapture log;
        CameraFixture f;
        auto settings = at20();
        settings.testFault = QStringLiteral("error");
        settings.testFaultSeconds = 0;
        Camera camera(settings, {}, f.environment);
        camera.start();
        QTRY_VERIFY_WITH_TIMEOUT(camera.figures().sourceRestarts >= 3, 20'000);
        camera.stop();
        QCOMPARE(log.count(QStringLiteral("made to fail")), 1);
    }
};

QTEST_GUILESS_MAIN(TestCameraFaults)
#include "tst_camera_faults.moc"
