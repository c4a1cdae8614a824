// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/settings/toml_error.h"

#include <QJsonValue>
#include <QList>
#include <QString>

namespace vedette::settings {

struct TomlEntry {
    QString key;
    int line = 0;
    bool fraction = false; ///< a number written with '.', an exponent, or as inf or nan
    QJsonValue value; ///< null for a date or time, which no setting is
};

/// "[mqtt]", or one "[[camera]]".
struct TomlSection {
    QString name; ///< empty for keys above the first section
    int line = 0;
    bool listed = false; ///< written as [[name]]
    QList<TomlEntry> entries;
};

/// The settings file as sections with line numbers, in their order; the only home of toml++. Errors of the file
/// system and of the syntax alike come as TomlError.
tl::expected<QList<TomlSection>, TomlError> readTomlFile(const QString &path);

} // namespace vedette::settings
