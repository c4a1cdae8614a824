// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/wall/wall_scene.h"

#include <QRegion>

class QWidget;

namespace vedette::app {

/// Told by a WallSurface on the main thread.
class WallSurfaceListener {
public:
    virtual ~WallSurfaceListener() = default;
    /// This picture of the tile is on the screen.
    virtual void presented(WallTile &tile, const media::Frame &frame) = 0;
    /// It cannot go on, and is still at work on an event: to be destroyed later.
    virtual void surfaceFailed(const QString &why) = 0;
};

/// Draws a WallScene into a widget that covers the wall and takes no input; the picture of a tile that has one goes into
/// its view. Owned by WallWidget; main thread.
class WallSurface {
public:
    virtual ~WallSurface() = default;
    virtual QWidget &canvas() = 0;
    /// The tile's frame, place or look is new: makes its picture. What is on the screen stays until then.
    virtual void draw(WallTile &tile) = 0;
    /// The tile has gone, or has no picture any more.
    virtual void forget(const QString &camera) = 0;
    /// Words, rings and the like have changed there.
    virtual void refresh(const QRegion &region) = 0;
    /// The picture of a tile as it is on the screen; null without one.
    virtual QImage picture(const WallTile &tile) = 0;
};

} // namespace vedette::app
