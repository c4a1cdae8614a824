// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QJsonValue>
#include <QList>
#include <QString>

namespace vedette::settings {

struct TomlEntry {
    QString key;
    int line = 0;
    QJsonValue value; ///< null for a date or time, which no setting is
};

/// "[mqtt]", or one "[[camera]]".
struct TomlSection {
    QString name; ///< empty for keys above the first section
    int line = 0;
    bool listed = false; ///< written as [[name]]
    QList<TomlEntry> entries;
};

/// Why a file could not be read at all, and where.
struct TomlError {
    int line = 0;
    QString sentence; ///< without values of the file
};

/// The settings file as sections with line numbers, in their order; the only home of toml++. Errors of the file
/// system and of the syntax alike come as TomlError.
tl::expected<QList<TomlSection>, TomlError> readTomlFile(const QString &path);

} // namespace vedette::settings
