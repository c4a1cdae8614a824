// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

struct sqlite3;

namespace vedette::store {

/// A result code of SQLite as our kind: the one table of this library.
ErrorKind kindOf(int code);
/// code with what the connection says about it; context names what was tried.
Error sqliteError(int code, sqlite3 *handle, const QString &context);

} // namespace vedette::store
