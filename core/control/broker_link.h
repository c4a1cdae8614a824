// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/control/agent_link.h"
#include "core/control/sample_fetcher.h"
#include "core/net/mqtt_client.h"

#include <QHash>
#include <QPointer>
#include <QTimer>
#include <QUrl>

#include <map>
#include <memory>

namespace vedette::control {

/// All agents behind one MQTT broker: retained status, online heard within kOnlineLimit of our own monotonic clock,
/// live samples, commands by request and response. Malformed messages are counted and dropped.
class BrokerLink final : public AgentLink {
    Q_OBJECT
public:
    static constexpr milliseconds kOnlineLimit{15'000};
    static constexpr int kMaxPending = 256;   ///< commands without an answer yet
    static constexpr int kMaxAgents = 1000;   ///< more are ignored and counted as malformed

    BrokerLink(const net::MqttConfig &config, const Clock &clock, QObject *parent = nullptr);
    ~BrokerLink() override;

    void start() override;
    void stop() override;
    void send(const QString &agent, const protocol::CommandRequest &request, QObject *context, Reply reply) override;
    std::uint64_t malformed() const { return m_malformed; }

private:
    struct Heard {
        QString bootId;
        MonoTime last{};
        bool online = false;
        QUrl http;                                ///< as the agent announces it
        std::unique_ptr<SampleFetcher> samples;   ///< fetches what the broker did not bring
        MonoTime clockDue{};
        quint64 run = 0;                          ///< of its clock, as last announced
    };
    struct Pending {
        QPointer<QObject> context;
        Reply reply;
        MonoTime deadline;
        quint64 token = 0;                        ///< of the request
    };

    void received(const net::MqttMessage &message);
    void statusCame(const QString &agent, const QByteArray &payload);
    void onlineCame(const QString &agent, const QByteArray &payload, bool retained);
    void samplesCame(const QString &agent, const QByteArray &payload);
    void replyCame(const QByteArray &correlation, const QByteArray &payload);
    void requestAcknowledged(quint64 token, int reason);
    void answer(const QByteArray &correlation, const Result<QJsonObject> &outcome);
    void malformedCame(const QString &topic, const Error &error);
    void setOnline(const QString &agent, bool online, const QString &reason);
    void tick();
    void measureClock(const QString &agent, const QUrl &http);

    const Clock &m_clock;
    QString m_console; ///< our own id in reply/<console>
    net::JsonHttp m_http;
    std::unique_ptr<net::MqttClient> m_mqtt;
    QTimer m_timer;
    std::map<QString, Heard> m_agents;
    QHash<QByteArray, Pending> m_pending;         ///< at most kMaxPending
    std::uint64_t m_malformed = 0;
};

} // namespace vedette::control
