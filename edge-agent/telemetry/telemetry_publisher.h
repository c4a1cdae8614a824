// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/net/mqtt_client.h"
#include "core/protocol/sample.h"

#include <QHash>
#include <QObject>
#include <QTimer>

namespace vedette::agent {

class Spool;

/// Carries the spool's rows to the broker. Live rows go out once, on topic telemetry. Rows that were unsent when a
/// connection began go on backlog, once in that connection, in order, kBacklogRows every kBacklogPause with one message
/// in flight. A row is sent only by PUBACK reason 0x00; any other leaves it for the next connection. Main thread.
class TelemetryPublisher : public QObject {
    Q_OBJECT
public:
    static constexpr int kBacklogRows = 100;
    static constexpr milliseconds kBacklogPause{200};

    /// Spool and client outlive it.
    TelemetryPublisher(QString agent, Spool &spool, net::MqttClient &mqtt, QObject *parent = nullptr);

    void publish(const protocol::Sample &sample);

    struct Counts {
        std::uint64_t published = 0;   ///< rows handed to the broker, live and backlog
        std::uint64_t sent = 0;        ///< rows that somebody has (0x00)
        std::uint64_t unclaimed = 0;   ///< rows that nobody wanted (0x10 and other reasons)
        std::uint64_t held = 0;        ///< live rows left to the spool: not connected, or too many in flight
    };
    const Counts &counts() const { return m_counts; }

private:
    void connected();
    void disconnected();
    void acknowledged(quint64 token, int reason);
    void sendBacklog();
    bool hand(const QList<protocol::Sample> &rows, bool backlog);

    struct InFlight {
        QList<std::uint64_t> sequences;
        bool backlog = false;
    };
    QString m_agent;
    Spool &m_spool;
    net::MqttClient &m_mqtt;
    QTimer m_backlogTimer;
    QHash<quint64, InFlight> m_inFlight; ///< at most MqttClient::kMaxInFlight
    std::uint64_t m_backlogNext = 0;     ///< rows up to here were on backlog in this connection
    std::uint64_t m_backlogEnd = 0;      ///< last row of before this connection
    bool m_backlogInFlight = false;
    Counts m_counts;
};

} // namespace vedette::agent
