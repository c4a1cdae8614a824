// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/command.h"

#include "core/protocol/json_reader.h"

#include <QJsonDocument>

#include <algorithm>
#include <array>

namespace vedette::protocol {
namespace {

constexpr std::array kCommands{
    CommandDescription{QLatin1String("keyframe"),
                       QLatin1String("Makes the next encoded picture of the camera a key frame."), true, true},
    CommandDescription{QLatin1String("bitrate"),
                       QLatin1String("Makes the camera's encoder aim at the argument kbps from the next picture on, until the agent ends; stream may be sub."), true, false},
    CommandDescription{QLatin1String("controls"),
                       QLatin1String("Sets the controls of the camera itself that the arguments name, until the agent ends; null leaves one to the camera."), true, false},
    CommandDescription{QLatin1String("trigger"),
                       QLatin1String("Records the camera from before now on, where it is recorded by trigger; the argument reason says why, stream which one. Another one prolongs it."), true, true},
    CommandDescription{QLatin1String("recording"),
                       QLatin1String("Makes the camera's recording pause or resume, by the argument action, until the agent ends; stream may say which."), true, false},
    CommandDescription{QLatin1String("protect"),
                       QLatin1String("Keeps what the camera recorded between the arguments from and to; reason and author say why and who, expires until when, stream which one."), true, false},
    CommandDescription{QLatin1String("unprotect"),
                       QLatin1String("Gives up the protection of the argument id; author says who."), false, false},
    CommandDescription{QLatin1String("bookmark"),
                       QLatin1String("Keeps a bookmark at the time of the argument at, with text; author says who."), true, false},
    CommandDescription{QLatin1String("unbookmark"),
                       QLatin1String("Removes the bookmark of the argument id."), false, false},
    CommandDescription{QLatin1String("fault"),
                       QLatin1String("Makes a camera of source test suffer a fault, by the arguments kind and seconds."), true, false},
};

constexpr std::array kErrorKinds{ErrorKind::InvalidInput, ErrorKind::NotFound,  ErrorKind::Denied,
                                 ErrorKind::Unavailable,  ErrorKind::Timeout,   ErrorKind::Corrupt,
                                 ErrorKind::Unsupported,  ErrorKind::Cancelled, ErrorKind::Internal};

ErrorKind kindFromWord(const QString &word)
{
    const auto found = std::find_if(kErrorKinds.begin(), kErrorKinds.end(),
                                    [&word](ErrorKind kind) { return toString(kind) == word; });
    return found == kErrorKinds.end() ? ErrorKind::Internal : *found;
}

} // namespace

std::span<const CommandDescription> commandTable()
{
    return kCommands;
}

const CommandDescription *findCommand(QStringView name)
{
    const auto found =
        std::find_if(kCommands.begin(), kCommands.end(), [name](const auto &each) { return each.name == name; });
    return found == kCommands.end() ? nullptr : &*found;
}

QByteArray toJson(const CommandRequest &request)
{
    QJsonObject out{{QStringLiteral("command"), request.command}};
    if (!request.camera.isEmpty())
        out.insert(QStringLiteral("camera"), request.camera);
    if (!request.arguments.isEmpty())
        out.insert(QStringLiteral("arguments"), request.arguments);
    return QJsonDocument(out).toJson(QJsonDocument::Compact);
}

Result<CommandRequest> parseCommandRequest(const QByteArray &json)
{
    const auto document = JsonReader::document(json);
    if (!document)
        return fail(document.error());
    std::optional<Error> error;
    JsonReader reader(*document, error);
    CommandRequest request;
    request.command = reader.text(QLatin1String("command"));
    if (error)
        return fail(*error);
    const CommandDescription *description = findCommand(request.command);
    if (!description)
        return fail(ErrorKind::NotFound,
                    QStringLiteral("command: there is no command \"%1\"").arg(request.command.left(64).simplified()));
    if (description->needsCamera || reader.has(QLatin1String("camera")))
        request.camera = reader.id(QLatin1String("camera"));
    request.arguments = reader.object(QLatin1String("arguments"), Presence::Optional);
    if (error)
        return fail(*error);
    return request;
}

QByteArray toJson(const CommandReply &reply)
{
    QJsonObject out{{QStringLiteral("ok"), reply.outcome.has_value()}};
    if (reply.outcome)
        out.insert(QStringLiteral("result"), *reply.outcome);
    else
        out.insert(QStringLiteral("error"), QJsonObject{{QStringLiteral("kind"), toString(reply.outcome.error().kind)},
                                                        {QStringLiteral("detail"), reply.outcome.error().text()}});
    return QJsonDocument(out).toJson(QJsonDocument::Compact);
}

Result<CommandReply> parseCommandReply(const QByteArray &json)
{
    const auto document = JsonReader::document(json);
    if (!document)
        return fail(document.error());
    std::optional<Error> error;
    JsonReader reader(*document, error);
    if (reader.boolean(QLatin1String("ok"), false)) {
        const QJsonObject result = reader.object(QLatin1String("result"), Presence::Optional);
        if (!error)
            return CommandReply{result};
    } else if (!error) {
        JsonReader failure(reader.object(QLatin1String("error")), error, QStringLiteral("error"));
        const ErrorKind kind = kindFromWord(failure.text(QLatin1String("kind")));
        const QString detail = failure.text(QLatin1String("detail"), Presence::Optional);
        if (!error)
            return CommandReply{fail(kind, detail)};
    }
    return fail(*error);
}

} // namespace vedette::protocol
