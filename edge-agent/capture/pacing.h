// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <stop_token>

namespace vedette::agent {

/// Sleeps until the clock has reached due. False when the stop came first.
bool waitUntil(const Clock &clock, MonoTime due, std::stop_token stop);

} // namespace vedette::agent
