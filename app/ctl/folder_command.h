// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/surroundings.h"

namespace vedette::app {

/// "vedettectl folder PATH": what is recorded in a folder of this machine, whoever wrote it, and what is wrong with it.
int runFolder(const QStringList &arguments, Surroundings &around);

} // namespace vedette::app
