// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/time_text.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <cmath>

namespace vedette::app {

QString ageText(microseconds age)
{
    const auto seconds = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
    const auto two = [](std::int64_t value) { return QStringLiteral("%1").arg(value, 2, 10, QLatin1Char('0')); };
    if (seconds < 3600)
        return two(seconds / 60) + QLatin1Char(':') + two(seconds % 60);
    if (seconds < 86400)
        return QStringLiteral("%1:%2:%3").arg(seconds / 3600).arg(two(seconds / 60 % 60), two(seconds % 60));
    return QCoreApplication::translate("TimeText", "%1 d %2 h").arg(seconds / 86400).arg(seconds / 3600 % 24);
}

QString countdownText(microseconds wait)
{
    const auto seconds = std::max<std::int64_t>(0, (wait.count() + 999'999) / 1'000'000);
    return QStringLiteral("%1:%2").arg(seconds / 60).arg(seconds % 60, 2, 10, QLatin1Char('0'));
}

QString timeText(UtcTime time, UtcTime now)
{
    const auto local = [](UtcTime t) { return QDateTime::fromMSecsSinceEpoch(toMicros(t) / 1000); };
    const QDateTime at = local(time);
    const QString clock = at.time().toString(QStringLiteral("HH:mm:ss"));
    if (at.date() == local(now).date())
        return clock;
    return QLocale().toString(at.date(), QLocale::ShortFormat) + QLatin1Char(' ') + clock;
}

QString latencyText(const std::optional<double> &ms)
{
    if (!ms || !std::isfinite(*ms))
        return QStringLiteral("—");
    if (*ms < 999.5)
        return QCoreApplication::translate("TimeText", "%1 ms").arg(qRound(*ms));
    return QCoreApplication::translate("TimeText", "%1 s").arg(*ms / 1000, 0, 'f', 1);
}

} // namespace vedette::app
