// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/wall/frame_renderer.h"
#include "app/wall/wall_scene.h"

#include <QHash>

class QWidget;

namespace vedette::app {

/// The look of the wall, whoever puts it on the screen: everything by QPainter, pictures scaled by FrameRenderer.
/// Owned by a surface; main thread.
class WallPainter final : public QObject {
    Q_OBJECT
public:
    /// canvas: whose size, pixel ratio and font count.
    WallPainter(WallScene &scene, const QWidget &canvas);

    /// Has the tile's newest frame made into a picture, on the Worker.
    void request(WallTile &tile);
    /// Whatever was requested for this camera is not wanted any more.
    void forget(const QString &camera);
    void paint(QPainter &painter, const QRegion &dirty) const;
    TileGeometry geometryOf(const WallTile &tile) const;
    /// Of a tile's picture, in pixels of the device.
    QSize pictureSize(const WallTile &tile) const;

Q_SIGNALS:
    /// A picture has been finished and waits to be painted there.
    void changed(const QRegion &region);

private:
    void takePictures();

    WallScene &m_scene;
    const QWidget &m_canvas;
    FrameRenderer m_renderer;
    std::uint64_t m_serial = 0;
    QHash<QString, std::uint64_t> m_wanted; ///< by camera: older ones are not taken any more
};

} // namespace vedette::app
