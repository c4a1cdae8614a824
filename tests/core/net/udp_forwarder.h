// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/worker.h"

#include <QElapsedTimer>
#include <QNetworkDatagram>
#include <QRegularExpression>
#include <QTcpServer>
#include <QTcpSocket>
#include <QUdpSocket>

#include <future>

namespace vedette::test {

/// Between an RTSP client and a real server on 127.0.0.1: passes the requests on with its own UDP ports in them, and the
/// packets of one media, of which it loses, delays or repeats every n-th. One client; runs on its own Worker.
class UdpForwarder {
public:
    struct Faults {
        int loseEvery = 0;
        int swapEvery = 0;    ///< goes out behind the two after it, 10 ms late at most
        int repeatEvery = 0;
    };

    UdpForwarder(quint16 serverPort, Faults faults)
        : m_serverPort(serverPort), m_faults(faults), m_worker("udp-forwarder", [this](std::stop_token stop) { run(stop); })
    {
        m_port = m_listening.get_future().get();
    }
    ~UdpForwarder() { m_worker.stop(); }

    QString url() const { return QStringLiteral("rtsp://127.0.0.1:%1/camera?transport=udp").arg(m_port); }
    int lost() const { return m_lost; }
    int reports() const { return m_reports; } ///< RTCP packets of the client

private:
    static constexpr qint64 kHoldMs = 10;

    struct Sides {
        QTcpSocket client;
        QTcpSocket server;
        QUdpSocket toClient[2];
        QUdpSocket toServer[2];
        quint16 clientPort = 0;
        quint16 serverPort = 0;
    };

    static bool bindPair(QUdpSocket (&pair)[2])
    {
        for (int i = 0; i < 100; ++i) {
            if (pair[0].bind(QHostAddress::LocalHost) && pair[0].localPort() % 2 == 0
                && pair[1].bind(QHostAddress::LocalHost, static_cast<quint16>(pair[0].localPort() + 1)))
                return true;
            pair[0].close();
            pair[1].close();
        }
        return false;
    }

    /// Puts our port in place of the named one, which it returns; 0 when it is not there.
    static quint16 replacePort(QByteArray &text, const QString &name, quint16 own)
    {
        QString line = QString::fromUtf8(text);
        const QRegularExpression pattern(QStringLiteral("%1=(\\d+)-\\d+").arg(name));
        const quint16 found = pattern.match(line).captured(1).toUShort();
        text = line.replace(pattern, QStringLiteral("%1=%2-%3").arg(name).arg(own).arg(own + 1)).toUtf8();
        return found;
    }

    void run(const std::stop_token &stop)
    {
        QTcpServer listener;
        listener.listen(QHostAddress::LocalHost);
        Sides sides;
        const bool bound = bindPair(sides.toClient) && bindPair(sides.toServer);
        m_listening.set_value(bound ? listener.serverPort() : quint16(0));
        while (!stop.stop_requested() && !listener.waitForNewConnection(20)) {
        }
        const std::unique_ptr<QTcpSocket> client(listener.nextPendingConnection());
        if (!client)
            return;
        sides.server.connectToHost(QHostAddress::LocalHost, m_serverPort);
        sides.server.waitForConnected(2000);
        while (!stop.stop_requested() && client->state() == QAbstractSocket::ConnectedState) {
            client->waitForReadyRead(1);
            sides.server.waitForReadyRead(1);
            passRequests(*client, sides);
            passPackets(sides);
        }
    }

    void passRequests(QTcpSocket &client, Sides &sides)
    {
        if (QByteArray request = client.readAll(); !request.isEmpty()) {
            if (const quint16 port = replacePort(request, QStringLiteral("client_port"), sides.toServer[0].localPort()); port != 0)
                sides.clientPort = port;
            sides.server.write(request);
            sides.server.flush();
        }
        if (QByteArray answer = sides.server.readAll(); !answer.isEmpty()) {
            if (const quint16 port = replacePort(answer, QStringLiteral("server_port"), sides.toClient[0].localPort()); port != 0)
                sides.serverPort = port;
            client.write(answer);
            client.flush();
        }
    }

    void passPackets(Sides &sides)
    {
        const auto toPort = [](quint16 first, int which) { return static_cast<quint16>(first + which); };
        for (int which = 0; which < 2; ++which) {
            while (sides.toServer[which].hasPendingDatagrams()) {
                const QByteArray packet = sides.toServer[which].receiveDatagram().data();
                const auto send = [&](const QByteArray &bytes) {
                    sides.toClient[which].writeDatagram(bytes, QHostAddress::LocalHost, toPort(sides.clientPort, which));
                };
                if (which == 0)
                    disturb(packet, send);
                else
                    send(packet);
            }
            if (which == 0 && !m_held.isEmpty() && m_heldSince.elapsed() >= kHoldMs) {
                release([&](const QByteArray &bytes) {
                    sides.toClient[0].writeDatagram(bytes, QHostAddress::LocalHost, sides.clientPort);
                });
            }
            while (sides.toClient[which].hasPendingDatagrams()) {
                m_reports += which;
                sides.toServer[which].writeDatagram(sides.toClient[which].receiveDatagram().data(), QHostAddress::LocalHost,
                                                    toPort(sides.serverPort, which));
            }
        }
    }

    template <typename Send>
    void disturb(const QByteArray &packet, Send send)
    {
        const auto hit = [this](int every) { return every > 0 && m_count % every == 0; };
        ++m_count;
        if (hit(m_faults.loseEvery)) {
            ++m_lost;
            return;
        }
        if (m_held.isEmpty() && hit(m_faults.swapEvery)) {
            m_held = packet;
            m_heldAt = m_count;
            m_heldSince.start();
            return;
        }
        send(packet);
        if (hit(m_faults.repeatEvery))
            send(packet);
        if (m_count >= m_heldAt + 2)
            release(send);
    }

    template <typename Send>
    void release(Send send)
    {
        if (!m_held.isEmpty())
            send(m_held);
        m_held.clear();
    }

    const quint16 m_serverPort;
    const Faults m_faults;
    quint16 m_port = 0;
    std::promise<quint16> m_listening;
    std::atomic<int> m_lost{0};
    std::atomic<int> m_reports{0};
    int m_count = 0;
    QByteArray m_held;
    int m_heldAt = 0;
    QElapsedTimer m_heldSince;
    Worker m_worker;
};

} // namespace vedette::test
