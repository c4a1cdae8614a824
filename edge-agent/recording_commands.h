// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QString>

#include <functional>

namespace vedette::agent {

class Camera;
class Catalog;
class CommandDispatcher;

/// Where the commands find what they work on. Main thread.
struct RecordingAccess {
    std::function<Camera *(const QString &id)> camera; ///< null: is not here
    std::function<Result<Catalog *>()> catalog;        ///< or why nothing is recorded here
};

/// The commands trigger, recording, protect and unprotect of docs/api.md. Main thread; what is given outlives the dispatcher.
void offerRecordingCommands(CommandDispatcher &dispatcher, const RecordingAccess &access);

} // namespace vedette::agent
