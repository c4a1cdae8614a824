// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/media/encoder.h"
#include "core/media/muxer.h"
#include "core/media/nal.h"
#include "core/protocol/capture_sei.h"
#include "tests/core/media/media_fixture.h"

#include <QHostAddress>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTimer>

#include <memory>
#include <optional>
#include <vector>

namespace vedette::test {

/// Real pictures at 20 frames/s, encoded as they are due, with a capture time in each. Lives on the test's event loop.
class StampedCamera {
public:
    static constexpr int kIntervalMs = 50;

    enum class Stamps { None, Real, ClockUnknown, InTheFuture, Frozen };
    Stamps stamps = Stamps::Real;
    bool paused = false;

    StampedCamera()
    {
        media::EncoderConfig config;
        config.width = 320;
        config.height = 192;
        config.framerate = 1000.0 / kIntervalMs;
        config.keyFrameInterval = 20;
        config.preset = QStringLiteral("ultrafast");
        config.bitrateKbps = 800;
        m_encoder = std::move(*media::Encoder::create(config));
        m_timer.setTimerType(Qt::PreciseTimer);
        QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { tick(); });
        m_timer.start(kIntervalMs);
    }

    const media::StreamInfo &info() const { return m_encoder->info(); }
    /// Since the last key frame, oldest first.
    const std::vector<media::PacketPtr> &group() const { return m_group; }
    std::vector<std::function<void(const media::PacketPtr &)>> listeners;

private:
    void tick()
    {
        if (paused)
            return;
        const CaptureStamp stamp = makeStamp();
        const auto packets = m_encoder->encode(movingPicture(320, 192, m_count, microseconds{m_count * kIntervalMs * 1000}), false);
        ++m_count;
        for (const media::PacketPtr &bare : *packets) {
            media::Packet packet = *bare;
            if (stamps != Stamps::None)
                packet.data = media::insertUserDataSei(packet.codec, bare->data, protocol::encodeCapture(stamp));
            const auto shared = std::make_shared<const media::Packet>(std::move(packet));
            if (shared->key)
                m_group.clear();
            m_group.push_back(shared);
            for (const auto &listener : listeners)
                listener(shared);
        }
    }

    CaptureStamp makeStamp()
    {
        CaptureStamp stamp{0x77, 1, static_cast<std::uint64_t>(m_count), m_clock.utcNow(), microseconds{300}, true};
        if (stamps == Stamps::ClockUnknown)
            stamp.known = false;
        if (stamps == Stamps::InTheFuture)
            stamp.captured += std::chrono::seconds{10};
        if (stamps == Stamps::Frozen && m_frozen)
            stamp.captured = *m_frozen;
        m_frozen = stamp.captured;
        return stamp;
    }

    SystemClock m_clock;
    std::unique_ptr<media::Encoder> m_encoder;
    QTimer m_timer;
    std::vector<media::PacketPtr> m_group;
    int m_count = 0;
    std::optional<UtcTime> m_frozen;
};

/// Serves a StampedCamera as an agent does: GET of anything gives MPEG-TS, the cached group of pictures first.
class TsServer {
public:
    explicit TsServer(StampedCamera &camera) : m_camera(camera)
    {
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] { accept(); });
        camera.listeners.push_back([this](const media::PacketPtr &packet) {
            for (const auto &client : m_clients)
                client->write(packet);
        });
    }
    ~TsServer() { close(); }

    /// On the same port as before, if there was one.
    bool listen() { return m_server.listen(QHostAddress::LocalHost, m_port) && (m_port = m_server.serverPort()) != 0; }
    /// Ends all connections and refuses new ones.
    void close()
    {
        m_server.close();
        m_clients.clear();
    }
    QString url() const { return QStringLiteral("http://127.0.0.1:%1/live/gate/main.ts").arg(m_port); }
    int requests() const { return m_requests; }
    quint16 port() const { return m_port; }

private:
    struct Client {
        std::unique_ptr<QTcpSocket> socket;
        std::unique_ptr<media::Muxer> muxer;
        QByteArray request;

        ~Client()
        {
            socket->disconnect();
            socket->abort();
        }
        void write(const media::PacketPtr &packet)
        {
            if (muxer)
                static_cast<void>(muxer->write(packet));
        }
    };

    void accept()
    {
        while (QTcpSocket *socket = m_server.nextPendingConnection()) {
            socket->setParent(nullptr);
            socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
            m_clients.push_back(std::make_unique<Client>());
            Client *client = m_clients.back().get();
            client->socket.reset(socket);
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, client] { read(*client); });
        }
    }

    void read(Client &client)
    {
        client.request += client.socket->readAll();
        if (client.muxer || !client.request.contains("\r\n\r\n"))
            return;
        ++m_requests;
        client.socket->write("HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n\r\n");
        QTcpSocket *socket = client.socket.get();
        auto muxer = media::Muxer::openTs(m_camera.info(), [socket](std::span<const std::uint8_t> bytes) {
            socket->write(reinterpret_cast<const char *>(bytes.data()), static_cast<qint64>(bytes.size()));
        });
        client.muxer = std::move(*muxer);
        for (const media::PacketPtr &packet : m_camera.group())
            client.write(packet);
    }

    StampedCamera &m_camera;
    QTcpServer m_server;
    quint16 m_port = 0;
    std::vector<std::unique_ptr<Client>> m_clients;
    int m_requests = 0;
};

} // namespace vedette::test
