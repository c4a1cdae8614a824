// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <random>

namespace vedette {

/// Capped exponential back-off with jitter for everything that reconnects. Reentrant.
/// Delays are base, 2 base, 4 base … up to cap, each multiplied by a random factor of 0.5 to 1,
/// so that a thousand clients of a restarted server do not come back in step.
class Backoff {
public:
    explicit Backoff(milliseconds base = milliseconds{500}, milliseconds cap = milliseconds{30'000},
                     std::uint32_t seed = std::random_device{}());

    /// The time to wait before the next try; each call counts one failure.
    milliseconds next();
    /// After a success that lasted.
    void reset() { m_failures = 0; }
    unsigned failures() const { return m_failures; }

private:
    milliseconds m_base;
    milliseconds m_cap;
    unsigned m_failures = 0;
    std::minstd_rand m_random;
};

} // namespace vedette
