// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/telemetry/telemetry_publisher.h"

#include "core/protocol/topics.h"
#include "edge-agent/spool/spool.h"

#include <QLoggingCategory>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcTelemetry, "vedette.telemetry")

constexpr int kSuccess = 0x00; // MQTT 5, 3.4.2.1: somebody has it; 0x10 says that nobody subscribed

} // namespace

TelemetryPublisher::TelemetryPublisher(QString agent, Spool &spool, net::MqttClient &mqtt, QObject *parent)
    : QObject(parent), m_agent(std::move(agent)), m_spool(spool), m_mqtt(mqtt)
{
    m_backlogTimer.setInterval(kBacklogPause);
    connect(&m_backlogTimer, &QTimer::timeout, this, &TelemetryPublisher::sendBacklog);
    connect(&mqtt, &net::MqttClient::connected, this, &TelemetryPublisher::connected);
    connect(&mqtt, &net::MqttClient::disconnected, this, &TelemetryPublisher::disconnected);
    connect(&mqtt, &net::MqttClient::published, this, &TelemetryPublisher::acknowledged);
}

void TelemetryPublisher::connected()
{
    m_inFlight.clear();
    m_backlogInFlight = false;
    m_backlogNext = 0;
    m_backlogEnd = m_spool.lastSequence();
    m_backlogTimer.start();
}

void TelemetryPublisher::disconnected()
{
    m_inFlight.clear();
    m_backlogInFlight = false;
    m_backlogTimer.stop();
}

void TelemetryPublisher::publish(const protocol::Sample &sample)
{
    if (!m_mqtt.isConnected() || !hand({sample}, false))
        ++m_counts.held;
}

bool TelemetryPublisher::hand(const QList<protocol::Sample> &rows, bool backlog)
{
    net::MqttMessage message;
    message.topic = protocol::topicName(m_agent, backlog ? protocol::Topic::Backlog : protocol::Topic::Telemetry);
    message.payload = protocol::toJson(protocol::SampleBatch{m_agent, m_spool.id(), m_spool.lastSequence(), rows});
    const auto token = m_mqtt.publish(message);
    if (!token)
        return false;
    InFlight flight;
    flight.backlog = backlog;
    for (const protocol::Sample &row : rows)
        flight.sequences.append(row.sequence);
    m_inFlight.insert(*token, flight);
    m_counts.published += static_cast<std::uint64_t>(rows.size());
    return true;
}

void TelemetryPublisher::sendBacklog()
{
    if (m_backlogInFlight)
        return;
    const auto rows = m_spool.unsent(m_backlogNext, m_backlogEnd, kBacklogRows);
    if (!rows) {
        qCWarning(lcTelemetry).noquote() << "Backlog:" << rows.error().text();
        m_backlogTimer.stop();
        return;
    }
    if (rows->isEmpty()) {
        m_backlogTimer.stop();
        return;
    }
    if (!hand(*rows, true))
        return;
    m_backlogNext = rows->last().sequence;
    m_backlogInFlight = true;
}

void TelemetryPublisher::acknowledged(quint64 token, int reason)
{
    const auto found = m_inFlight.constFind(token);
    if (found == m_inFlight.constEnd())
        return; // somebody else's message, or one of a connection that has ended
    const InFlight flight = *found;
    m_inFlight.erase(found);
    if (flight.backlog)
        m_backlogInFlight = false;
    const auto rows = static_cast<std::uint64_t>(flight.sequences.size());
    if (reason != kSuccess) {
        m_counts.unclaimed += rows;
        return;
    }
    m_counts.sent += rows;
    for (const std::uint64_t sequence : flight.sequences)
        m_spool.markSent(sequence);
}

} // namespace vedette::agent
