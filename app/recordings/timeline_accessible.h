// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace vedette::app {

/// Lets screen readers see a TimelineWidget as a slider whose value is the play head's time. Idempotent; main thread.
void installTimelineAccessibility();

} // namespace vedette::app
