// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/frame.h"

namespace vedette::media {

/// Whether two pictures show the same, apart from what coding and a sensor's noise make of it. Looks at every eighth row
/// of the luma, beginning with row phase modulo 8: give another phase each time, and nothing stays unseen. A stretch of
/// 32 samples that differs by more than 8 of 255 steps on average is a change (noise of sigma 5 makes 5.6; a spot of 4
/// samples with a contrast of 80 makes 10). False for formats whose first plane is not luma. Pure; reentrant.
bool looksSame(const Frame &a, const Frame &b, unsigned phase);

} // namespace vedette::media
