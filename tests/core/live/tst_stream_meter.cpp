// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/stream_meter.h"

#include <QTest>

using namespace vedette;
using namespace vedette::live;

namespace {

constexpr MonoTime kStart = monoFromMicros(1'000'000'000);
constexpr UtcTime kUtc = utcFromMicros(1'790'000'000'000'000);
constexpr milliseconds kInterval{50};

/// Pictures at 20 frames/s that are decoded `delay` after they were captured.
struct Feed {
    StreamMeter meter;
    milliseconds delay{40};
    int count = 0;
    MonoTime now = kStart;
    std::uint64_t run = 7;
    std::uint64_t sequence = 0;
    SenderTime sender{.uncertainty = microseconds{500}};

    media::Frame frame() const
    {
        media::Frame made;
        made.width = 640;
        made.height = 360;
        made.pts = kInterval * count;
        made.capture = CaptureStamp{run, 1, sequence, kUtc + (now - kStart) - delay, microseconds{1500}, true};
        return made;
    }
    bool push(const media::Frame &given, bool catchingUp = false)
    {
        sender.now = kUtc + (now - kStart);
        meter.received(1'250, now);
        const bool fresh = meter.decoded(given, now, sender, catchingUp);
        ++count;
        ++sequence;
        now += kInterval;
        return fresh;
    }
    void seconds(int n)
    {
        for (int i = 0; i < n * 20; ++i)
            push(frame());
    }
    MonoTime last() const { return now - kInterval; }
};

} // namespace

class tst_StreamMeter : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nothingYet();
    void rateAndLatency();
    void presentedLatencyRules();
    void stagesAddUp();
    void ratesOfTheLastSeconds();
    void unknownLatency_data();
    void unknownLatency();
    void commonErrorIsNoLatencyError_data();
    void commonErrorIsNoLatencyError();
    void groupAtTheBeginningIsLeftOut();
    void frozenCaptureTimeIsNotNew();
    void newRunIsNew();
    void goingBackIsNotVerified();
    void anotherPathMayBeBehind();
    void interval_data();
    void interval();
    void oldFiguresFade();
};

void tst_StreamMeter::nothingYet()
{
    const StreamMeter meter;
    const StreamStats stats = meter.stats(kStart, 0);
    QCOMPARE(stats.decoded, std::uint64_t{0});
    QCOMPARE(stats.fps, 0.0);
    QVERIFY(!stats.latencyMs && !stats.firstPictureMs);
    QVERIFY(!meter.totals(kStart).latency);
    QCOMPARE(meter.frameInterval(), milliseconds{0});
}

void tst_StreamMeter::rateAndLatency()
{
    Feed feed;
    feed.meter.opened({media::Codec::H264, 640, 360, 20, {}, 0, {}});
    feed.seconds(5);
    feed.meter.undecodable(2);
    const StreamStats stats = feed.meter.stats(feed.last(), 3);
    QCOMPARE(stats.received, std::uint64_t{100});
    QCOMPARE(stats.decoded, std::uint64_t{100});
    QCOMPARE(stats.decodeErrors, std::uint64_t{2});
    QCOMPARE(stats.dropped, std::uint64_t{5});
    QCOMPARE(stats.connects, std::uint64_t{1});
    QCOMPARE(stats.width, 640);
    QVERIFY2(qAbs(stats.fps - 20) <= 0.5, qPrintable(QString::number(stats.fps)));
    QCOMPARE(*stats.latencyMs, 40.0);
    QCOMPARE(*stats.uncertaintyMs, 2.0);
    QVERIFY(stats.latencyReason.isEmpty());
    const StreamTotals totals = feed.meter.totals(feed.last());
    QCOMPARE(totals.fps, 20.0);
    QCOMPARE(totals.latency->count, std::size_t{100});
    QCOMPARE(totals.latency->p95, 40.0);
    QCOMPARE(*totals.uncertaintyMs, 2.0);
}

void tst_StreamMeter::presentedLatencyRules()
{
    Feed feed;
    feed.seconds(2);
    const media::Frame shown = feed.frame();
    feed.push(shown);
    const MonoTime later = feed.last() + milliseconds{16};
    feed.sender.now += milliseconds{16};
    feed.meter.presented(shown, later, feed.sender);
    QCOMPARE(*feed.meter.stats(later, 0).latencyMs, 56.0);
    // Nothing presented any more (a hidden tile): decoding is what is known.
    feed.seconds(3);
    QCOMPARE(*feed.meter.stats(feed.last(), 0).latencyMs, 40.0);
}

void tst_StreamMeter::stagesAddUp()
{
    Feed feed;
    for (int i = 0; i < 40; ++i) {
        media::Frame frame = feed.frame();
        frame.decoded = feed.now;
        frame.arrival = feed.now - milliseconds{5};
        frame.firstByte = feed.now - milliseconds{8};
        const MonoTime shown = feed.now + milliseconds{6};
        feed.push(frame);
        SenderTime sender = feed.sender;
        sender.now += milliseconds{6};
        feed.meter.presented(frame, shown, sender);
    }
    const StreamStats stats = feed.meter.stats(feed.last(), 0);
    QVERIFY(stats.latencyMs && stats.stages);
    QCOMPARE(*stats.latencyMs, 46.0);
    QCOMPARE(stats.stages->arrivedMs, 32.0);
    QCOMPARE(stats.stages->receiveMs, 3.0);
    QCOMPARE(stats.stages->decodeMs, 5.0);
    QCOMPARE(stats.stages->presentMs, 6.0);
    media::Frame unknown = feed.frame();
    unknown.capture.reset();
    feed.push(unknown);
    QVERIFY(!feed.meter.stats(feed.last(), 0).stages);
}

void tst_StreamMeter::ratesOfTheLastSeconds()
{
    Feed feed;
    for (int i = 0; i < 80; ++i) {
        const media::Frame frame = feed.frame();
        feed.push(frame);
        if (i % 2 == 0)
            feed.meter.presented(frame, feed.last(), feed.sender);
    }
    feed.meter.lost(3);
    const StreamStats stats = feed.meter.stats(feed.last(), 0);
    QVERIFY(std::abs(stats.fps - 20) < 0.5);
    QVERIFY2(std::abs(stats.shownFps - 10) < 0.5, qPrintable(QString::number(stats.shownFps)));
    QVERIFY2(std::abs(stats.bitrateKbps - 200) < 5, qPrintable(QString::number(stats.bitrateKbps))); // 1,250 bytes each 50 ms
    QCOMPARE(stats.lost, 3U);
    const StreamStats later = feed.meter.stats(feed.last() + std::chrono::seconds{3}, 0);
    QCOMPARE(later.bitrateKbps, 0.0);
    QCOMPARE(later.shownFps, 0.0);
}

void tst_StreamMeter::unknownLatency_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("reason");
    QTest::newRow("no SEI") << QStringLiteral("none") << QStringLiteral("no capture time in this stream");
    QTest::newRow("clock unknown") << QStringLiteral("unknown") << QStringLiteral("clock not synchronised");
    QTest::newRow("future") << QStringLiteral("future") << QStringLiteral("clock not verified: the capture time is in the future");
    QTest::newRow("run not announced") << QStringLiteral("stranger") << QStringLiteral("clock not verified: the agent has not announced this clock");
    QTest::newRow("clock set") << QStringLiteral("set") << QStringLiteral("the agent's clock was set and is measured again");
    QTest::newRow("clocks not comparable") << QStringLiteral("sender") << QStringLiteral("a file is not live");
}

void tst_StreamMeter::unknownLatency()
{
    QFETCH(QString, what);
    QFETCH(QString, reason);
    Feed feed;
    feed.seconds(1);
    for (int i = 0; i < 3; ++i) {
        media::Frame frame = feed.frame();
        if (what == QStringLiteral("none"))
            frame.capture.reset();
        else if (what == QStringLiteral("unknown"))
            frame.capture->known = false;
        else if (what == QStringLiteral("future"))
            frame.capture->captured += milliseconds{40 + 2 + 2} + microseconds{1}; // delay, uncertainties, tolerance
        else if (what == QStringLiteral("stranger"))
            feed.sender.runs = {1, 2, 3};
        else if (what == QStringLiteral("set"))
            feed.sender.run = 8;
        else
            feed.sender.unknown = reason;
        feed.push(frame);
    }
    const StreamStats stats = feed.meter.stats(feed.last(), 0);
    QVERIFY(!stats.latencyMs);
    QVERIFY(!stats.uncertaintyMs);
    QCOMPARE(stats.latencyReason, reason);
}

void tst_StreamMeter::commonErrorIsNoLatencyError_data()
{
    QTest::addColumn<int>("picture"); // µs that the picture's capture time may be off from UTC
    QTest::addColumn<int>("common");  // µs that its agent's clock may be
    QTest::addColumn<double>("shown");
    QTest::newRow("no NTP, measured") << 101'000 << 101'000 << 0.5;
    QTest::newRow("a camera's own delay stays") << 201'000 << 101'000 << 100.5;
    QTest::newRow("slewed since it was measured") << 101'000 << 104'000 << 3.5;
    QTest::newRow("not measured") << 101'000 << 0 << 101.5;
}

void tst_StreamMeter::commonErrorIsNoLatencyError()
{
    QFETCH(int, picture);
    QFETCH(int, common);
    QFETCH(double, shown);
    Feed feed;
    feed.sender.common = microseconds{common};
    feed.sender.run = feed.run;
    feed.sender.runs = {1, feed.run};
    for (int i = 0; i < 20; ++i) {
        media::Frame frame = feed.frame();
        frame.capture->uncertainty = microseconds{picture};
        feed.push(frame);
    }
    const StreamStats stats = feed.meter.stats(feed.last(), 0);
    QVERIFY2(stats.latencyMs, qPrintable(stats.latencyReason));
    QCOMPARE(*stats.uncertaintyMs, shown);
    // The less there is to doubt, the sooner a capture time in the future is found out.
    media::Frame early = feed.frame();
    early.capture->uncertainty = microseconds{picture};
    early.capture->captured += milliseconds{40 + 2} + microseconds{static_cast<int>(shown * 1000) + 1};
    feed.push(early);
    QCOMPARE(feed.meter.stats(feed.last(), 0).latencyReason, QStringLiteral("clock not verified: the capture time is in the future"));
}

void tst_StreamMeter::groupAtTheBeginningIsLeftOut()
{
    Feed feed;
    feed.delay = milliseconds{900};
    for (int i = 0; i < 18; ++i) {
        feed.push(feed.frame(), true);
        feed.now -= kInterval - milliseconds{2}; // as fast as they decode
    }
    QCOMPARE(feed.meter.stats(feed.now, 0).latencyReason, QStringLiteral("measuring"));
    feed.delay = milliseconds{30};
    feed.seconds(4);
    const StreamTotals totals = feed.meter.totals(feed.last());
    QCOMPARE(totals.latency->max, 30.0);
    QVERIFY2(qAbs(totals.fps - 20) < 1, qPrintable(QString::number(totals.fps)));
    QCOMPARE(feed.meter.stats(feed.last(), 0).decoded, std::uint64_t{98});
}

void tst_StreamMeter::frozenCaptureTimeIsNotNew()
{
    Feed feed;
    const media::Frame first = feed.frame();
    QVERIFY(feed.push(first));
    for (int i = 0; i < 10; ++i) {
        media::Frame frame = feed.frame();
        frame.capture->captured = first.capture->captured; // numbers go on, time does not
        QVERIFY(!feed.push(frame));
    }
    QVERIFY(feed.push(feed.frame()));
    media::Frame bare = feed.frame();
    bare.capture.reset();
    QVERIFY(feed.push(bare));
}

void tst_StreamMeter::newRunIsNew()
{
    Feed feed;
    feed.seconds(1);
    feed.run = 8;
    feed.sequence = 0;
    feed.delay += milliseconds{30'000}; // its clock was set back
    QVERIFY(feed.push(feed.frame()));
    media::Frame unsynchronised = feed.frame();
    unsynchronised.capture->known = false;
    unsynchronised.capture->captured = {};
    QVERIFY(feed.push(unsynchronised));
    --feed.sequence;
    unsynchronised.capture->sequence = feed.sequence;
    QVERIFY(!feed.push(unsynchronised));
}

void tst_StreamMeter::goingBackIsNotVerified()
{
    Feed feed;
    feed.seconds(1);
    feed.sequence = 3;
    feed.push(feed.frame());
    QCOMPARE(feed.meter.stats(feed.last(), 0).latencyReason, QStringLiteral("clock not verified: the frame numbers go back"));
    feed.sequence = 100;
    feed.push(feed.frame());
    QVERIFY(feed.meter.stats(feed.last(), 0).latencyMs);
}

void tst_StreamMeter::anotherPathMayBeBehind()
{
    Feed feed;
    feed.seconds(1);
    feed.meter.opened({});
    feed.sequence -= 5;
    feed.delay += 5 * kInterval;
    QVERIFY(!feed.push(feed.frame())); // seen already
    QVERIFY(feed.meter.stats(feed.last(), 0).latencyReason.isEmpty());
}

void tst_StreamMeter::interval_data()
{
    QTest::addColumn<double>("announced");
    QTest::addColumn<int>("pictures");
    QTest::addColumn<int>("expected");
    QTest::newRow("announced") << 25.0 << 40 << 40;
    QTest::newRow("measured") << 0.0 << 40 << 50;
    QTest::newRow("a time base, not a rate") << 90'000.0 << 40 << 50;
    QTest::newRow("not yet") << 0.0 << 1 << 0;
}

void tst_StreamMeter::interval()
{
    QFETCH(double, announced);
    QFETCH(int, pictures);
    QFETCH(int, expected);
    Feed feed;
    feed.meter.opened({media::Codec::H264, 640, 360, announced, {}, 0, {}});
    for (int i = 0; i < pictures; ++i) {
        if (i == 20)
            ++feed.count; // one picture is missing: the median does not mind
        feed.push(feed.frame());
    }
    QCOMPARE(feed.meter.frameInterval(), milliseconds{expected});
}

void tst_StreamMeter::oldFiguresFade()
{
    Feed feed;
    feed.seconds(3);
    const MonoTime later = feed.last() + milliseconds{2100};
    QCOMPARE(feed.meter.stats(later, 0).fps, 0.0);
    QVERIFY(!feed.meter.stats(later, 0).latencyMs);
    QVERIFY(feed.meter.totals(later).latency);
    QVERIFY(feed.meter.totals(later).fps < 15);
}

QTEST_GUILESS_MAIN(tst_StreamMeter)
#include "tst_stream_meter.moc"
