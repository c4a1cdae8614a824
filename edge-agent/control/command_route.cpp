// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/control/command_route.h"

#include "core/protocol/routes.h"
#include "edge-agent/control/command_dispatcher.h"
#include "edge-agent/http/http_server.h"

namespace vedette::agent {

void addCommandRoute(HttpServer &server, CommandDispatcher &dispatcher)
{
    server.addRoute(QString::fromLatin1(protocol::routes::kCommand), HttpPolicy::Command, [&dispatcher](const HttpRequest &request) {
        const protocol::CommandReply reply = dispatcher.dispatch(request.body, CommandDispatcher::Via::Http);
        HttpResponse response;
        if (!reply.outcome)
            response = errorResponse(reply.outcome.error());
        response.body = protocol::toJson(reply);
        return response;
    });
}

} // namespace vedette::agent
