// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/wall_painter.h"

#include <QPainter>
#include <QWidget>

namespace vedette::app {

namespace {

constexpr int kRing = 3; // px that the focus ring needs around a tile

} // namespace

WallPainter::WallPainter(WallScene &scene, const QWidget &canvas) : m_scene(scene), m_canvas(canvas)
{
    connect(&m_renderer, &FrameRenderer::ready, this, &WallPainter::takePictures);
}

TileGeometry WallPainter::geometryOf(const WallTile &tile) const
{
    return tileGeometry(tile.rect, tile.view, m_scene.metrics, m_canvas.font());
}

QSize WallPainter::pictureSize(const WallTile &tile) const
{
    const QSize size = geometryOf(tile).picture.size();
    const qreal dpr = m_canvas.devicePixelRatioF();
    return {qRound(size.width() * dpr), qRound(size.height() * dpr)};
}

void WallPainter::request(WallTile &tile)
{
    FrameRenderer::Request request;
    request.tile = tile.id();
    request.serial = ++m_serial;
    request.frame = tile.frame;
    request.size = pictureSize(tile);
    request.dimmed = tile.dimmed;
    if (!m_wanted.contains(tile.id()))
        m_wanted.insert(tile.id(), m_serial);
    m_renderer.request(std::move(request));
}

void WallPainter::forget(const QString &camera)
{
    m_renderer.forget(camera);
    m_wanted.remove(camera);
}

void WallPainter::takePictures()
{
    QRegion region;
    for (FrameRenderer::Picture &picture : m_renderer.take()) {
        WallTile *tile = m_scene.find(picture.tile);
        const auto wanted = m_wanted.constFind(picture.tile);
        if (!tile || picture.image.isNull() || wanted == m_wanted.constEnd() || picture.serial < *wanted)
            continue;
        const bool first = !tile->view.hasPicture();
        tile->view.picture = picture.image;
        tile->view.drawnBelow = false;
        if (!picture.dimmed)
            tile->toPresent = picture.frame;
        region += first ? tile->rect : geometryOf(*tile).picture;
    }
    if (!region.isEmpty())
        Q_EMIT changed(region);
}

void WallPainter::paint(QPainter &painter, const QRegion &dirty) const
{
    const Theme &theme = Theme::shown();
    QRegion gutters = dirty;
    for (const WallTile &tile : m_scene.tiles)
        gutters -= tile.rect; // a tile paints all of its own rectangle
    for (const QRect &rect : gutters)
        painter.fillRect(rect, theme.color(Token::Well));
    for (const WallTile &tile : m_scene.tiles) {
        if (!tile.rect.isEmpty() && dirty.intersects(tile.rect.adjusted(-kRing, -kRing, kRing, kRing)))
            paintTile(painter, tile.rect, tile.view, m_scene.metrics, m_canvas.font(), theme, dirty);
    }
}

} // namespace vedette::app
