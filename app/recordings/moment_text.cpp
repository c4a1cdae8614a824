// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/moment_text.h"

#include "core/base/compat.h"
#include "core/review/time_axis.h"
#include "core/review/time_ticks.h"
#include "core/review/zone_time.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QRegularExpression>

namespace vedette::app {

namespace {

using review::momentsOf;
using review::wallTime;
using namespace std::chrono;

QString tr(const char *text)
{
    return QCoreApplication::translate("MomentText", text);
}

tl::unexpected<Error> notATime(const QString &text)
{
    return fail(ErrorKind::InvalidInput, tr("“%1” is not a time. Write 13:58, yesterday 8:10 or 2026-10-14 13:58:12.350.").arg(text));
}

Result<UtcTime> inBounds(UtcTime at)
{
    if (at < review::TimeAxis::kBegin || at >= review::TimeAxis::kEnd)
        return fail(ErrorKind::InvalidInput, tr("Only times from 1970 to 2199 can be shown."));
    return at;
}

/// "-30 s", "−5 min", "-2h".
std::optional<microseconds> parseAgo(const QString &text)
{
    static const QRegularExpression form(QStringLiteral("^[-−]\\s*(\\d{1,7})\\s*(s|sec|m|min|h|d)$"), QRegularExpression::CaseInsensitiveOption);
    const auto match = form.match(text);
    if (!match.hasMatch())
        return {};
    const auto count = match.captured(1).toLongLong();
    switch (match.captured(2).toLower().front().unicode()) {
    case 's': return seconds{count};
    case 'm': return minutes{count};
    case 'h': return hours{count};
    default: return days{count};
    }
}

struct Written {
    std::optional<QDate> date;
    QTime time{0, 0};
    bool hasTime = false;
    microseconds micros{0};
    std::optional<seconds> offset;
};

/// Empty: no date. nullopt: one that is not in the calendar.
std::optional<QDate> parseDate(const QString &text, QDate today)
{
    if (text.compare(QStringLiteral("today"), Qt::CaseInsensitive) == 0 || text.compare(tr("today"), Qt::CaseInsensitive) == 0)
        return today;
    if (text.compare(QStringLiteral("yesterday"), Qt::CaseInsensitive) == 0 || text.compare(tr("yesterday"), Qt::CaseInsensitive) == 0)
        return today.addDays(-1);
    static const QRegularExpression iso(QStringLiteral("^(\\d{4})-(\\d{1,2})-(\\d{1,2})$"));
    if (const auto match = iso.match(text); match.hasMatch())
        return QDate(match.captured(1).toInt(), match.captured(2).toInt(), match.captured(3).toInt());
    static const QRegularExpression dotted(QStringLiteral("^(\\d{1,2})\\.(\\d{1,2})\\.(\\d{4})?$"));
    if (const auto match = dotted.match(text); match.hasMatch()) {
        const int month = match.captured(2).toInt(), day = match.captured(1).toInt();
        if (match.capturedLength(3) > 0)
            return QDate(match.captured(3).toInt(), month, day);
        const QDate thisYear(today.year(), month, day);
        return thisYear > today ? QDate(today.year() - 1, month, day) : thisYear;
    }
    return {};
}

bool parseClock(const QString &text, Written &written)
{
    static const QRegularExpression form(QStringLiteral("^(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,6}))?)?$"));
    const auto match = form.match(text);
    if (!match.hasMatch())
        return false;
    const int micros = match.captured(4).leftJustified(6, QLatin1Char('0')).toInt();
    written.time = QTime(match.captured(1).toInt(), match.captured(2).toInt(), match.captured(3).toInt(), micros / 1000);
    written.micros = microseconds{micros % 1000};
    written.hasTime = true;
    return written.time.isValid();
}

/// "+2", "-03:30", "Z".
std::optional<seconds> parseOffset(QString text)
{
    if (text.compare(QLatin1String("Z"), Qt::CaseInsensitive) == 0 || text.compare(QLatin1String("UTC"), Qt::CaseInsensitive) == 0)
        return seconds{0};
    static const QRegularExpression form(QStringLiteral("^([+\\-−])(\\d{1,2})(?::?(\\d{2}))?$"));
    const auto match = form.match(text);
    if (!match.hasMatch() || match.captured(2).toInt() > 14 || match.captured(3).toInt() > 59)
        return {};
    const seconds offset = hours{match.captured(2).toInt()} + minutes{match.captured(3).toInt()};
    return match.captured(1) == QLatin1String("+") ? offset : -offset;
}

} // namespace

Result<UtcTime> parseMoment(const QString &given, const QTimeZone &zone, UtcTime now)
{
    const QString text = given.simplified();
    if (const auto ago = parseAgo(text))
        return inBounds(now - *ago);

    // Date, time and offset, each at most once, the last two perhaps glued together: 2026-10-14T13:58:12.350+02:00.
    QString parted = text;
    static const QRegularExpression glued(QStringLiteral("(\\d{4}-\\d{1,2}-\\d{1,2})[Tt](?=\\d)"));
    parted.replace(glued, QStringLiteral("\\1 "));
    static const QRegularExpression suffix(QStringLiteral("(:\\d{2}(?:[.,]\\d+)?)([Zz]|[+\\-−]\\d{1,2}(?::?\\d{2})?)$"));
    parted.replace(suffix, QStringLiteral("\\1 \\2"));
    const QDate today = wallTime(now, zone).date;
    Written written;
    for (const QString &word : parted.split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
        if (!written.date && !written.hasTime) {
            if (const auto date = parseDate(word, today)) {
                if (!date->isValid())
                    return fail(ErrorKind::InvalidInput, tr("There is no day %1 in the calendar.").arg(word));
                written.date = date;
                continue;
            }
        }
        if (!written.hasTime && parseClock(word, written))
            continue;
        if (written.hasTime && !written.offset) {
            written.offset = parseOffset(word);
            if (written.offset)
                continue;
        }
        return notATime(text);
    }
    if (!written.date && !written.hasTime)
        return notATime(text);
    if (!written.hasTime)
        return inBounds(review::dayStart(*written.date, zone));

    const auto momentsOn = [&](QDate date) {
        if (!written.offset)
            return momentsOf(date, written.time, zone, written.micros);
        const std::int64_t ms = QDateTime(date, written.time, compat::kUtc).toMSecsSinceEpoch();
        return std::vector<UtcTime>{utcFromMicros(ms * 1000) + written.micros - *written.offset};
    };
    QDate date = written.date.value_or(today);
    std::vector<UtcTime> moments = momentsOn(date);
    // Without a date the last one there was.
    if (!written.date && (moments.empty() || moments.front() > now)) {
        date = today.addDays(-1);
        moments = momentsOn(date);
    }
    const QString clock = written.time.toString(QStringLiteral("HH:mm"));
    const QString day = QLocale().toString(date, QStringLiteral("d MMMM"));
    if (moments.empty())
        return fail(ErrorKind::InvalidInput, tr("%1 did not come on %2: the clocks went forward.").arg(clock, day));
    if (moments.size() > 1) {
        return fail(ErrorKind::InvalidInput, tr("%1 came twice on %2. Add %3 or %4.").arg(clock, day, review::offsetText(wallTime(moments[0], zone).offset),
                                                                                        review::offsetText(wallTime(moments[1], zone).offset)));
    }
    return inBounds(moments.front());
}

} // namespace vedette::app
