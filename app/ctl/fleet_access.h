// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/access.h"
#include "core/control/agent_link.h"
#include "core/control/fleet_store.h"

#include <QHash>
#include <QObject>

#include <memory>
#include <vector>

namespace vedette::app {

/// All links to the fleet and what they tell, for the life of one command. Main thread.
class FleetAccess : public QObject {
    Q_OBJECT
public:
    FleetAccess(const Access &access, const Clock &clock, QObject *parent = nullptr);
    ~FleetAccess() override;

    void start();
    const control::FleetStore &store() const { return m_store; }
    /// By the agent's own port when it was given, else by the broker; NotFound while no link knows it.
    void send(const QString &agent, const protocol::CommandRequest &request, QObject *context,
              control::AgentLink::Reply reply);
    bool knows(const QString &agent) const { return m_routes.contains(agent); }
    /// Its HTTP port: as it was given, else as its status says; empty while it is not known.
    QUrl portOf(const QString &agent) const;
    /// Every agent given by its address is online; true when none was.
    bool everyAddressAnswered() const;
    bool hasBroker() const { return m_hasBroker; }
    /// What the links that are down say, in one line; empty when all are up.
    QString problems() const;

Q_SIGNALS:
    /// Something in the store or in the links is new.
    void changed();

private:
    struct Link {
        std::unique_ptr<control::AgentLink> link;
        QString address;  ///< for people, without credentials
        QUrl url;         ///< of a direct one
        bool direct = false;
        bool online = false;
        QString reason;
    };
    void add(std::unique_ptr<control::AgentLink> link, const QString &address, const QUrl &url);

    control::FleetStore m_store;
    std::vector<std::unique_ptr<Link>> m_links; // direct ones first
    QHash<QString, Link *> m_routes;            // agent id → the link for its commands
    bool m_hasBroker = false;
};

} // namespace vedette::app
