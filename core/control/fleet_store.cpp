// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/fleet_store.h"

#include <algorithm>
#include <utility>

namespace vedette::control {
namespace {

constexpr qsizetype kMaxStrangers = 256; // faults of agents that nobody has heard otherwise

bool sameStreams(const protocol::CameraStatus &a, const protocol::CameraStatus &b)
{
    return a.id == b.id && a.name == b.name && a.streams.size() == b.streams.size()
        && std::equal(a.streams.begin(), a.streams.end(), b.streams.begin(), [](const auto &x, const auto &y) {
               return x.name == y.name && x.urls == y.urls && x.width == y.width && x.height == y.height;
           });
}

bool sameCameras(const protocol::AgentStatus &a, const protocol::AgentStatus &b)
{
    return a.cameras.size() == b.cameras.size() && std::equal(a.cameras.begin(), a.cameras.end(), b.cameras.begin(), sameStreams);
}

} // namespace

FleetStore::FleetStore(const Clock &clock, QObject *parent) : QObject(parent), m_clock(clock) {}

void FleetStore::setStatus(const protocol::AgentStatus &status)
{
    const bool fresh = !m_agents.contains(status.id);
    AgentEntry &entry = m_agents[status.id];
    const bool changed = fresh || !sameCameras(entry.status, status);
    if (fresh)
        entry.since = m_clock.utcNow();
    entry.status = status;
    m_statusFaults.remove(status.id);
    if (changed)
        Q_EMIT camerasChanged();
    Q_EMIT agentChanged(status.id);
}

void FleetStore::setStatusFault(const QString &agent, const QString &reason)
{
    if (!m_agents.contains(agent) && m_statusFaults.size() >= kMaxStrangers)
        return;
    m_statusFaults.insert(agent, reason);
    if (m_agents.contains(agent))
        Q_EMIT agentChanged(agent);
}

void FleetStore::setOnline(const QString &agent, bool online, const QString &reason, qint64 nextTryMs)
{
    // The link is the sender; a direct call counts as one link more. A link that fails must not hide an agent that
    // another one still hears.
    QObject *link = sender();
    QSet<const QObject *> &vouchers = m_vouchers[agent];
    if (online && link && !vouchers.contains(link)) {
        connect(link, &QObject::destroyed, this, [this, link] { forget(link); });
    }
    if (online)
        vouchers.insert(link);
    else
        vouchers.remove(link);
    if (!online && !vouchers.isEmpty())
        return;
    const bool fresh = !m_agents.contains(agent);
    AgentEntry &entry = m_agents[agent];
    entry.status.id = agent;
    if (fresh || entry.online != online)
        entry.since = m_clock.utcNow();
    entry.online = online;
    entry.reason = online ? QString() : reason;
    entry.nextTry = !online && nextTryMs >= 0 ? std::optional(m_clock.now() + milliseconds{nextTryMs}) : std::nullopt;
    Q_EMIT agentChanged(agent);
}

void FleetStore::forget(const QObject *link)
{
    QStringList lost;
    for (auto it = m_vouchers.begin(); it != m_vouchers.end(); ++it)
        if (it->remove(link) && it->isEmpty())
            lost.append(it.key());
    for (const QString &agent : std::as_const(lost))
        setOnline(agent, false, QStringLiteral("Nobody listens to the agent any more."), -1);
}

void FleetStore::setClock(const QString &agent, const RemoteClock &clock)
{
    const auto found = m_agents.find(agent);
    if (found == m_agents.end() || (found->clock && found->clock->isBetterThan(clock)))
        return;
    found->clock = clock;
    Q_EMIT agentChanged(agent);
}

QStringList FleetStore::agents() const
{
    return m_agents.keys();
}

std::optional<AgentEntry> FleetStore::agent(const QString &id) const
{
    const auto found = m_agents.find(id);
    if (found == m_agents.end())
        return std::nullopt;
    AgentEntry entry = *found;
    entry.statusFault = m_statusFaults.value(id);
    return entry;
}

QList<CameraEntry> FleetStore::cameras() const
{
    QList<CameraEntry> cameras;
    for (const AgentEntry &entry : m_agents) {
        for (const protocol::CameraStatus &status : entry.status.cameras) {
            const auto claimed = std::find_if(cameras.begin(), cameras.end(), [&](const CameraEntry &c) { return c.status.id == status.id; });
            if (claimed == cameras.end())
                cameras.append({entry.status.id, status, entry.online, {}});
            else if (claimed->agent != entry.status.id && !claimed->alsoClaimedBy.contains(entry.status.id))
                claimed->alsoClaimedBy.append(entry.status.id);
        }
    }
    return cameras;
}

std::optional<CameraEntry> FleetStore::camera(const QString &id) const
{
    for (const CameraEntry &camera : cameras()) {
        if (camera.status.id == id)
            return camera;
    }
    return std::nullopt;
}

} // namespace vedette::control
