// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/gl_pictures.h"

#include <QColor>
#include <QGenericMatrix>
#include <QOpenGLContext>
#include <QVector2D>
#include <QVector3D>

namespace vedette::app {

namespace {

constexpr GLenum kContextLost = 0x0507; // GL_CONTEXT_LOST, OpenGL 4.5 and ES 3.2

constexpr char kVertex[] = R"(
out vec2 at; // 0 to 1 from the top left corner
void main()
{
    at = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
    gl_Position = vec4(at.x * 2.0 - 1.0, 1.0 - at.y * 2.0, 0.0, 1.0);
}
)";

constexpr char kPicture[] = R"(
uniform sampler2D plane0;
uniform sampler2D plane1;
uniform sampler2D plane2;
uniform bool interleaved;
uniform vec2 luma;    // samples of the picture
uniform vec2 chroma;
uniform vec2 pixels;  // that it is drawn over
uniform mat3 matrix;
uniform vec3 offset;
uniform bool dimmed;
in vec2 at;
out vec4 colour;

vec2 mean(sampler2D plane, vec2 samples)
{
    vec2 covered = samples / pixels;
    if (covered.x <= 1.0 || covered.y <= 1.0)
        return texture(plane, at * samples / vec2(textureSize(plane, 0))).rg;
    vec2 from = max(at * samples - covered * 0.5, vec2(0.0));
    vec2 to = min(at * samples + covered * 0.5, samples);
    ivec2 last = min(ivec2(ceil(to)), textureSize(plane, 0));
    vec2 sum = vec2(0.0);
    float weights = 0.0;
    for (int y = int(from.y); y < last.y; ++y) {
        float row = min(to.y, float(y + 1)) - max(from.y, float(y));
        for (int x = int(from.x); x < last.x; ++x) {
            float weight = row * (min(to.x, float(x + 1)) - max(from.x, float(x)));
            sum += weight * texelFetch(plane, ivec2(x, y), 0).rg;
            weights += weight;
        }
    }
    return sum / weights;
}

void main()
{
    vec2 cb = mean(plane1, chroma);
    float cr = interleaved ? cb.g : mean(plane2, chroma).r;
    vec3 rgb = clamp(matrix * vec3(mean(plane0, luma).r, cb.r, cr) + offset, 0.0, 1.0);
    if (dimmed) { // as dimPicture()
        float grey = dot(rgb, vec3(11.0, 16.0, 5.0) / 32.0);
        rgb = (grey + (rgb - grey) * 0.4) * 0.48;
    }
    colour = vec4(rgb, 1.0);
}
)";

constexpr char kOver[] = R"(
uniform sampler2D image;
in vec2 at;
out vec4 colour;
void main()
{
    colour = texture(image, at);
}
)";

QByteArray header()
{
    const QOpenGLContext &context = *QOpenGLContext::currentContext();
    if (context.isOpenGLES())
        return "#version 300 es\nprecision highp float;\nprecision highp int;\n";
    const QSurfaceFormat format = context.format();
    const bool modern = format.majorVersion() > 3 || (format.majorVersion() == 3 && format.minorVersion() >= 2);
    return modern ? "#version 150\n" : "#version 130\n"; // core profiles know nothing older than 150
}

} // namespace

Status GlPictures::link(QOpenGLShaderProgram &program, const char *fragment)
{
    const bool linked = program.addShaderFromSourceCode(QOpenGLShader::Vertex, header() + kVertex)
        && program.addShaderFromSourceCode(QOpenGLShader::Fragment, header() + fragment) && program.link();
    if (linked)
        return {};
    return fail(ErrorKind::Unsupported, QStringLiteral("the OpenGL driver refuses a shader: %1")
                                            .arg(program.log().section(QLatin1Char('\n'), 0, 0, QString::SectionSkipEmpty)));
}

