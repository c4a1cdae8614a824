// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/clock.h"

#include <QString>
#include <QTimeZone>

namespace vedette::app {

/// What people write for a moment, in their zone: "13:58" (the last one there was), "yesterday 8:10", "14.10. 13:58",
/// "2026-10-14 13:58:12.350", "2026-10-14" (its first moment), "−30 s", "-5 min", or ISO 8601 with a zone. An hour that
/// came twice wants its distance from UTC: "02:30 +1". InvalidInput holds a translated sentence.
Result<UtcTime> parseMoment(const QString &text, const QTimeZone &zone, UtcTime now);

} // namespace vedette::app
