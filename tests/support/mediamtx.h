// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/process.h"

#include <QTemporaryDir>

namespace vedette::test {

struct MediaMtxOptions {
    QString publishUser;      ///< empty: anybody publishes; reading is free in any case
    QString publishPassword;
    bool udp = false;         ///< RTSP over UDP, too
    bool web = false;         ///< HLS and WebRTC, too
    QString recordTo;         ///< a folder: everything that is published is recorded there, in files of 2 s, and played back
    QString judge;            ///< URL that is asked whether somebody may (authMethod http); empty: the above decides
    bool secondPublisherWins = true;    ///< a second publisher of a path wins
};

/// A real MediaMTX where a mediamtx binary is on PATH: RTSP over TCP (and UDP when asked) and the API on free ports of 127.0.0.1, everything
/// else off, any path accepted. Keeps its ports over restarts. Thread-bound.
class MediaMtx {
public:
    /// Of 127.0.0.1; each its own.
    struct Ports {
        quint16 rtsp = 0;
        quint16 api = 0;
        quint16 rtp = 0;    ///< UDP, even; the next one is for RTCP
        quint16 playback = 0;
        quint16 hls = 0;
        quint16 webRtc = 0;
        quint16 ice = 0;    ///< UDP
    };
    explicit MediaMtx(MediaMtxOptions options = {});

    /// False where no mediamtx is on PATH: QSKIP("…"), never a pass.
    static bool available();
    Status start();
    void stop() { m_child.terminate(); }
    void kill() { m_child.kill(); }
    void freeze() { m_child.freeze(); }
    void thaw() { m_child.thaw(); }

    quint16 rtspPort() const { return m_ports.rtsp; }
    quint16 apiPort() const { return m_ports.api; }
    QString rtspUrl(const QString &path) const { return QStringLiteral("rtsp://127.0.0.1:%1/%2").arg(m_ports.rtsp).arg(path); }
    /// Where option recordTo is set.
    quint16 playbackPort() const { return m_ports.playback; }
    /// Where option web is set: MediaMTX's own pages and what they show.
    QString hlsUrl(const QString &path) const { return QStringLiteral("http://127.0.0.1:%1/%2").arg(m_ports.hls).arg(path); }
    QString webRtcUrl(const QString &path) const { return QStringLiteral("http://127.0.0.1:%1/%2").arg(m_ports.webRtc).arg(path); }
    /// Somebody publishes it now.
    bool isLive(const QString &path) const;
    QByteArray log() { return m_child.out() + m_child.err(); }

private:
    MediaMtxOptions m_options;
    QTemporaryDir m_dir;
    Ports m_ports;
    ChildProcess m_child;
};

} // namespace vedette::test
