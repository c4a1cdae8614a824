// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/latest_frame.h"

namespace vedette::live {

bool LatestFrame::put(media::Frame frame, bool kept)
{
    std::lock_guard lock(m_mutex);
    if (goesBack(frame)) {
        m_overwritten += kept ? 0 : 1;
        return false;
    }
    m_newest = frame.capture;
    const bool wasEmpty = !m_frame;
    if (!wasEmpty && !m_kept)
        ++m_overwritten;
    m_frame = std::move(frame);
    m_kept = kept;
    return wasEmpty;
}

std::optional<media::Frame> LatestFrame::take()
{
    std::lock_guard lock(m_mutex);
    std::optional<media::Frame> frame;
    frame.swap(m_frame);
    return frame;
}

std::uint64_t LatestFrame::overwritten() const
{
    std::lock_guard lock(m_mutex);
    return m_overwritten;
}

bool LatestFrame::goesBack(const media::Frame &frame) const
{
    if (!m_newest || !frame.capture || m_newest->run != frame.capture->run)
        return false;
    if (!m_newest->known || !frame.capture->known)
        return false;
    const auto back = m_newest->captured - frame.capture->captured;
    return back > microseconds{0} && back < kMaxStepBack;
}

} // namespace vedette::live
