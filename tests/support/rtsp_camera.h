// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/process.h"

namespace vedette::test {

struct RtspCameraOptions {
    QString user;         ///< empty: nobody is asked
    QString password;
    bool digest = false;  ///< asks for the password by Digest only, otherwise Basic
    bool video = true;    ///< false: only sound
    bool h265 = false;    ///< what the file holds
    bool sound = false;   ///< AAC (RFC 3640) beside the video
    bool film = false;    ///< an MP4 with H.264 and AAC, both untouched, once from its beginning
    QString transport;    ///< "tcp" or "udp"; empty: both
    QString certificate;  ///< PEM file with certificate and key: TLS; empty: none
    QString address = QStringLiteral("127.0.0.1");
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
    QString url() const { return m_url; }
    QString urlWith(const QString &user, const QString &password) const
    {
        return QString(m_url).replace(QStringLiteral("://"), QStringLiteral("://%1:%2@").arg(user, password));
    }

private:
    quint16 m_port = 0;
    QString m_url;
    ChildProcess m_child;
};

} // namespace vedette::test
