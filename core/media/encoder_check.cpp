// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/encoder_check.h"

#include "core/media/av_error.h"
#include "core/media/compat.h"
#include "core/media/native_frame.h"

#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <cstring>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/hwcontext.h>
}

namespace vedette::media {
namespace {

constexpr int kWidth = 320;  // every encoder's smallest size is below it
constexpr int kHeight = 240;

struct ContextDeleter {
    void operator()(AVCodecContext *context) const { avcodec_free_context(&context); }
};
struct BufferDeleter {
    void operator()(AVBufferRef *buffer) const { av_buffer_unref(&buffer); }
};
struct PacketDeleter {
    void operator()(AVPacket *packet) const { av_packet_free(&packet); }
};
using ContextPtr = std::unique_ptr<AVCodecContext, ContextDeleter>;
using BufferPtr = std::unique_ptr<AVBufferRef, BufferDeleter>;

bool inMemory(AVPixelFormat format)
{
    return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_NV12;
}

/// What it takes from memory; NONE when only a device's pictures will do.
AVPixelFormat memoryFormat(const AVCodec *codec)
{
    const auto formats = compat::pixelFormats(codec);
    if (formats.empty())
        return AV_PIX_FMT_YUV420P; // it does not say
    const auto found = std::find_if(formats.begin(), formats.end(), inMemory);
    return found == formats.end() ? AV_PIX_FMT_NONE : *found;
}

/// Not only RGB.
bool takesVideo(const AVCodec *codec)
{
    return memoryFormat(codec) != AV_PIX_FMT_NONE || avcodec_get_hw_config(codec, 0) != nullptr;
}

AvFramePtr greyPicture(AVPixelFormat format)
{
    AvFramePtr picture = allocatePicture(kWidth, kHeight, format, Colour{});
    for (int plane = 0; picture && picture->data[plane]; ++plane) {
        const int rows = plane == 0 ? kHeight : kHeight / 2;
        std::memset(picture->data[plane], 128, static_cast<std::size_t>(picture->linesize[plane]) * static_cast<std::size_t>(rows));
    }
    return picture;
}

/// Pictures of the first device that this encoder can use and that opens.
Result<BufferPtr> deviceFrames(const AVCodec *codec)
{
    QStringList tried;
    for (int i = 0; const AVCodecHWConfig *config = avcodec_get_hw_config(codec, i); ++i) {
        if ((config->methods & AV_CODEC_HW_CONFIG_METHOD_HW_FRAMES_CTX) == 0)
            continue;
        AVBufferRef *device = nullptr;
        const int opened = av_hwdevice_ctx_create(&device, config->device_type, nullptr, nullptr, 0);
        const BufferPtr owned(device);
        tried << QString::fromLatin1(av_hwdevice_get_type_name(config->device_type));
        if (opened < 0)
            continue;
        BufferPtr frames(av_hwframe_ctx_alloc(device));
        if (!frames)
            continue;
        auto *settings = reinterpret_cast<AVHWFramesContext *>(frames->data);
        settings->format = config->pix_fmt;
        settings->sw_format = AV_PIX_FMT_NV12;
        settings->width = kWidth;
        settings->height = kHeight;
        settings->initial_pool_size = 4;
        if (av_hwframe_ctx_init(frames.get()) >= 0)
            return frames;
    }
    return fail(ErrorKind::Unsupported, tried.isEmpty() ? QStringLiteral("it takes no pictures from memory")
                                                        : QStringLiteral("no device of %1").arg(tried.join(QStringLiteral(", "))));
}

Error explain(int code, const QString &doing, const AvErrorLog &log)
{
    // "[h264_nvenc @ 0x55d2e0] words", one line each
    static const QRegularExpression who(QStringLiteral("\\[[^\\]]*@ 0x[0-9a-f]+\\] ?"));
    QStringList lines = log.text().remove(who).split(u'\n', Qt::SkipEmptyParts);
    std::transform(lines.begin(), lines.end(), lines.begin(), [](const QString &line) { return line.simplified(); });
    const QString words = lines.join(QStringLiteral("; "));
    return words.isEmpty() ? avError(code, doing) : Error{kindOf(code), doing + QStringLiteral(": ") + words, nullptr};
}

Status encodeOne(AVCodecContext &context, const AVFrame *picture, const AvErrorLog &log)
{
    std::unique_ptr<AVPacket, PacketDeleter> packet(av_packet_alloc());
    int code = packet ? avcodec_send_frame(&context, picture) : AVERROR(ENOMEM);
    if (code >= 0)
        code = avcodec_send_frame(&context, nullptr); // some give a picture out only at the end
    if (code >= 0)
        code = avcodec_receive_packet(&context, packet.get());
    if (code < 0)
        return fail(explain(code, QStringLiteral("opens, but encodes nothing"), log));
    return {};
}

} // namespace

QStringList h264Encoders()
{
    QStringList names;
    void *state = nullptr;
    while (const AVCodec *codec = av_codec_iterate(&state)) {
        if (av_codec_is_encoder(codec) && codec->id == AV_CODEC_ID_H264 && takesVideo(codec))
            names.append(QString::fromLatin1(codec->name));
    }
    return names;
}

Status checkEncoder(const QString &name)
{
    prepareFfmpeg();
    const AVCodec *codec = avcodec_find_encoder_by_name(name.toLatin1().constData());
    if (!codec)
        return fail(ErrorKind::Unsupported, QStringLiteral("this FFmpeg has no such encoder"));
    const AvErrorLog log;
    const AVPixelFormat format = memoryFormat(codec);
    AvFramePtr picture = greyPicture(format == AV_PIX_FMT_NONE ? AV_PIX_FMT_NV12 : format);
    ContextPtr context(avcodec_alloc_context3(codec));
    if (!picture || !context)
        return fail(ErrorKind::Internal, QStringLiteral("out of memory"));
    context->width = kWidth;
    context->height = kHeight;
    context->pix_fmt = format;
    context->time_base = {1, 25};
    context->framerate = {25, 1};
    context->bit_rate = 400'000;
    context->max_b_frames = 0;
    if (format == AV_PIX_FMT_NONE) {
        const auto frames = deviceFrames(codec);
        if (!frames)
            return fail(frames.error());
        context->pix_fmt = reinterpret_cast<AVHWFramesContext *>((*frames)->data)->format;
        context->hw_frames_ctx = av_buffer_ref(frames->get());
        AvFramePtr uploaded(av_frame_alloc());
        if (!uploaded || av_hwframe_get_buffer(frames->get(), uploaded.get(), 0) < 0 || av_hwframe_transfer_data(uploaded.get(), picture.get(), 0) < 0)
            return fail(ErrorKind::Unsupported, QStringLiteral("its device takes no picture"));
        picture = std::move(uploaded);
    }
    if (const int code = avcodec_open2(context.get(), codec, nullptr); code < 0)
        return fail(explain(code, QStringLiteral("does not open"), log));
    picture->pts = 0;
    return encodeOne(*context, picture.get(), log);
}

} // namespace vedette::media
