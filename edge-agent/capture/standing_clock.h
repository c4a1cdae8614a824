// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <optional>

namespace vedette::agent {

/// Sees that the clock of a camera that encodes itself stands: its pictures come, and their time stamps stay the same, or
/// go on by next to nothing, as where a relay puts times that it cannot use one tick apart. Late pictures keep their
/// distances, however late. Pure; all times given; one connection.
class StandingClock {
public:
    static constexpr milliseconds kLimit{2'000};
    static constexpr int kIntervals = 3;      ///< a slow camera may take longer: so many frame intervals
    static constexpr int kLeastPace = 100;    ///< a clock that goes this many times slower than time stands
    static constexpr int kPictures = 10;      ///< that many must have come, since one alone may be late

    /// pts: as the camera sent it; interval: between pictures, 0 for unknown.
    bool stands(microseconds pts, MonoTime now, microseconds interval);

private:
    struct Mark {
        microseconds pts{0};
        MonoTime at{};
    };
    std::optional<Mark> m_moved; ///< the last change
    std::optional<Mark> m_paced; ///< the last time that it was seen to go on as a clock does
    int m_pictures = 0;          ///< since then
};

} // namespace vedette::agent
