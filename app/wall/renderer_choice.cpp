// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/renderer_choice.h"

#include <QGuiApplication>
#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QOpenGLFunctions>
#include <QStringList>

#include <algorithm>
#include <array>
#include <utility>

namespace vedette::app {

namespace {

constexpr int kOldestMajor = 3; // OpenGL 3.0 and ES 3.0: one-channel textures, texelFetch, rows of any length

const std::array<std::pair<RendererMode, QLatin1String>, 3> kModes{{{RendererMode::Auto, QLatin1String("auto")},
                                                                    {RendererMode::Software, QLatin1String("software")},
                                                                    {RendererMode::OpenGl, QLatin1String("opengl")}}};

/// As GL_RENDERER names those that compute on the CPU: Mesa's three, Google's, Microsoft's and Apple's.
const QStringList &softwareRasterisers()
{
    static const QStringList names{QStringLiteral("llvmpipe"), QStringLiteral("softpipe"), QStringLiteral("swrast"),
                                   QStringLiteral("SwiftShader"), QStringLiteral("Software Rasterizer"),
                                   QStringLiteral("GDI Generic"), QStringLiteral("Microsoft Basic Render"),
                                   QStringLiteral("Apple Software Renderer")};
    return names;
}

QString textOf(QOpenGLFunctions &gl, GLenum name)
{
    return QString::fromLatin1(reinterpret_cast<const char *>(gl.glGetString(name)));
}

} // namespace

std::optional<RendererMode> rendererNamed(const QString &word)
{
    const auto it = std::find_if(kModes.begin(), kModes.end(), [&word](const auto &mode) { return mode.second == word; });
    return it == kModes.end() ? std::nullopt : std::optional(it->first);
}

QString rendererWord(RendererMode mode)
{
    return kModes[std::size_t(mode)].second;
}

GlFacts probeGl()
{
    GlFacts facts;
    // These platforms have no windows that OpenGL could draw into, whatever they give off screen.
    static const QStringList windowless{QStringLiteral("offscreen"), QStringLiteral("minimal"), QStringLiteral("linuxfb"),
                                        QStringLiteral("vnc")};
    if (windowless.contains(QGuiApplication::platformName())) {
        facts.problem = QStringLiteral("the platform \"%1\" has no OpenGL windows").arg(QGuiApplication::platformName());
        return facts;
    }
    QOpenGLContext context;
    if (!context.create()) {
        facts.problem = QStringLiteral("no OpenGL context can be made");
        return facts;
    }
    QOffscreenSurface surface;
    surface.setFormat(context.format());
    surface.create();
    if (!surface.isValid() || !context.makeCurrent(&surface)) {
        facts.problem = QStringLiteral("the OpenGL context cannot be used");
        return facts;
    }
    facts.vendor = textOf(*context.functions(), GL_VENDOR);
    facts.renderer = textOf(*context.functions(), GL_RENDERER);
    facts.version = textOf(*context.functions(), GL_VERSION);
    facts.major = context.format().majorVersion();
    facts.minor = context.format().minorVersion();
    facts.embedded = context.isOpenGLES();
    context.doneCurrent();
    return facts;
}

RendererChoice chooseRenderer(RendererMode mode, const GlFacts &facts)
{
    if (mode == RendererMode::Software)
        return {false, QStringLiteral("chosen by --renderer or the settings")};
    if (!facts.problem.isEmpty())
        return {false, facts.problem};
    const QString shown = facts.renderer.isEmpty() ? QStringLiteral("unnamed") : facts.renderer;
    if (facts.major < kOldestMajor)
        return {false, QStringLiteral("%1 has only OpenGL %2%3.%4, 3.0 is needed")
                           .arg(shown, facts.embedded ? QStringLiteral("ES ") : QString()).arg(facts.major).arg(facts.minor)};
    if (mode == RendererMode::OpenGl)
        return {true, QStringLiteral("%1, chosen by --renderer or the settings").arg(shown)};
    const QStringList &cpu = softwareRasterisers();
    const bool software = facts.renderer.isEmpty() || std::any_of(cpu.begin(), cpu.end(), [&facts](const QString &name) {
        return facts.renderer.contains(name, Qt::CaseInsensitive) || facts.vendor.contains(name, Qt::CaseInsensitive);
    });
    if (software)
        return {false, QStringLiteral("OpenGL is computed by the CPU here (%1)").arg(shown)};
    return {true, shown};
}

QString rendererText(const RendererChoice &choice)
{
    const QString name = choice.gpu ? QStringLiteral("OpenGL") : QStringLiteral("software");
    return choice.reason.isEmpty() ? name : QStringLiteral("%1 (%2)").arg(name, choice.reason);
}

} // namespace vedette::app
