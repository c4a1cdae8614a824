// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/frame.h"

#include <atomic>
#include <vector>

namespace vedette::agent {

/// Whether a source's pictures all show the same: a detail of its state, no failure. Compares two a second with the first of
/// the scene, whose luma is copied, since a driver wants its buffers back. Packed pictures (YUYV) are never the same. Written
/// by the capture thread, read by all.
class StillScene {
public:
    static constexpr milliseconds kAfter{5'000};

    void look(const media::Frame &frame);
    /// The source is opened again; nobody knows what was to be seen meanwhile.
    void forget();
    /// For kAfter by the pictures' own times.
    bool unchanged() const { return m_unchanged; }

private:
    static constexpr milliseconds kEvery{500};

    media::Frame m_scene; ///< planes[0] lies in m_luma
    std::vector<std::uint8_t> m_luma;
    MonoTime m_looked{};
    unsigned m_phase = 0;
    std::atomic<bool> m_unchanged{false};
};

} // namespace vedette::agent
