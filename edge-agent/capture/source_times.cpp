// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/source_times.h"

#include <algorithm>

namespace vedette::agent {

bool SourceTimes::repeats(const media::Frame &frame)
{
    const auto end = m_last.begin() + static_cast<std::ptrdiff_t>(std::min(m_count, kRemembered));
    if ((m_count > 0 && frame.handle == m_buffer) || std::find(m_last.begin(), end, frame.pts) != end)
        return true;
    m_buffer = frame.handle;
    m_last[m_count++ % kRemembered] = frame.pts;
    return false;
}

microseconds SourceTimes::anchored(const media::Frame &frame)
{
    const microseconds captured{toMicros(frame.captured)};
    const microseconds off = captured - (frame.pts + m_offset);
    if (off > kJump || off < -kJump) {
        m_offset = captured - frame.pts;
        ++m_jumps;
    }
    return frame.pts + m_offset;
}

} // namespace vedette::agent
