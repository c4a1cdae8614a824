// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/fleet_access.h"

#include "core/control/broker_link.h"
#include "core/control/http_link.h"

#include <QUuid>

#include <algorithm>

namespace vedette::app {

using control::AgentLink;

FleetAccess::FleetAccess(const Access &access, const Clock &clock, QObject *parent)
    : QObject(parent), m_store(clock)
{
    for (const QUrl &url : access.agents)
        add(std::make_unique<control::HttpLink>(url, clock), redact(url.toString()), url);
    if (!access.server.isEmpty()) {
        net::MqttConfig config;
        config.host = access.server;
        config.port = access.port;
        config.clientId = QStringLiteral("vedettectl-") + QUuid::createUuid().toString(QUuid::Id128).left(12);
        config.username = access.user;
        config.password = access.password;
        config.tls = access.tls;
        config.caFile = access.caFile;
        add(std::make_unique<control::BrokerLink>(config, clock),
            QStringLiteral("%1:%2").arg(access.server).arg(access.port), {});
        m_hasBroker = true;
    }
    connect(&m_store, &control::FleetStore::agentChanged, this, &FleetAccess::changed);
    connect(&m_store, &control::FleetStore::camerasChanged, this, &FleetAccess::changed);
}

FleetAccess::~FleetAccess()
{
    for (const auto &entry : m_links)
        entry->link->stop();
}

void FleetAccess::add(std::unique_ptr<AgentLink> made, const QString &address, const QUrl &url)
{
    m_links.push_back(std::make_unique<Link>());
    Link *entry = m_links.back().get();
    entry->address = address;
    entry->url = url;
    entry->direct = !url.isEmpty();
    entry->link = std::move(made);
    AgentLink *link = entry->link.get();
    connect(link, &AgentLink::statusReceived, this, [this, entry](const protocol::AgentStatus &status) {
        Link *known = m_routes.value(status.id);
        if (!known || entry->direct)
            m_routes.insert(status.id, entry);
        entry->online = entry->online || entry->direct;
        m_store.setStatus(status);
        Q_EMIT changed();
    });
    connect(link, &AgentLink::onlineChanged, this,
            [this, entry](const QString &agent, bool online, const QString &reason, qint64 nextTryMs) {
                if (entry->direct) {
                    entry->online = online;
                    entry->reason = online ? QString() : reason;
                }
                if (!agent.isEmpty())
                    m_store.setOnline(agent, online, reason, nextTryMs);
                Q_EMIT changed();
            });
    connect(link, &AgentLink::clockMeasured, &m_store, &control::FleetStore::setClock);
    connect(link, &AgentLink::linkStateChanged, this, [this, entry](bool up, const QString &reason, qint64) {
        entry->reason = up ? QString() : reason;
        Q_EMIT changed();
    });
}

void FleetAccess::start()
{
    for (const auto &entry : m_links)
        entry->link->start();
}

void FleetAccess::send(const QString &agent, const protocol::CommandRequest &request, QObject *context,
                       AgentLink::Reply reply)
{
    Link *route = m_routes.value(agent);
    if (!route) {
        reply(fail(ErrorKind::NotFound, QStringLiteral("no agent %1 is known").arg(agent)));
        return;
    }
    route->link->send(agent, request, context, std::move(reply));
}

bool FleetAccess::everyAddressAnswered() const
{
    return std::all_of(m_links.begin(), m_links.end(), [](const auto &entry) { return !entry->direct || entry->online; });
}

QUrl FleetAccess::portOf(const QString &agent) const
{
    const Link *route = m_routes.value(agent);
    if (route && route->direct)
        return route->url;
    const auto entry = m_store.agent(agent);
    return entry ? QUrl(entry->status.httpUrl) : QUrl();
}

QString FleetAccess::problems() const
{
    QStringList sentences;
    for (const auto &entry : m_links) {
        if (entry->reason.isEmpty())
            continue;
        const bool named = entry->reason.contains(entry->address);
        sentences.append(redact(named ? entry->reason : QStringLiteral("%1: %2").arg(entry->address, entry->reason)));
    }
    return sentences.join(QStringLiteral("; "));
}

} // namespace vedette::app
