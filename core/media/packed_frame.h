// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/frame.h"

#include <span>

namespace vedette::media {

/// Packed 4:2:2 as webcams give it: Y U Y V, one byte each.
struct YuyvLayout {
    int width = 0;          ///< pixels, 2 to 8192
    int height = 0;
    int stride = 0;         ///< bytes of a row, at least 2 * width
    bool bt709 = false;     ///< else BT.601
    bool fullRange = false;
};

/// A copy of the pixels as a picture; its times are left to the caller. Null for too few bytes, an impossible layout or
/// when memory is out. Reentrant.
Frame makeYuyvFrame(std::span<const std::uint8_t> bytes, const YuyvLayout &layout);

} // namespace vedette::media
