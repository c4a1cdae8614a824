// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/week_schedule.h"

#include <QDateTime>
#include <QRegularExpression>
#include <QStringList>

#include <optional>

namespace vedette::settings {
namespace {

constexpr int kHourMinutes = 60;
const QStringList kDayNames{QStringLiteral("mon"), QStringLiteral("tue"), QStringLiteral("wed"), QStringLiteral("thu"),
                            QStringLiteral("fri"), QStringLiteral("sat"), QStringLiteral("sun")};

tl::unexpected<Error> wrong(const QString &part, const QString &why)
{
    return fail(ErrorKind::InvalidInput, QStringLiteral("\"%1\": %2").arg(part.left(60), why));
}

Result<std::bitset<7>> daysIn(const QString &words, const QString &part)
{
    std::bitset<7> days;
    if (words.isEmpty())
        return days.set();
    for (const QString &word : words.split(u',')) {
        const QStringList ends = word.split(u'-');
        for (const QString &end : ends) {
            if (!kDayNames.contains(end))
                return wrong(part, QStringLiteral("\"%1\" is no day; days are %2").arg(end.left(20), kDayNames.join(QStringLiteral(", "))));
        }
        if (ends.size() > 2)
            return wrong(part, QStringLiteral("\"%1\" is no range of days, such as mon-fri").arg(word.left(40)));
        const auto last = static_cast<std::size_t>(kDayNames.indexOf(ends.last()));
        for (auto day = static_cast<std::size_t>(kDayNames.indexOf(ends.first()));; day = (day + 1) % days.size()) {
            days.set(day);
            if (day == last)
                break;
        }
    }
    return days;
}

/// Minutes since midnight, 0 to 1440.
std::optional<int> minuteIn(const QString &hours, const QString &minutes)
{
    const int minute = hours.toInt() * kHourMinutes + minutes.toInt();
    return minutes.toInt() < kHourMinutes && minute <= 24 * kHourMinutes ? std::optional(minute) : std::nullopt;
}

} // namespace

Result<WeekSchedule> WeekSchedule::parse(const QString &text, const QTimeZone &zone)
{
    static const QRegularExpression partForm(QStringLiteral("^(?:([a-z,-]+) +)?([0-9:, -]+)$"));
    static const QRegularExpression timeForm(QStringLiteral("^([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})$"));
    WeekSchedule schedule;
    schedule.m_zone = zone;
    for (const QString &each : text.toLower().split(u';')) {
        const QString part = each.simplified();
        const auto match = partForm.match(part);
        if (!match.hasMatch())
            return wrong(part, QStringLiteral("write days and times as in \"mon-fri 08:00-18:00; sat 09:00-12:00\""));
        const auto days = daysIn(match.captured(1), part);
        if (!days)
            return fail(days.error());
        for (const QString &span : match.captured(2).split(u',')) {
            const auto times = timeForm.match(span.simplified());
            const auto from = times.hasMatch() ? minuteIn(times.captured(1), times.captured(2)) : std::nullopt;
            const auto to = times.hasMatch() ? minuteIn(times.captured(3), times.captured(4)) : std::nullopt;
            if (!from || !to || *from == kMinutes)
                return wrong(part, QStringLiteral("\"%1\" is no span of time, such as 08:00-18:00; 24:00 ends a day").arg(span.simplified().left(40)));
            if (*from == *to)
                return wrong(part, QStringLiteral("ends when it begins; 00:00-24:00 is a whole day"));
            const int length = *to > *from ? *to - *from : *to - *from + kMinutes;
            for (std::size_t day = 0; day < days->size(); ++day) {
                for (int minute = *from; days->test(day) && minute < *from + length; ++minute)
                    schedule.m_minutes[(day + (minute < kMinutes ? 0 : 1)) % kDays].set(static_cast<std::size_t>(minute % kMinutes));
            }
        }
    }
    return schedule;
}

bool WeekSchedule::contains(UtcTime time) const
{
    if (!m_zone.isValid())
        return false;
    const QDateTime local = QDateTime::fromMSecsSinceEpoch(toMicros(std::chrono::floor<milliseconds>(time)) / 1000, m_zone);
    const QTime clock = local.time();
    return m_minutes[static_cast<std::size_t>(local.date().dayOfWeek() - 1)].test(static_cast<std::size_t>(clock.hour() * kHourMinutes + clock.minute()));
}

} // namespace vedette::settings
