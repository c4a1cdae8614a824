// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/decode_times.h"

#include <algorithm>

namespace vedette::media {

microseconds DecodeTimes::next(microseconds pts)
{
    if (m_last && (pts > *m_last + kJump || pts < *m_last - kJump)) {
        m_held.clear();
        m_last.reset();
    }
    if (m_last && pts <= *m_last && m_depth < kMaxDepth)
        ++m_depth;
    m_held.insert(std::upper_bound(m_held.begin(), m_held.end(), pts), pts);
    microseconds dts = m_held.front();
    if (m_held.size() > m_depth) {
        m_held.erase(m_held.begin());
    } else {
        // Too few are held yet: the first times lie before the first picture, a tick apart.
        dts -= microseconds{static_cast<std::int64_t>(m_depth + 1 - m_held.size())};
    }
    if (m_last && dts <= *m_last)
        dts = *m_last + microseconds{1};
    m_last = dts;
    return dts;
}

} // namespace vedette::media
