// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/telemetry/chart_series.h"

#include <QTest>

#include <limits>

using namespace vedette;
using namespace vedette::app;
using namespace std::chrono_literals;

namespace {

const UtcTime kStart = utcFromMicros(1'790'000'000'000'000);

std::vector<telemetry::Point> everySecond(int from, int to, double value)
{
    std::vector<telemetry::Point> points;
    for (int second = from; second < to; ++second)
        points.push_back({kStart + std::chrono::seconds(second), value});
    return points;
}

} // namespace

class TestChartSeries : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nothing()
    {
        QCOMPARE(makeChart({}, kStart, kStart + 60s, 100).count, std::size_t(0));
        QVERIFY(makeChart(everySecond(0, 10, 1), kStart, kStart, 100).runs.empty());
        QVERIFY(makeChart(everySecond(0, 10, 1), kStart, kStart + 60s, 0).runs.empty());
    }

    void noPeakIsLost()
    {
        auto points = everySecond(0, 3600, 20);
        points[1234].value = 99;
        points[2345].value = -7;
        const ChartSeries chart = makeChart(points, kStart, kStart + 3600s, 50);
        QCOMPARE(chart.runs.size(), std::size_t(1));
        QVERIFY(chart.runs[0].size() <= 50);
        QCOMPARE(chart.high, 99.0);
        QCOMPARE(chart.low, -7.0);
        double high = 0, low = 0;
        for (const ChartColumn &column : chart.runs[0]) {
            high = std::max(high, column.high);
            low = std::min(low, column.low);
            QVERIFY(column.low <= column.mean && column.mean <= column.high);
        }
        QCOMPARE(high, 99.0);
        QCOMPARE(low, -7.0);
        QCOMPARE(chart.count, std::size_t(3600));
    }

    void noLineAcrossAGap()
    {
        auto points = everySecond(0, 20, 1);
        for (const auto &point : everySecond(40, 60, 2))
            points.push_back(point);
        const ChartSeries chart = makeChart(points, kStart, kStart + 60s, 600);
        QCOMPARE(chart.runs.size(), std::size_t(2));
        QCOMPARE(chart.gaps.size(), std::size_t(1));
        QCOMPARE(chart.gaps[0].from, double(toMicros(kStart)) / 1e6 + 19);
        QCOMPARE(chart.gaps[0].to, double(toMicros(kStart)) / 1e6 + 40);
    }

    void fiveSecondsAreNoGap()
    {
        std::vector<telemetry::Point> points{{kStart, 1}, {kStart + 5s, 2}, {kStart + 10s, 3}};
        QCOMPARE(makeChart(points, kStart, kStart + 10s, 100).runs.size(), std::size_t(1));
        points[2].time = kStart + 10s + 1us;
        QCOMPARE(makeChart(points, kStart, kStart + 11s, 100).runs.size(), std::size_t(2));
    }

    void silenceUntilNowIsAGap()
    {
        const ChartSeries chart = makeChart(everySecond(0, 20, 1), kStart, kStart + 60s, 100);
        QCOMPARE(chart.gaps.size(), std::size_t(1));
        QCOMPARE(chart.gaps[0].to, double(toMicros(kStart + 60s)) / 1e6);
    }

    void onlyWhatIsInRangeAndFinite()
    {
        auto points = everySecond(0, 100, 1);
        points[55].value = std::numeric_limits<double>::quiet_NaN();
        const ChartSeries chart = makeChart(points, kStart + 50s, kStart + 59s, 100);
        QCOMPARE(chart.count, std::size_t(9));
    }

    void magnitudeMatchesByTime()
    {
        std::vector<telemetry::Point> x{{kStart, 3}, {kStart + 1s, 1}}, y{{kStart, 4}, {kStart + 2s, 1}}, z{{kStart, 12}, {kStart + 1s, 1}};
        const auto result = magnitude(x, y, z);
        QCOMPARE(result.size(), std::size_t(1));
        QCOMPARE(result[0].value, 13.0);
    }

    void axes_data()
    {
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::addColumn<double>("span");
        QTest::newRow("temperature") << 26.1 << 31.6 << 1.0;
        QTest::newRow("flat") << 48.2 << 48.2 << 5.0;
        QTest::newRow("zero") << 0.0 << 0.0 << 1.0;
        QTest::newRow("small") << -0.02 << 0.03 << 0.01;
        QTest::newRow("pressure") << 1013.1 << 1013.4 << 2.0;
        QTest::newRow("large") << 0.0 << 4.0e9 << 1.0;
    }
    void axes()
    {
        QFETCH(double, low);
        QFETCH(double, high);
        QFETCH(double, span);
        const ValueRange range = niceRange(low, high, span);
        QVERIFY(range.low <= low);
        QVERIFY(range.high >= high);
        QVERIFY(range.high - range.low >= span);
        const double steps = (range.high - range.low) / range.step;
        QVERIFY(steps > 1.5 && steps < 4.5);
        QVERIFY(qAbs(range.low / range.step - std::round(range.low / range.step)) < 1e-6);
    }
};

QTEST_GUILESS_MAIN(TestChartSeries)
#include "tst_chart_series.moc"
