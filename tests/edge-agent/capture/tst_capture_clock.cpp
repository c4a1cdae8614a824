// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/capture_clock.h"

#include "tests/support/manual_clock.h"

#include <QTemporaryDir>
#include <QTest>

#include <cstdlib>
#include <set>
#include <thread>

using namespace vedette;
using namespace vedette::agent;
using namespace std::chrono_literals;
using vedette::test::ManualClock;

namespace {

const QString kGate = QStringLiteral("gate");

ClockProbes probes(bool battery, bool hypervisor)
{
    return {[battery] { return battery; }, [hypervisor] { return hypervisor; }};
}

CaptureStamp stampNow(CaptureClock &capture, const Clock &clock)
{
    return capture.stamp(kGate, clock.now(), 1);
}

std::int64_t errorOf(const CaptureStamp &stamp, const Clock &clock)
{
    return toMicros(stamp.captured) - toMicros(clock.utcNow());
}

} // namespace

class TestCaptureClock : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void mapsToUtc();
    void sequencesCountPerCameraAndRun();
    void slewsSmallDifferences();
    void stepStartsRun_data();
    void stepStartsRun();
    void unknownBeforeSynchronisation();
    void unknownRunIgnoresSteps();
    void trust_data();
    void trust();
    void losesServersButStaysKnown();
    void probesReadTheMachine();
    void manyThreads();
    void reorderedPicturesAreNumberedAsShown();
    void runsAreThoseOfCapture();
};

