// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/time_range.h"

#include <QDateTime>

namespace vedette::protocol {

Result<UtcTime> timeFromText(const QString &text)
{
    const QDateTime time = QDateTime::fromString(text, Qt::ISODateWithMs);
    const std::int64_t micros = time.isValid() ? time.toMSecsSinceEpoch() * 1000 : -1;
    if (!time.isValid() || time.timeSpec() == Qt::LocalTime || !isPlausibleTime(micros))
        return fail(ErrorKind::InvalidInput, QStringLiteral("\"%1\" is not a time such as 2026-11-21T14:15:00Z").arg(text.left(60)));
    return utcFromMicros(micros);
}

} // namespace vedette::protocol
