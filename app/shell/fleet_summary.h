// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shell/console.h"
#include "app/widgets/camera_health.h"

#include <QString>

namespace vedette::app {

/// The numbers and the one worst problem of the status bar. Value type, made by a pure function.
struct FleetSummary {
    int live = 0;
    int direct = 0;
    int fallback = 0;     ///< live, by MJPEG
    int stale = 0;
    int offline = 0;
    int connecting = 0;
    int onRelay = 0;      ///< pictures that come by the relay
    int withRelay = 0;    ///< cameras that have a path by the relay
    QString problem;      ///< "Server room rack 3 is offline." or empty
    QString cause;        ///< cause and next step
    Glyph glyph = Glyph::None;

    bool operator==(const FleetSummary &) const = default;
};

FleetSummary summarize(const Console &console);

} // namespace vedette::app
