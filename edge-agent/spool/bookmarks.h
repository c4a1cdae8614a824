// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/bookmark.h"
#include "core/store/database.h"

namespace vedette::agent {

/// The bookmarks of this agent's cameras, in a file of their own in the data directory: they outlive the recordings' disk and
/// no rule of age removes them. On disk before an answer is given. Main thread.
class Bookmarks {
public:
    static constexpr int kMost = 100'000;       ///< above, none is taken
    static constexpr int kMostAnswered = 10'000;

    /// As store::Database::open().
    static Result<Bookmarks> open(const QString &path);

    /// With its id. Unavailable when there are kMost.
    Result<protocol::Bookmark> add(protocol::Bookmark bookmark);
    /// What it was; NotFound.
    Result<protocol::Bookmark> remove(std::int64_t id);
    /// Of [from, to), by time, at most kMostAnswered. camera empty: of all.
    Result<QList<protocol::Bookmark>> list(const QString &camera, UtcTime from, UtcTime to);

private:
    explicit Bookmarks(store::Database database) : m_database(std::move(database)) {}

    store::Database m_database;
};

} // namespace vedette::agent
