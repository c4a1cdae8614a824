// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/time_range.h"

#include <QDateTime>
#include <QRegularExpression>

namespace vedette::protocol {

Result<UtcTime> timeFromText(const QString &text)
{
    // QDateTime ends at milliseconds: the fraction is read beside it.
    static const QRegularExpression shape(QStringLiteral(R"(^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.(\d{1,9}))?)?)(Z|[+-]\d\d:\d\d)\z)"), QRegularExpression::CaseInsensitiveOption);
    const auto match = shape.match(text);
    const QString fraction = match.captured(2);
    const QString second = match.captured(1).chopped(fraction.isEmpty() ? 0 : fraction.size() + 1);
    const QDateTime time = QDateTime::fromString((second + match.captured(3)).toUpper(), Qt::ISODate);
    const std::int64_t micros = time.isValid() ? time.toSecsSinceEpoch() * 1'000'000 + fraction.leftJustified(6, u'0').left(6).toInt() : -1;
    if (!match.hasMatch() || !isPlausibleTime(micros))
        return fail(ErrorKind::InvalidInput, QStringLiteral("\"%1\" is not a time such as 2026-11-21T14:15:00Z").arg(text.left(60)));
    return utcFromMicros(micros);
}

} // namespace vedette::protocol
