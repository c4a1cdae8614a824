// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/remote_clock.h"
#include "core/protocol/status.h"

#include <QHash>
#include <QMap>
#include <QObject>
#include <QSet>

#include <optional>

namespace vedette::control {

/// What the console knows of one agent, from whichever link told it last.
struct AgentEntry {
    protocol::AgentStatus status;
    bool online = false;
    QString reason;                     ///< why not online
    UtcTime since{};                    ///< of the change of online
    std::optional<MonoTime> nextTry;
    std::optional<RemoteClock> clock;   ///< empty: not measured
    QString statusFault;                ///< why its newest status could not be read; status is then the last good one
};

/// A camera with the agent that has it. Two agents that claim one id are a fault that is shown.
struct CameraEntry {
    QString agent;
    protocol::CameraStatus status;
    bool agentOnline = false;
    QStringList alsoClaimedBy;
};

/// Agents and cameras, merged from all links: an agent is online while any link that is connected to setOnline() says
/// so; otherwise the link that told last gives the reason. State in memory, main thread.
class FleetStore : public QObject {
    Q_OBJECT
public:
    explicit FleetStore(const Clock &clock, QObject *parent = nullptr);

    void setStatus(const protocol::AgentStatus &status);
    /// Kept for an agent that is not known yet, and shown once it is: a stray message makes no agent.
    void setStatusFault(const QString &agent, const QString &reason);
    void setOnline(const QString &agent, bool online, const QString &reason, qint64 nextTryMs);
    /// A measurement that tells less than an older one of the same clock is left out.
    void setClock(const QString &agent, const RemoteClock &clock);

    QStringList agents() const;                           ///< sorted by id
    std::optional<AgentEntry> agent(const QString &id) const;
    QList<CameraEntry> cameras() const;                   ///< sorted by agent, then as the agent lists them
    std::optional<CameraEntry> camera(const QString &id) const;

Q_SIGNALS:
    void agentChanged(const QString &agent);
    /// A camera came, went or changed its streams.
    void camerasChanged();

private:
    void forget(const QObject *link);

    const Clock &m_clock;
    QMap<QString, AgentEntry> m_agents;
    QHash<QString, QString> m_statusFaults;
    QHash<QString, QSet<const QObject *>> m_vouchers; ///< links that say that the agent is online
};

} // namespace vedette::control
