// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QByteArray>
#include <QJsonObject>
#include <QList>
#include <QString>

namespace vedette::protocol {

/// A moment of one camera that somebody wrote something about; kept by its agent for all consoles. Value type.
struct Bookmark {
    static constexpr qsizetype kMostText = 500; ///< characters
    static constexpr qsizetype kMostAuthor = 64;

    std::int64_t id = 0; ///< of its agent; never given twice
    QString camera;
    UtcTime at{};
    QString text;        ///< may be empty: a mark
    QString author;
    UtcTime made{};
    bool operator==(const Bookmark &) const = default;
};

QJsonObject toJsonObject(const Bookmark &bookmark);
/// {"bookmarks":[…]}
QByteArray toJson(const QList<Bookmark> &bookmarks);
/// InvalidInput names the key.
Result<QList<Bookmark>> parseBookmarks(const QByteArray &json);

} // namespace vedette::protocol
