// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/standing_clock.h"

#include <QTest>

using namespace vedette;
using namespace vedette::agent;
using namespace std::chrono_literals;

class TestStandingClock : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_clock = StandingClock(), m_now = MonoTime{1h}, m_pts = 7s; }

    void goesWithTime()
    {
        for (int i = 0; i < 200; ++i)
            QVERIFY(!next(100ms, 100ms));
    }
    void theSameAgain() { standsAfter(0us, 100ms, 100ms, 20); }
    void oneTickApart() { standsAfter(11us, 100ms, 100ms, 20); }
    void backByOneTick() { standsAfter(-11us, 100ms, 100ms, 20); }
    void slowCameras()
    {
        standsAfter(0us, 2s, 2s, 3);
    }
    /// What was held up comes in one lump, each picture at its distance.
    void lateIsNotStanding()
    {
        QVERIFY(!next(8ms, 8ms));
        for (int round = 0; round < 3; ++round) {
            QVERIFY(!next(8ms, 3900ms));
            for (int i = 0; i < 400; ++i)
                QVERIFY(!next(8ms, 100us));
        }
    }
    /// A connection that takes a fiftieth of what the camera sends.
    void slowIsNotStanding()
    {
        for (int i = 0; i < 100; ++i)
            QVERIFY(!next(33ms, 1650ms));
    }
    void jumpsAreNotStanding()
    {
        for (int i = 0; i < 100; ++i)
            QVERIFY(!next(i % 2 == 0 ? 1h : -1h, 100ms));
    }

private:
    bool next(microseconds step, microseconds passed, microseconds interval = 0us)
    {
        m_pts += step;
        m_now += passed;
        return m_clock.stands(m_pts, m_now, interval);
    }
    void standsAfter(microseconds step, microseconds passed, microseconds interval, int pictures)
    {
        QVERIFY(!next(0us, 0us, interval));
        for (int i = 1; i < pictures; ++i)
            QVERIFY2(!next(step, passed, interval), qPrintable(QString::number(i)));
        QVERIFY(next(step, passed, interval));
    }

    StandingClock m_clock;
    MonoTime m_now{};
    microseconds m_pts{};
};

QTEST_GUILESS_MAIN(TestStandingClock)
#include "tst_standing_clock.moc"
