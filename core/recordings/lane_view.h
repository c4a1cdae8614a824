// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/protocol/coverage.h"
#include "core/protocol/recording_lane.h"

#include <QList>
#include <QStringList>

#include <optional>

namespace vedette::recordings {

/// A stretch of a lane of which one thing is to be said. Value type.
struct ViewSpan {
    enum class Kind : std::uint8_t {
        Recorded,
        Gap,
        Mixed,   ///< both, too short to be told apart at the resolution asked for
        Nothing, ///< nothing is known and nothing owed: before the first recording, behind the last
        Asking,  ///< no source has answered yet
        Silent,  ///< nobody could be asked: Library::problemOf() says why
    };

    UtcTime from{};
    UtcTime to{};
    Kind kind = Kind::Nothing;
    protocol::Custody custody = protocol::Custody::OnEdge;              ///< Recorded; Mixed: of its first recorded part
    protocol::GapReason gap = protocol::GapReason::Unknown;             ///< Gap; Mixed: of its first gap
    double recorded = 0;                                                ///< part of it, 0 to 1
    QStringList sources;     ///< Recorded: names of those that have it, nearest first

    bool operator==(const ViewSpan &) const = default;
};

/// What is known of [from, to) of a lane: spans in order, each beginning where the one before ends, the first at from, the
/// last to to. Value type.
struct LaneView {
    protocol::RecordingLane lane;
    UtcTime from{};
    UtcTime to{};
    QList<ViewSpan> spans;
    std::optional<double> ratio;  ///< recorded part of what is owed, 0 to 1; empty where nothing is
    std::uint64_t generation = 0; ///< rises with every change of the lane: equal ones need no new drawing

    bool operator==(const LaneView &) const = default;
};

} // namespace vedette::recordings
