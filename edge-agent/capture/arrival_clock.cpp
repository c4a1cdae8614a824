// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/arrival_clock.h"

#include <algorithm>
#include <iterator>

namespace vedette::agent {

ArrivalClock::Mapped ArrivalClock::map(microseconds pts, MonoTime arrival, std::size_t depth)
{
    const microseconds delay = microseconds{toMicros(arrival)} - pts;
    const bool jumped = jumps(pts, delay, depth);
    if (jumped)
        begin(arrival, delay);
    ++m_count;
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
    const MonoTime line = std::min(arrival, MonoTime{pts + m_applied});
    Mapped mapped;
    mapped.captured = inOrder(pts, line);
    const auto magnitude = [](microseconds d) { return std::max(d, -d); };
    mapped.uncertainty = kCameraDelay + magnitude(least - m_applied) + magnitude(mapped.captured - line)
        + (settling ? kSettlingError : microseconds{0});
    mapped.jumped = jumped;
    return mapped;
}

bool ArrivalClock::jumps(microseconds pts, microseconds delay, std::size_t depth) const
{
    if (!m_last)
        return true;
    const microseconds newest = m_named.rbegin()->first;
    // libavformat may have to guess the very first time. The same time again and again is none at all.
    const bool firstWasGuessed = m_count == 1 && pts < newest;
    const auto shownLater = static_cast<std::size_t>(std::distance(m_named.upper_bound(pts), m_named.end()));
    return firstWasGuessed || pts == newest || shownLater > depth || delay < m_applied - kJump;
}

void ArrivalClock::begin(MonoTime arrival, microseconds delay)
{
    m_buckets.clear();
    m_named.clear();
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

/// What the line wants, as far as the pictures that are shown before and after this one leave room. They came before the
/// line was what it is now: above all in the first group of a stream with B-frames, whose lead is not known yet.
MonoTime ArrivalClock::inOrder(microseconds pts, MonoTime wanted)
{
    const auto pace = [](microseconds span) { return std::max(span / kLeastPace, microseconds{1}); };
    const auto after = m_named.upper_bound(pts);
    MonoTime captured = wanted;
    if (after != m_named.end())
        captured = std::min(captured, after->second - pace(after->first - pts));
    if (after != m_named.begin()) {
        const auto before = std::prev(after);
        captured = std::max(captured, before->second + pace(pts - before->first));
    } else if (m_named.empty() && m_newest) {
        captured = std::max(captured, *m_newest + microseconds{1});
    }
    m_named.insert_or_assign(pts, captured);
    if (m_named.size() > kNamed)
        m_named.erase(m_named.begin());
    m_newest = std::max(m_newest.value_or(captured), captured);
    return captured;
}

} // namespace vedette::agent
