// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/worker.h"

#include <QTcpServer>
#include <QTcpSocket>

#include <functional>
#include <future>

namespace vedette::test {

/// A server on a free loopback port that plays one script per connection, one after the other, on its own thread.
class ScriptedServer {
public:
    using Script = std::function<void(QTcpSocket &, std::stop_token)>;

    explicit ScriptedServer(Script script)
        : m_worker("scripted", [this, script = std::move(script)](std::stop_token stop) { run(script, stop); })
    {
        m_port = m_listening.get_future().get();
    }
    ~ScriptedServer() { m_worker.stop(); }

    quint16 port() const { return m_port; }
    QString url(const QString &scheme, const QString &path) const
    {
        return QStringLiteral("%1://127.0.0.1:%2/%3").arg(scheme).arg(m_port).arg(path);
    }

    /// Reads one request with its body; empty when the other side has gone or stays silent.
    static QByteArray readRequest(QTcpSocket &socket)
    {
        QByteArray request;
        const auto complete = [&] {
            const qsizetype end = request.indexOf("\r\n\r\n");
            const qsizetype length = request.toLower().indexOf("content-length:");
            const qsizetype body = length < 0 ? 0 : request.mid(length + 15, request.indexOf('\r', length) - length - 15).toInt();
            return end >= 0 && request.size() >= end + 4 + body;
        };
        while (!complete() && socket.waitForReadyRead(2000))
            request += socket.readAll();
        return request;
    }
    static void send(QTcpSocket &socket, const QByteArray &data)
    {
        socket.write(data);
        while (socket.bytesToWrite() > 0 && socket.waitForBytesWritten(2000)) {
        }
    }
    /// Keeps the connection open, silent, until the other side goes or the test ends.
    static void hold(QTcpSocket &socket, std::stop_token stop)
    {
        while (!stop.stop_requested() && socket.state() == QAbstractSocket::ConnectedState)
            socket.waitForReadyRead(20);
    }

private:
    void run(const Script &script, std::stop_token stop)
    {
        QTcpServer server;
        server.listen(QHostAddress::LocalHost);
        m_listening.set_value(server.serverPort());
        while (!stop.stop_requested()) {
            if (!server.waitForNewConnection(20))
                continue;
            const std::unique_ptr<QTcpSocket> socket(server.nextPendingConnection());
            script(*socket, stop);
            socket->disconnectFromHost();
        }
    }

    std::promise<quint16> m_listening;
    quint16 m_port = 0;
    Worker m_worker;
};

} // namespace vedette::test
