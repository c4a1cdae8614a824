// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/backoff.h"

#include <algorithm>

namespace vedette {

Backoff::Backoff(milliseconds base, milliseconds cap, std::uint32_t seed) : m_base(base), m_cap(cap), m_random(seed) {}

milliseconds Backoff::next()
{
    const unsigned doublings = std::min(m_failures, 20U);
    ++m_failures;
    const auto full = std::min<std::int64_t>(m_cap.count(), m_base.count() << doublings);
    std::uniform_real_distribution<double> factor(0.5, 1.0);
    return milliseconds{static_cast<std::int64_t>(static_cast<double>(full) * factor(m_random))};
}

} // namespace vedette
