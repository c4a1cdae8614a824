// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/latency_window.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace vedette::live {

void LatencyWindow::add(MonoTime at, double ms)
{
    m_samples.push_back({at, ms});
    while (m_samples.size() > m_capacity || at - m_samples.front().at > m_span)
        m_samples.pop_front();
}

std::optional<LatencyWindow::Summary> LatencyWindow::summary(MonoTime now) const
{
    std::vector<double> values;
    values.reserve(m_samples.size());
    for (const Sample &sample : m_samples) {
        if (now - sample.at <= m_span)
            values.push_back(sample.ms);
    }
    if (values.empty())
        return std::nullopt;
    std::sort(values.begin(), values.end());
    const auto rank = [&values](double share) {
        const double position = std::ceil(share * static_cast<double>(values.size()));
        return values[static_cast<std::size_t>(std::max(position, 1.0)) - 1];
    };
    return Summary{values.size(), rank(0.50), rank(0.95), values.back()};
}

} // namespace vedette::live
