// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/command.h"

#include <QHash>

#include <functional>

namespace vedette::agent {

/// Serves the command table to MQTT and HTTP alike. Main thread.
class CommandDispatcher {
public:
    enum class Via : std::uint8_t { Http, Mqtt };
    using Action = std::function<Result<QJsonObject>(const protocol::CommandRequest &)>;
    using Outcome = std::function<void(Result<QJsonObject>)>; ///< called once, from any thread
    using LaterAction = std::function<void(const protocol::CommandRequest &, Outcome)>;
    using Reply = std::function<void(const protocol::CommandReply &)>;

    void setAction(const QString &command, Action action);
    void setLater(const QString &command, LaterAction action);
    /// Bad JSON, unknown commands and unknown cameras become an error reply; Denied for a command that may not come this way.
    /// The reply comes at once, or later from any thread; never where what it waits for has ended.
    void dispatch(const QByteArray &json, Via via, const Reply &reply);

private:
    Result<protocol::CommandRequest> check(const QByteArray &json, Via via) const;

    QHash<QString, LaterAction> m_actions;
};

} // namespace vedette::agent
