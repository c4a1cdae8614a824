// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/control/agent_link.h"
#include "core/net/mqtt_client.h"

#include <QHash>
#include <QTimer>

namespace vedette::control {

/// All agents behind one MQTT broker: retained status, online heard within kOnlineLimit of our own monotonic clock,
/// live samples, commands by request and response. Malformed messages are counted and dropped.
class BrokerLink final : public AgentLink {
    Q_OBJECT
public:
    static constexpr milliseconds kOnlineLimit{15'000};

    BrokerLink(const net::MqttConfig &config, const Clock &clock, QObject *parent = nullptr);
    ~BrokerLink() override;

    void start() override;
    void stop() override;
    void send(const QString &agent, const protocol::CommandRequest &request, QObject *context, Reply reply) override;
    std::uint64_t malformed() const { return m_malformed; }

private:
    void received(const net::MqttMessage &message);
    void checkOnline();

    struct Heard {
        QString bootId;
        MonoTime last{};
        bool online = false;
    };
    struct Pending {
        QObject *context;
        Reply reply;
        MonoTime deadline;
    };
    const Clock &m_clock;
    QString m_console; ///< our own id in reply/<console>
    std::unique_ptr<net::MqttClient> m_mqtt;
    QTimer m_timer;
    QHash<QString, Heard> m_agents;
    QHash<QByteArray, Pending> m_pending;
    std::uint64_t m_malformed = 0;
};

} // namespace vedette::control
