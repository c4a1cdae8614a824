// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/still_scene.h"

#include "core/media/picture_change.h"

#include <cstddef>

namespace vedette::agent {

void StillScene::look(const media::Frame &frame)
{
    const microseconds passed = frame.captured - m_looked;
    if (passed < microseconds{0})
        forget(); // a clock that jumped says nothing of how long
    else if (passed < kEvery)
        return;
    m_looked = frame.captured;
    if (media::looksSame(m_scene, frame, m_phase++)) {
        m_unchanged = frame.captured - m_scene.captured >= kAfter;
        return;
    }
    forget();
    if (frame.strides[0] <= 0 || !frame.planes[0])
        return;
    m_luma.assign(frame.planes[0], frame.planes[0] + std::ptrdiff_t{frame.strides[0]} * frame.height);
    m_scene.width = frame.width;
    m_scene.height = frame.height;
    m_scene.nativeFormat = frame.nativeFormat;
    m_scene.captured = frame.captured;
    m_scene.planes[0] = m_luma.data();
    m_scene.strides[0] = frame.strides[0];
}

void StillScene::forget()
{
    m_scene = {};
    m_unchanged = false;
}

} // namespace vedette::agent
