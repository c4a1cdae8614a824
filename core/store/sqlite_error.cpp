// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/sqlite_error.h"

#include <sqlite3.h>

namespace vedette::store {

ErrorKind kindOf(int code)
{
    switch (code & 0xff) { // the low byte of an extended code
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ErrorKind::Corrupt;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
        return ErrorKind::Denied;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
        return ErrorKind::Unavailable;
    case SQLITE_TOOBIG:
        return ErrorKind::InvalidInput;
    case SQLITE_INTERRUPT:
        return ErrorKind::Cancelled;
    default:
        return ErrorKind::Internal;
    }
}

Error sqliteError(int code, sqlite3 *handle, const QString &context)
{
    const QString said = handle ? QString::fromUtf8(sqlite3_errmsg(handle)) : QString::fromUtf8(sqlite3_errstr(code));
    return {kindOf(code), QStringLiteral("%1: %2 (SQLite %3)").arg(context, said).arg(code), nullptr};
}

} // namespace vedette::store
