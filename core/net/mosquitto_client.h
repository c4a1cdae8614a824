// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/worker.h"
#include "core/net/mosquitto_session.h"
#include "core/net/mqtt_client.h"

#include <QElapsedTimer>
#include <QTimer>

namespace vedette::net {

/// MqttClient by libmosquitto: one MosquittoSession on a Worker for each try; waiting between tries is a timer on
/// the owner's thread.
class MosquittoClient final : public MqttClient {
    Q_OBJECT
public:
    explicit MosquittoClient(const MqttConfig &config);
    ~MosquittoClient() override;

    void start() override;
    void stop() override;
    bool isConnected() const override { return m_connected; }
    int inFlight() const override { return m_inFlight; }
    std::uint64_t droppedIncoming() const override;
    void subscribe(const QString &filter, int qos) override;
    Result<quint64> publish(const MqttMessage &message) override;

private:
    void tryConnect();
    void launch();
    void drain();
    void obey(const MosquittoSession::Event &event);
    void ended(const Error &error);
    void endSession();

    const MqttConfig m_config;
    Backoff m_backoff;
    Backoff m_deniedBackoff;
    QTimer m_timer;
    QElapsedTimer m_connectedFor;
    MosquittoSession::Subscriptions m_subscriptions;
    bool m_running = false;
    bool m_connected = false;
    bool m_dualStack = false;
    bool m_onlyV4 = false;
    int m_lookup = -1;
    int m_inFlight = 0;
    quint64 m_lastToken = 0;
    std::uint64_t m_droppedBefore = 0; ///< by the sessions that ended
    std::unique_ptr<MosquittoSession> m_session;
    Worker m_worker; // after m_session, so that it is joined first
};

} // namespace vedette::net
