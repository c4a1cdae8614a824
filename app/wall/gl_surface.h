// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/wall/gl_pictures.h"
#include "app/wall/wall_painter.h"
#include "app/wall/wall_surface.h"

#include <QOpenGLWidget>

namespace vedette::app {

/// The wall by OpenGL in one widget: all pictures in one pass, and over them one image with everything else, painted by
/// WallPainter and copied to the GPU where it has changed. Pictures that the GPU does not take lie in that image, too.
/// Any failure is told once to the listener. Only where probeGl() found no problem: elsewhere Qt 6.4 itself crashes.
/// Main thread.
class GlSurface final : public QOpenGLWidget, public WallSurface {
    Q_OBJECT
public:
    GlSurface(WallScene &scene, WallSurfaceListener &listener, QWidget *wall);
    ~GlSurface() override;

    QWidget &canvas() override { return *this; }
    void draw(WallTile &tile) override;
    void forget(const QString &camera) override;
    void refresh(const QRegion &region) override;
    QImage picture(const WallTile &tile) override;

protected:
    void initializeGL() override;
    void paintGL() override;
    void paintEvent(QPaintEvent *event) override;

private:
    void paintOver();
    void release();
    void fail(const QString &why);
    void swapped();
    QRect devicePicture(const WallTile &tile) const;

    WallScene &m_scene;
    WallSurfaceListener &m_listener;
    WallPainter m_painter;
    GlPictures m_pictures;
    QImage m_over;
    QRegion m_dirty;         ///< of m_over, pixels of the wall
    QStringList m_forgotten; ///< their textures go with the next picture, when the context is current
    std::vector<std::pair<QString, media::Frame>> m_painted; ///< not yet on the screen
    bool m_failed = false;
};

} // namespace vedette::app
