// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/control/agent_link.h"
#include "core/net/json_http.h"

#include <QUrl>

namespace vedette::control {

/// A command by an agent's port. port: its address, without a path; context and reply as of AgentLink::send().
void postCommand(net::JsonHttp &http, const QUrl &port, const protocol::CommandRequest &request, QObject *context, AgentLink::Reply reply);

} // namespace vedette::control
