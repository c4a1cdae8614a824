// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/camera.h"

#include "tests/edge-agent/camera/camera_fixture.h"

#include <malloc.h>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;

namespace {

constexpr std::uint64_t kWarmUp = 1'000;  // restarts until every table has its size
constexpr std::uint64_t kCounted = 10'000; // more than a dead camera has in three days
constexpr double kMostBytes = 16;          // a restart that keeps anything keeps a block of malloc: 24 or more

/// Each look at it is a minute later, so that no back-off is waited for and every failure is said again.
class EagerClock final : public Clock {
public:
    MonoTime now() const override { return monoFromMicros(m_now += 60'000'000); }
    UtcTime utcNow() const override { return utcFromMicros(1'790'000'000'000'000 + m_now); }
    ClockSync sync() const override { return {true, microseconds{1'000}}; }

private:
    mutable std::atomic<std::int64_t> m_now{1'000'000'000};
};

std::size_t heapInUse()
{
    const auto heap = ::mallinfo2();
    return heap.uordblks + heap.hblkhd;
}

} // namespace

/// What a camera that is away for days costs.
class TestDeadCamera : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void restartsCostNoMemory_data()
    {
        QTest::addColumn<QString>("url");
        const QString nobody = QStringLiteral("://127.0.0.1:%1/x").arg(freePort());
        for (const char *scheme : {"rtsp", "rtsps", "http", "rtmp"})
            QTest::addRow("%s", scheme) << QLatin1String(scheme) + nobody;
    }
    void restartsCostNoMemory()
    {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("a sanitizer has a heap of its own");
#endif
        QFETCH(QString, url);
        const QtMessageHandler before = qInstallMessageHandler([](QtMsgType, const QMessageLogContext &, const QString &) {});
        EagerClock clock;
        CaptureClock capture(clock, ClockTrust::Always, ClockProbes{});
        settings::CameraSettings settings = testCamera();
        settings.source = QStringLiteral("url");
        settings.url = Secret(url);
        Camera camera(settings, QStringLiteral("rtsp://127.0.0.1:1"), {clock, capture, 1});
        camera.start();
        const auto restarted = [&camera](std::uint64_t times) {
            return !camera.status().stages.isEmpty() && camera.figures().sourceRestarts >= times;
        };
        const bool warm = waitUntil([&] { return restarted(kWarmUp); }, std::chrono::seconds{30});
        const std::size_t used = heapInUse();
        const std::uint64_t first = camera.figures().sourceRestarts;
        const bool done = waitUntil([&] { return restarted(first + kCounted); }, std::chrono::seconds{60});
        const double grown = static_cast<double>(heapInUse()) - static_cast<double>(used);
        qInstallMessageHandler(before);
        QVERIFY(warm && done);
        const double each = grown / static_cast<double>(camera.figures().sourceRestarts - first);
        QVERIFY2(each < kMostBytes, qPrintable(QStringLiteral("a restart keeps %1 bytes").arg(each)));
    }
};

QTEST_GUILESS_MAIN(TestDeadCamera)
#include "tst_dead_camera.moc"
