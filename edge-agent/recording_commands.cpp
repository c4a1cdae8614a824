// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recording_commands.h"

#include "core/base/logging.h"
#include "core/base/secret.h"
#include "core/protocol/json_reader.h"
#include "edge-agent/camera.h"
#include "edge-agent/control/command_dispatcher.h"

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcCommand, "vedette.recording-command")

constexpr qsizetype kMostReason = 200;

using FindCamera = std::function<Camera *(const QString &)>;
using protocol::CommandRequest;
using protocol::JsonReader;

/// Words of a person, for the log and the account.
QString reasonIn(JsonReader &arguments)
{
    const QString reason = arguments.text(QLatin1String("reason")).simplified();
    if (reason.isEmpty())
        arguments.refuse(QStringLiteral("reason"), QStringLiteral("is empty"));
    if (reason.size() > kMostReason)
        arguments.refuse(QStringLiteral("reason"), QStringLiteral("is longer than %1 characters").arg(kMostReason));
    return reason;
}

/// Empty: every recorded one.
QString streamIn(JsonReader &arguments)
{
    const QString stream = arguments.text(QLatin1String("stream"), protocol::Presence::Optional);
    if (!stream.isEmpty() && stream != QLatin1String("main") && stream != QLatin1String("sub"))
        arguments.refuse(QStringLiteral("stream"), QStringLiteral("is neither main nor sub"));
    return stream;
}

Result<Camera *> cameraOf(const FindCamera &camera, const CommandRequest &request)
{
    if (Camera *found = camera(request.camera))
        return found;
    return fail(ErrorKind::NotFound, QStringLiteral("There is no camera %1 here.").arg(request.camera));
}

Result<QJsonObject> trigger(const FindCamera &camera, const CommandRequest &request)
{
    std::optional<Error> error;
    JsonReader arguments(request.arguments, error, QStringLiteral("arguments"));
    const QString reason = reasonIn(arguments);
    const QString stream = streamIn(arguments);
    if (error)
        return fail(*error);
    const auto found = cameraOf(camera, request);
    const auto streams = found ? (*found)->recorders().trigger(stream) : fail(found.error());
    if (!streams)
        return fail(streams.error());
    qCInfo(lcCommand).noquote() << QStringLiteral("camera %1 is recorded by trigger: %2").arg(request.camera, redact(reason));
    return QJsonObject{{QStringLiteral("streams"), QJsonArray::fromStringList(*streams)},
                       {QStringLiteral("post_seconds"), static_cast<qint64>((*found)->recorders().postRoll().count())}};
}

Result<QJsonObject> pauseOrResume(const FindCamera &camera, const CommandRequest &request)
{
    std::optional<Error> error;
    JsonReader arguments(request.arguments, error, QStringLiteral("arguments"));
    const QString action = arguments.text(QLatin1String("action"));
    const bool pause = action == QLatin1String("pause");
    if (!pause && action != QLatin1String("resume"))
        arguments.refuse(QStringLiteral("action"), QStringLiteral("must be pause or resume"));
    const QString stream = streamIn(arguments);
    if (error)
        return fail(*error);
    const auto found = cameraOf(camera, request);
    const auto streams = found ? (*found)->recorders().setPaused(stream, pause) : fail(found.error());
    if (!streams)
        return fail(streams.error());
    qCInfo(lcCommand).noquote() << QStringLiteral("camera %1: an operator %2 the recording of %3")
                                       .arg(request.camera, pause ? QStringLiteral("pauses") : QStringLiteral("resumes"), streams->join(QStringLiteral(" and ")));
    return QJsonObject{{QStringLiteral("streams"), QJsonArray::fromStringList(*streams)}, {QStringLiteral("paused"), pause}};
}

} // namespace

void offerRecordingCommands(CommandDispatcher &dispatcher, const FindCamera &camera)
{
    dispatcher.setAction(QStringLiteral("trigger"), [camera](const CommandRequest &request) { return trigger(camera, request); });
    dispatcher.setAction(QStringLiteral("recording"), [camera](const CommandRequest &request) { return pauseOrResume(camera, request); });
}

} // namespace vedette::agent
