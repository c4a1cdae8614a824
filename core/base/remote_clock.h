// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <cstdint>

namespace vedette {

/// Another machine's capture clock as it was measured from here by request and reply. It counts on by this machine's
/// monotonic clock, so what this machine's wall clock says and does is no part of it. Value type.
struct RemoteClock {
    static constexpr int kDriftPpm = 100; ///< two crystals against each other

    MonoTime at{};               ///< here
    UtcTime time{};              ///< there, then
    microseconds error{0};       ///< half the round trip
    microseconds uncertainty{0}; ///< of that clock against UTC: its pictures have it in common with the measurement
    std::uint64_t run = 0;       ///< of that clock; 0: not told

    UtcTime now(MonoTime here) const { return time + (here - at); }
    microseconds errorAt(MonoTime here) const { return error + (here - at) * kDriftPpm / 1'000'000; }
    /// The better one of two measurements of the same clock, this one being older.
    bool isBetterThan(const RemoteClock &newer) const
    {
        const microseconds apart = now(newer.at) - newer.time;
        const bool agree = apart <= errorAt(newer.at) + newer.error && -apart <= errorAt(newer.at) + newer.error;
        return run == newer.run && agree && errorAt(newer.at) <= newer.error;
    }
    bool operator==(const RemoteClock &) const = default;
};

} // namespace vedette