Status GlPictures::start()
{
    if (!QOpenGLContext::currentContext())
        return fail(ErrorKind::Unsupported, QStringLiteral("there is no OpenGL context"));
    initializeOpenGLFunctions();
    m_pictureProgram = std::make_unique<QOpenGLShaderProgram>();
    m_overProgram = std::make_unique<QOpenGLShaderProgram>();
    m_vertices = std::make_unique<QOpenGLVertexArrayObject>();
    if (const Status linked = link(*m_pictureProgram, kPicture); !linked)
        return linked;
    if (const Status linked = link(*m_overProgram, kOver); !linked)
        return linked;
    if (!m_vertices->create())
        return fail(ErrorKind::Unsupported, QStringLiteral("the OpenGL driver has no vertex arrays"));
    glGetIntegerv(GL_MAX_TEXTURE_SIZE, &m_maxTexture);
    m_started = true;
    return {};
}

void GlPictures::stop()
{
    if (!m_started)
        return;
    for (auto &[tile, picture] : m_pictures)
        for (Texture &texture : picture.textures)
            drop(texture);
    m_pictures.clear();
    drop(m_over);
    m_pictureProgram.reset();
    m_overProgram.reset();
    m_vertices.reset();
    m_started = false;
}

bool GlPictures::accepts(const media::Frame &frame) const
{
    return m_started && frame.width <= m_maxTexture && frame.height <= m_maxTexture && media::planesOf(frame).has_value();
}

void GlPictures::drop(Texture &texture)
{
    if (texture.id != 0)
        glDeleteTextures(1, &texture.id);
    texture = {};
}

void GlPictures::store(Texture &texture, GLenum format, QSize size, int stride, const std::uint8_t *data, const QRect &part)
{
    const int channels = format == GL_RED ? 1 : format == GL_RG ? 2 : 4;
    const GLint internal = format == GL_RED ? GL_R8 : format == GL_RG ? GL_RG8 : GL_RGBA8;
    QRect area = part;
    if (texture.id == 0 || texture.size != size || texture.format != format) {
        drop(texture);
        texture.size = size;
        texture.format = format;
        glGenTextures(1, &texture.id);
        glBindTexture(GL_TEXTURE_2D, texture.id);
        for (const GLenum filter : {GL_TEXTURE_MIN_FILTER, GL_TEXTURE_MAG_FILTER})
            glTexParameteri(GL_TEXTURE_2D, filter, GL_LINEAR);
        for (const GLenum wrap : {GL_TEXTURE_WRAP_S, GL_TEXTURE_WRAP_T})
            glTexParameteri(GL_TEXTURE_2D, wrap, GL_CLAMP_TO_EDGE);
        glTexImage2D(GL_TEXTURE_2D, 0, internal, size.width(), size.height(), 0, format, GL_UNSIGNED_BYTE, nullptr);
        area = QRect({}, size);
    }
    glBindTexture(GL_TEXTURE_2D, texture.id);
    glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    glPixelStorei(GL_UNPACK_ROW_LENGTH, stride);
    glTexSubImage2D(GL_TEXTURE_2D, 0, area.x(), area.y(), area.width(), area.height(), format, GL_UNSIGNED_BYTE,
                    data + (std::ptrdiff_t{area.y()} * stride + area.x()) * channels);
    glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
    glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
}

void GlPictures::upload(const QString &tile, const media::Frame &frame)
{
    Picture &picture = m_pictures[tile];
    if (picture.handle == frame.handle)
        return;
    const auto planes = media::planesOf(frame);
    if (!planes)
        return;
    picture.planes = *planes;
    picture.handle = frame.handle;
    for (std::size_t i = 0; i < picture.textures.size(); ++i) {
        if (int(i) >= planes->count) {
            drop(picture.textures[i]);
            continue;
        }
        const media::Planes::Plane &plane = planes->planes[i];
        const GLenum format = planes->count == 2 && i == 1 ? GL_RG : GL_RED;
        store(picture.textures[i], format, {plane.width, plane.height}, plane.stride, plane.data,
              QRect(0, 0, plane.width, plane.height));
    }
}

