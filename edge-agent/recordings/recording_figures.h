// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/protocol/recording_lane.h"

#include <map>
#include <optional>

namespace vedette::agent {

/// What one lane's recordings come to. Value type.
struct LaneFigures {
    static constexpr std::chrono::hours kWindow{24};

    std::optional<double> coverage;   ///< recorded part of the last kWindow, as far as an account is owed; 0 to 1
    std::optional<UtcTime> lastEnd;   ///< of the newest closed segment
    std::int64_t bytes = 0;           ///< that began within kWindow
};

/// What a folder of recordings comes to, as of a few seconds ago. Value type.
struct RecordingFigures {
    std::map<protocol::RecordingLane, LaneFigures> lanes;
    std::optional<std::int64_t> freeBytes; ///< of the file system, for programs without privileges
    std::optional<std::int64_t> sizeBytes; ///< of the file system
    std::int64_t usedBytes = 0;            ///< of all files that are here
    std::int64_t protectedBytes = 0;       ///< of these
    /// How many days of recordings the rules of retention leave room for, at the rate of LaneFigures::kWindow; empty while
    /// no hour has been measured, or nothing is recorded.
    std::optional<double> keepsDays;
};

} // namespace vedette::agent
