// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/widgets/camera_health.h"
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

/// The words of a tile. Value type.
struct TileText {
    CameraHealth health;
    QString name;
    QString path;        ///< "direct", "MJPEG · 0:07" (to the next try of a better one), "snapshot" or empty
    QString latency;     ///< "88 ms", "00:38 old", "—" or empty
    QString latencyWord; ///< instead of "—" where there is room: "latency unknown", "clock not verified"
    QString latencyTip;  ///< how it was measured, or why it is unknown
    bool latencyIsAge = false;
    QString unchanged;   ///< "unchanged 00:38" or empty
    QString detail;      ///< "1280 × 720 · 20 fps"
    QString headline;    ///< "Not live. Last picture 14:06:53", "Offline since 13:52:06", "Connecting"
    QString cause;
    QString nextTry;     ///< "next try 0:03", while live "better path 0:03", or empty
    QString accessible;  ///< the whole tile as one phrase

    bool operator==(const TileText &) const = default;
};

/// Pure: what a tile says. All times come from the facts.
TileText describeTile(const TileFacts &facts);

} // namespace vedette::app
