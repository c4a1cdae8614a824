// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QStringList>

namespace vedette::agent {

/// "vedette-agent livekit-ingress": makes an RTMP ingress by LiveKit's API and writes its stream key (first line) and its
/// address (second line) into a file of mode 0600, made for key_file of a target. The exit code: 0, 1 when LiveKit refuses or
/// does not answer, 2 for what a person must change. arguments: without the program and the command's name.
int runLiveKitIngress(const QStringList &arguments, const QHash<QString, QString> &environment);

} // namespace vedette::agent
