// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/mediamtx.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpSocket>
#include <QUdpSocket>

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
QByteArray configOf(const MediaMtxOptions &options, quint16 rtspPort, quint16 apiPort, quint16 rtpPort)
{
    const QByteArray local = "127.0.0.1:";
    QByteArray config = "logLevel: info\nlogDestinations: [stdout]\n"
                        "api: true\napiAddress: " + local + QByteArray::number(apiPort) + "\n"
                        "metrics: false\npprof: false\nplayback: false\n"
                        "rtsp: true\nrtspTransports: [" + (options.udp ? "udp, tcp" : "tcp") + "]\n"
                        "rtpAddress: " + local + QByteArray::number(rtpPort) + "\nrtcpAddress: " + local + QByteArray::number(rtpPort + 1) + "\n"
                        "rtspEncryption: \"no\"\nrtspAddress: " + local + QByteArray::number(rtspPort) + "\n"
                        "rtmp: false\nhls: false\nwebrtc: false\nsrt: false\nmoq: false\n";
    config += "authInternalUsers:\n- user: any\n  permissions:\n  - action: api\n  - action: read\n";
    if (options.publishUser.isEmpty())
        config += "  - action: publish\n";
    else
        config += "- user: " + options.publishUser.toUtf8() + "\n  pass: " + options.publishPassword.toUtf8()
                  + "\n  permissions:\n  - action: publish\n  - action: read\n";
    config += "paths:\n  all_others:\n    overridePublisher: ";
    return config + (options.secondPublisherWins ? "true\n" : "false\n");
}

} // namespace

MediaMtx::MediaMtx(MediaMtxOptions options) : m_options(std::move(options)), m_rtspPort(freePort())
{
    do {
        m_apiPort = freePort();
    } while (m_apiPort == m_rtspPort);
    m_rtpPort = freeUdpPair();
}

bool MediaMtx::available()
{
    return !findProgram(QStringLiteral("mediamtx")).isEmpty();
}

Status MediaMtx::start()
{
    const QString path = m_dir.filePath(QStringLiteral("mediamtx.yml"));
    QFile file(path);
    const QByteArray config = configOf(m_options, m_rtspPort, m_apiPort, m_rtpPort);
    if (!file.open(QIODevice::WriteOnly) || file.write(config) != config.size())
        return fail(ErrorKind::Internal, QStringLiteral("cannot write ") + path);
    file.close();
    if (auto started = m_child.start(findProgram(QStringLiteral("mediamtx")), {path}); !started)
        return started;
    const bool up = waitUntil(
        [this] {
            return !m_child.running() || (waitForPort(m_rtspPort, milliseconds{50}) && waitForPort(m_apiPort, milliseconds{50}));
        },
        milliseconds{10'000});
    if (up && m_child.running())
        return {};
    return fail(ErrorKind::Unavailable, QStringLiteral("mediamtx did not start: ") + QString::fromUtf8(log()));
}

bool MediaMtx::isLive(const QString &path) const
{
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, m_apiPort);
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
