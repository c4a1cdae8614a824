// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/arrival_clock.h"

#include <QTest>

#include <random>

using namespace vedette;
using namespace vedette::agent;
using namespace std::chrono_literals;

namespace {

constexpr microseconds kFrame{50'000};
constexpr microseconds kWay{8'000}; // shortest delay from capture to arrival

MonoTime at(microseconds t)
{
    return monoFromMicros(1'000'000'000 + t.count());
}

} // namespace

class TestArrivalClock : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void jitterGoes();
    void followsDrift_data();
    void followsDrift();
    void burstAtTheBeginning();
    void jumps_data();
    void jumps();
    void stallIsNoJump();
    void reorderedPictures();
    void firstTimesMayBeGuesses();
};

void TestArrivalClock::jitterGoes()
{
    ArrivalClock clock;
    std::minstd_rand random(1);
    std::exponential_distribution<double> jitter(1.0 / 20'000); // mean 20 ms
    microseconds lastArrival{0};
    MonoTime last{};
    for (int i = 0; i < 2000; ++i) {
        const microseconds captured = i * kFrame;
        const microseconds arrival = std::max(lastArrival, captured + kWay + microseconds{static_cast<int>(jitter(random))});
        lastArrival = arrival;
        const auto mapped = clock.map(captured, at(arrival));
        QCOMPARE(mapped.jumped, i == 0);
        QVERIFY(mapped.captured <= at(arrival));
        QVERIFY(mapped.captured > last);
        if (i > 200) {
            const auto off = mapped.captured - at(captured + kWay);
            QVERIFY2(off >= -1ms && off <= 5ms, qPrintable(QString::number(off.count())));
            QVERIFY(off <= mapped.uncertainty);
            QVERIFY(mapped.uncertainty < 200ms);
        }
        last = mapped.captured;
    }
}

void TestArrivalClock::followsDrift_data()
{
    QTest::addColumn<int>("ppm");
    QTest::newRow("slow camera") << 150;
    QTest::newRow("fast camera") << -150;
}

void TestArrivalClock::followsDrift()
{
    QFETCH(int, ppm);
    ArrivalClock clock;
    MonoTime last{};
    for (std::int64_t i = 0; i < 72'000; ++i) { // one hour
        const microseconds captured = i * kFrame;
        const microseconds pts = captured - captured * ppm / 1'000'000;
        const auto mapped = clock.map(pts, at(captured + kWay));
        QVERIFY(mapped.captured > last);
        last = mapped.captured;
        const auto off = mapped.captured - at(captured + kWay);
        QVERIFY2(off <= 0us && off >= -10ms, qPrintable(QString::number(off.count())));
    }
}

void TestArrivalClock::burstAtTheBeginning()
{
    ArrivalClock clock;
    // A server hands out one cached second at once.
    MonoTime last{};
    for (int i = 0; i < 100; ++i) {
        const microseconds captured = i * kFrame;
        const microseconds arrival = std::max(captured, microseconds{1s}) + kWay;
        const auto mapped = clock.map(captured, at(arrival));
        QVERIFY(mapped.captured > last);
        QVERIFY(mapped.captured <= at(arrival + 1ms)); // what the order of the cached second needs
        const auto off = mapped.captured - at(captured + kWay);
        QVERIFY2(off <= mapped.uncertainty, "what a burst hides is allowed for");
        if (i > 20)
            QCOMPARE(off.count(), 0);
        last = mapped.captured;
    }
}

void TestArrivalClock::jumps_data()
{
    QTest::addColumn<qint64>("jump");
    QTest::newRow("13 h back: 32 bits of 90 kHz wrapped") << -(1LL << 32) * 1'000'000 / 90'000;
    QTest::newRow("1 h on") << 3'600'000'000LL;
    QTest::newRow("10 s back") << -10'000'000LL;
    QTest::newRow("1 s back") << -1'000'000LL;
    QTest::newRow("2 pictures back") << -100'000LL;
}

void TestArrivalClock::jumps()
{
    QFETCH(qint64, jump);
    ArrivalClock clock;
    MonoTime last{};
    int jumped = 0;
    for (int i = 0; i < 400; ++i) {
        const microseconds captured = i * kFrame;
        const auto mapped = clock.map(captured + microseconds{i >= 200 ? jump : 0}, at(captured + kWay), 0);
        jumped += mapped.jumped ? 1 : 0;
        QVERIFY(mapped.captured > last);
        QCOMPARE((mapped.captured - at(captured + kWay)).count(), 0);
        last = mapped.captured;
    }
    QCOMPARE(jumped, 2);
}

void TestArrivalClock::stallIsNoJump()
{
    ArrivalClock clock;
    for (int i = 0; i < 400; ++i) {
        const microseconds captured = i * kFrame;
        microseconds arrival = captured + kWay;
        if (i >= 200 && i < 280) // nothing for 4 s, then all at once
            arrival = 280 * kFrame + kWay;
        const auto mapped = clock.map(captured, at(arrival));
        QCOMPARE(mapped.jumped, i == 0);
        QCOMPARE((mapped.captured - at(captured + kWay)).count(), 0);
    }
}

void TestArrivalClock::reorderedPictures()
{
    ArrivalClock clock;
    const int order[] = {0, 3, 1, 2}; // I P B B, and again
    for (int n = 0; n < 200; ++n) {
        const int shown = n / 4 * 4 + order[n % 4];
        const auto mapped = clock.map(shown * kFrame, at(n * kFrame + 3 * kFrame));
        if (n >= 40) {
            QVERIFY(!mapped.jumped);
            const auto off = mapped.captured - at(shown * kFrame);
            QVERIFY(off >= 0ms && off <= 3 * kFrame);
        }
    }
}

void TestArrivalClock::firstTimesMayBeGuesses()
{
    // libavformat may have no time for the very first picture, and one by arrival is put in its place.
    ArrivalClock clock;
    clock.map(180ms, at(200ms));
    MonoTime last = at(200ms);
    for (int i = 1; i < 50; ++i) {
        const auto mapped = clock.map(i * kFrame, at(200ms + i * kFrame));
        QVERIFY(mapped.captured > last);
        QCOMPARE((mapped.captured - at(200ms + i * kFrame)).count(), 0);
        last = mapped.captured;
    }
}

QTEST_GUILESS_MAIN(TestArrivalClock)
#include "tst_arrival_clock.moc"
