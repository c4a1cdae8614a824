// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <functional>

namespace vedette::agent {

class Camera;
class CommandDispatcher;

/// The commands trigger and recording of docs/api.md. camera: null for an id that is not here. Main thread; what is given
/// outlives the dispatcher.
void offerRecordingCommands(CommandDispatcher &dispatcher, const std::function<Camera *(const QString &id)> &camera);

} // namespace vedette::agent
