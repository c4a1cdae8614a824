// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/review/lane_strip.h"

#include <QRandomGenerator>
#include <QTest>

#include <array>

using namespace vedette;
using namespace vedette::review;
using namespace std::chrono;

namespace {

constexpr UtcTime kStart = utcFromMicros(1'790'000'000'000'000);

LaneSpan span(double from, double to, SpanKind kind)
{
    return {kStart + microseconds{std::int64_t(from * 1e6)}, kStart + microseconds{std::int64_t(to * 1e6)}, kind};
}

TimeAxis axisOf(double from, double to, int width)
{
    return {kStart + microseconds{std::int64_t(from * 1e6)}, microseconds{std::int64_t((to - from) * 1e6 / width)}, width};
}

/// The same by looking at every span for every column.
std::vector<LaneRun> slowRuns(const std::vector<LaneSpan> &spans, const TimeAxis &axis, int count)
{
    std::vector<LaneRun> runs;
    for (int column = 0; column < count; ++column) {
        const UtcTime from = axis.edge(column, count), to = axis.edge(column + 1, count);
        std::array<std::int64_t, kSpanKinds> parts{};
        for (const LaneSpan &s : spans)
            parts[std::size_t(s.kind)] += std::max<std::int64_t>(0, (std::min(to, s.to) - std::max(from, s.from)).count());
        const std::int64_t recorded = parts[0] + parts[1] + parts[2];
        SpanKind kind = SpanKind::Nothing;
        std::int64_t most = 0;
        for (int i = 0; i < (recorded > 0 ? 3 : kSpanKinds); ++i) {
            if (parts[std::size_t(i)] > most) {
                most = parts[std::size_t(i)];
                kind = SpanKind(i);
            }
        }
        if (parts[std::size_t(SpanKind::Lost)] > 0)
            kind = SpanKind::Lost;
        float share = std::round(float(double(recorded) / double((to - from).count())) * 16);
        share = recorded == 0 ? 0 : recorded == (to - from).count() ? 1 : std::clamp(share, 1.0F, 15.0F) / 16;
        if (!runs.empty() && runs.back().kind == kind && runs.back().share == share)
            runs.back().end = column + 1;
        else
            runs.push_back({column, column + 1, kind, share});
    }
    return runs;
}

} // namespace

class TestLaneStrip : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void plain()
    {
        const LaneStrip strip({span(10, 50, SpanKind::Stored), span(50, 60, SpanKind::Gap), span(60, 100, SpanKind::OnEdge)});
        const std::vector<LaneRun> expected = {{0, 10, SpanKind::Nothing, 0}, {10, 50, SpanKind::Stored, 1},
                                               {50, 60, SpanKind::Gap, 0},   {60, 100, SpanKind::OnEdge, 1},
                                               {100, 120, SpanKind::Nothing, 0}};
        QVERIFY(strip.runs(axisOf(0, 120, 120), 120) == expected);
        QCOMPARE(strip.at(kStart + seconds{50})->kind, SpanKind::Gap);
        QCOMPARE(strip.at(kStart + seconds{60} - microseconds{1})->kind, SpanKind::Gap);
        QVERIFY(!strip.at(kStart + seconds{100}));
        QVERIFY(!strip.at(kStart));
        QCOMPARE(LaneStrip().runs(axisOf(0, 10, 10), 10), (std::vector<LaneRun>{{0, 10, SpanKind::Nothing, 0}}));
    }

    void aShortGapIsSeenAtEveryScale()
    {
        const LaneStrip strip({span(0, 40'000, SpanKind::Stored), span(40'000, 40'001, SpanKind::Gap), span(40'001, 86'400, SpanKind::Stored)});
        for (const int width : {10, 100, 1000}) {
            const auto runs = strip.runs(axisOf(0, 86'400, width), width);
            QCOMPARE(runs.size(), 3U);
            QCOMPARE(runs[1].end - runs[1].first, 1);
            QCOMPARE(runs[1].kind, SpanKind::Stored);
            QCOMPARE(runs[1].share, 15.0F / 16);
        }
    }

    void whatIsLostIsNeverHidden()
    {
        const LaneStrip strip({span(0, 40'000, SpanKind::Stored), span(40'000, 40'001, SpanKind::Lost), span(40'001, 86'400, SpanKind::Gap)});
        const auto runs = strip.runs(axisOf(0, 86'400, 10), 10);
        QVERIFY(std::any_of(runs.begin(), runs.end(), [](const LaneRun &run) { return run.kind == SpanKind::Lost; }));
    }

    void isTheSameAsLookingAtEverySpan()
    {
        QRandomGenerator random(7);
        for (int round = 0; round < 60; ++round) {
            std::vector<LaneSpan> spans;
            double at = 0;
            const double size = std::pow(10.0, random.bounded(4.0));
            for (int i = 0, n = random.bounded(400); i < n; ++i) {
                at += random.bounded(3) == 0 ? random.bounded(size) : 0;
                const double to = at + 0.001 + random.bounded(size);
                spans.push_back(span(at, to, SpanKind(random.bounded(kSpanKinds))));
                at = to;
            }
            const LaneStrip strip(spans);
            const double from = random.bounded(at + 1) - at / 4;
            const TimeAxis axis = axisOf(from, from + 1 + random.bounded(at + 1), 1 + random.bounded(900));
            const int count = round % 3 == 0 ? axis.width() * 2 : axis.width();
            const auto runs = strip.runs(axis, count);
            QVERIFY2(runs == slowRuns(spans, axis, count), qPrintable(QString::number(round)));
            QCOMPARE(runs.front().first, 0);
            QCOMPARE(runs.back().end, count);
        }
    }

    void coverageIsOfWhatShouldBe()
    {
        const LaneStrip strip({span(10, 50, SpanKind::Stored), span(50, 60, SpanKind::Gap), span(60, 100, SpanKind::Silent)});
        QCOMPARE(*strip.coverage(kStart, kStart + seconds{200}), 0.8);
        QCOMPARE(*strip.coverage(kStart + seconds{45}, kStart + seconds{55}), 0.5);
        QVERIFY(!strip.coverage(kStart + seconds{100}, kStart + seconds{200}));
        QVERIFY(!LaneStrip().coverage(kStart, kStart + seconds{1}));
    }

    void aYearOfSegments()
    {
        std::vector<LaneSpan> spans;
        for (int i = 0; i < 35'000; ++i) {
            spans.push_back(span(i * 900.0, i * 900.0 + 899, i % 7 ? SpanKind::Stored : SpanKind::InTransit));
            spans.push_back(span(i * 900.0 + 899, i * 900.0 + 900, SpanKind::Gap));
        }
        const LaneStrip strip(spans);
        QBENCHMARK {
            strip.runs(axisOf(0, 35'000 * 900.0, 1700), 1700);
        }
    }
};

QTEST_APPLESS_MAIN(TestLaneStrip)
#include "tst_lane_strip.moc"
