// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/control/mqtt_commands.h"

#include "core/protocol/topics.h"
#include "edge-agent/control/command_dispatcher.h"

#include <QLoggingCategory>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcControl, "vedette.control")

} // namespace

MqttCommands::MqttCommands(QString agent, net::MqttClient &mqtt, CommandDispatcher &dispatcher, const Clock &clock, QObject *parent)
    : QObject(parent), m_agent(std::move(agent)), m_topic(protocol::topicName(m_agent, protocol::Topic::Command)), m_mqtt(mqtt),
      m_dispatcher(dispatcher), m_clock(clock)
{
    connect(&mqtt, &net::MqttClient::received, this, &MqttCommands::received);
    mqtt.subscribe(m_topic, 1);
}

bool MqttCommands::mayAnswer(const net::MqttMessage &message) const
{
    // A retained command would be obeyed again at every connect.
    if (message.retain || message.payload.size() > kMaxRequest || message.correlation.size() > kMaxCorrelation)
        return false;
    const auto reply = protocol::parseTopic(message.responseTopic);
    return reply && reply->topic == protocol::Topic::Reply && reply->agent == m_agent;
}

bool MqttCommands::withinRate()
{
    const MonoTime now = m_clock.now();
    if (now - m_second >= std::chrono::seconds{1}) {
        m_second = now;
        m_inSecond = 0;
    }
    return ++m_inSecond <= kMaxPerSecond;
}

void MqttCommands::received(const net::MqttMessage &message)
{
    if (message.topic != m_topic)
        return;
    if (!mayAnswer(message) || !withinRate()) {
        ++m_refused;
        qCDebug(lcControl) << "Refused an MQTT command; refused so far:" << m_refused;
        return;
    }
    net::MqttMessage reply;
    reply.topic = message.responseTopic;
    reply.correlation = message.correlation;
    reply.expirySeconds = kReplyExpirySeconds;
    m_dispatcher.dispatch(message.payload, CommandDispatcher::Via::Mqtt, [this, reply](const protocol::CommandReply &outcome) mutable {
        reply.payload = protocol::toJson(outcome);
        QMetaObject::invokeMethod(this, [this, reply] { answer(reply); }); // at once where this is the main thread
    });
}

void MqttCommands::answer(const net::MqttMessage &reply)
{
    if (const auto sent = m_mqtt.publish(reply); !sent)
        qCInfo(lcControl).noquote() << "A command's answer could not be sent:" << sent.error().text();
    ++m_answered;
}

} // namespace vedette::agent
