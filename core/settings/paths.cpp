// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/paths.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

namespace vedette::settings {

QString defaultDataDir(const QHash<QString, QString> &environment)
{
    // systemd may name several, separated by ':'.
    if (const QString state = environment.value(QStringLiteral("STATE_DIRECTORY")).section(u':', 0, 0); !state.isEmpty())
        return state;
    QString base = environment.value(QStringLiteral("XDG_STATE_HOME"));
    if (!QDir::isAbsolutePath(base)) // the XDG specification ignores relative ones
        base = environment.value(QStringLiteral("HOME"), QDir::homePath()) + QStringLiteral("/.local/state");
    return base + QStringLiteral("/vedette-agent");
}

bool isReadableFile(const QString &path)
{
    return QFileInfo(path).isFile() && QFile(path).open(QIODevice::ReadOnly);
}

QString whyNotWritableFolder(const QString &path)
{
    QFileInfo place(path);
    while (!place.exists() && !place.isRoot())
        place.setFile(place.dir().absolutePath()); // what is not there yet is made below the first that is
    const bool there = place.absoluteFilePath() == QFileInfo(path).absoluteFilePath();
    if (!place.isDir())
        return there ? QStringLiteral("%1 is a file, not a folder").arg(path)
                     : QStringLiteral("%1 cannot be made: %2 is a file, not a folder").arg(path, place.absoluteFilePath());
    if (!place.isWritable() || !place.isExecutable())
        return there ? QStringLiteral("%1 is not writable").arg(path)
                     : QStringLiteral("%1 cannot be made: %2 is not writable").arg(path, place.absoluteFilePath());
    return {};
}

} // namespace vedette::settings
