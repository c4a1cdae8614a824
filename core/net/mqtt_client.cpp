// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/mqtt_client.h"

#ifdef VEDETTE_MOSQUITTO
#include "core/net/mosquitto_client.h"
#endif
#ifdef VEDETTE_QT_MQTT
#include "core/net/qt_mqtt_client.h"
#endif

namespace vedette::net {

QList<MqttClient::Backend> MqttClient::backends()
{
    return {
#ifdef VEDETTE_QT_MQTT
        Backend::QtMqtt,
#endif
#ifdef VEDETTE_MOSQUITTO
        Backend::Mosquitto,
#endif
    };
}

std::unique_ptr<MqttClient> MqttClient::create(const MqttConfig &config, [[maybe_unused]] Backend backend)
{
#ifdef VEDETTE_QT_MQTT
    if (backend == Backend::QtMqtt)
        return std::make_unique<QtMqttClient>(config);
#endif
#ifdef VEDETTE_MOSQUITTO
    return std::make_unique<MosquittoClient>(config);
#else
    return std::make_unique<QtMqttClient>(config);
#endif
}

Status MqttClient::checkOutgoing(const MqttMessage &message)
{
    const auto bad = [&message](const QString &why) {
        return fail(ErrorKind::InvalidInput, QStringLiteral("topic \"%1\": %2").arg(message.topic.left(80), why));
    };
    constexpr int kMaxString = 0xffff; // MQTT 5, 1.5.4
    if (message.topic.isEmpty() || message.topic.contains(QLatin1Char('+')) || message.topic.contains(QLatin1Char('#'))
        || message.topic.contains(QChar(QChar::Null)) || message.topic.toUtf8().size() > kMaxString)
        return bad(QStringLiteral("not a topic to publish to"));
    if (message.payload.size() > kMaxPayload)
        return bad(QStringLiteral("payload of %1 bytes").arg(message.payload.size()));
    if (message.correlation.size() > kMaxString || message.responseTopic.toUtf8().size() > kMaxString)
        return bad(QStringLiteral("a property is longer than 65535 bytes"));
    if (message.qos < 0 || message.qos > 2)
        return bad(QStringLiteral("no such quality of service: %1").arg(message.qos));
    return {};
}

} // namespace vedette::net
