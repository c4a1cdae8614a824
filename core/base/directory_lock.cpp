// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/directory_lock.h"

#include <QDir>
#include <QFile>
#include <QLockFile>

#include <sys/stat.h>

namespace vedette {

Result<std::unique_ptr<QLockFile>> lockDirectory(const QString &path, const QString &lockName, const QString &what)
{
    const bool existed = QDir(path).exists();
    if (!existed && !QDir().mkpath(path))
        return fail(ErrorKind::Denied, QStringLiteral("The %1 %2 cannot be made.").arg(what, path));
    if (!existed && ::chmod(QFile::encodeName(path).constData(), S_IRWXU) != 0)
        return fail(ErrorKind::Denied, QStringLiteral("The %1 %2 cannot be made private.").arg(what, path));
    auto lock = std::make_unique<QLockFile>(path + u'/' + lockName);
    lock->setStaleLockTime(0); // only the death of its owner frees it
    if (lock->tryLock(0))
        return lock;
    if (lock->error() != QLockFile::LockFailedError)
        return fail(ErrorKind::Denied, QStringLiteral("The %1 %2 is not writable.").arg(what, path));
    qint64 pid = 0;
    QString host;
    QString program;
    lock->getLockInfo(&pid, &host, &program);
    return fail(ErrorKind::Unavailable, QStringLiteral("The %1 %2 is used by another agent (process %3).").arg(what, path).arg(pid));
}

} // namespace vedette
