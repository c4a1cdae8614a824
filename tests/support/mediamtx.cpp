// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/mediamtx.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpSocket>
#include <QUdpSocket>

#include <set>

namespace vedette::test {
namespace {

/// The even one of two neighbours that nobody has bound at this moment.
quint16 freeUdpPair()
{
    for (;;) {
        QUdpSocket first;
        QUdpSocket second;
        if (first.bind(QHostAddress::LocalHost) && first.localPort() % 2 == 0
            && second.bind(QHostAddress::LocalHost, static_cast<quint16>(first.localPort() + 1)))
            return first.localPort();
    }
}

/// Listeners left at their defaults would bind all interfaces, so each is off or named.
QByteArray configOf(const MediaMtxOptions &options, const MediaMtx::Ports &ports)
{
    const auto local = [](quint16 port) { return "127.0.0.1:" + QByteArray::number(port); };
    QByteArray config = "logLevel: info\nlogDestinations: [stdout]\n"
                        "api: true\napiAddress: " + local(ports.api) + "\n"
                        "metrics: false\npprof: false\n"
                        "rtsp: true\nrtspTransports: [" + (options.udp ? "udp, tcp" : "tcp") + "]\n"
                        "rtpAddress: " + local(ports.rtp) + "\nrtcpAddress: " + local(static_cast<quint16>(ports.rtp + 1)) + "\n"
                        "rtspEncryption: \"no\"\nrtspAddress: " + local(ports.rtsp) + "\n"
                        "rtmp: false\nsrt: false\nmoq: false\n";
    if (options.recordTo.isEmpty())
        config += "playback: false\n";
    else
        config += "playback: true\nplaybackAddress: " + local(ports.playback) + "\npathDefaults:\n  record: true\n  recordPartDuration: 200ms\n"
                  "  recordSegmentDuration: 2s\n  recordPath: " + options.recordTo.toUtf8() + "/%path/%Y-%m-%d_%H-%M-%S-%f\n";
    if (options.web)
        config += "hls: true\nhlsAddress: " + local(ports.hls) + "\nhlsAlwaysRemux: true\nwebrtc: true\nwebrtcAddress: " + local(ports.webRtc)
                  + "\nwebrtcLocalUDPAddress: " + local(ports.ice) + "\nwebrtcLocalTCPAddress: \"\"\nwebrtcIPsFromInterfaces: false\n"
                    "webrtcAdditionalHosts: [127.0.0.1]\n";
    else
        config += "hls: false\nwebrtc: false\n";
    if (!options.judge.isEmpty())
        config += "authMethod: http\nauthHTTPAddress: " + options.judge.toUtf8() + "\n";
    config += "authInternalUsers:\n- user: any\n  permissions:\n  - action: api\n  - action: read\n  - action: playback\n";
    if (options.publishUser.isEmpty())
        config += "  - action: publish\n";
    else
        config += "- user: " + options.publishUser.toUtf8() + "\n  pass: " + options.publishPassword.toUtf8()
                  + "\n  permissions:\n  - action: publish\n  - action: read\n";
    config += "paths:\n  all_others:\n    overridePublisher: ";
    return config + (options.secondPublisherWins ? "true\n" : "false\n");
}

} // namespace

MediaMtx::MediaMtx(MediaMtxOptions options) : m_options(std::move(options))
{
    std::set<quint16> taken;
    for (quint16 *port : {&m_ports.rtsp, &m_ports.api, &m_ports.playback, &m_ports.hls, &m_ports.webRtc}) {
        while (!taken.insert(*port = freePort()).second) {
        }
    }
    m_ports.rtp = freeUdpPair();
    while ((m_ports.ice = freeUdpPair()) == m_ports.rtp) {
    }
}

bool MediaMtx::available()
{
    return !findProgram(QStringLiteral("mediamtx")).isEmpty();
}

Status MediaMtx::start()
{
    const QString path = m_dir.filePath(QStringLiteral("mediamtx.yml"));
    QFile file(path);
    const QByteArray config = configOf(m_options, m_ports);
    if (!file.open(QIODevice::WriteOnly) || file.write(config) != config.size())
        return fail(ErrorKind::Internal, QStringLiteral("cannot write ") + path);
    file.close();
    if (auto started = m_child.start(findProgram(QStringLiteral("mediamtx")), {path}); !started)
        return started;
    const bool up = waitUntil(
        [this] {
            return !m_child.running() || (waitForPort(m_ports.rtsp, milliseconds{50}) && waitForPort(m_ports.api, milliseconds{50}));
        },
        milliseconds{10'000});
    if (up && m_child.running())
        return {};
    return fail(ErrorKind::Unavailable, QStringLiteral("mediamtx did not start: ") + QString::fromUtf8(log()));
}

bool MediaMtx::isLive(const QString &path) const
{
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, m_ports.api);
    if (!socket.waitForConnected(1000))
        return false;
    socket.write("GET /v3/paths/get/" + path.toUtf8() + " HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n");
    QByteArray answer;
    while (socket.waitForReadyRead(1000))
        answer += socket.readAll();
    const QJsonObject object = QJsonDocument::fromJson(answer.mid(answer.indexOf("\r\n\r\n") + 4)).object();
    // "available" since 1.16, "ready" before.
    return object.value(QLatin1String("available")).toBool(object.value(QLatin1String("ready")).toBool());
}

} // namespace vedette::test
