// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/decoder.h"

#include "core/media/av_error.h"
#include "core/media/compat.h"
#include "core/media/native_frame.h"

#include <algorithm>
#include <array>
#include <cstring>

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace vedette::media {
namespace {

constexpr std::size_t kRemembered = 128; // packets between input and output: 16 reordered pictures, 16 threads, reserve
constexpr int kMaxThreads = 16;

struct CodecContextDeleter {
    void operator()(AVCodecContext *context) const { avcodec_free_context(&context); }
};
struct PacketDeleter {
    void operator()(AVPacket *packet) const { av_packet_free(&packet); }
};

AVCodecID codecId(const StreamInfo &info)
{
    switch (info.codec) {
    case Codec::H264: return AV_CODEC_ID_H264;
    case Codec::H265: return AV_CODEC_ID_HEVC;
    case Codec::Mjpeg: return AV_CODEC_ID_MJPEG;
    case Codec::Other: return static_cast<AVCodecID>(info.nativeCodec);
    case Codec::Unknown: break;
    }
    return AV_CODEC_ID_NONE;
}

bool copyExtradata(AVCodecContext *context, const Bytes &bytes)
{
    if (bytes.empty())
        return true;
    context->extradata = static_cast<std::uint8_t *>(av_mallocz(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    if (!context->extradata)
        return false;
    std::memcpy(context->extradata, bytes.data(), bytes.size());
    context->extradata_size = static_cast<int>(bytes.size());
    return true;
}

} // namespace

struct Decoder::Private {
    std::unique_ptr<AVCodecContext, CodecContextDeleter> context;
    std::unique_ptr<AVPacket, PacketDeleter> packet{av_packet_alloc()};
    SystemClock clock;
    std::uint64_t errors = 0;
    bool broken = true;                ///< withhold until a key frame that was sent after brokenAt
    std::int64_t brokenAt = -1;

    /// What rides beside a packet. FFmpeg carries only its serial number (as pts), so equal or missing times do no harm.
    struct Remembered {
        std::int64_t serial = -1;
        microseconds pts{0};
        MonoTime arrival{};
        std::optional<CaptureStamp> capture;
    };
    std::array<Remembered, kRemembered> remembered;
    std::int64_t serial = 0;

    void lose(std::int64_t at)
    {
        ++errors;
        broken = true;
        brokenAt = std::max(brokenAt, at);
    }
    bool mayShow(const AVFrame *picture);
    void receive(std::vector<Frame> &frames);
    Status send(const Packet &input);
};

bool Decoder::Private::mayShow(const AVFrame *picture)
{
    const std::int64_t at = picture->pts;
    const bool damaged = picture->decode_error_flags != 0 || (picture->flags & AV_FRAME_FLAG_CORRUPT) != 0;
    if (damaged) {
        lose(at);
        return false;
    }
    if (broken && compat::isKeyFrame(picture) && at > brokenAt)
        broken = false;
    return !broken;
}

void Decoder::Private::receive(std::vector<Frame> &frames)
{
    for (;;) {
        AvFramePtr picture(av_frame_alloc());
        if (!picture)
            return;
        const int code = avcodec_receive_frame(context.get(), picture.get());
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
            return;
        if (code < 0) {
            lose(serial - 1);
            return;
        }
        if (!mayShow(picture.get()))
            continue;
        const Remembered &origin = remembered[static_cast<std::size_t>(picture->pts) % kRemembered];
        const bool known = picture->pts >= 0 && origin.serial == picture->pts;
        Frame frame = makeFrame(std::move(picture));
        if (known) {
            frame.pts = origin.pts;
            frame.arrival = origin.arrival;
            frame.capture = origin.capture;
        }
        frame.decoded = clock.now();
        frames.push_back(std::move(frame));
    }
}

/// FFmpeg reads a little past the end of its input, so it gets a padded copy.
Status Decoder::Private::send(const Packet &input)
{
    int code = av_new_packet(packet.get(), static_cast<int>(input.data.size()));
    if (code < 0)
        return fail(avError(code, QStringLiteral("out of memory for a packet")));
    std::memcpy(packet->data, input.data.data(), input.data.size());
    packet->pts = serial;
    packet->dts = AV_NOPTS_VALUE;
    packet->flags = input.key ? AV_PKT_FLAG_KEY : 0;
    remembered[static_cast<std::size_t>(serial) % kRemembered] = {serial, input.pts, input.arrival, input.capture};
    ++serial;
    code = avcodec_send_packet(context.get(), packet.get());
    av_packet_unref(packet.get());
    if (code >= 0)
        return {};
    lose(serial - 1);
    return fail(Error{ErrorKind::Corrupt, avError(code, QStringLiteral("undecodable packet")).detail, nullptr});
}

Decoder::Decoder() : d(std::make_unique<Private>()) {}
Decoder::~Decoder() = default;

Result<std::unique_ptr<Decoder>> Decoder::create(const StreamInfo &info, Options options)
{
    prepareFfmpeg();
    const AVCodec *codec = avcodec_find_decoder(codecId(info));
    if (!codec || codec->type != AVMEDIA_TYPE_VIDEO)
        return fail(ErrorKind::Unsupported, QStringLiteral("no decoder for codec %1 \"%2\"")
                                                .arg(info.nativeCodec).arg(QLatin1String(toString(info.codec))));
    std::unique_ptr<Decoder> decoder(new Decoder);
    Private &d = *decoder->d;
    d.context.reset(avcodec_alloc_context3(codec));
    const bool native = info.codec == Codec::Other;
    if (!d.context || !d.packet || !copyExtradata(d.context.get(), native ? info.nativeExtradata : info.parameterSets))
        return fail(ErrorKind::Internal, QStringLiteral("out of memory for a decoder"));
    d.context->width = info.width;
    d.context->height = info.height;
    d.context->pkt_timebase = {1, 1'000'000};
    d.context->thread_count = std::clamp(options.threads, 1, kMaxThreads);
    if (options.lowDelay) {
        d.context->thread_type = FF_THREAD_SLICE; // frame threads delay by one picture each
        d.context->flags |= AV_CODEC_FLAG_LOW_DELAY;
    }
    const int code = avcodec_open2(d.context.get(), codec, nullptr);
    if (code < 0)
        return fail(avError(code, QStringLiteral("cannot start the decoder for %1").arg(QLatin1String(codec->name))));
    return decoder;
}

Result<std::vector<Frame>> Decoder::decode(const PacketPtr &packet)
{
    if (!packet || packet->data.empty())
        return fail(ErrorKind::Corrupt, QStringLiteral("empty packet"));
    std::vector<Frame> frames;
    const Status sent = d->send(*packet);
    d->receive(frames);
    if (!sent && frames.empty())
        return fail(sent.error());
    return frames;
}

std::vector<Frame> Decoder::flush()
{
    std::vector<Frame> frames;
    avcodec_send_packet(d->context.get(), nullptr);
    d->receive(frames);
    reset();
    return frames;
}

void Decoder::reset()
{
    avcodec_flush_buffers(d->context.get());
    d->broken = true;
    d->brokenAt = d->serial - 1;
}

std::uint64_t Decoder::errors() const
{
    return d->errors;
}

} // namespace vedette::media
