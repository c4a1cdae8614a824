// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recording_commands.h"

#include "core/base/logging.h"
#include "core/base/secret.h"
#include "core/protocol/json_reader.h"
#include "core/protocol/protection.h"
#include "edge-agent/camera.h"
#include "edge-agent/control/command_dispatcher.h"
#include "edge-agent/recordings/catalog.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QTimeZone>

#include <limits>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcCommand, "vedette.recording-command")

using FindCamera = std::function<Camera *(const QString &)>;
using protocol::CommandRequest;
using protocol::JsonReader;
using protocol::Protection;

/// Words of a person, for the log and the account.
QString reasonIn(JsonReader &arguments)
{
    const QString reason = arguments.text(QLatin1String("reason")).simplified();
    if (reason.isEmpty())
        arguments.refuse(QStringLiteral("reason"), QStringLiteral("is empty"));
    if (reason.size() > Protection::kMostReason)
        arguments.refuse(QStringLiteral("reason"), QStringLiteral("is longer than %1 characters").arg(Protection::kMostReason));
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

QString authorIn(JsonReader &arguments)
{
    const QString author = arguments.text(QLatin1String("author")).simplified();
    if (author.isEmpty() || author.size() > Protection::kMostAuthor)
        arguments.refuse(QStringLiteral("author"), QStringLiteral("must have 1 to %1 characters").arg(Protection::kMostAuthor));
    return author;
}

/// One line for who looks later for who did what.
QString described(const Protection &protection)
{
    const auto text = [](UtcTime time) { return QDateTime::fromMSecsSinceEpoch(toMicros(time) / 1000, QTimeZone::utc()).toString(Qt::ISODateWithMs); };
    return QStringLiteral("protection %1 of camera %2 stream %3 from %4 to %5 (%6, by %7, %8)")
        .arg(protection.id).arg(protection.lane.camera, protection.lane.stream, text(protection.from), text(protection.to), redact(protection.reason),
                                redact(protection.author), protection.expires ? QStringLiteral("until ") + text(*protection.expires) : QStringLiteral("for good"));
}

void protect(const Result<Catalog *> &catalog, const CommandRequest &request, const CommandDispatcher::Outcome &outcome)
{
    std::optional<Error> error;
    JsonReader arguments(request.arguments, error, QStringLiteral("arguments"));
    Protection protection;
    protection.lane = {request.camera, streamIn(arguments)};
    protection.from = arguments.moment(QLatin1String("from"));
    protection.to = arguments.moment(QLatin1String("to"));
    if (protection.to <= protection.from)
        arguments.refuse(QStringLiteral("to"), QStringLiteral("is not after from"));
    protection.reason = reasonIn(arguments);
    protection.author = authorIn(arguments);
    if (arguments.has(QLatin1String("expires")))
        protection.expires = arguments.moment(QLatin1String("expires"));
    if (error)
        return outcome(fail(*error));
    if (!catalog)
        return outcome(fail(catalog.error()));
    (*catalog)->protect(protection, [outcome](const Result<QList<Protection>> &made) {
        if (!made)
            return outcome(fail(made.error()));
        for (const Protection &each : *made)
            qCInfo(lcCommand).noquote() << described(each) << "begins";
        outcome(QJsonDocument::fromJson(protocol::toJson(*made)).object());
    });
}

void unprotect(const Result<Catalog *> &catalog, const CommandRequest &request, const CommandDispatcher::Outcome &outcome)
{
    std::optional<Error> error;
    JsonReader arguments(request.arguments, error, QStringLiteral("arguments"));
    const std::int64_t id = arguments.integer(QLatin1String("id"), 1, std::numeric_limits<std::int64_t>::max());
    const QString author = authorIn(arguments);
    if (error)
        return outcome(fail(*error));
    if (!catalog)
        return outcome(fail(catalog.error()));
    (*catalog)->unprotect(id, [outcome, author](const Result<Protection> &gone) {
        if (!gone)
            return outcome(fail(gone.error()));
        qCInfo(lcCommand).noquote() << described(*gone) << "is given up by" << redact(author);
        outcome(protocol::toJsonObject(*gone));
    });
}

} // namespace

void offerRecordingCommands(CommandDispatcher &dispatcher, const RecordingAccess &access)
{
    using Outcome = CommandDispatcher::Outcome;
    dispatcher.setAction(QStringLiteral("trigger"), [access](const CommandRequest &request) { return trigger(access.camera, request); });
    dispatcher.setAction(QStringLiteral("recording"), [access](const CommandRequest &request) { return pauseOrResume(access.camera, request); });
    dispatcher.setLater(QStringLiteral("protect"), [access](const CommandRequest &request, const Outcome &outcome) { protect(access.catalog(), request, outcome); });
    dispatcher.setLater(QStringLiteral("unprotect"), [access](const CommandRequest &request, const Outcome &outcome) { unprotect(access.catalog(), request, outcome); });
}

} // namespace vedette::agent
