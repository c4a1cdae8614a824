// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/status.h"

namespace vedette::agent {

/// A camera's picture is fresh while its age is below max(2 s, 3 frame intervals). Reentrant.
bool isFresh(const protocol::CameraStatus &camera);

/// Why it gives no pictures: "its source is waiting: REASON", from the first stage up to the stream that does not run;
/// empty when all run. Where the stream is pushed to does not matter here.
QString whyNoPicture(const protocol::CameraStatus &camera);

} // namespace vedette::agent
