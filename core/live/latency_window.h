// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <deque>
#include <optional>

namespace vedette::live {

/// Measured delays of the last span, at most capacity of them (the oldest go first). Percentiles by nearest rank.
/// Value type, reentrant.
class LatencyWindow {
public:
    struct Summary {
        std::size_t count = 0;
        double p50 = 0; ///< milliseconds, as all below
        double p95 = 0;
        double max = 0;
    };

    LatencyWindow(microseconds span, std::size_t capacity) : m_span(span), m_capacity(capacity) {}

    void add(MonoTime at, double ms);
    /// Of the samples not older than the span at time now; empty without any.
    std::optional<Summary> summary(MonoTime now) const;
    void clear() { m_samples.clear(); }

private:
    struct Sample {
        MonoTime at{};
        double ms = 0;
    };
    microseconds m_span;
    std::size_t m_capacity;
    std::deque<Sample> m_samples; // by time
};

} // namespace vedette::live
