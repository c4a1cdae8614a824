// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/surroundings.h"

#include <QStringList>

namespace vedette::app {

/// The whole program behind main(): picks the subcommand, runs it in a local event loop and gives the exit code.
/// arguments: without the program's name. Main thread.
int runVedettectl(const QStringList &arguments, Surroundings &around);

} // namespace vedette::app
