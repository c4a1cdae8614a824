// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace vedette::app {

/// How much a window of this width has room for: one dock at a time and icons without words; the left dock; everything.
enum class Density : std::uint8_t { Small, Compact, Full };

} // namespace vedette::app
