// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/software_surface.h"

#include <QPaintEvent>
#include <QPainter>

#include <utility>

namespace vedette::app {

SoftwareSurface::SoftwareSurface(WallScene &scene, WallSurfaceListener &listener, QWidget *wall)
    : QWidget(wall), m_scene(scene), m_listener(listener), m_painter(scene, *this)
{
    setAttribute(Qt::WA_OpaquePaintEvent);
    setAttribute(Qt::WA_TransparentForMouseEvents);
    connect(&m_painter, &WallPainter::changed, this, &SoftwareSurface::refresh);
}

void SoftwareSurface::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    m_painter.paint(painter, event->region());
    painter.end();
    for (WallTile &tile : m_scene.tiles) {
        if (!tile.toPresent || !event->region().intersects(tile.rect))
            continue;
        const auto frame = std::exchange(tile.toPresent, std::nullopt);
        m_listener.presented(tile, *frame);
    }
}

} // namespace vedette::app
