// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/playback_clock.h"

#include <algorithm>
#include <cmath>

namespace vedette::recordings {

UtcTime PlaybackClock::line(MonoTime now) const
{
    if (!m_running)
        return m_from;
    const double passed = static_cast<double>((now - m_since).count()) * m_rate;
    return m_from + microseconds{static_cast<std::int64_t>(std::llround(passed))};
}

UtcTime PlaybackClock::at(MonoTime now) const
{
    const UtcTime free = line(now);
    if (!m_loop || !m_running)
        return free;
    // Who began outside of it plays on until he comes in.
    if (m_rate > 0 && m_from < m_loop->second)
        return std::min(free, m_loop->second - microseconds{1});
    if (m_rate < 0 && m_from >= m_loop->first)
        return std::max(free, m_loop->first);
    return free;
}

bool PlaybackClock::loopIsOver(MonoTime now) const
{
    if (!m_loop || !m_running)
        return false;
    return m_rate > 0 ? line(now) >= m_loop->second : line(now) < m_loop->first;
}

std::optional<MonoTime> PlaybackClock::due(UtcTime moment) const
{
    if (!m_running)
        return std::nullopt;
    if (m_loop && ((m_rate > 0 && m_from < m_loop->second && moment >= m_loop->second) || (m_rate < 0 && m_from >= m_loop->first && moment < m_loop->first)))
        return std::nullopt;
    return m_since + microseconds{static_cast<std::int64_t>(std::ceil(static_cast<double>((moment - m_from).count()) / m_rate))};
}

void PlaybackClock::seek(UtcTime at, MonoTime now)
{
    m_from = at;
    m_since = now;
}

void PlaybackClock::run(MonoTime now)
{
    if (!m_running)
        m_since = now;
    m_running = true;
}

void PlaybackClock::hold(MonoTime now)
{
    m_from = at(now);
    m_running = false;
}

void PlaybackClock::setRate(double rate, MonoTime now)
{
    m_from = at(now);
    m_since = now;
    m_rate = rate;
}

void PlaybackClock::setLoop(std::optional<Loop> loop, MonoTime now)
{
    m_from = at(now);
    m_since = now;
    m_loop = loop;
}

} // namespace vedette::recordings