void TestCaptureClock::mapsToUtc()
{
    ManualClock clock;
    CaptureClock capture(clock, ClockTrust::Kernel, probes(false, false));
    const auto first = stampNow(capture, clock);
    QVERIFY(first.known);
    QVERIFY(first.run != 0);
    QCOMPARE(toMicros(first.captured), toMicros(clock.utcNow()));
    QVERIFY(first.uncertainty >= 1ms);
    QVERIFY(first.uncertainty < 10ms);
    clock.advance(50ms);
    // A picture that was captured a while ago has the time of then.
    const auto earlier = capture.stamp(kGate, clock.now() - 30ms, 7);
    QCOMPARE(toMicros(earlier.captured), toMicros(clock.utcNow()) - 30'000);
    QCOMPARE(earlier.settingsVersion, 7U);
    QCOMPARE(capture.reading().run, first.run);
}

void TestCaptureClock::sequencesCountPerCameraAndRun()
{
    ManualClock clock;
    CaptureClock capture(clock, ClockTrust::Kernel, probes(false, false));
    for (std::uint64_t i = 0; i < 5; ++i)
        QCOMPARE(stampNow(capture, clock).sequence, i);
    QCOMPARE(capture.stamp(QStringLiteral("yard"), clock.now(), 1).sequence, 0ULL);
    QCOMPARE(stampNow(capture, clock).sequence, 5ULL);
    clock.stepUtc(1h);
    clock.advance(1s);
    QCOMPARE(stampNow(capture, clock).sequence, 0ULL);
    QCOMPARE(capture.stamp(QStringLiteral("yard"), clock.now(), 1).sequence, 0ULL);
}

void TestCaptureClock::slewsSmallDifferences()
{
    ManualClock clock;
    CaptureClock capture(clock, ClockTrust::Kernel, probes(false, false));
    const auto before = stampNow(capture, clock);
    clock.advance(50ms);
    clock.stepUtc(-300ms);
    UtcTime last = before.captured;
    std::int64_t lastError = 300'000;
    for (int i = 0; i < 7000; ++i) { // 350 s for a difference that 500 ppm need 600 s to close
        clock.advance(50ms);
        const auto stamp = stampNow(capture, clock);
        QCOMPARE(stamp.run, before.run);
        const auto step = stamp.captured - last;
        QVERIFY(i == 0 || (step >= 50ms - 26us && step <= 50ms + 26us));
        QVERIFY(stamp.captured > last);
        const std::int64_t error = errorOf(stamp, clock);
        QVERIFY(error <= lastError);
        QVERIFY2(std::abs(error) <= stamp.uncertainty.count(), "what remains is part of the uncertainty");
        lastError = error;
        last = stamp.captured;
    }
    QVERIFY(lastError < 130'000);
    QVERIFY(lastError > 100'000);
    for (int i = 0; i < 6000; ++i) {
        clock.advance(50ms);
        stampNow(capture, clock);
    }
    const auto settled = stampNow(capture, clock);
    QCOMPARE(errorOf(settled, clock), 0);
    QVERIFY(settled.uncertainty < 10ms);
    QCOMPARE(capture.runs().size(), 1U);
}

void TestCaptureClock::stepStartsRun_data()
{
    QTest::addColumn<qint64>("step");
    constexpr qint64 second = 1'000'000;
    QTest::newRow("-20 min") << -20 * 60 * second;
    QTest::newRow("+1 h") << 3600 * second;
    QTest::newRow("+56 years") << 56LL * 365 * 86'400 * second;
    QTest::newRow("-401 ms") << -401'000LL;
    QTest::newRow("+401 ms") << 401'000LL;
}

void TestCaptureClock::stepStartsRun()
{
    QFETCH(qint64, step);
    ManualClock clock;
    CaptureClock capture(clock, ClockTrust::Kernel, probes(false, false));
    std::set<std::uint64_t> runs;
    CaptureStamp last;
    for (int i = 0; i < 200; ++i) {
        if (i == 100)
            clock.stepUtc(microseconds{step});
        clock.advance(50ms);
        const auto stamp = stampNow(capture, clock);
        runs.insert(stamp.run);
        QVERIFY(stamp.known);
        if (stamp.run == last.run) {
            QVERIFY2(stamp.captured > last.captured, "time rises within a run");
            QCOMPARE(stamp.sequence, last.sequence + 1);
        }
        // At most one measuring interval with the old mapping.
        if (i < 100 || i > 102)
            QCOMPARE(errorOf(stamp, clock), 0);
        last = stamp;
    }
    QCOMPARE(runs.size(), 2U);
    const auto list = capture.runs();
    QCOMPARE(list.size(), 2U);
    QCOMPARE((list[1].offset - list[0].offset).count(), step);
    QVERIFY(list[0].id != 0 && list[1].id != 0);
}

void TestCaptureClock::unknownBeforeSynchronisation()
{
    ManualClock clock;
    clock.setSync(false, 0us);
    CaptureClock capture(clock, ClockTrust::Auto, probes(false, false));
    QVERIFY(!capture.reading().known);
    const auto unknown = stampNow(capture, clock);
    QVERIFY(!unknown.known);
    clock.advance(60s);
    QVERIFY(!stampNow(capture, clock).known);

    clock.stepUtc(std::chrono::hours{24 * 365 * 56});
    clock.setSync(true, 2000us);
    clock.advance(1s);
    const auto known = stampNow(capture, clock);
    QVERIFY(known.known);
    QVERIFY(known.run != unknown.run);
    QCOMPARE(known.sequence, 0ULL);
    QCOMPARE(errorOf(known, clock), 0);

    const auto runs = capture.runs();
    QCOMPARE(runs.size(), 2U);
    QVERIFY(!runs[0].known);
    QVERIFY(runs[0].corrected.has_value());
    // The correction gives the first picture the UTC that it really had.
    const auto corrected = unknown.captured + (*runs[0].corrected - runs[0].offset);
    QCOMPARE(toMicros(corrected), toMicros(clock.utcNow()) - 61'000'000);
    QVERIFY(runs[0].uncertainty >= 2ms);
}

void TestCaptureClock::unknownRunIgnoresSteps()
{
    ManualClock clock;
    clock.setSync(false, 0us);
    CaptureClock capture(clock, ClockTrust::Kernel, probes(true, true));
    auto last = stampNow(capture, clock);
    for (const microseconds step : {microseconds{-20min}, microseconds{1h}, microseconds{std::chrono::hours{24 * 365 * 56}}}) {
        clock.stepUtc(step);
        clock.advance(1s);
        const auto stamp = stampNow(capture, clock);
        QCOMPARE(stamp.run, last.run);
        QCOMPARE((stamp.captured - last.captured).count(), 1'000'000);
        last = stamp;
    }
}

void TestCaptureClock::trust_data()
{
    QTest::addColumn<QString>("word");
    QTest::addColumn<bool>("kernel");
    QTest::addColumn<bool>("battery");
    QTest::addColumn<bool>("hypervisor");
    QTest::addColumn<bool>("known");
    QTest::addColumn<bool>("vague");
    QTest::newRow("auto, nothing") << "auto" << false << false << false << false << false;
    QTest::newRow("auto, kernel") << "auto" << true << false << false << true << false;
    QTest::newRow("auto, battery") << "auto" << false << true << false << true << true;
    QTest::newRow("auto, hypervisor") << "auto" << false << false << true << true << true;
    QTest::newRow("kernel, battery only") << "kernel" << false << true << true << false << false;
    QTest::newRow("kernel, kernel") << "kernel" << true << false << false << true << false;
    QTest::newRow("always, nothing") << "always" << false << false << false << true << true;
    QTest::newRow("always, kernel") << "always" << true << false << false << true << false;
}

void TestCaptureClock::trust()
{
    QFETCH(QString, word);
    QFETCH(bool, kernel);
    QFETCH(bool, battery);
    QFETCH(bool, hypervisor);
    QFETCH(bool, known);
    QFETCH(bool, vague);
    ManualClock clock;
    clock.setSync(kernel, 500us);
    CaptureClock capture(clock, clockTrustFromString(word), probes(battery, hypervisor));
    const auto stamp = stampNow(capture, clock);
    QCOMPARE(stamp.known, known);
    if (known)
        QCOMPARE(stamp.uncertainty >= 100ms, vague);
}

void TestCaptureClock::losesServersButStaysKnown()
{
    ManualClock clock;
    CaptureClock capture(clock, ClockTrust::Kernel, probes(false, false));
    const auto good = stampNow(capture, clock);
    clock.setSync(false, 0us);
    clock.advance(1000s);
    const auto later = stampNow(capture, clock);
    QVERIFY(later.known);
    QCOMPARE(later.run, good.run);
    QVERIFY(later.uncertainty >= good.uncertainty + 99ms); // 100 ppm of 1000 s
}

void TestCaptureClock::probesReadTheMachine()
{
    QTemporaryDir root;
    const auto found = systemClockProbes(root.path());
    QVERIFY(!found.batteryClock());
    QVERIFY(!found.hypervisor());
    QVERIFY(QDir(root.path()).mkpath(QStringLiteral("sys/class/rtc/rtc0")));
    QVERIFY(QDir(root.path()).mkpath(QStringLiteral("proc")));
    QFile cpu(root.filePath(QStringLiteral("proc/cpuinfo")));
    QVERIFY(cpu.open(QIODevice::WriteOnly));
    cpu.write("processor\t: 0\nflags\t\t: fpu vme hypervisor lahf_lm\n");
    cpu.close();
    QVERIFY(found.batteryClock());
    QVERIFY(found.hypervisor());
}

void TestCaptureClock::manyThreads()
{
    SystemClock clock;
    CaptureClock capture(clock, ClockTrust::Always, probes(false, false));
    std::vector<std::jthread> threads;
    std::atomic<bool> ordered{true};
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, id = QString::number(i)] {
            for (std::uint64_t n = 0; n < 2000; ++n) {
                if (capture.stamp(id, clock.now(), 1).sequence != n)
                    ordered = false;
            }
        });
    }
    threads.clear();
    QVERIFY(ordered);
}

