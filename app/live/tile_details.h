// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/live/tile_facts.h"

namespace vedette::app {

/// "capture 0.2 · encode 3.1 · send 1.2 · receive 0.1 · decode 2.0 · present 3.3": where the latency went, in ms. Pure.
QString stagesText(const live::StageTimes &stages, const AgentTimes &agent);

/// The lines of OverlayLevel::Engineering. Pure.
QString engineeringText(const TileText &text, const live::StreamStats &stats, const live::ReceiverState &state, const AgentTimes &agent,
                        MonoTime now);

} // namespace vedette::app
