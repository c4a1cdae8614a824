// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

namespace vedette::settings {

/// Why a file could not be read at all, and where.
struct TomlError {
    int line = 0;     ///< 0: the file as a whole
    QString key;      ///< "mqtt.port", as far as the line shows one
    QString sentence; ///< without values of the file
};

/// One sentence for people in place of what toml++ says about this line, which speaks of parsing and quotes what it could
/// not read, perhaps a password. text: the whole file. Reentrant, accepts any bytes.
TomlError explainTomlError(const QByteArray &text, int line, const QString &description);

} // namespace vedette::settings
