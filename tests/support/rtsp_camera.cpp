// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/rtsp_camera.h"

#include <QUrl>

namespace vedette::test {

bool RtspCamera::available()
{
    return !toolPath(QStringLiteral("rtsp_camera")).isEmpty();
}

Status RtspCamera::start(const QString &file, const RtspCameraOptions &options)
{
    QStringList arguments;
    if (options.port != 0)
        m_port = static_cast<quint16>(options.port);
    if (m_port != 0)
        arguments << QStringLiteral("--port") << QString::number(m_port);
    if (!options.user.isEmpty())
        arguments << QStringLiteral("--user") << options.user << QStringLiteral("--password") << options.password;
    if (options.h265)
        arguments << QStringLiteral("--h265");
    if (options.video)
        arguments << file;
    else
        arguments << QStringLiteral("--no-video");
    if (auto started = m_child.start(toolPath(QStringLiteral("rtsp_camera")), arguments); !started)
        return started;
    const auto ready = m_child.waitForLine(QStringLiteral("ready "), milliseconds{30'000});
    if (!ready)
        return fail(ready.error());
    m_port = static_cast<quint16>(QUrl(*ready).port());
    return {};
}

} // namespace vedette::test
