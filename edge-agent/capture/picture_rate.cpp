// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/picture_rate.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace vedette::agent {
namespace {

constexpr double kMost = 1000; // frames/s that a status may hold

double measure(std::vector<microseconds> times)
{
    std::sort(times.begin(), times.end());
    std::vector<double> intervals;
    for (std::size_t i = 1; i < times.size(); ++i) {
        if (times[i] > times[i - 1])
            intervals.push_back(static_cast<double>((times[i] - times[i - 1]).count()));
    }
    if (intervals.empty())
        return 0;
    const auto middle = intervals.begin() + static_cast<std::ptrdiff_t>(intervals.size() / 2);
    std::nth_element(intervals.begin(), middle, intervals.end());
    // Two decimals: time stamps in ticks or microseconds make 30.0003 of 30.
    return std::min(kMost, std::round(1e8 / *middle) / 100);
}

} // namespace

void PictureRate::add(microseconds pts)
{
    if (!m_times.empty() && pts < m_times.back() - kBack) {
        m_times.clear();
        m_count = 0;
    }
    m_times.push_back(pts);
    if (m_times.size() > kWindow)
        m_times.pop_front();
    if (++m_count % kMeasureEvery != 0)
        return;
    const double rate = measure({m_times.begin(), m_times.end()});
    const bool other = std::abs(rate - m_rate) > kOtherRate * m_rate;
    if (rate > 0 && (m_count < kWindow || other))
        m_rate = rate;
}

} // namespace vedette::agent
