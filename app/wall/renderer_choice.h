// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QString>

#include <optional>

namespace vedette::app {

/// How a person wants the wall drawn. Auto: by OpenGL where a real GPU is behind it.
enum class RendererMode : std::uint8_t { Auto, Software, OpenGl };
std::optional<RendererMode> rendererNamed(const QString &word); ///< "auto", "software", "opengl"
QString rendererWord(RendererMode mode);

/// What this machine's OpenGL says of itself. Value type.
struct GlFacts {
    QString problem;      ///< why there is no context; empty: there is one
    QString vendor;
    QString renderer;
    QString version;
    int major = 0;
    int minor = 0;
    bool embedded = false; ///< OpenGL ES
};

/// Makes a context for a moment, off screen. Main thread, after QApplication.
GlFacts probeGl();

struct RendererChoice {
    bool gpu = false;
    QString reason;       ///< one clause: why so and not otherwise
};

/// "OpenGL (Mesa Intel UHD)", "software (no OpenGL context can be made)".
QString rendererText(const RendererChoice &choice);

/// Pure. OpenGL is refused where it is not there, too old (3.0 and ES 3.0 have all that is needed), or computed by the
/// CPU, which costs ten times what QPainter does; mode OpenGl accepts even that.
RendererChoice chooseRenderer(RendererMode mode, const GlFacts &facts);

} // namespace vedette::app
