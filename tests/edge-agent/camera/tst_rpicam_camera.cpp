// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/edge-agent/camera/camera_fixture.h"
#include "tests/edge-agent/rpicam_fixture.h"

#include <QDir>
#include <QElapsedTimer>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;
using protocol::StageState;

namespace {

/// Processes of the fake that live now.
int running()
{
    int count = 0;
    for (const QString &pid : QDir(QStringLiteral("/proc")).entryList(QDir::Dirs)) {
        QFile line(QStringLiteral("/proc/%1/cmdline").arg(pid));
        if (line.open(QIODevice::ReadOnly) && line.readAll().startsWith(TEST_TOOLS_DIR "/rpicam/rpicam-vid"))
            ++count;
    }
    return count;
}

} // namespace

class TestRpicamCamera : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void passesThrough();
    void replacesAProgramThatHangs();
    void recoversWhenItEnds();
    void stopsInTime();
};

void TestRpicamCamera::passesThrough()
{
    const FakeRpicam fake;
    CameraFixture f;
    Camera camera(FakeRpicam::camera(), {}, f.environment);
    const auto reader = camera.tee()->subscribe("test", 200, media::PacketTee::Start::CachedGroup);
    camera.start();
    for (int i = 0; i < 10; ++i) {
        const auto packet = reader->read({}, 10s);
        QVERIFY(packet && packet->capture);
    }
    QVERIFY(source(camera) == StageState::Running);
    const auto stream = camera.status().streams.first();
    QCOMPARE(stream.width, 320);
    QCOMPARE(stream.codec, QStringLiteral("h264"));
    // rpicam-vid takes no orders while it runs.
    const Status key = camera.requestKeyFrame();
    QVERIFY(!key && key.error().kind == ErrorKind::Unsupported);
    camera.stop();
    QCOMPARE(running(), 0);
}

void TestRpicamCamera::replacesAProgramThatHangs()
{
    const FakeRpicam fake;
    FakeRpicam::does("freeze"); // after ten pictures
    CameraFixture f;
    Camera camera(FakeRpicam::camera(), {}, f.environment);
    camera.start();
    QVERIFY(waitUntil([&] { return source(camera) == StageState::Running; }, 10s));
    QVERIFY(waitUntil([&] { return stage(camera.status(), "source").reason == QLatin1String("rpicam gave no picture for 2 s"); }, 5s));
    const auto before = camera.status().framesCaptured;
    FakeRpicam::does("");
    QElapsedTimer timer;
    timer.start();
    QVERIFY(waitUntil([&] { return camera.status().framesCaptured > before + 15 && source(camera) == StageState::Running; }, 10s));
    QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(running(), 1);
    camera.stop();
    QCOMPARE(running(), 0);
}

void TestRpicamCamera::recoversWhenItEnds()
{
    const FakeRpicam fake;
    FakeRpicam::does("die");
    CameraFixture f;
    Camera camera(FakeRpicam::camera(), {}, f.environment);
    camera.start();
    QVERIFY(waitUntil([&] { return stage(camera.status(), "source").reason.contains(QStringLiteral("exit code 255: failed to queue buffer")); }, 10s));
    QVERIFY(!stage(camera.status(), "source").reason.contains(QStringLiteral("secret")));
    FakeRpicam::does("");
    QVERIFY(waitUntil([&] { return camera.status().framesCaptured > 30 && source(camera) == StageState::Running; }, 10s));
    QVERIFY(stage(camera.status(), "source").reason.isEmpty());
}

void TestRpicamCamera::stopsInTime()
{
    const FakeRpicam fake;
    FakeRpicam::does("stubborn");
    CameraFixture f;
    Camera camera(FakeRpicam::camera(), {}, f.environment);
    camera.start();
    QVERIFY(waitUntil([&] { return !fake.arguments().isEmpty(); }, 10s)); // it runs, and hangs
    QElapsedTimer timer;
    timer.start();
    camera.stop();
    QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(running(), 0);
}

QTEST_GUILESS_MAIN(TestRpicamCamera)
#include "tst_rpicam_camera.moc"
