// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/gl_surface.h"

#include <QOpenGLContext>
#include <QPainter>

#include <utility>

namespace vedette::app {

GlSurface::GlSurface(WallScene &scene, WallSurfaceListener &listener, QWidget *wall)
    : QOpenGLWidget(wall), m_scene(scene), m_listener(listener), m_painter(scene, *this)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    connect(&m_painter, &WallPainter::changed, this, &GlSurface::refresh);
    connect(this, &QOpenGLWidget::frameSwapped, this, &GlSurface::swapped);
}

GlSurface::~GlSurface()
{
    release();
    if (context())
        disconnect(context(), nullptr, this, nullptr);
}

void GlSurface::fail(const QString &why)
{
    if (std::exchange(m_failed, true))
        return;
    m_listener.surfaceFailed(why);
}

void GlSurface::release()
{
    if (!m_pictures.running() || !context())
        return;
    makeCurrent();
    m_pictures.stop();
    doneCurrent();
}

void GlSurface::initializeGL()
{
    // A window that moves to another screen, or is made anew, brings another context.
    connect(context(), &QOpenGLContext::aboutToBeDestroyed, this, &GlSurface::release, Qt::DirectConnection);
    if (const Status started = m_pictures.start(); !started)
        fail(started.error().detail);
}

void GlSurface::draw(WallTile &tile)
{
    if (!m_pictures.accepts(tile.frame)) {
        m_painter.request(tile);
        return;
    }
    m_painter.forget(tile.id()); // one that is still in work would be older
    const bool first = !tile.view.drawnBelow;
    tile.view.drawnBelow = true;
    tile.view.picture = {};
    if (!tile.dimmed)
        tile.toPresent = tile.frame;
    if (first)
        refresh(tile.rect);
    else
        update();
}

void GlSurface::forget(const QString &camera)
{
    m_painter.forget(camera);
    m_forgotten << camera;
}

void GlSurface::refresh(const QRegion &region)
{
    m_dirty += region;
    update();
}

QRect GlSurface::devicePicture(const WallTile &tile) const
{
    const QPointF at = QPointF(m_painter.geometryOf(tile).picture.topLeft()) * devicePixelRatioF();
    return {at.toPoint(), m_painter.pictureSize(tile)};
}

QImage GlSurface::picture(const WallTile &tile)
{
    if (!tile.view.drawnBelow)
        return tile.view.picture;
    return isValid() ? grabFramebuffer().copy(devicePicture(tile)).convertToFormat(QImage::Format_RGB32) : QImage();
}

/// The same as on a software wall, but for holes where the GPU's pictures show through.
void GlSurface::paintOver()
{
    const QSize size = this->size() * devicePixelRatioF();
    if (m_over.size() != size || m_over.devicePixelRatio() != devicePixelRatioF()) {
        m_over = QImage(size, QImage::Format_RGBA8888_Premultiplied);
        m_over.setDevicePixelRatio(devicePixelRatioF());
        m_dirty = rect();
    }
    if (m_dirty.isEmpty() || m_over.isNull())
        return;
    QPainter painter(&m_over);
    painter.setFont(font());
    painter.setClipRegion(m_dirty);
    painter.setCompositionMode(QPainter::CompositionMode_Clear);
    painter.fillRect(rect(), Qt::transparent);
    painter.setCompositionMode(QPainter::CompositionMode_SourceOver);
    m_painter.paint(painter, m_dirty);
}

void GlSurface::paintGL()
{
    if (!m_pictures.running())
        return;
    for (const QString &camera : std::exchange(m_forgotten, {})) {
        const WallTile *tile = m_scene.find(camera);
        if (!tile || !tile->view.drawnBelow)
            m_pictures.forget(camera);
    }
    m_pictures.begin(size() * devicePixelRatioF(), Theme::shown().color(Token::Picture));
    for (WallTile &tile : m_scene.tiles) {
        if (tile.rect.isEmpty())
            continue;
        if (tile.toPresent)
            m_painted.emplace_back(tile.id(), *std::exchange(tile.toPresent, std::nullopt));
        if (!tile.view.drawnBelow)
            continue;
        m_pictures.upload(tile.id(), tile.frame);
        m_pictures.draw(tile.id(), devicePicture(tile), tile.dimmed);
    }
    paintOver();
    const qreal dpr = devicePixelRatioF();
    QRegion device;
    for (const QRect &part : std::exchange(m_dirty, {}))
        device += QRectF(QPointF(part.topLeft()) * dpr, QSizeF(part.size()) * dpr).toAlignedRect();
    m_pictures.drawOver(m_over, device);
    if (const QString error = m_pictures.error(); !error.isEmpty())
        fail(error);
}

void GlSurface::paintEvent(QPaintEvent *event)
{
    QOpenGLWidget::paintEvent(event);
    if (!isValid())
        fail(QStringLiteral("the window cannot be drawn by OpenGL"));
}

void GlSurface::swapped()
{
    for (const auto &[camera, frame] : std::exchange(m_painted, {})) {
        if (WallTile *tile = m_scene.find(camera))
            m_listener.presented(*tile, frame);
    }
}

} // namespace vedette::app
