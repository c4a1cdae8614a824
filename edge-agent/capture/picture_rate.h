// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <deque>

namespace vedette::agent {

/// Pictures per second of a stream that does not announce them: by the median interval of its last time stamps, which may
/// come reordered. Changes only when it is clearly another rate, so that jitter does not show. Pure.
class PictureRate {
public:
    static constexpr std::size_t kWindow = 33;     ///< time stamps, for 32 intervals
    static constexpr std::size_t kMeasureEvery = 4;
    static constexpr double kOtherRate = 0.05;     ///< share by which it must differ once the window is full

    static constexpr milliseconds kBack{2'000};    ///< a step back that no reordering explains: they begin anew

    void add(microseconds pts);
    double perSecond() const { return m_rate; }    ///< 0: not known yet

private:
    std::deque<microseconds> m_times;
    std::size_t m_count = 0; ///< since the time stamps began
    double m_rate = 0;
};

} // namespace vedette::agent
