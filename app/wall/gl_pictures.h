// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/planes.h"

#include <QImage>
#include <QOpenGLExtraFunctions>
#include <QOpenGLShaderProgram>
#include <QOpenGLVertexArrayObject>
#include <QRect>
#include <QRegion>
#include <QString>

#include <map>
#include <memory>

namespace vedette::app {

/// Draws pictures by OpenGL 3.0 or ES 3.0 into the current framebuffer: planes as textures, converted and reduced by a
/// shader (the mean of all samples that a pixel covers, so that thin lines do not flicker), then one image over all.
/// Everything with the context current that start() saw. Main thread.
class GlPictures final : private QOpenGLExtraFunctions {
public:
    /// Compiles the shaders. Unsupported with the driver's first line.
    Status start();
    /// Frees textures and shaders.
    void stop();
    bool running() const { return m_started; }

    /// False when this picture's layout or size is not for the GPU.
    bool accepts(const media::Frame &frame) const;
    /// Copies the samples to the GPU, once for each frame.
    void upload(const QString &tile, const media::Frame &frame);
    void forget(const QString &tile);
    void begin(QSize framebuffer, const QColor &background);
    /// where: pixels of the framebuffer, from its top left corner.
    void draw(const QString &tile, const QRect &where, bool dimmed);
    /// Keeps the image on the GPU; only the dirty part of it (pixels) is copied. Format RGBA8888_Premultiplied.
    void drawOver(const QImage &image, const QRegion &dirty);
    /// The first OpenGL error since the last call; empty: none.
    QString error();

private:
    struct Texture {
        GLuint id = 0;
        QSize size;
        GLenum format = 0;
    };
    struct Picture {
        std::array<Texture, 3> textures;
        media::Planes planes;
        std::shared_ptr<const void> handle; ///< of the frame that is in the textures
    };
    Status link(QOpenGLShaderProgram &program, const char *fragment);
    void store(Texture &texture, GLenum format, QSize size, int stride, const std::uint8_t *data, const QRect &part);
    void drop(Texture &texture);

    std::map<QString, Picture> m_pictures;
    Texture m_over;
    std::unique_ptr<QOpenGLShaderProgram> m_pictureProgram;
    std::unique_ptr<QOpenGLShaderProgram> m_overProgram;
    std::unique_ptr<QOpenGLVertexArrayObject> m_vertices;
    QSize m_framebuffer;
    int m_maxTexture = 0;
    bool m_started = false;
};

} // namespace vedette::app
