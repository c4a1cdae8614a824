// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/telemetry/telemetry_store.h"

#include <QString>

#include <optional>
#include <vector>

namespace vedette::app {

/// One column of a chart: what was measured within it.
struct ChartColumn {
    double time = 0; ///< seconds since 1970, middle of the column
    double low = 0;
    double high = 0;
    double mean = 0;
};

/// A span without samples, in seconds since 1970.
struct ChartGap {
    double from = 0;
    double to = 0;
};

/// A series ready to be drawn: unbroken runs of columns and the gaps between them. Value type.
struct ChartSeries {
    std::vector<std::vector<ChartColumn>> runs;
    std::vector<ChartGap> gaps;
    double low = 0;      ///< over all points; meaningful when count > 0
    double high = 0;
    std::size_t count = 0;
};

inline constexpr microseconds kGapAfter{5'000'000}; ///< samples come at 1 Hz

/// Pure: points in order of time, reduced to at most columns columns between from and to by minimum, maximum and mean,
/// so that no peak is lost. A pause of more than kGapAfter is a gap; so is the time from the last point to `to`.
ChartSeries makeChart(const std::vector<telemetry::Point> &points, UtcTime from, UtcTime to, int columns);

/// Length of a three-axis vector point by point; points of the three series are matched by time.
std::vector<telemetry::Point> magnitude(const std::vector<telemetry::Point> &x, const std::vector<telemetry::Point> &y,
                                        const std::vector<telemetry::Point> &z);

/// A value axis around low to high: round ends, two or three round steps, at least minimumSpan wide.
struct ValueRange {
    double low = 0;
    double high = 1;
    double step = 0.5;
};
ValueRange niceRange(double low, double high, double minimumSpan);

/// In the user's notation without thousands separators: 1011.4.
QString plainNumber(double value, int decimals);

} // namespace vedette::app
