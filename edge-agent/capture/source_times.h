// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/frame.h"

#include <array>

namespace vedette::agent {

/// Tells a new picture of a source from one given again (the same buffer as before, or one of the last time stamps), and
/// keeps its time stamps beside the capture times where they jump. Identical pixels are new pictures. Pure; one life of a
/// source.
class SourceTimes {
public:
    static constexpr std::size_t kRemembered = 8;         ///< time stamps: more than the buffers that drivers rotate
    static constexpr microseconds kJump{5'000'000};       ///< off the capture times: no buffering explains it

    bool repeats(const media::Frame &frame);
    /// The time stamp for what follows.
    microseconds anchored(const media::Frame &frame);
    std::uint64_t jumps() const { return m_jumps; }

private:
    std::shared_ptr<const void> m_buffer; ///< held: freed memory would come again as the next picture's
    std::array<microseconds, kRemembered> m_last{};
    std::size_t m_count = 0;
    microseconds m_offset{0};
    std::uint64_t m_jumps = 0;
};

} // namespace vedette::agent
