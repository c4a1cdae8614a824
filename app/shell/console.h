// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/live/camera_streams.h"
#include "app/shell/address.h"
#include "core/base/secret.h"
#include "core/control/agent_link.h"
#include "core/control/fleet_store.h"
#include "core/recordings/library.h"
#include "core/telemetry/telemetry_store.h"

#include <QHash>
#include <QObject>
#include <QTimer>

#include <memory>
#include <vector>

namespace vedette::app {

struct Credentials {
    QString user;
    Secret password;
};

/// How one link stands, for people. Value type.
struct LinkState {
    Address address;
    bool up = false;
    bool tried = false;               ///< false until it has said anything
    QString reason;
    std::optional<MonoTime> nextTry;
};

/// The console without its window: links feed the stores, the fleet feeds the streams. Main thread.
class Console final : public QObject {
    Q_OBJECT
public:
    Console(const Clock &clock, Credentials credentials, QObject *parent = nullptr);
    ~Console() override;

    /// Connects at once; an address that is here already changes nothing.
    void add(const Address &address);
    QList<LinkState> links() const;

    const Clock &clock() const { return m_clock; }
    control::FleetStore &fleet() { return m_fleet; }
    const control::FleetStore &fleet() const { return m_fleet; }
    telemetry::TelemetryStore &telemetry() { return m_telemetry; }
    CameraStreams &streams() { return m_streams; }
    const CameraStreams &streams() const { return m_streams; }
    recordings::Library &library() { return m_library; }
    /// A folder of this machine, or MediaMTX's playback server, "http://user:password@relay:9996": all that its API (port
    /// 9997, or ?api=URL) names, or with ?path=gate&path=yard these alone. InvalidInput says what is wrong with it.
    Status addRecordings(const QString &place);
    /// To the agent that has the request's camera, by whichever link knows it. NotFound for another camera.
    void command(const protocol::CommandRequest &request, QObject *context, const control::AgentLink::Reply &reply);

Q_SIGNALS:
    void linksChanged();

private:
    struct Link {
        LinkState state;
        std::unique_ptr<control::AgentLink> link;
    };
    std::unique_ptr<control::AgentLink> makeLink(const Address &address);
    void connectLink(Link &link);
    void updateFeeds();
    /// Each agent that can be reached has what it recorded.
    void updateSources();
    void sendBy(std::size_t link, const QString &agent, const protocol::CommandRequest &request, QObject *context, const control::AgentLink::Reply &reply);

    const Clock &m_clock;
    const Credentials m_credentials;
    control::FleetStore m_fleet;
    telemetry::TelemetryStore m_telemetry;
    CameraStreams m_streams;
    recordings::Library m_library;
    QHash<QString, QString> m_agentSources; ///< by agent: its port
    QTimer m_feedTimer; ///< many changes in one turn of the event loop make one update
    std::vector<std::unique_ptr<Link>> m_links;
};

/// The stage that the agent itself says keeps a camera's pictures from coming; empty: none.
std::optional<protocol::StageStatus> failingStage(const protocol::CameraStatus &camera);

} // namespace vedette::app
