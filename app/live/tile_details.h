// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/live/tile_text.h"

namespace vedette::app {

/// The lines of OverlayLevel::Engineering. Pure.
QString engineeringText(const TileText &text, const live::StreamStats &stats, const live::ReceiverState &state);

/// What a tile says under the pointer; over its latency: how that was measured. Pure.
QString tileToolTip(const TileText &text, bool overLatency);

} // namespace vedette::app