void GlPictures::forget(const QString &tile)
{
    const auto it = m_pictures.find(tile);
    if (it == m_pictures.end())
        return;
    for (Texture &texture : it->second.textures)
        drop(texture);
    m_pictures.erase(it);
}

void GlPictures::begin(QSize framebuffer, const QColor &background)
{
    m_framebuffer = framebuffer;
    glViewport(0, 0, framebuffer.width(), framebuffer.height());
    glDisable(GL_DEPTH_TEST);
    glDisable(GL_SCISSOR_TEST);
    glDisable(GL_BLEND);
    glClearColor(background.redF(), background.greenF(), background.blueF(), 1);
    glClear(GL_COLOR_BUFFER_BIT);
}

void GlPictures::draw(const QString &tile, const QRect &where, bool dimmed)
{
    const auto it = m_pictures.find(tile);
    if (it == m_pictures.end() || where.isEmpty())
        return;
    const Picture &picture = it->second;
    const media::Planes &planes = picture.planes;
    for (int i = 0; i < planes.count; ++i) {
        glActiveTexture(GLenum(GL_TEXTURE0 + i));
        glBindTexture(GL_TEXTURE_2D, picture.textures[std::size_t(i)].id);
    }
    QOpenGLShaderProgram &program = *m_pictureProgram;
    program.bind();
    for (int i = 0; i < 3; ++i)
        program.setUniformValue(qPrintable(QStringLiteral("plane%1").arg(i)), i);
    const QVector2D luma(float(planes.planes[0].width), float(planes.planes[0].height));
    program.setUniformValue("interleaved", planes.count == 2);
    program.setUniformValue("luma", luma);
    program.setUniformValue("chroma", luma * QVector2D(planes.chroma[0], planes.chroma[1]));
    program.setUniformValue("pixels", QVector2D(float(where.width()), float(where.height())));
    program.setUniformValue("matrix", QMatrix3x3(planes.matrix.data()));
    program.setUniformValue("offset", QVector3D(planes.offset[0], planes.offset[1], planes.offset[2]));
    program.setUniformValue("dimmed", dimmed);
    glViewport(where.x(), m_framebuffer.height() - where.y() - where.height(), where.width(), where.height());
    m_vertices->bind();
    glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    m_vertices->release();
    program.release();
    glActiveTexture(GL_TEXTURE0);
}

void GlPictures::drawOver(const QImage &image, const QRegion &dirty)
{
    glActiveTexture(GL_TEXTURE0);
    const int stride = int(image.bytesPerLine() / 4);
    if (m_over.id == 0 || m_over.size != image.size())
        store(m_over, GL_RGBA, image.size(), stride, image.constBits(), image.rect());
    else
        for (const QRect &part : dirty & image.rect())
            store(m_over, GL_RGBA, image.size(), stride, image.constBits(), part);
    glBindTexture(GL_TEXTURE_2D, m_over.id);
    glViewport(0, 0, m_framebuffer.width(), m_framebuffer.height());
    glEnable(GL_BLEND);
    glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
    m_overProgram->bind();
    m_overProgram->setUniformValue("image", 0);
    m_vertices->bind();
    glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    m_vertices->release();
    m_overProgram->release();
    glDisable(GL_BLEND);
}

QString GlPictures::error()
{
    const GLenum first = glGetError();
    for (int i = 0; i < 16 && glGetError() != GL_NO_ERROR; ++i) {
    }
    switch (first) {
    case GL_NO_ERROR: return {};
    case GL_OUT_OF_MEMORY: return QStringLiteral("the GPU is out of memory");
    case kContextLost: return QStringLiteral("the GPU was reset");
    default: return QStringLiteral("OpenGL error 0x%1").arg(first, 4, 16, QLatin1Char('0'));
    }
}

} // namespace vedette::app
