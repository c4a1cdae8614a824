// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <stop_token>

namespace vedette {

/// Sleeps until the clock has reached due: the wait of every thread that has a stop. False when the stop came first, or had
/// been asked for before.
bool waitUntil(const Clock &clock, MonoTime due, std::stop_token stop);

} // namespace vedette
