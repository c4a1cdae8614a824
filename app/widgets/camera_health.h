// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/widgets/glyphs.h"

#include <QString>

namespace vedette::app {

/// The state of one camera in as many signs as there is room for: what the wall knows and the fleet tree, the status bar
/// and the report repeat, so that they can never say different things. Value type.
struct CameraHealth {
    enum class State : std::uint8_t { Connecting, Live, Stale, Offline };
    enum class Path : std::uint8_t { None, Relay, Direct, Mjpeg, Snapshot, Other };

    State state = State::Connecting;
    Path path = Path::None;
    Glyph glyph = Glyph::Connecting;
    QString word;     ///< "Live", "00:38 old", for people and screen readers
    QString trailing; ///< the short word at the end of a row: "direct", "00:38", "0:12"; may be empty
    QString cause;    ///< one sentence; empty while live

    bool operator==(const CameraHealth &) const = default;
};

} // namespace vedette::app
