// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/frame.h"

namespace vedette::media {

/// A part of a picture, pixels.
struct CropRect {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
    bool operator==(const CropRect &) const = default;
};

/// The part as a picture of its own, with the times and colours of the whole; no pixel is copied. A part that is not within
/// the picture, or begins between two colour samples, is moved there. The whole picture where memory is out. Reentrant.
Frame crop(const Frame &frame, const CropRect &part);

} // namespace vedette::media
