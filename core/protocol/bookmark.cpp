// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/bookmark.h"

#include "core/protocol/json_reader.h"

#include <QJsonDocument>

#include <limits>

namespace vedette::protocol {
namespace {

Bookmark read(JsonReader &reader)
{
    Bookmark bookmark;
    bookmark.id = reader.integer(QLatin1String("id"), 1, std::numeric_limits<std::int64_t>::max());
    bookmark.camera = reader.id(QLatin1String("camera"));
    bookmark.at = reader.time(QLatin1String("at_us"));
    bookmark.text = reader.label(QLatin1String("text"), Bookmark::kMostText);
    bookmark.author = reader.label(QLatin1String("author"), Bookmark::kMostAuthor);
    bookmark.made = reader.time(QLatin1String("made_us"));
    return bookmark;
}

} // namespace

QJsonObject toJsonObject(const Bookmark &bookmark)
{
    return {{QStringLiteral("id"), static_cast<qint64>(bookmark.id)},
            {QStringLiteral("camera"), bookmark.camera},
            {QStringLiteral("at_us"), static_cast<qint64>(toMicros(bookmark.at))},
            {QStringLiteral("text"), bookmark.text},
            {QStringLiteral("author"), bookmark.author},
            {QStringLiteral("made_us"), static_cast<qint64>(toMicros(bookmark.made))}};
}

QByteArray toJson(const QList<Bookmark> &bookmarks)
{
    QJsonArray all;
    for (const Bookmark &each : bookmarks)
        all.append(toJsonObject(each));
    return QJsonDocument(QJsonObject{{QStringLiteral("bookmarks"), all}}).toJson(QJsonDocument::Compact);
}

Result<QList<Bookmark>> parseBookmarks(const QByteArray &json)
{
    const auto document = JsonReader::document(json);
    if (!document)
        return fail(document.error());
    std::optional<Error> error;
    JsonReader reader(*document, error);
    QList<Bookmark> bookmarks;
    reader.objects(QLatin1String("bookmarks"), [&bookmarks](JsonReader &each) { bookmarks.append(read(each)); });
    if (error)
        return fail(*error);
    return bookmarks;
}

} // namespace vedette::protocol
