// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/wall/tile_text.h"
#include "core/recordings/player.h"

namespace vedette::app {

/// Everything that the words of a recorded tile follow from, at one moment.
struct RecordedFacts {
    QString name;                 ///< of the camera
    recordings::LaneState state;
    bool hasPicture = false;
    /// On the live wall the tile tells how far back its picture is, among recordings how far off the play head.
    bool besideLive = false;
    UtcTime now{};
};

/// Pure: what the tile of a recorded picture says.
TileText describeRecorded(const RecordedFacts &facts);

/// "+12 ms", "−8 ms", from 10 s "+12 s".
QString skewText(microseconds skew);

} // namespace vedette::app
