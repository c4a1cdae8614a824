// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QTimeZone>

#include <array>
#include <bitset>

namespace vedette::settings {

/// Spans of a week by the clock on the wall of one time zone, to the minute: "mon-fri 08:00-18:00; sat,sun 22:00-06:00".
/// A span is what that clock shows: on a day when it skips an hour, that hour of a span is never; when it shows one twice,
/// it is twice. Value type; reading is thread-safe.
class WeekSchedule {
public:
    /// Parts separated by ';', each "[DAYS ]HH:MM-HH:MM[,HH:MM-HH:MM…]". DAYS are mon to sun, single or as a range
    /// ("fri-mon" goes over the weekend), separated by ','; without them every day. 24:00 ends a day; a span that ends
    /// before it begins ends on the day after. InvalidInput names the part that is wrong.
    static Result<WeekSchedule> parse(const QString &text, const QTimeZone &zone);

    /// Of no span: never.
    WeekSchedule() = default;
    bool contains(UtcTime time) const;

private:
    static constexpr int kDays = 7;
    static constexpr int kMinutes = 24 * 60;
    QTimeZone m_zone;
    std::array<std::bitset<kMinutes>, kDays> m_minutes; ///< from Monday
};

} // namespace vedette::settings
