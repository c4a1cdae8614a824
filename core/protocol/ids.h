// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

namespace vedette::protocol {

/// Camera and agent ids: [a-z0-9][a-z0-9-]{0,31}. They are MQTT levels, URL segments and file
/// names, so nothing else is let through.
bool isValidId(QStringView id);
/// The same with a sentence that names what is wrong.
Status checkId(const QString &id);

} // namespace vedette::protocol
