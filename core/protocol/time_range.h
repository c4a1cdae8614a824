// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QString>

#include <cstdint>

namespace vedette::protocol {

/// Times on the wire lie in 1970 to 9999, so that everything that formats or subtracts them is safe.
inline constexpr std::int64_t kMaxTimeMicros = 253'402'300'799'999'999;

constexpr bool isPlausibleTime(std::int64_t micros)
{
    return micros >= 0 && micros <= kMaxTimeMicros;
}

/// RFC 3339, such as 2026-11-21T14:15:00.123456Z, or with another offset: without one it is another moment in every zone.
/// To the microsecond, seconds may be left out; InvalidInput for anything else.
Result<UtcTime> timeFromText(const QString &text);

} // namespace vedette::protocol
