// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/clock.h"

#include "tests/support/manual_clock.h"

#include <QDateTime>
#include <QTest>

using namespace vedette;

class TestClock : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void microsecondsComeBack()
    {
        QCOMPARE(toMicros(monoFromMicros(123)), 123);
        QCOMPARE(toMicros(utcFromMicros(-5)), -5);
        QCOMPARE(utcFromMicros(1'000'000) - utcFromMicros(0), microseconds{1'000'000});
    }

    void theSystemsClocks()
    {
        const SystemClock clock;
        MonoTime last = clock.now();
        for (int i = 0; i < 10'000; ++i) {
            const MonoTime now = clock.now();
            QVERIFY(now >= last);
            last = now;
        }
        QTRY_VERIFY(clock.now() > last);
        QVERIFY(qAbs(toMicros(clock.utcNow()) / 1000 - QDateTime::currentMSecsSinceEpoch()) < 5000);
        const ClockSync sync = clock.sync();
        QVERIFY(sync.uncertainty.count() >= 0);
        QVERIFY(!sync.synchronized || sync.uncertainty < std::chrono::hours(24));
    }

    void theManualClockMovesOnlyWhenTold()
    {
        test::ManualClock clock;
        const MonoTime mono = clock.now();
        const UtcTime utc = clock.utcNow();
        QCOMPARE(toMicros(clock.now()), toMicros(mono));
        clock.advance(milliseconds{5});
        clock.stepUtc(milliseconds{-100});
        QCOMPARE(clock.now() - mono, microseconds{5000});
        QCOMPARE(clock.utcNow() - utc, microseconds{-95'000});
        clock.setSync(false, microseconds{7});
        QVERIFY(!clock.sync().synchronized);
    }
};

QTEST_GUILESS_MAIN(TestClock)
#include "tst_clock.moc"
