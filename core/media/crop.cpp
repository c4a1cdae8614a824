// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/crop.h"

#include "core/media/native_frame.h"

#include <algorithm>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
}

namespace vedette::media {

Frame crop(const Frame &frame, const CropRect &part)
{
    const AVFrame *whole = nativeFrame(frame);
    if (!whole)
        return frame;
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(AVPixelFormat(whole->format));
    AvFramePtr cut(av_frame_clone(whole));
    if (!format || !cut)
        return frame;
    const int maskX = ~((1 << format->log2_chroma_w) - 1), maskY = ~((1 << format->log2_chroma_h) - 1);
    const int left = std::clamp(part.x, 0, whole->width - 1) & maskX;
    const int top = std::clamp(part.y, 0, whole->height - 1) & maskY;
    const int width = std::clamp(part.width, 1, whole->width - left);
    const int height = std::clamp(part.height, 1, whole->height - top);
    cut->crop_left = std::size_t(left);
    cut->crop_top = std::size_t(top);
    cut->crop_right = std::size_t(whole->width - left - width);
    cut->crop_bottom = std::size_t(whole->height - top - height);
    // What untagged samples mean follows from the size of the whole.
    const Colour colour = colourOf(whole);
    cut->colorspace = colour.matrix;
    cut->color_range = colour.fullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    if (av_frame_apply_cropping(cut.get(), AV_FRAME_CROP_UNALIGNED) < 0)
        return frame;
    Frame result = makeFrame(std::move(cut));
    result.pts = frame.pts;
    result.capture = frame.capture;
    result.captured = frame.captured;
    result.firstByte = frame.firstByte;
    result.arrival = frame.arrival;
    result.decoded = frame.decoded;
    return result;
}

} // namespace vedette::media
