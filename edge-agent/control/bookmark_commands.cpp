// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/control/bookmark_commands.h"

#include "core/protocol/json_reader.h"
#include "core/protocol/routes.h"
#include "core/protocol/time_range.h"
#include "edge-agent/control/command_dispatcher.h"
#include "edge-agent/http/http_server.h"
#include "edge-agent/spool/bookmarks.h"

#include <limits>

namespace vedette::agent {
namespace {

using protocol::Bookmark;
using protocol::CommandRequest;
using protocol::JsonReader;

/// Words of a person, at most so many characters.
QString wordsIn(JsonReader &arguments, QLatin1String key, qsizetype most, protocol::Presence presence = protocol::Presence::Required)
{
    const QString words = arguments.text(key, presence).simplified();
    if (words.size() > most)
        arguments.refuse(key, QStringLiteral("is longer than %1 characters").arg(most));
    if (words.isEmpty() && presence == protocol::Presence::Required)
        arguments.refuse(key, QStringLiteral("is empty"));
    return words;
}

Result<QJsonObject> add(Bookmarks &bookmarks, const QStringList &cameras, const Clock &clock, const CommandRequest &request)
{
    std::optional<Error> error;
    JsonReader arguments(request.arguments, error, QStringLiteral("arguments"));
    Bookmark bookmark;
    bookmark.camera = request.camera;
    bookmark.at = arguments.moment(QLatin1String("at"));
    bookmark.text = wordsIn(arguments, QLatin1String("text"), Bookmark::kMostText, protocol::Presence::Optional);
    bookmark.author = wordsIn(arguments, QLatin1String("author"), Bookmark::kMostAuthor);
    bookmark.made = clock.utcNow();
    if (error)
        return fail(*error);
    if (!cameras.contains(request.camera))
        return fail(ErrorKind::NotFound, QStringLiteral("There is no camera %1 here.").arg(request.camera));
    const auto added = bookmarks.add(bookmark);
    if (!added)
        return fail(added.error());
    return protocol::toJsonObject(*added);
}

Result<QJsonObject> remove(Bookmarks &bookmarks, const CommandRequest &request)
{
    std::optional<Error> error;
    JsonReader arguments(request.arguments, error, QStringLiteral("arguments"));
    const std::int64_t id = arguments.integer(QLatin1String("id"), 1, std::numeric_limits<std::int64_t>::max());
    if (error)
        return fail(*error);
    const auto removed = bookmarks.remove(id);
    if (!removed)
        return fail(removed.error());
    return protocol::toJsonObject(*removed);
}

HttpResponse answer(Bookmarks &bookmarks, const HttpRequest &request)
{
    const auto from = queryNumber(request, QStringLiteral("from"), 0, 0, protocol::kMaxTimeMicros);
    const auto to = queryNumber(request, QStringLiteral("to"), protocol::kMaxTimeMicros, 0, protocol::kMaxTimeMicros);
    if (!from || !to)
        return errorResponse(from ? to.error() : from.error());
    const auto found = bookmarks.list(request.query.value(QStringLiteral("camera")), utcFromMicros(*from), utcFromMicros(*to));
    if (!found)
        return errorResponse(found.error());
    HttpResponse response;
    response.body = protocol::toJson(*found);
    return response;
}

} // namespace

void offerBookmarkCommands(CommandDispatcher &dispatcher, Bookmarks &bookmarks, const QStringList &cameras, const Clock &clock)
{
    dispatcher.setAction(QStringLiteral("bookmark"), [&bookmarks, cameras, &clock](const CommandRequest &request) { return add(bookmarks, cameras, clock, request); });
    dispatcher.setAction(QStringLiteral("unbookmark"), [&bookmarks](const CommandRequest &request) { return remove(bookmarks, request); });
}

void addBookmarkRoute(HttpServer &server, Bookmarks &bookmarks)
{
    server.addRoute(QString::fromLatin1(protocol::routes::kBookmarks), HttpPolicy::Read, [&bookmarks](const HttpRequest &request) { return answer(bookmarks, request); });
}

} // namespace vedette::agent
