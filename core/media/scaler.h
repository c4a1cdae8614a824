// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/media/frame.h"
#include "core/media/packet.h"

#include <memory>

namespace vedette::media {

/// Converts pictures for drawing: scaled to the wanted size first, then to 32-bit BGRx, with the frame's own colour
/// matrix and range (BT.601 below 720 lines and BT.709 from there when it does not say; limited when it does not
/// say). Keeps its context between calls of the same geometry. Thread-bound.
class Scaler {
public:
    Scaler();
    ~Scaler();
    /// out: height rows of stride bytes, at least width * 4 each, 16-byte aligned (QImage::Format_RGB32). All bytes of a
    /// row may be written; rows with room for the next multiple of 32 pixels spare a copy.
    Status toBgrx(const Frame &frame, std::uint8_t *out, int stride, int width, int height);
    /// Same pixels in another size as 8-bit planar 4:2:0, limited range.
    Result<Frame> toYuv420(const Frame &frame, int width, int height);
    /// … in full range of BT.601, as JPEG files have it.
    Result<Frame> toJfif(const Frame &frame, int width, int height);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::media
