// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/playback_clock.h"

#include <QTest>

using namespace vedette;
using recordings::PlaybackClock;

namespace {

constexpr UtcTime kAt = utcFromMicros(1'790'000'000'000'000);

MonoTime after(int ms)
{
    return monoFromMicros(5'000'000 + ms * 1000);
}

} // namespace

class TestPlaybackClock : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void standsUntilItRuns()
    {
        PlaybackClock clock;
        clock.seek(kAt, after(0));
        QCOMPARE(clock.at(after(700)), kAt);
        QVERIFY(!clock.due(kAt));
        clock.run(after(1'000));
        QCOMPARE(clock.at(after(1'250)), kAt + milliseconds{250});
        clock.hold(after(1'300));
        QCOMPARE(clock.at(after(9'000)), kAt + milliseconds{300});
    }

    void goesAsFastAsItIsTold_data()
    {
        QTest::addColumn<double>("rate");
        for (const double rate : {1.0, 0.1, 4.0, 32.0, -1.0, -16.0, 0.5})
            QTest::addRow("%g", rate) << rate;
    }
    void goesAsFastAsItIsTold()
    {
        QFETCH(double, rate);
        PlaybackClock clock;
        clock.seek(kAt, after(0));
        clock.run(after(0));
        clock.setRate(rate, after(500));
        const UtcTime half = kAt + milliseconds{500};
        QCOMPARE(clock.at(after(500)), half); // no jump
        QCOMPARE(clock.at(after(1'500)), half + microseconds{static_cast<std::int64_t>(rate * 1e6)});
        const UtcTime moment = half + microseconds{static_cast<std::int64_t>(rate * 123'457)};
        const auto due = clock.due(moment);
        QVERIFY(due);
        QVERIFY(rate > 0 ? clock.at(*due) >= moment : clock.at(*due) <= moment);
        QVERIFY(std::chrono::abs(*due - after(500) - microseconds{123'457}) <= microseconds{11});
    }

    void seeksWhileItRuns()
    {
        PlaybackClock clock;
        clock.seek(kAt, after(0));
        clock.run(after(0));
        clock.seek(kAt - std::chrono::hours{2}, after(100));
        QCOMPARE(clock.at(after(150)), kAt - std::chrono::hours{2} + milliseconds{50});
    }

    void staysWithinItsLoop()
    {
        PlaybackClock clock;
        clock.setLoop(PlaybackClock::Loop{kAt, kAt + milliseconds{400}}, after(0));
        clock.seek(kAt + milliseconds{100}, after(0));
        clock.run(after(0));
        QVERIFY(!clock.loopIsOver(after(299)));
        QVERIFY(clock.loopIsOver(after(300)));
        QCOMPARE(clock.at(after(900)), kAt + milliseconds{400} - microseconds{1});
        QVERIFY(!clock.due(kAt + milliseconds{400}));
        QVERIFY(clock.due(kAt + milliseconds{399}));
        clock.setRate(-1, after(900));
        QCOMPARE(clock.at(after(5'000)), kAt);
        QVERIFY(clock.loopIsOver(after(5'000)));
        clock.setRate(1, after(5'000));
        clock.setLoop(std::nullopt, after(5'000));
        QCOMPARE(clock.at(after(7'000)), kAt + milliseconds{2'000});
    }
};

QTEST_GUILESS_MAIN(TestPlaybackClock)
#include "tst_playback_clock.moc"