void TestCaptureClock::reorderedPicturesAreNumberedAsShown()
{
    ManualClock clock;
    CaptureClock capture(clock, ClockTrust::Kernel, probes(false, false));
    const MonoTime begin = clock.now();
    const auto shown = [&](std::int64_t rank, bool first = false) {
        return capture.stamp(kGate, begin + rank * 50ms, 1, PictureRank{rank, first});
    };
    const auto base = shown(0, true).sequence;
    for (const int rank : {3, 1, 2, 6, 4, 5})
        QCOMPARE(shown(rank).sequence, base + static_cast<std::uint64_t>(rank));
    // The next connection's pictures come after all of those, also the ones shown before its first.
    const auto next = shown(0, true).sequence;
    QVERIFY(next > base + 6);
    QVERIFY(shown(-2).sequence > base + 6);
    QCOMPARE(shown(-2).sequence, next - 2);
    QVERIFY(stampNow(capture, clock).sequence > next);
}

void TestCaptureClock::runsAreThoseOfCapture()
{
    ManualClock clock;
    CaptureClock capture(clock, ClockTrust::Kernel, probes(false, false));
    const auto before = capture.stamp(kGate, clock.now() - 100ms, 1, PictureRank{0, true});
    clock.stepUtc(1h);
    clock.advance(200ms);
    const auto ahead = capture.stamp(kGate, clock.now() + 10ms, 1, PictureRank{3, false}); // comes first, is shown last
    const auto between = capture.stamp(kGate, clock.now() - 90ms, 1, PictureRank{1, false});
    const auto after = capture.stamp(kGate, clock.now() + 5ms, 1, PictureRank{2, false});
    QVERIFY(ahead.run != before.run);
    QCOMPARE(between.run, before.run);
    QCOMPARE(between.sequence, before.sequence + 1);
    QCOMPARE((between.captured - before.captured).count(), 210'000);
    QCOMPARE(after.run, ahead.run);
    QCOMPARE(after.sequence + 1, ahead.sequence);
    QVERIFY(after.captured < ahead.captured);
}

QTEST_GUILESS_MAIN(TestCaptureClock)
#include "tst_capture_clock.moc"
