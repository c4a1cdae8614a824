// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/control/command_route.h"

#include "core/protocol/routes.h"
#include "edge-agent/control/command_dispatcher.h"
#include "edge-agent/http/http_server.h"

namespace vedette::agent {

void addCommandRoute(HttpServer &server, CommandDispatcher &dispatcher)
{
    const auto handle = [&dispatcher](const HttpRequest &request, const HttpReply &answer) -> std::shared_ptr<void> {
        dispatcher.dispatch(request.body, CommandDispatcher::Via::Http, [answer](const protocol::CommandReply &reply) {
            HttpResponse response;
            if (!reply.outcome)
                response = errorResponse(reply.outcome.error());
            response.body = protocol::toJson(reply);
            answer(response);
        });
        return nullptr; // who answers later keeps the question
    };
    server.addLater(QString::fromLatin1(protocol::routes::kCommand), handle, HttpPolicy::Command);
}

} // namespace vedette::agent
