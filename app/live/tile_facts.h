// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/wall/tile_text.h"
#include "core/live/stream_receiver.h"
#include "core/live/tile_state.h"

#include <QString>

namespace vedette::app {

/// What the agent says of its own part of the latency; empty where the camera encodes by itself.
struct AgentTimes {
    std::optional<double> captureMs;
    std::optional<double> encodeMs;
    bool operator==(const AgentTimes &) const = default;
};

/// Everything that the words of a tile follow from, at one moment.
struct TileFacts {
    QString name;
    QString agent;
    live::TileCondition condition;
    live::ReceiverState receiver;
    live::StreamStats stats;
    bool agentOnline = true;
    QString stageReason;    ///< what the agent itself says is wrong with this camera; empty: nothing
    std::optional<MonoTime> stageNextTry; ///< when the agent tries that again; empty: unknown
    MonoTime now{};
    UtcTime utcNow{};
};

/// Pure: what a tile says. All times come from the facts.
TileText describeTile(const TileFacts &facts);

} // namespace vedette::app
