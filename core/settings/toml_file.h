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

/// "[mqtt]", one "[[camera]]", or what belongs to the last of those before it: "[camera.sub]", one "[[camera.target]]".
struct TomlSection {
    QString name; ///< "camera.sub" for one in another; empty for keys above the first section
    int line = 0;
    bool listed = false; ///< written as [[name]]
    QList<TomlEntry> entries;
};

/// The settings file as sections with line numbers, in their order; the only home of toml++. Errors of the file
/// system and of the syntax alike come as TomlError. nested: the names of sections that may stand in another.
tl::expected<QList<TomlSection>, TomlError> readTomlFile(const QString &path, const QStringList &nested);

} // namespace vedette::settings
