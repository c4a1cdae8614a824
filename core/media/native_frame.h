// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/frame.h"

#include <memory>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixfmt.h>
}

namespace vedette::media {

struct AvFrameDeleter {
    void operator()(AVFrame *frame) const { av_frame_free(&frame); }
};
using AvFramePtr = std::unique_ptr<AVFrame, AvFrameDeleter>;

/// Private to core/media. The picture with its pixels given to a Frame; times are left to the caller.
Frame makeFrame(AvFramePtr picture);

/// Borrowed from the Frame; null for a null Frame.
const AVFrame *nativeFrame(const Frame &frame);

/// What the samples of a picture mean, after the rules for pictures that do not say.
struct Colour {
    AVColorSpace matrix = AVCOL_SPC_BT709;
    bool fullRange = false;
    bool operator==(const Colour &) const = default;
};
Colour colourOf(const AVFrame *picture);

/// The same layout under its modern name: the old yuvj formats meant "full range".
AVPixelFormat withoutRange(int format);

/// A picture with its own memory; null when memory is out or the size impossible.
AvFramePtr allocatePicture(int width, int height, AVPixelFormat format, const Colour &colour);

} // namespace vedette::media
