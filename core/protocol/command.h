// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QByteArray>
#include <QJsonObject>
#include <QString>

#include <span>

namespace vedette::protocol {

/// One command that an agent obeys: written once, served over MQTT and HTTP alike.
struct CommandDescription {
    QLatin1String name;
    QLatin1String help;
    bool needsCamera;
    bool overMqtt;  ///< may come over MQTT before authentication exists
};
std::span<const CommandDescription> commandTable();
const CommandDescription *findCommand(QStringView name);

/// {"command":"keyframe","camera":"gate","arguments":{…}}
struct CommandRequest {
    QString command;
    QString camera;       ///< empty when the command concerns the agent
    QJsonObject arguments;
};
QByteArray toJson(const CommandRequest &request);
/// InvalidInput names the key; NotFound for a command that is not in the table.
Result<CommandRequest> parseCommandRequest(const QByteArray &json);

/// {"ok":true,"result":{…}} or {"ok":false,"error":{"kind":"not_found","detail":"…"}}
struct CommandReply {
    Result<QJsonObject> outcome;
};
QByteArray toJson(const CommandReply &reply);
Result<CommandReply> parseCommandReply(const QByteArray &json);

} // namespace vedette::protocol
