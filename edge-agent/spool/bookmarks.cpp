// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/spool/bookmarks.h"

#include <array>

namespace vedette::agent {
namespace {

using protocol::Bookmark;

// autoincrement: an id that was given is never another bookmark's.
constexpr std::array<std::string_view, 1> kMigrations{
    "CREATE TABLE bookmarks (id INTEGER PRIMARY KEY AUTOINCREMENT, camera TEXT NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL,"
    " author TEXT NOT NULL, made INTEGER NOT NULL);"
    "CREATE INDEX bookmarks_at ON bookmarks (at);"};
constexpr auto kColumns = "id, camera, at, text, author, made";

Bookmark read(const store::Statement &row)
{
    return {row.integer(0), row.text(1), utcFromMicros(row.integer(2)), row.text(3), row.text(4), utcFromMicros(row.integer(5))};
}

} // namespace

Result<Bookmarks> Bookmarks::open(const QString &path)
{
    auto database = store::Database::open(path, kMigrations);
    if (!database)
        return fail(database.error());
    return Bookmarks(std::move(*database));
}

Result<Bookmark> Bookmarks::add(Bookmark bookmark)
{
    auto count = m_database.prepare("SELECT COUNT(*) FROM bookmarks");
    if (!count)
        return fail(count.error());
    if (const auto row = count->step(); !row)
        return fail(row.error());
    if (count->integer(0) >= kMost)
        return fail(ErrorKind::Unavailable, QStringLiteral("There are %1 bookmarks already.").arg(kMost));
    count->reset();
    auto insert = m_database.prepare("INSERT INTO bookmarks (camera, at, text, author, made) VALUES (?, ?, ?, ?, ?) RETURNING id");
    if (!insert)
        return fail(insert.error());
    insert->bind(1, bookmark.camera).bind(2, toMicros(bookmark.at)).bind(3, bookmark.text).bind(4, bookmark.author).bind(5, toMicros(bookmark.made));
    if (const auto row = insert->step(); !row)
        return fail(row.error());
    bookmark.id = insert->integer(0);
    if (const auto end = insert->step(); !end) // the row is written at the statement's end
        return fail(end.error());
    return bookmark;
}

Result<Bookmark> Bookmarks::remove(std::int64_t id)
{
    auto gone = m_database.prepare(std::string("DELETE FROM bookmarks WHERE id = ? RETURNING ") + kColumns);
    if (!gone)
        return fail(gone.error());
    gone->bind(1, id);
    const auto row = gone->step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return fail(ErrorKind::NotFound, QStringLiteral("There is no bookmark %1 here.").arg(id));
    const Bookmark bookmark = read(*gone);
    if (const auto end = gone->step(); !end)
        return fail(end.error());
    return bookmark;
}

Result<QList<Bookmark>> Bookmarks::list(const QString &camera, UtcTime from, UtcTime to)
{
    auto query = m_database.prepare(std::string("SELECT ") + kColumns + " FROM bookmarks WHERE at >= ? AND at < ? AND (?3 = '' OR camera = ?3) ORDER BY at, id LIMIT ?4");
    if (!query)
        return fail(query.error());
    query->bind(1, toMicros(from)).bind(2, toMicros(to)).bind(3, camera).bind(4, std::int64_t{kMostAnswered});
    QList<Bookmark> out;
    for (auto row = query->step();; row = query->step()) {
        if (!row)
            return fail(row.error());
        if (!*row)
            return out;
        out.append(read(*query));
    }
}

} // namespace vedette::agent
