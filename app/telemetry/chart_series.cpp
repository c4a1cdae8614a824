// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/telemetry/chart_series.h"

#include <QLocale>

#include <algorithm>
#include <cmath>

namespace vedette::app {

namespace {

double secondsOf(UtcTime time)
{
    return double(toMicros(time)) / 1e6;
}

} // namespace

ChartSeries makeChart(const std::vector<telemetry::Point> &points, UtcTime from, UtcTime to, int columns)
{
    ChartSeries chart;
    if (to <= from || columns <= 0)
        return chart;
    const double width = double((to - from).count()) / columns;
    std::vector<ChartColumn> run;
    int current = -1;
    std::size_t inColumn = 0;
    std::optional<UtcTime> previous;
    const auto closeColumn = [&] {
        if (inColumn > 0)
            run.back().mean /= double(inColumn);
        inColumn = 0;
        current = -1;
    };
    for (const telemetry::Point &point : points) {
        if (point.time < from || point.time > to || !std::isfinite(point.value))
            continue;
        if (previous && point.time - *previous > kGapAfter) {
            closeColumn();
            chart.runs.push_back(std::exchange(run, {}));
            chart.gaps.push_back({secondsOf(*previous), secondsOf(point.time)});
        }
        const int column = std::min(columns - 1, int(double((point.time - from).count()) / width));
        if (column != current) {
            closeColumn();
            current = column;
            // A column of one sample stands where the sample was, so that sparse lines do not shift.
            run.push_back({secondsOf(point.time), point.value, point.value, 0});
        }
        ChartColumn &last = run.back();
        last.low = std::min(last.low, point.value);
        last.high = std::max(last.high, point.value);
        last.mean += point.value;
        ++inColumn;
        chart.low = chart.count ? std::min(chart.low, point.value) : point.value;
        chart.high = chart.count ? std::max(chart.high, point.value) : point.value;
        ++chart.count;
        previous = point.time;
    }
    closeColumn();
    if (!run.empty())
        chart.runs.push_back(std::move(run));
    if (previous && to - *previous > kGapAfter)
        chart.gaps.push_back({secondsOf(*previous), secondsOf(to)});
    return chart;
}

std::vector<telemetry::Point> magnitude(const std::vector<telemetry::Point> &x, const std::vector<telemetry::Point> &y,
                                        const std::vector<telemetry::Point> &z)
{
    std::vector<telemetry::Point> result;
    auto iy = y.begin();
    auto iz = z.begin();
    const auto seek = [](auto &it, auto end, UtcTime time) {
        while (it != end && it->time < time)
            ++it;
        return it != end && it->time == time;
    };
    for (const telemetry::Point &point : x) {
        if (seek(iy, y.end(), point.time) && seek(iz, z.end(), point.time))
            result.push_back({point.time, std::hypot(point.value, iy->value, iz->value)});
    }
    return result;
}

ValueRange niceRange(double low, double high, double minimumSpan)
{
    if (!std::isfinite(low) || !std::isfinite(high) || high < low)
        return {};
    double span = std::max({high - low, minimumSpan, 1e-9});
    const double middle = (low + high) / 2;
    span *= 1.2;
    const double raw = span / 2;
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    double step = power;
    for (double factor : {1.0, 2.0, 2.5, 5.0, 10.0}) {
        step = factor * power;
        if (step >= raw)
            break;
    }
    // Two steps, three labels; a third step where the values lie across a round number.
    ValueRange range{std::floor((middle - span / 2) / step) * step, 0, step};
    range.high = range.low + 2 * step;
    while (range.high < high)
        range.high += step;
    return range;
}

QString plainNumber(double value, int decimals)
{
    QLocale locale;
    locale.setNumberOptions(QLocale::OmitGroupSeparator);
    return locale.toString(value, 'f', decimals);
}

} // namespace vedette::app
