// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/presence.h"

#include "core/protocol/topics.h"

namespace vedette::agent {
namespace {

protocol::AgentStatus withoutMovingFigures(protocol::AgentStatus status)
{
    status.time = {};
    status.clockUncertainty = {};
    for (protocol::CameraStatus &camera : status.cameras) {
        camera.framesCaptured = 0;
        camera.framesEncoded = 0;
        camera.framesDropped = 0;
        camera.lastFrameAgeMs.reset();
    }
    return status;
}

net::MqttMessage retained(const QString &agent, protocol::Topic topic, const QByteArray &payload)
{
    net::MqttMessage message;
    message.topic = protocol::topicName(agent, topic);
    message.payload = payload;
    message.retain = true;
    return message;
}

} // namespace

Presence::Presence(QString agent, QString bootId, net::MqttClient &mqtt, const Clock &clock, MakeStatus makeStatus, QObject *parent)
    : QObject(parent), m_agent(std::move(agent)), m_bootId(std::move(bootId)), m_mqtt(mqtt), m_clock(clock),
      m_makeStatus(std::move(makeStatus))
{
    m_onlineTimer.setInterval(kOnlineEvery);
    m_statusTimer.setInterval(kStatusEvery);
    connect(&m_onlineTimer, &QTimer::timeout, this, [this] { publishOnline(true); });
    connect(&m_statusTimer, &QTimer::timeout, this, &Presence::publishStatusIfChanged);
    connect(&mqtt, &net::MqttClient::connected, this, &Presence::connected);
    connect(&mqtt, &net::MqttClient::disconnected, this, &Presence::disconnected);
}

void Presence::addWill(net::MqttConfig &config, const QString &agent)
{
    config.willTopic = protocol::topicName(agent, protocol::Topic::Online);
    config.willPayload = protocol::toJson(protocol::Online{});
}

void Presence::goodbye()
{
    disconnected();
    if (m_mqtt.isConnected())
        publishOnline(false);
}

void Presence::connected()
{
    m_published.clear();
    publishOnline(true);
    publishStatusIfChanged();
    m_onlineTimer.start();
    m_statusTimer.start();
}

void Presence::disconnected()
{
    m_onlineTimer.stop();
    m_statusTimer.stop();
}

void Presence::publishOnline(bool online)
{
    protocol::Online state;
    state.online = online;
    state.bootId = m_bootId;
    state.time = m_clock.utcNow();
    // Refused only when the line is gone or full: the next beat says it again.
    (void)m_mqtt.publish(retained(m_agent, protocol::Topic::Online, protocol::toJson(state)));
}

void Presence::publishStatusIfChanged()
{
    const protocol::AgentStatus status = m_makeStatus();
    const QByteArray comparable = protocol::toJson(withoutMovingFigures(status));
    // Said again now and then: somebody else may have overwritten what the broker keeps.
    if (comparable == m_published && m_clock.now() - m_publishedAt < kStatusAgain)
        return;
    if (!m_mqtt.publish(retained(m_agent, protocol::Topic::Status, protocol::toJson(status))))
        return;
    m_published = comparable;
    m_publishedAt = m_clock.now();
}

} // namespace vedette::agent
