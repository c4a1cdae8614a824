// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/surroundings.h"

#include <QStringList>

namespace vedette::app {

/// "vedettectl command AGENT[/CAMERA] NAME": sends one command of protocol::commandTable() and prints its reply; 0 when
/// the agent has done it.
int runCommand(const QStringList &arguments, Surroundings &around);

} // namespace vedette::app
