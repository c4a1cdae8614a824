// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/wall/renderer_choice.h"

#include <QString>

namespace vedette::test {

/// Why a test cannot draw by OpenGL on this machine; empty: it can.
inline QString whyNoOpenGl()
{
#ifdef __SANITIZE_THREAD__
    return QStringLiteral("the OpenGL driver is not instrumented");
#else
    const app::GlFacts gl = app::probeGl();
    if (app::chooseRenderer(app::RendererMode::OpenGl, gl).gpu)
        return {};
    return QStringLiteral("no OpenGL here: ") + gl.problem + gl.version;
#endif
}

} // namespace vedette::test
