// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/net/mqtt_client.h"
#include "core/protocol/status.h"

#include <QObject>
#include <QTimer>

#include <functional>

namespace vedette::agent {

/// Says that the agent is there: `online` retained at each connect and every kOnlineEvery, false by its last will or
/// goodbye(); `status` retained at each connect and when it has changed, at most once every kStatusEvery. Figures that
/// always move (counters, ages, the time) do not count as a change. Main thread.
class Presence : public QObject {
    Q_OBJECT
public:
    static constexpr milliseconds kStatusAgain{30'000};

    static constexpr milliseconds kOnlineEvery{5000};
    static constexpr milliseconds kStatusEvery{1000};

    using MakeStatus = std::function<protocol::AgentStatus()>;
    /// Client and clock outlive it.
    Presence(QString agent, QString bootId, net::MqttClient &mqtt, const Clock &clock, MakeStatus makeStatus, QObject *parent = nullptr);

    /// Before the client is made.
    static void addWill(net::MqttConfig &config, const QString &agent);
    /// Before a stop on purpose, which sends no will.
    void goodbye();

private:
    void connected();
    void disconnected();
    void publishOnline(bool online);
    void publishStatusIfChanged();

    QString m_agent;
    QString m_bootId;
    net::MqttClient &m_mqtt;
    const Clock &m_clock;
    MakeStatus m_makeStatus;
    QTimer m_onlineTimer;
    QTimer m_statusTimer;
    QByteArray m_published; ///< the status last handed over in this connection, without what always moves
    MonoTime m_publishedAt{};
};

} // namespace vedette::agent
