// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

namespace vedette {

/// Counts durations in fixed buckets, the way Prometheus adds them up over many machines. Thread-safe; a reading taken
/// while another thread adds may miss that one duration in a part of its figures.
class DurationHistogram {
public:
    static constexpr std::array<microseconds, 10> kBounds{
        milliseconds{1},  microseconds{2'500}, milliseconds{5},   milliseconds{10},  milliseconds{25},
        milliseconds{50}, milliseconds{100},   milliseconds{250}, milliseconds{500}, milliseconds{1000}};
    struct Reading {
        std::array<std::uint64_t, kBounds.size() + 1> counts{}; ///< up to each bound, not added up; the last one: above all
        microseconds sum{0};
    };

    void add(microseconds duration)
    {
        const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), duration) - kBounds.begin();
        ++m_counts[static_cast<std::size_t>(bucket)];
        m_sum += duration.count();
    }

    Reading read() const
    {
        Reading reading;
        std::copy(m_counts.begin(), m_counts.end(), reading.counts.begin());
        reading.sum = microseconds{m_sum};
        return reading;
    }

private:
    std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> m_counts{};
    std::atomic<std::int64_t> m_sum{0};
};

} // namespace vedette
