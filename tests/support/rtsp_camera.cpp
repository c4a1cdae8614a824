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
    QStringList arguments{QStringLiteral("--address"), options.address};
    if (options.port != 0)
        m_port = static_cast<quint16>(options.port);
    if (m_port != 0)
        arguments << QStringLiteral("--port") << QString::number(m_port);
    if (!options.user.isEmpty())
        arguments << QStringLiteral("--user") << options.user << QStringLiteral("--password") << options.password;
    if (options.h265)
        arguments << QStringLiteral("--h265");
    if (options.digest)
        arguments << QStringLiteral("--digest");
    if (options.film)
        arguments << QStringLiteral("--film");
    if (options.sound)
        arguments << QStringLiteral("--sound");
    if (!options.transport.isEmpty())
        arguments << QStringLiteral("--transport") << options.transport;
    if (!options.certificate.isEmpty())
        arguments << QStringLiteral("--certificate") << options.certificate;
    if (options.video)
        arguments << file;
    else
        arguments << QStringLiteral("--no-video");
    if (auto started = m_child.start(toolPath(QStringLiteral("rtsp_camera")), arguments); !started)
        return started;
    const auto ready = m_child.waitForLine(QStringLiteral("ready "), milliseconds{30'000});
    if (!ready)
        return fail(ready.error());
    m_url = *ready;
    m_port = static_cast<quint16>(QUrl(m_url).port());
    return {};
}

} // namespace vedette::test
