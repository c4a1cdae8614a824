// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/wait.h"

#include <QTest>

#include <atomic>
#include <thread>

using namespace vedette;

namespace {

/// Stands for the first three times that it is asked.
class SlowClock final : public Clock {
public:
    MonoTime now() const override { return ++asked > 3 ? MonoTime{milliseconds{2}} : MonoTime{milliseconds{1}}; }
    UtcTime utcNow() const override { return {}; }
    ClockSync sync() const override { return {}; }
    mutable std::atomic<int> asked{0};
};

} // namespace

class TestWait : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void waitsUntilTheClockIsThere()
    {
        const SystemClock clock;
        const MonoTime due = clock.now() + milliseconds{20};
        QVERIFY(waitUntil(clock, due, {}));
        QVERIFY(clock.now() >= due);
        QVERIFY(waitUntil(clock, due, {})); // past: at once
    }

    void aStopEndsIt()
    {
        const SystemClock clock;
        const MonoTime begun = clock.now();
        std::stop_source stop;
        bool reached = true;
        std::jthread waiting([&] { reached = waitUntil(clock, begun + std::chrono::hours{1}, stop.get_token()); });
        stop.request_stop();
        waiting.join();
        QVERIFY(!reached);
        QVERIFY(clock.now() - begun < std::chrono::minutes{1});
        QVERIFY(!waitUntil(clock, begun, stop.get_token())); // asked for before, even when the time has come
    }

    /// It is the clock that says when, not the time that has passed.
    void looksAgainWhileTheClockStands()
    {
        const SlowClock clock;
        QVERIFY(waitUntil(clock, MonoTime{milliseconds{2}}, {}));
        QCOMPARE(clock.asked.load(), 4);
    }
};

QTEST_GUILESS_MAIN(TestWait)
#include "tst_wait.moc"
