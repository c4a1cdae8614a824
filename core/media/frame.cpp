// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/frame.h"

#include "core/media/native_frame.h"
#include "core/media/scaler.h"

namespace vedette::media {
namespace {

constexpr int kMaxSide = 8192; // largest picture of H.264 level 6.2 and of frame.h
constexpr int kHdLines = 720;  // below it an untagged picture is taken as BT.601, as television does

bool isOldFullRangeFormat(int format)
{
    return format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P || format == AV_PIX_FMT_YUVJ444P
        || format == AV_PIX_FMT_YUVJ440P || format == AV_PIX_FMT_YUVJ411P;
}

} // namespace

Frame makeFrame(AvFramePtr picture)
{
    Frame frame;
    if (!picture)
        return frame;
    frame.width = picture->width;
    frame.height = picture->height;
    frame.nativeFormat = picture->format;
    for (std::size_t i = 0; i < frame.planes.size(); ++i) {
        frame.planes[i] = picture->data[i];
        frame.strides[i] = picture->linesize[i];
    }
    frame.handle = std::shared_ptr<const void>(picture.release(), [](const void *handle) {
        auto *owned = static_cast<AVFrame *>(const_cast<void *>(handle));
        av_frame_free(&owned);
    });
    return frame;
}

const AVFrame *nativeFrame(const Frame &frame)
{
    return static_cast<const AVFrame *>(frame.handle.get());
}

Colour colourOf(const AVFrame *picture)
{
    Colour colour;
    colour.matrix = picture->colorspace;
    if (colour.matrix == AVCOL_SPC_UNSPECIFIED || colour.matrix == AVCOL_SPC_RGB || colour.matrix == AVCOL_SPC_RESERVED)
        colour.matrix = picture->height >= kHdLines ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    colour.fullRange = picture->color_range == AVCOL_RANGE_JPEG
        || (picture->color_range == AVCOL_RANGE_UNSPECIFIED && isOldFullRangeFormat(picture->format));
    return colour;
}

AVPixelFormat withoutRange(int format)
{
    switch (format) {
    case AV_PIX_FMT_YUVJ420P: return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P: return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P: return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P: return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P: return AV_PIX_FMT_YUV411P;
    default: return static_cast<AVPixelFormat>(format);
    }
}

AvFramePtr allocatePicture(int width, int height, AVPixelFormat format, const Colour &colour)
{
    AvFramePtr picture(av_frame_alloc());
    if (!picture)
        return nullptr;
    picture->width = width;
    picture->height = height;
    picture->format = format;
    picture->colorspace = colour.matrix;
    picture->color_range = colour.fullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    if (av_frame_get_buffer(picture.get(), 0) < 0)
        return nullptr;
    return picture;
}

struct FrameBuffer::Private {
    AvFramePtr picture;
};

FrameBuffer::FrameBuffer(int width, int height) : d(std::make_unique<Private>())
{
    const bool valid = width >= 2 && height >= 2 && width <= kMaxSide && height <= kMaxSide && width % 2 == 0
        && height % 2 == 0;
    if (!valid)
        return;
    d->picture = allocatePicture(width, height, AV_PIX_FMT_YUV420P, Colour{});
    if (d->picture) {
        d->picture->color_primaries = AVCOL_PRI_BT709;
        d->picture->color_trc = AVCOL_TRC_BT709;
        d->picture->chroma_location = AVCHROMA_LOC_LEFT;
    }
}

Result<FrameBuffer> FrameBuffer::copyOf(const Frame &frame, int width, int height, Scaler &scaler)
{
    const auto planar = scaler.toYuv420(frame, width, height);
    if (!planar)
        return fail(planar.error());
    const AVFrame *from = nativeFrame(*planar);
    FrameBuffer copy(width, height);
    if (!copy.d->picture || av_frame_copy(copy.d->picture.get(), from) < 0 || av_frame_copy_props(copy.d->picture.get(), from) < 0)
        return fail(ErrorKind::Internal, QStringLiteral("no memory for a %1x%2 picture").arg(width).arg(height));
    return copy;
}

FrameBuffer::~FrameBuffer() = default;
FrameBuffer::FrameBuffer(FrameBuffer &&) noexcept = default;
FrameBuffer &FrameBuffer::operator=(FrameBuffer &&) noexcept = default;

int FrameBuffer::width() const
{
    return d && d->picture ? d->picture->width : 0;
}

int FrameBuffer::height() const
{
    return d && d->picture ? d->picture->height : 0;
}

std::uint8_t *FrameBuffer::plane(int index)
{
    return d && d->picture && index >= 0 && index < 3 ? d->picture->data[index] : nullptr;
}

int FrameBuffer::stride(int index) const
{
    return d && d->picture && index >= 0 && index < 3 ? d->picture->linesize[index] : 0;
}

Frame FrameBuffer::release(MonoTime captured, microseconds pts)
{
    if (!d || !d->picture)
        return {};
    d->picture->pts = pts.count();
    Frame frame = makeFrame(std::move(d->picture));
    frame.captured = captured;
    frame.pts = pts;
    return frame;
}

} // namespace vedette::media
