// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace vedette::protocol {

/// Times on the wire lie in 1970 to 9999, so that everything that formats or subtracts them is safe.
inline constexpr std::int64_t kMaxTimeMicros = 253'402'300'799'999'999;

constexpr bool isPlausibleTime(std::int64_t micros)
{
    return micros >= 0 && micros <= kMaxTimeMicros;
}

} // namespace vedette::protocol
