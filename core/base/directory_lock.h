// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <memory>

class QLockFile;

namespace vedette {

/// Makes the directory for its owner alone where it is missing, and locks it by a file in it until the result goes or this
/// process ends, however it ends. what: "data directory", for the sentence. Denied when it cannot be made or written;
/// Unavailable, with the number of the other process, when it is in use.
Result<std::unique_ptr<QLockFile>> lockDirectory(const QString &path, const QString &lockName, const QString &what);

} // namespace vedette
