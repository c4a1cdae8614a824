// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/wall/digital_zoom.h"
#include "app/wall/wall_camera.h"
#include "app/wall/tile_painter.h"
#include "app/wall/wall_layout.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace vedette::app {

/// One camera on the wall: where it is, what it says, its newest picture.
struct WallTile {
    WallCamera *camera = nullptr;
    QRect rect;                            ///< pixels of the wall; empty: not shown in this layout
    TileView view;
    media::Frame whole;                    ///< the newest taken
    DigitalZoom zoom;                      ///< which part of it is looked at
    media::Frame frame;                    ///< that part
    bool dimmed = false;                   ///< it is to look old
    std::optional<media::Frame> toPresent; ///< in the picture, not yet on the screen
    MonoTime presented{};                  ///< when the last that was had been decoded

    const QString &id() const { return camera->id(); }
};

/// What a WallSurface draws. WallWidget owns it and changes it; main thread.
struct WallScene {
    std::vector<WallTile> tiles; // in the order of the cameras
    WallMetrics metrics;

    WallTile *find(const QString &camera)
    {
        const auto it = std::find_if(tiles.begin(), tiles.end(), [&camera](const WallTile &t) { return t.id() == camera; });
        return it == tiles.end() ? nullptr : &*it;
    }
    const WallTile *find(const QString &camera) const { return const_cast<WallScene *>(this)->find(camera); }
};

} // namespace vedette::app
