// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/command_post.h"

#include "core/protocol/routes.h"

namespace vedette::control {

namespace {

constexpr milliseconds kTimeout{10'000};

} // namespace

void postCommand(net::JsonHttp &http, const QUrl &port, const protocol::CommandRequest &request, QObject *context, AgentLink::Reply reply)
{
    QUrl url = port;
    url.setPath(QLatin1String(protocol::routes::kCommand));
    http.post(url, protocol::toJson(request), kTimeout, context, [reply = std::move(reply)](const Result<QByteArray> &answer) {
        const auto parsed = answer.and_then([](const QByteArray &json) { return protocol::parseCommandReply(json); });
        reply(parsed ? parsed->outcome : fail(parsed.error()));
    });
}

} // namespace vedette::control
