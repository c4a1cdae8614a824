// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <QString>

#include <optional>

namespace vedette::app {

/// An age as "00:38", from one hour "1:02:03", from one day "2 d 3 h". Never negative.
QString ageText(microseconds age);
/// A time to wait as "0:12", rounded up, so that it never says 0:00 before the try.
QString countdownText(microseconds wait);
/// Local wall time "14:06:53"; with the date when it is not today.
QString timeText(UtcTime time, UtcTime now);
/// "88 ms", from 1 s "1.2 s", unknown "—".
QString latencyText(const std::optional<double> &ms);

} // namespace vedette::app
