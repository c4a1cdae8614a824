// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/review/zone_time.h"

#include "core/base/compat.h"

#include <QDateTime>

#include <algorithm>

namespace vedette::review {

namespace {

constexpr int kMostTransitions = 2000; // no zone has more than a few a year
constexpr std::chrono::hours kAround{26}; // the widest jump there was: Samoa left out a day

std::int64_t floorDiv(std::int64_t a, std::int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

QDateTime qt(UtcTime at)
{
    return QDateTime::fromMSecsSinceEpoch(floorDiv(toMicros(at), 1000), compat::kUtc);
}

std::chrono::seconds offsetAt(UtcTime at, const QTimeZone &zone)
{
    return std::chrono::seconds{zone.offsetFromUtc(qt(at))};
}

} // namespace

std::vector<OffsetSpan> offsetSpans(UtcTime from, UtcTime to, const QTimeZone &zone)
{
    std::vector<OffsetSpan> spans;
    if (from >= to)
        return spans;
    spans.push_back({from, to, offsetAt(from, zone)});
    if (!zone.hasTransitions())
        return spans;
    // Without an end of its own a zone file may tell transitions for ever.
    for (int i = 0; i < kMostTransitions; ++i) {
        const QTimeZone::OffsetData next = zone.nextTransition(qt(spans.back().from));
        if (!next.atUtc.isValid())
            break;
        const UtcTime at = utcFromMicros(next.atUtc.toMSecsSinceEpoch() * 1000);
        if (at >= to || at <= spans.back().from)
            break;
        spans.back().to = at;
        spans.push_back({at, to, std::chrono::seconds{next.offsetFromUtc}});
    }
    // Only the name of the time may have changed.
    for (std::size_t i = 1; i < spans.size();) {
        if (spans[i].offset == spans[i - 1].offset) {
            spans[i - 1].to = spans[i].to;
            spans.erase(spans.begin() + std::ptrdiff_t(i));
        } else {
            ++i;
        }
    }
    return spans;
}

WallTime wallTime(UtcTime at, const QTimeZone &zone)
{
    WallTime wall;
    wall.offset = offsetAt(at, zone);
    const QDateTime local = qt(at + wall.offset);
    wall.date = local.date();
    wall.time = local.time();
    if (!zone.hasTransitions())
        return wall;
    for (const OffsetSpan &span : offsetSpans(at - kAround, at + kAround, zone)) {
        const UtcTime other = at + wall.offset - span.offset; // the same time on the wall under that span's distance
        wall.doubled |= other != at && other >= span.from && other < span.to;
    }
    return wall;
}

UtcTime dayStart(const QDate &date, const QTimeZone &zone)
{
    const QDateTime midnight = QDateTime(date, QTime(0, 0), compat::kUtc);
    const UtcTime wall = utcFromMicros(midnight.toMSecsSinceEpoch() * 1000);
    // The first moment whose wall time is at or behind midnight.
    for (const OffsetSpan &span : offsetSpans(wall - kAround, wall + kAround, zone)) {
        const UtcTime at = std::max(span.from, wall - span.offset);
        if (at < span.to)
            return at;
    }
    return wall;
}

std::vector<UtcTime> momentsOf(const QDate &date, const QTime &time, const QTimeZone &zone, microseconds micros)
{
    std::vector<UtcTime> moments;
    const UtcTime wall = utcFromMicros(QDateTime(date, time, compat::kUtc).toMSecsSinceEpoch() * 1000) + micros;
    for (const OffsetSpan &span : offsetSpans(wall - kAround, wall + kAround, zone)) {
        const UtcTime at = wall - span.offset;
        if (at >= span.from && at < span.to)
            moments.push_back(at);
    }
    return moments;
}

QString offsetText(std::chrono::seconds offset)
{
    const auto minutes = std::abs(offset.count()) / 60;
    QString text = (offset.count() < 0 ? QStringLiteral("−") : QStringLiteral("+")) + QString::number(minutes / 60);
    if (minutes % 60)
        text += QStringLiteral(":%1").arg(minutes % 60, 2, 10, QLatin1Char('0'));
    return text;
}

} // namespace vedette::review
