// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/control/command_dispatcher.h"

#include "core/protocol/ids.h"

namespace vedette::agent {

void CommandDispatcher::setAction(const QString &command, Action action)
{
    setLater(command, [action = std::move(action)](const protocol::CommandRequest &request, const Outcome &outcome) { outcome(action(request)); });
}

void CommandDispatcher::setLater(const QString &command, LaterAction action)
{
    m_actions.insert(command, std::move(action));
}

void CommandDispatcher::dispatch(const QByteArray &json, Via via, const Reply &reply)
{
    const auto request = check(json, via);
    if (!request)
        reply({fail(request.error())});
    else if (const auto action = m_actions.constFind(request->command); action == m_actions.constEnd())
        reply({fail(ErrorKind::Unsupported, QStringLiteral("This agent does not have the command \"%1\".").arg(request->command))});
    else
        (*action)(*request, [reply](Result<QJsonObject> outcome) { reply({std::move(outcome)}); });
}

Result<protocol::CommandRequest> CommandDispatcher::check(const QByteArray &json, Via via) const
{
    const auto request = protocol::parseCommandRequest(json);
    if (!request)
        return fail(request.error());
    const protocol::CommandDescription *description = protocol::findCommand(request->command);
    if (!description)
        return fail(ErrorKind::NotFound, QStringLiteral("There is no command \"%1\".").arg(request->command));
    if (via == Via::Mqtt && !description->overMqtt)
        return fail(ErrorKind::Denied, QStringLiteral("The command \"%1\" is taken only over HTTP.").arg(request->command));
    if (description->needsCamera) {
        if (request->camera.isEmpty())
            return fail(ErrorKind::InvalidInput, QStringLiteral("camera: the command \"%1\" needs one.").arg(request->command));
        if (auto valid = protocol::checkId(request->camera); !valid)
            return fail(valid.error().wrap(QStringLiteral("camera")));
    }
    return request;
}

} // namespace vedette::agent
