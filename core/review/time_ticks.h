// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/review/time_axis.h"

#include <QLocale>
#include <QString>
#include <QTimeZone>

#include <vector>

namespace vedette::review {

/// A line of the ruler.
struct TimeTick {
    enum class Kind : std::uint8_t { Minor, Major, Day }; ///< Day: where a day or more begins, among smaller steps

    UtcTime at{};
    Kind kind = Kind::Minor;
    QString label; ///< of major ones and days; within a doubled hour with its offset: "02:30 +1"

    bool operator==(const TimeTick &) const = default;
};

/// The ruler for an axis in a zone, in order of time and one pixel to the left and right of what is shown included. Labels
/// stand at least labelPixels apart except around a change of the clock. Days of 23 and 25 hours have as many hours.
std::vector<TimeTick> timeTicks(const TimeAxis &axis, const QTimeZone &zone, int labelPixels, const QLocale &locale = QLocale());

/// Between two major ticks, as timeTicks() chooses it: what is worth saying of a moment on this axis. "13:58" where it is
/// minutes, "13:58:12.350" where it is parts of a second.
QString momentText(UtcTime at, const QTimeZone &zone, const TimeAxis &axis);
/// The whole: "13:58:12.350", with the offset within a doubled hour.
QString clockText(UtcTime at, const QTimeZone &zone, bool milliseconds = true);
/// "Wed 14 Oct", with the year where it is another than now's.
QString dateText(UtcTime at, UtcTime now, const QTimeZone &zone, const QLocale &locale = QLocale());

} // namespace vedette::review
