// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/process.h"

namespace vedette::test {

struct RtspCameraOptions {
    QString user;         ///< empty: nobody is asked
    QString password;
    bool video = true;    ///< false: only sound
    bool h265 = false;    ///< what the file holds
    int port = 0;         ///< 0: a free one
};

/// A camera not written here: GStreamer's RTSP server (the program rtsp_camera) with a file's H.264 or H.265 passed through
/// untouched, for ever again from its beginning. Keeps its port over restarts. Thread-bound.
class RtspCamera {
public:
    /// False where the machine has no GStreamer RTSP server: QSKIP.
    static bool available();

    Status start(const QString &file, const RtspCameraOptions &options = {});
    void stop() { m_child.terminate(); }
    void kill() { m_child.kill(); }
    void freeze() { m_child.freeze(); }
    void thaw() { m_child.thaw(); }

    quint16 port() const { return m_port; }
    /// Without credentials.
    QString url() const { return QStringLiteral("rtsp://127.0.0.1:%1/camera").arg(m_port); }
    QString urlWith(const QString &user, const QString &password) const
    {
        return QStringLiteral("rtsp://%1:%2@127.0.0.1:%3/camera").arg(user, password).arg(m_port);
    }

private:
    quint16 m_port = 0;
    ChildProcess m_child;
};

} // namespace vedette::test
