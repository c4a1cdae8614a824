// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace vedette::media {

/// Decoding times for a stream that tells only presentation times, as RTP does (RFC 6184, 5.1): evenly spaced, rising,
/// and not later than the picture's own. The n-th picture to be decoded gets the n-th smallest presentation time, held
/// back by as many pictures as the stream reorders; that depth is learned when it is not known. Pure; reentrant.
class DecodeTimes {
public:
    static constexpr std::size_t kMaxDepth = 16;              ///< max_num_reorder_frames, H.264 E.2.1
    static constexpr microseconds kJump{10'000'000};          ///< a larger step begins anew

    /// depth: pictures that may be decoded before one that is shown earlier; 0 when unknown.
    explicit DecodeTimes(std::size_t depth = 0) : m_depth(depth) {}
    /// Told by the stream after its beginning; never less than before.
    void require(std::size_t depth) { m_depth = std::clamp(depth, m_depth, kMaxDepth); }

    /// Above the one before. Above pts only for the few pictures at which the depth is learned.
    microseconds next(microseconds pts);

private:
    std::size_t m_depth;
    std::vector<microseconds> m_held; ///< sorted; m_depth of them after each call, fewer at the beginning
    std::optional<microseconds> m_last;
};

} // namespace vedette::media
