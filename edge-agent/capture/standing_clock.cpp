// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/standing_clock.h"

#include <algorithm>

namespace vedette::agent {

bool StandingClock::stands(microseconds pts, MonoTime now, microseconds interval)
{
    if (!m_moved || pts != m_moved->pts)
        m_moved = Mark{pts, now};
    const auto way = [&] { return std::max(pts - m_paced->pts, m_paced->pts - pts); };
    ++m_pictures;
    if (!m_paced || way() >= (now - m_paced->at) / kLeastPace) {
        m_paced = Mark{pts, now};
        m_pictures = 0;
    }
    const microseconds limit = std::max<microseconds>(kLimit, kIntervals * interval);
    return now - m_moved->at >= limit || (m_pictures >= kPictures && now - m_paced->at >= limit);
}

} // namespace vedette::agent
