// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLoggingCategory>

namespace vedette {

/// Installs the one Qt message handler of the process: every line passes redact() and goes to
/// stderr, as "LEVEL category: text" on a terminal and as one JSON object a line otherwise
/// (time in UTC). Call first in main().
void installLogging();

} // namespace vedette
