// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/review/time_ticks.h"

#include "core/review/zone_time.h"

#include <algorithm>
#include <array>
#include <optional>

namespace vedette::review {

namespace {

using namespace std::chrono;

constexpr int kMinorPixels = 7; // at least between any two lines

// Within a day every step divides 24 hours, and every smaller one that may stand beside it as minor divides it.
constexpr std::array kSteps = {
    microseconds{milliseconds{1}}, microseconds{milliseconds{2}}, microseconds{milliseconds{5}}, microseconds{milliseconds{10}},
    microseconds{milliseconds{20}}, microseconds{milliseconds{50}}, microseconds{milliseconds{100}},
    microseconds{milliseconds{200}}, microseconds{milliseconds{500}}, microseconds{seconds{1}}, microseconds{seconds{2}},
    microseconds{seconds{5}}, microseconds{seconds{10}}, microseconds{seconds{15}}, microseconds{seconds{30}},
    microseconds{minutes{1}}, microseconds{minutes{2}}, microseconds{minutes{5}}, microseconds{minutes{10}},
    microseconds{minutes{15}}, microseconds{minutes{30}}, microseconds{hours{1}}, microseconds{hours{2}},
    microseconds{hours{3}}, microseconds{hours{6}}, microseconds{hours{12}},
};

/// Steps of days and more, which are not all as long as each other.
struct CalendarStep {
    enum class Unit : std::uint8_t { Day, Week, Month, Year };
    Unit unit;
    int count;
    int leastDays; ///< the shortest there is
};
constexpr std::array kCalendar = {
    CalendarStep{CalendarStep::Unit::Day, 1, 1},    CalendarStep{CalendarStep::Unit::Week, 1, 7},
    CalendarStep{CalendarStep::Unit::Month, 1, 28}, CalendarStep{CalendarStep::Unit::Month, 3, 89},
    CalendarStep{CalendarStep::Unit::Year, 1, 365},
};

struct Steps {
    std::optional<microseconds> major, minor;        ///< within a day
    std::optional<CalendarStep> dayMajor, dayMinor;
};

Steps stepsFor(const TimeAxis &axis, int labelPixels)
{
    const microseconds label = axis.perPixel() * std::max(labelPixels, kMinorPixels);
    const microseconds line = axis.perPixel() * kMinorPixels;
    Steps steps;
    for (const microseconds step : kSteps) {
        if (step >= label) {
            steps.major = step;
            break;
        }
    }
    if (!steps.major) {
        steps.dayMajor = kCalendar.back();
        for (const CalendarStep &step : kCalendar) {
            if (days{step.leastDays} >= label) {
                steps.dayMajor = step;
                break;
            }
        }
        // Weeks do not divide months, so days do instead of them.
        for (const CalendarStep &step : kCalendar) {
            const bool divides = step.unit != CalendarStep::Unit::Week || steps.dayMajor->unit == CalendarStep::Unit::Week;
            if (divides && step.leastDays < steps.dayMajor->leastDays && days{step.leastDays} >= line) {
                steps.dayMinor = step;
                break;
            }
        }
    }
    if (!steps.dayMinor && (steps.major || steps.dayMajor->unit == CalendarStep::Unit::Day)) {
        const microseconds whole = steps.major.value_or(microseconds{days{1}});
        for (const microseconds step : kSteps) {
            if (step < whole && whole % step == microseconds{0} && step >= line) {
                steps.minor = step;
                break;
            }
        }
    }
    return steps;
}

QString clock(const QTime &time, microseconds step)
{
    if (step >= minutes{1})
        return time.toString(QStringLiteral("HH:mm"));
    return time.toString(step >= seconds{1} ? QStringLiteral("HH:mm:ss") : QStringLiteral("HH:mm:ss.zzz"));
}

QString withOffset(const QString &text, const WallTime &wall)
{
    return wall.doubled ? text + QLatin1Char(' ') + offsetText(wall.offset) : text;
}

QDate roundedDown(QDate date, CalendarStep step, const QLocale &locale)
{
    switch (step.unit) {
    case CalendarStep::Unit::Day: return date;
    case CalendarStep::Unit::Week: return date.addDays(-((date.dayOfWeek() - int(locale.firstDayOfWeek()) + 7) % 7));
    case CalendarStep::Unit::Month: return {date.year(), (date.month() - 1) / step.count * step.count + 1, 1};
    case CalendarStep::Unit::Year: return {date.year(), 1, 1};
    }
    return date;
}

QDate following(QDate date, CalendarStep step)
{
    switch (step.unit) {
    case CalendarStep::Unit::Day: return date.addDays(step.count);
    case CalendarStep::Unit::Week: return date.addDays(7 * step.count);
    case CalendarStep::Unit::Month: return date.addMonths(step.count);
    case CalendarStep::Unit::Year: return date.addYears(step.count);
    }
    return date.addDays(1);
}

QString calendarLabel(QDate date, CalendarStep step, const QLocale &locale)
{
    switch (step.unit) {
    case CalendarStep::Unit::Day: return locale.toString(date, QStringLiteral("ddd d MMM"));
    case CalendarStep::Unit::Week: return locale.toString(date, QStringLiteral("d MMM"));
    case CalendarStep::Unit::Month:
        return locale.toString(date, date.month() == 1 ? QStringLiteral("MMM yyyy") : QStringLiteral("MMM"));
    case CalendarStep::Unit::Year: return QString::number(date.year());
    }
    return {};
}

/// Where steps of a calendar begin, from the last one at or before from on.
template <typename F>
void eachDate(UtcTime from, UtcTime to, const QTimeZone &zone, CalendarStep step, const QLocale &locale, F &&tell)
{
    QDate date = roundedDown(wallTime(from, zone).date, step, locale);
    UtcTime last = utcFromMicros(INT64_MIN);
    for (; date.isValid(); date = following(date, step)) {
        const UtcTime at = dayStart(date, zone);
        if (at >= to)
            break;
        if (at >= from && at != last) // a day that was left out begins with the next, and is called so
            tell(at, wallTime(at, zone).date);
        last = at;
    }
}

/// Wall times that the step divides, in each span of one offset.
template <typename F>
void eachStep(UtcTime from, UtcTime to, const QTimeZone &zone, microseconds step, F &&tell)
{
    for (const OffsetSpan &span : offsetSpans(from, to, zone)) {
        const microseconds wall = span.from.time_since_epoch() + span.offset;
        UtcTime at = span.from + (step - wall % step) % step;
        for (; at < span.to; at += step)
            tell(at);
    }
}

} // namespace

std::vector<TimeTick> timeTicks(const TimeAxis &axis, const QTimeZone &zone, int labelPixels, const QLocale &locale)
{
    const UtcTime from = axis.left() - axis.perPixel(), to = axis.right() + axis.perPixel();
    const Steps steps = stepsFor(axis, labelPixels);
    std::vector<TimeTick> ticks;
    if (steps.minor)
        eachStep(from, to, zone, *steps.minor, [&](UtcTime at) { ticks.push_back({at, TimeTick::Kind::Minor, {}}); });
    if (steps.dayMinor)
        eachDate(from, to, zone, *steps.dayMinor, locale, [&](UtcTime at, QDate) { ticks.push_back({at, TimeTick::Kind::Minor, {}}); });
    if (steps.major) {
        eachStep(from, to, zone, *steps.major, [&](UtcTime at) {
            const WallTime wall = wallTime(at, zone);
            ticks.push_back({at, TimeTick::Kind::Major, withOffset(clock(wall.time, *steps.major), wall)});
        });
        constexpr CalendarStep day{CalendarStep::Unit::Day, 1, 1};
        eachDate(from, to, zone, day, locale, [&](UtcTime at, QDate date) {
            ticks.push_back({at, TimeTick::Kind::Day, calendarLabel(date, day, locale)});
        });
    }
    if (steps.dayMajor) {
        eachDate(from, to, zone, *steps.dayMajor, locale, [&](UtcTime at, QDate date) {
            ticks.push_back({at, TimeTick::Kind::Major, calendarLabel(date, *steps.dayMajor, locale)});
        });
    }
    // Of several at one moment the greatest stays.
    std::stable_sort(ticks.begin(), ticks.end(), [](const TimeTick &a, const TimeTick &b) {
        return a.at != b.at ? a.at < b.at : a.kind > b.kind;
    });
    ticks.erase(std::unique(ticks.begin(), ticks.end(), [](const TimeTick &a, const TimeTick &b) { return a.at == b.at; }), ticks.end());
    return ticks;
}

QString momentText(UtcTime at, const QTimeZone &zone, const TimeAxis &axis)
{
    const WallTime wall = wallTime(at, zone);
    const microseconds part = axis.perPixel();
    return withOffset(clock(wall.time, part < milliseconds{500} ? milliseconds{1} : part < seconds{30} ? seconds{1} : minutes{1}), wall);
}

QString clockText(UtcTime at, const QTimeZone &zone, bool milliseconds)
{
    const WallTime wall = wallTime(at, zone);
    return withOffset(clock(wall.time, milliseconds ? std::chrono::milliseconds{1} : seconds{1}), wall);
}

QString dateText(UtcTime at, UtcTime now, const QTimeZone &zone, const QLocale &locale)
{
    const QDate date = wallTime(at, zone).date;
    const bool sameYear = date.year() == wallTime(now, zone).date.year();
    return locale.toString(date, sameYear ? QStringLiteral("ddd d MMM") : QStringLiteral("ddd d MMM yyyy"));
}

} // namespace vedette::review
