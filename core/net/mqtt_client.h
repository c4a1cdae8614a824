// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/backoff.h"
#include "core/base/result.h"
#include "core/base/pulse.h"
#include "core/base/secret.h"

#include <QByteArray>
#include <QObject>
#include <QString>

#include <memory>
#include <optional>

namespace vedette::net {

struct MqttConfig {
    QString host;
    quint16 port = 1883;
    QString clientId;
    QString username;
    Secret password;
    bool tls = false;
    QString caFile;                    ///< empty: the system's store
    QString willTopic;                 ///< empty: none
    QByteArray willPayload;            ///< published retained, QoS 1
    int keepAliveSeconds = 15;
    milliseconds backoffBase{500};
    milliseconds backoffCap{30'000};
};

struct MqttMessage {
    QString topic;
    QByteArray payload;
    int qos = 1;
    bool retain = false;
    QString responseTopic;             ///< MQTT 5 request/response (4.10); empty: none
    QByteArray correlation;
    int expirySeconds = 0;             ///< 0: none
};

/// One MQTT 5 connection that reconnects for ever with capped back-off and jitter. QObject bound to its owner's
/// thread (the main thread); the network runs on a Worker inside and every signal arrives by the owner's event loop.
/// Nothing is queued while disconnected: publish() then says Unavailable and the caller keeps its data (spool).
/// Two back ends behind this one class of behaviour: Qt MQTT where CMake finds it, libmosquitto otherwise.
class MqttClient : public QObject {
    Q_OBJECT
public:
    enum class Backend : std::uint8_t { Mosquitto, QtMqtt };
    static QList<Backend> backends();   ///< those built, the default first
    static std::unique_ptr<MqttClient> create(const MqttConfig &config, Backend backend = backends().first());

    static constexpr int kMaxInFlight = 64;
    static constexpr int kMaxPayload = 1 << 20; ///< larger incoming messages are dropped and counted

    virtual void start() = 0;
    /// Sends DISCONNECT when connected (so no will), joins. Idempotent; at most 1 s.
    virtual void stop() = 0;
    virtual bool isConnected() const = 0;
    virtual int inFlight() const = 0;
    virtual std::uint64_t droppedIncoming() const = 0;
    const Pulse &pulse() const { return m_pulse; } ///< of the Worker, where the back end has one of ours

    /// Remembered and renewed at each connect.
    virtual void subscribe(const QString &filter, int qos) = 0;
    /// The token that published() will carry. Unavailable when not connected or kMaxInFlight is reached.
    virtual Result<quint64> publish(const MqttMessage &message) = 0;

Q_SIGNALS:
    void connected();
    /// Denied for a refused user name or password (tries go on, slower), Unavailable or Timeout otherwise. nextTry in ms.
    void disconnected(const vedette::Error &error, qint64 nextTryMs);
    /// reason: the PUBACK's reason code; 0x00 somebody has it, 0x10 no matching subscribers.
    void published(quint64 token, int reason);
    void received(const vedette::net::MqttMessage &message);

protected:
    using QObject::QObject;
    Pulse m_pulse;
    /// InvalidInput for a topic with wildcards or none, and for what no packet can hold.
    static Status checkOutgoing(const MqttMessage &message);
};

} // namespace vedette::net
