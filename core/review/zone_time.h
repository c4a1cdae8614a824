// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <QDate>
#include <QTime>
#include <QTimeZone>

#include <optional>
#include <vector>

namespace vedette::review {

/// A span within which a zone keeps one distance from UTC.
struct OffsetSpan {
    UtcTime from{};
    UtcTime to{};
    std::chrono::seconds offset{0}; ///< local time minus UTC
};
/// Covers [from, to) without a hole; one span where nothing changes.
std::vector<OffsetSpan> offsetSpans(UtcTime from, UtcTime to, const QTimeZone &zone);

/// What a clock on the wall shows. Value type.
struct WallTime {
    QDate date;
    QTime time;                     ///< milliseconds, rounded down
    std::chrono::seconds offset{0};
    bool doubled = false;           ///< the zone's clocks show this time twice that day: say the offset, too
};
WallTime wallTime(UtcTime at, const QTimeZone &zone);

/// The first moment of a local day; of a day that the zone left out, that of the next one.
UtcTime dayStart(const QDate &date, const QTimeZone &zone);

/// Every moment at which the zone's clocks show date and time: none (left out in spring), one or two (the doubled hour).
/// micros: within the second, beyond the time's milliseconds.
std::vector<UtcTime> momentsOf(const QDate &date, const QTime &time, const QTimeZone &zone, microseconds micros = microseconds{0});

/// "+2", "−3:30", "+5:45".
QString offsetText(std::chrono::seconds offset);

} // namespace vedette::review
