// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/arrival_clock.h"

#include <algorithm>

namespace vedette::agent {

ArrivalClock::Mapped ArrivalClock::map(microseconds pts, MonoTime arrival)
{
    const microseconds delay = microseconds{toMicros(arrival)} - pts;
    const microseconds back = m_count++ < kFirst ? microseconds{0} : microseconds{kJump};
    const bool jumped = !m_last || m_newestPts - pts > back || delay < m_applied - kJump;
    if (jumped)
        begin(pts, arrival, delay);
    const microseconds least = note(arrival, delay);
    const bool settling = arrival - m_begin < kSettling;
    const microseconds off = least - m_applied;
    if ((settling && off < microseconds{0}) || off > kStep || off < -kStep) {
        m_applied = least;
    } else if (!settling) {
        const microseconds most = (arrival - *m_last) * kMaxSlewPpm / 1'000'000;
        m_applied += std::clamp(off, -most, most);
    }
    m_last = arrival;
    m_newestPts = std::max(m_newestPts, pts);
    Mapped mapped;
    mapped.captured = std::min(arrival, MonoTime{pts + m_applied});
    const microseconds remaining = least - m_applied;
    mapped.uncertainty = kCameraDelay + std::max(remaining, -remaining) + (settling ? kSettlingError : microseconds{0});
    mapped.jumped = jumped;
    return mapped;
}

void ArrivalClock::begin(microseconds pts, MonoTime arrival, microseconds delay)
{
    m_buckets.clear();
    m_newestPts = pts;
    m_applied = delay;
    m_begin = arrival;
    m_last = arrival;
}

microseconds ArrivalClock::note(MonoTime arrival, microseconds delay)
{
    if (m_buckets.empty() || arrival - m_buckets.back().begin >= kBucket) {
        m_buckets.push_back({arrival, delay});
        if (m_buckets.size() > kBuckets)
            m_buckets.pop_front();
    }
    m_buckets.back().least = std::min(m_buckets.back().least, delay);
    return std::min_element(m_buckets.begin(), m_buckets.end(), [](const Bucket &a, const Bucket &b) { return a.least < b.least; })->least;
}

} // namespace vedette::agent
