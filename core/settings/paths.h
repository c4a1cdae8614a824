// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QString>

namespace vedette::settings {

/// Where agent.data_dir is when it is not set, by the variables of systemd and XDG.
QString defaultDataDir(const QHash<QString, QString> &environment);
bool isReadableFile(const QString &path);
/// Why the folder cannot be used or made for writing, in one sentence that names it; empty when it can. Changes nothing.
QString whyNotWritableFolder(const QString &path);

} // namespace vedette::settings
