// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/remote_clock.h"
#include "core/protocol/command.h"
#include "core/protocol/sample.h"
#include "core/protocol/status.h"

#include <QObject>

#include <functional>

namespace vedette::control {

/// One way to one or many agents. What arrives is told by signals of protocol values; whoever wires
/// the program connects them to the stores, so the flows never meet here. Main thread.
class AgentLink : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    virtual void start() = 0;
    virtual void stop() = 0;
    using Reply = std::function<void(const Result<QJsonObject> &)>;
    /// NotFound when this link does not know the agent.
    virtual void send(const QString &agent, const protocol::CommandRequest &request, QObject *context, Reply reply) = 0;

Q_SIGNALS:
    void statusReceived(const vedette::protocol::AgentStatus &status);
    /// An agent's status came and could not be read; reason names the key. Tells nothing about online.
    void statusUnreadable(const QString &agent, const QString &reason);
    /// online: heard from within its limit; reason and nextTry (ms, < 0 unknown) when not.
    void onlineChanged(const QString &agent, bool online, const QString &reason, qint64 nextTryMs);
    void samplesReceived(const vedette::protocol::SampleBatch &batch);
    /// Its capture clock, by request and reply.
    void clockMeasured(const QString &agent, const vedette::RemoteClock &clock);
    /// The link itself: the broker, or the one agent's port.
    void linkStateChanged(bool up, const QString &reason, qint64 nextTryMs);
};

} // namespace vedette::control
