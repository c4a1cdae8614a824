// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/net/mqtt_client.h"

#include <QElapsedTimer>
#include <QMap>
#include <QTcpSocket>
#include <QTimer>
#include <QtMqtt/QMqttClient>

#include <functional>

namespace vedette::net {

/// MqttClient by Qt MQTT, on the owner's thread: Qt's sockets never block it. The socket is opened here, so that its
/// errors, TLS and TCP_NODELAY are ours; every signal is queued, because Qt MQTT emits from inside its parser.
class QtMqttClient final : public MqttClient {
    Q_OBJECT
public:
    /// Signals not delivered yet; messages above it are dropped and counted.
    static constexpr int kMaxWaitingMessages = 1024;
    static constexpr milliseconds kConnectDeadline{10'000};
    static constexpr milliseconds kFlushDeadline{500};

    explicit QtMqttClient(const MqttConfig &config);
    ~QtMqttClient() override;

    void start() override;
    void stop() override;
    bool isConnected() const override { return m_connected; }
    int inFlight() const override { return m_inFlight; }
    std::uint64_t droppedIncoming() const override { return m_dropped; }
    void subscribe(const QString &filter, int qos) override;
    Result<quint64> publish(const MqttMessage &message) override;

private:
    void tryConnect();
    void openSocket();
    void openMqtt();
    void mqttError(QMqttClient::ClientError error);
    void subscribeNow(const QString &filter, int qos);
    void acknowledged(qint32 id, int reason);
    void receivedBy(const QString &filter, const class QMqttMessage &message);
    void ended(ErrorKind kind, const QString &what);
    void endSession();
    void later(std::function<void()> act);

    const MqttConfig m_config;
    Backoff m_backoff;
    Backoff m_deniedBackoff;
    QTimer m_timer;
    QTimer m_deadline;
    QElapsedTimer m_connectedFor;
    QMap<QString, int> m_subscriptions;
    QHash<qint32, quint64> m_tokens; ///< packet id -> token
    bool m_running = false;
    bool m_connected = false;
    int m_inFlight = 0;
    int m_waiting = 0;
    quint64 m_generation = 0;        ///< one for each try; what an older one queued is not delivered
    quint64 m_lastToken = 0;
    std::uint64_t m_dropped = 0;
    QTcpSocket *m_socket = nullptr;  ///< both deleted later by endSession()
    QMqttClient *m_mqtt = nullptr;
};

} // namespace vedette::net
