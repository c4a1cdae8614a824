// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/wall/wall_painter.h"
#include "app/wall/wall_surface.h"

#include <QWidget>

namespace vedette::app {

/// The wall by QPainter in one widget; only what has changed is painted again. Works everywhere. Main thread.
class SoftwareSurface final : public QWidget, public WallSurface {
    Q_OBJECT
public:
    SoftwareSurface(WallScene &scene, WallSurfaceListener &listener, QWidget *wall);

    QWidget &canvas() override { return *this; }
    void draw(WallTile &tile) override { m_painter.request(tile); }
    void forget(const QString &camera) override { m_painter.forget(camera); }
    void refresh(const QRegion &region) override { update(region); }
    QImage picture(const WallTile &tile) override { return tile.view.picture; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    WallScene &m_scene;
    WallSurfaceListener &m_listener;
    WallPainter m_painter;
};

} // namespace vedette::app
