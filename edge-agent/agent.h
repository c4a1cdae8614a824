// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/backoff.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/protocol/command.h"
#include "core/protocol/status.h"
#include "core/settings/agent_settings.h"
#include "edge-agent/metrics.h"
#include "edge-agent/spool/bookmarks.h"

#include <QLockFile>
#include <QTimer>

#include <memory>
#include <vector>

namespace vedette::net {
class MqttClient;
}

namespace vedette::agent {

class Camera;
class CaptureClock;
class Catalog;
class CommandDispatcher;
class HttpServer;
class MqttCommands;
class Presence;
class Sampler;
class Spool;
class TelemetryPublisher;

/// Owns every part of one agent and wires them: cameras, sampler and spool, the HTTP port, the broker and the commands.
/// Main thread.
class Agent {
public:
    /// Makes and locks the data directory, opens the spool, listens on the port. Every error is a reason not to start.
    static Result<std::unique_ptr<Agent>> create(const settings::AgentSettings &settings, const Clock &clock);
    ~Agent();

    void start();
    /// Under 3 s, whatever hangs outside. Idempotent.
    void stop();

    QString url() const;                  ///< "http://127.0.0.1:8083"
    protocol::AgentStatus status() const;
    /// Names of the threads that owe a sign of life; empty in a healthy agent.
    QStringList silentThreads() const;

private:
    Agent(const settings::AgentSettings &settings, const Clock &clock);
    Status openCatalog();
    /// The recordings' folder could not be used when the agent started, and perhaps can now.
    void tryCatalog();
    Result<Catalog *> catalog() const;
    void awaitCatalog();
    void makeCameras();
    void makeMqtt();
    void makeSampler();
    void offerCommands();
    Result<QJsonObject> injectFault(const protocol::CommandRequest &request);
    Status serve();
    void pruneSpool();
    void commitSpool();
    MetricsInput metrics() const;
    QStringList streamUrls(const QString &camera, const QString &stream) const;
    Camera *camera(const QString &id) const;

    const settings::AgentSettings m_settings;
    const Clock &m_clock;
    const QString m_bootId;
    QString m_relayPublicUrl; ///< without a user part; empty: no relay
    std::unique_ptr<QLockFile> m_lock;
    std::unique_ptr<Spool> m_spool;
    std::optional<Bookmarks> m_bookmarks;
    QTimer m_pruneTimer;
    QTimer m_pulseTimer;
    QTimer m_catalogTimer;
    Backoff m_catalogBackoff{milliseconds{500}, milliseconds{8'000}}; ///< so that recording resumes within 10 s
    std::unique_ptr<CaptureClock> m_captureClock;
    std::unique_ptr<Catalog> m_catalog;                ///< null: nothing is recorded here, or not yet: m_whyNoCatalog
    QString m_whyNoCatalog;
    std::vector<std::unique_ptr<Camera>> m_cameras;
    std::unique_ptr<Sampler> m_sampler;
    std::unique_ptr<CommandDispatcher> m_dispatcher;
    std::unique_ptr<net::MqttClient> m_mqtt;           ///< this and the next three: null without a broker
    std::unique_ptr<Presence> m_presence;
    std::unique_ptr<TelemetryPublisher> m_publisher;
    std::unique_ptr<MqttCommands> m_mqttCommands;
    protocol::StageStatus m_broker;                    ///< how the connection to the broker is
    std::unique_ptr<HttpServer> m_http;                ///< last: its handlers use all above
    bool m_running = false;
};

} // namespace vedette::agent
