// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QHash>
#include <QList>
#include <QStringList>

namespace vedette::lint {

/// layers.txt, read. The grammar stands at its top.
struct Layers {
    struct Home {
        QStringList headers; ///< beginnings
        QStringList folders;
    };
    QHash<QString, QStringList> allowed; ///< folder → folders and headers; lists are resolved
    QList<Home> homes;
    QStringList noPixels;

    /// Null for a folder that the table does not know.
    const QStringList *allowedFor(const QString &folder) const;
    bool mayInclude(const QString &folder, const QString &header) const;
};

/// InvalidInput names the line.
Result<Layers> parseLayers(const QString &text);

} // namespace vedette::lint
