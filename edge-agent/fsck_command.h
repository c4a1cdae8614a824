// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

namespace vedette::agent {

/// "vedette-agent fsck FOLDER [--sizes | --hashes] [--json] [--repair [--yes]]" with the arguments after "fsck": compares the
/// catalog in a folder of recordings with its files, and these with their manifests, while no agent uses it. Changes nothing without --repair, and asks for --yes where more
/// than half of what is listed would be given up. Exit code: 0 when all agree (in the end), 1 when not, 2 for what a person
/// must change first.
int runFsck(const QStringList &arguments);

} // namespace vedette::agent
