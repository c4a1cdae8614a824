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

    void setAction(const QString &command, Action action);
    /// Bad JSON, unknown commands and unknown cameras become an error reply; Denied for a command that may not come this way.
    protocol::CommandReply dispatch(const QByteArray &json, Via via);

private:
    QHash<QString, Action> m_actions;
};

} // namespace vedette::agent
