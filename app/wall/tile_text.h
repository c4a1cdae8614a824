// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/widgets/camera_health.h"

#include <QString>

namespace vedette::app {

/// The words of a tile. Value type.
struct TileText {
    CameraHealth health;
    QString name;
    QString path;        ///< "direct", "MJPEG · 0:07" (to the next try of a better one), "snapshot" or empty
    QString latency;     ///< "88 ms", "00:38 old", "—" or empty
    QString latencyWord; ///< instead of "—" where there is room: "latency unknown", "clock not verified"
    QString latencyTip;  ///< how it was measured, or why it is unknown
    bool latencyIsAge = false;
    bool recorded = false; ///< the picture is no live one; latency then tells how far back, or how far off the others
    QString unchanged;   ///< "unchanged 00:38" or empty
    QString detail;      ///< "1280 × 720 · 20 fps"
    QString headline;    ///< "Not live. Last picture 14:06:53", "Offline since 13:52:06", "Connecting"
    QString cause;
    QString nextTry;     ///< "next try 0:03", while live "better path 0:03", or empty
    QString accessible;  ///< the whole tile as one phrase

    bool operator==(const TileText &) const = default;
};

/// What a tile says under the pointer; over its latency: how that was measured. Pure.
QString tileToolTip(const TileText &text, bool overLatency);

} // namespace vedette::app
