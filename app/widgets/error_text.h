// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QString>

namespace vedette::app {

/// The one place where a kind of failure becomes a translated sentence: what happened, and what a person can do.
/// subject: who failed, "The relay", "pi-dock-05".
QString errorSentence(ErrorKind kind, const QString &subject);

} // namespace vedette::app
