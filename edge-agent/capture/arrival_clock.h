// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <deque>
#include <map>
#include <optional>

namespace vedette::agent {

/// When the pictures of a camera that encodes itself were captured: its own timestamps, laid on this machine's monotonic
/// clock along the line of least arrival delay of the last kWindow. The line follows a drifting camera clock by at most
/// kMaxSlewPpm; timestamps that jump begin a new line. Pure; all times given. Results rise in the order of presentation,
/// also across lines, and are not later than the arrival but for the microseconds that this order needs.
class ArrivalClock {
public:
    static constexpr int kMaxSlewPpm = 500;
    static constexpr milliseconds kBucket{5'000};
    static constexpr std::size_t kBuckets = 6;            ///< kWindow = 30 s
    static constexpr milliseconds kJump{2'000};           ///< more than network jitter explains
    static constexpr milliseconds kStep{400};             ///< too far to slew
    static constexpr milliseconds kSettling{2'000};       ///< servers begin with a burst of what they cached
    static constexpr microseconds kSettlingError{1'000'000};
    static constexpr microseconds kCameraDelay{100'000};  ///< allowance: exposure, encoder and the shortest way

    static constexpr std::size_t kUsualDepth = 4;         ///< of streams that do not say; seven B-frames in a pyramid need 3

    struct Mapped {
        MonoTime captured{};
        microseconds uncertainty{0};
        bool jumped = false; ///< first picture, or the timestamps began anew
    };
    /// In order of arrival; pts in any origin. depth: how many pictures may come before one that is shown earlier; one
    /// that is shown before more of them has a timestamp that went back.
    Mapped map(microseconds pts, MonoTime arrival, std::size_t depth = kUsualDepth);
    /// Where the line puts a time of the same origin, such as that of sound; empty before the first picture.
    std::optional<MonoTime> at(microseconds pts) const { return m_last ? std::optional(MonoTime{pts + m_applied}) : std::nullopt; }

private:
    struct Bucket {
        MonoTime begin{};
        microseconds least{0};
    };
    bool jumps(microseconds pts, microseconds delay, std::size_t depth) const;
    void begin(MonoTime arrival, microseconds delay);
    microseconds note(MonoTime arrival, microseconds delay);
    MonoTime inOrder(microseconds pts, MonoTime wanted);

    static constexpr int kLeastPace = 1000;  ///< two pictures keep at least this fraction of their distance
    static constexpr std::size_t kNamed = 64; ///< more than any stream reorders

    std::deque<Bucket> m_buckets;
    std::map<microseconds, MonoTime> m_named; ///< of this line, the newest kNamed
    microseconds m_applied{0};                ///< monotonic time minus pts
    MonoTime m_begin{};
    std::optional<MonoTime> m_last;
    std::optional<MonoTime> m_newest;         ///< latest result of all lines
    std::uint64_t m_count = 0;                ///< pictures seen
};

} // namespace vedette::agent
