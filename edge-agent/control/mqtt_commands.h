// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/net/mqtt_client.h"

#include <QObject>

namespace vedette::agent {

class CommandDispatcher;

/// Commands by MQTT 5 request and response (4.10). Obeys only requests that want their answer at
/// vedette/1/<agent>/reply/<console> of this agent, so that nobody can make it publish elsewhere; others, retained,
/// oversized and too frequent ones are counted and dropped. Main thread.
class MqttCommands : public QObject {
    Q_OBJECT
public:
    static constexpr qsizetype kMaxRequest = 64 << 10;   ///< bytes of JSON
    static constexpr qsizetype kMaxCorrelation = 256;    ///< bytes
    static constexpr int kMaxPerSecond = 20;
    static constexpr int kReplyExpirySeconds = 30;

    /// Client, dispatcher and clock outlive it; who answers later ends before it. Subscribes at once.
    MqttCommands(QString agent, net::MqttClient &mqtt, CommandDispatcher &dispatcher, const Clock &clock, QObject *parent = nullptr);

    std::uint64_t answered() const { return m_answered; }
    std::uint64_t refused() const { return m_refused; }

private:
    void received(const net::MqttMessage &message);
    void answer(const net::MqttMessage &reply);
    bool mayAnswer(const net::MqttMessage &message) const;
    bool withinRate();

    QString m_agent;
    QString m_topic;
    net::MqttClient &m_mqtt;
    CommandDispatcher &m_dispatcher;
    const Clock &m_clock;
    MonoTime m_second{};       ///< start of the second that m_inSecond counts
    int m_inSecond = 0;
    std::uint64_t m_answered = 0;
    std::uint64_t m_refused = 0;
};

} // namespace vedette::agent
