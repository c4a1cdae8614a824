// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/jpeg_encoder.h"

#include "core/media/av_error.h"
#include "core/media/native_frame.h"
#include "core/media/scaler.h"

#include <algorithm>

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace vedette::media {
namespace {

struct CodecContextDeleter {
    void operator()(AVCodecContext *context) const { avcodec_free_context(&context); }
};
struct PacketDeleter {
    void operator()(AVPacket *packet) const { av_packet_free(&packet); }
};

/// quality 100 is quantiser 2, the best of the MPEG-4 family; quality 1 is 31, the worst.
int quantiserFor(int quality)
{
    return 31 - (std::clamp(quality, 1, 100) - 1) * 29 / 99;
}

} // namespace

struct JpegEncoder::Private {
    Scaler scaler;
    std::unique_ptr<AVCodecContext, CodecContextDeleter> context;
    std::unique_ptr<AVPacket, PacketDeleter> packet{av_packet_alloc()};
    int quality = 0;
    std::int64_t count = 0;

    Status open(int width, int height, int wantedQuality);
};

Status JpegEncoder::Private::open(int width, int height, int wantedQuality)
{
    if (context && context->width == width && context->height == height && quality == wantedQuality)
        return {};
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    if (!codec)
        return fail(ErrorKind::Unsupported, QStringLiteral("this FFmpeg has no JPEG encoder"));
    context.reset(avcodec_alloc_context3(codec));
    if (!context || !packet)
        return fail(ErrorKind::Internal, QStringLiteral("out of memory for a JPEG"));
    context->width = width;
    context->height = height;
    context->pix_fmt = AV_PIX_FMT_YUVJ420P;
    context->color_range = AVCOL_RANGE_JPEG;
    context->time_base = {1, 25};
    context->sample_aspect_ratio = {1, 1}; // without it there is no JFIF header
    context->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
    context->global_quality = quantiserFor(wantedQuality) * FF_QP2LAMBDA;
    context->thread_count = 1;
    quality = wantedQuality;
    if (const int code = avcodec_open2(context.get(), codec, nullptr); code < 0) {
        context.reset();
        return fail(avError(code, QStringLiteral("cannot make a JPEG of %1x%2").arg(width).arg(height)));
    }
    return {};
}

JpegEncoder::JpegEncoder() : d(std::make_unique<Private>())
{
    prepareFfmpeg();
}

JpegEncoder::~JpegEncoder() = default;

Result<Bytes> JpegEncoder::encode(const Frame &frame, int width, int height, int quality)
{
    const auto planar = d->scaler.toJfif(frame, width, height);
    if (!planar)
        return fail(planar.error());
    if (const Status opened = d->open(width, height, quality); !opened)
        return fail(opened.error());
    AvFramePtr picture(av_frame_clone(nativeFrame(*planar)));
    if (!picture)
        return fail(ErrorKind::Internal, QStringLiteral("out of memory for a JPEG"));
    picture->format = AV_PIX_FMT_YUVJ420P;
    picture->quality = d->context->global_quality;
    picture->pts = d->count++;
    picture->pict_type = AV_PICTURE_TYPE_NONE;
    int code = avcodec_send_frame(d->context.get(), picture.get());
    if (code >= 0)
        code = avcodec_receive_packet(d->context.get(), d->packet.get());
    if (code < 0) {
        d->context.reset(); // of no further use
        return fail(avError(code, QStringLiteral("cannot make a JPEG")));
    }
    Bytes jpeg(d->packet->data, d->packet->data + d->packet->size);
    av_packet_unref(d->packet.get());
    return jpeg;
}

} // namespace vedette::media
