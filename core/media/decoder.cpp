// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/decoder.h"

#include "core/media/av_error.h"
#include "core/media/extradata.h"
#include "core/media/compat.h"
#include "core/media/nal.h"
#include "core/media/native_frame.h"
#include "core/media/sps.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <optional>
#include <utility>

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
    default: break; // sound
    }
    return AV_CODEC_ID_NONE;
}

bool copyExtradata(AVCodecContext *context, const Bytes &bytes)
{
    return bytes.empty() || setExtradata(context, bytes);
}

} // namespace

struct Decoder::Private {
    StreamInfo info;
    Options options;
    std::unique_ptr<AVCodecContext, CodecContextDeleter> context;
    std::unique_ptr<AVPacket, PacketDeleter> packet{av_packet_alloc()};
    SystemClock clock;
    std::uint64_t errors = 0;
    bool dirty = false;                ///< damage has been through the context: start a new one at the next key frame
    bool gapsAllowed = false;          ///< the stream leaves out reference pictures on purpose
    std::optional<HardwareDevice> device; ///< of this context
    QString noHardware;                ///< why this stream is not for hardware, for good; empty: it may be
    std::uint64_t fromDevice = 0;      ///< pictures since the context was opened
    bool keySent = false;              ///< to this context
    bool broken = true;                ///< withhold until a key frame that was sent after brokenAt
    std::int64_t brokenAt = -1;

    /// What rides beside a packet. FFmpeg carries only its serial number (as pts), so equal or missing times do no harm.
    struct Remembered {
        std::int64_t serial = -1;
        microseconds pts{0};
        MonoTime firstByte{};
        MonoTime arrival{};
        std::optional<CaptureStamp> capture;
    };
    std::array<Remembered, kRemembered> remembered;
    std::int64_t serial = 0;

    /// Picture buffers that FFmpeg asked for, by packet; written by its threads. More than one for a packet means
    /// that it invented a reference picture that never came; it tells so in no other way.
    std::array<std::atomic<int>, kRemembered> buffers{};

    static int getBuffer(AVCodecContext *context, AVFrame *picture, int flags);
    static AVPixelFormat chooseFormat(AVCodecContext *context, const AVPixelFormat *offered);
    Status openContext();
    void chooseDevice(const AVCodec &codec);
    void refuseHardware(const QString &why);
    void noteFailure(int code);
    AvFramePtr inMemory(AvFramePtr picture);
    void lose(std::int64_t at)
    {
        ++errors;
        dirty = true;
        broken = true;
        brokenAt = std::max(brokenAt, at);
    }
    bool inventedReference(const AVFrame *picture) const;
    bool mayShow(const AVFrame *picture);
    void receive(std::vector<Frame> &frames);
    Status send(const Packet &input);
};

std::size_t slotOf(std::int64_t serial)
{
    return static_cast<std::size_t>(serial) % kRemembered;
}

int Decoder::Private::getBuffer(AVCodecContext *context, AVFrame *picture, int flags)
{
    auto *self = static_cast<Private *>(context->opaque);
    if (picture->pts >= 0)
        ++self->buffers[slotOf(picture->pts)];
    return avcodec_default_get_buffer2(context, picture, flags);
}

/// Without its format among those offered, the device cannot decode this very stream.
AVPixelFormat Decoder::Private::chooseFormat(AVCodecContext *context, const AVPixelFormat *offered)
{
    auto *self = static_cast<Private *>(context->opaque);
    if (self->device) {
        for (const AVPixelFormat *format = offered; *format != AV_PIX_FMT_NONE; ++format) {
            if (*format == self->device->format)
                return *format;
        }
        self->refuseHardware(QStringLiteral("%1 does not decode this stream").arg(self->device->name));
        self->device.reset();
    }
    return avcodec_default_get_format(context, offered);
}

void Decoder::Private::refuseHardware(const QString &why)
{
    if (noHardware.isEmpty())
        noHardware = why;
}

void Decoder::Private::chooseDevice(const AVCodec &codec)
{
    if (device && keySent && fromDevice == 0)
        refuseHardware(QStringLiteral("%1 gave no picture of this stream").arg(device->name));
    device.reset();
    fromDevice = 0;
    keySent = false;
    if (!options.hardware)
        refuseHardware(QStringLiteral("hardware is not asked for"));
    else if (options.threads > 1 && !options.lowDelay)
        refuseHardware(QStringLiteral("several threads are asked for"));
    if (!noHardware.isEmpty())
        return;
    auto found = options.hardware->deviceFor(codec);
    if (!found)
        return refuseHardware(found.error().detail);
    device = std::move(*found);
    if (device->context)
        context->hw_device_ctx = av_buffer_ref(device->context.get());
}

/// Broken data is not the device's fault; all else is.
void Decoder::Private::noteFailure(int code)
{
    if (device && code != AVERROR_INVALIDDATA)
        refuseHardware(avError(code, device->name).detail);
}

/// Null, and software from the next key frame on, when the device does not give it away.
AvFramePtr Decoder::Private::inMemory(AvFramePtr picture)
{
    if (!device || picture->format != device->format)
        return picture;
    AvFramePtr memory(av_frame_alloc());
    const Status done = memory ? options.hardware->download(*memory, *picture) : fail(ErrorKind::Internal, QStringLiteral("out of memory"));
    if (done)
        return memory;
    refuseHardware(QStringLiteral("%1: %2").arg(device->name, done.error().detail));
    return nullptr;
}

Status Decoder::Private::openContext()
{
    const AVCodec *codec = avcodec_find_decoder(codecId(info));
    if (!codec || codec->type != AVMEDIA_TYPE_VIDEO)
        return fail(ErrorKind::Unsupported, QStringLiteral("no decoder for codec %1 \"%2\"")
                                                .arg(info.nativeCodec).arg(QLatin1String(toString(info.codec))));
    context.reset(avcodec_alloc_context3(codec));
    const bool native = info.codec == Codec::Other;
    if (!context || !packet || !copyExtradata(context.get(), native ? info.nativeExtradata : info.parameterSets))
        return fail(ErrorKind::Internal, QStringLiteral("out of memory for a decoder"));
    context->width = info.width;
    context->height = info.height;
    context->pkt_timebase = {1, 1'000'000};
    context->opaque = this;
    context->get_buffer2 = &Private::getBuffer;
    context->get_format = &Private::chooseFormat;
    chooseDevice(*codec);
    context->thread_count = std::clamp(options.threads, 1, kMaxThreads);
    if (options.lowDelay) {
        context->thread_type = FF_THREAD_SLICE; // frame threads delay by one picture each
        context->flags |= AV_CODEC_FLAG_LOW_DELAY;
    }
    const int code = avcodec_open2(context.get(), codec, nullptr);
    if (code < 0)
        return fail(avError(code, QStringLiteral("cannot start the decoder for %1").arg(QLatin1String(codec->name))));
    dirty = false;
    return {};
}

bool Decoder::Private::inventedReference(const AVFrame *picture) const
{
    const bool counted = info.codec == Codec::H264 || info.codec == Codec::H265;
    // A key frame needs no reference, so a gap before it does no harm.
    return counted && !gapsAllowed && picture->pts >= 0 && !compat::isKeyFrame(picture)
        && buffers[slotOf(picture->pts)] > 1;
}

bool Decoder::Private::mayShow(const AVFrame *picture)
{
    const std::int64_t at = picture->pts;
    const bool damaged = picture->decode_error_flags != 0 || (picture->flags & AV_FRAME_FLAG_CORRUPT) != 0;
    if (damaged || inventedReference(picture)) {
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
            noteFailure(code);
            lose(serial - 1);
            return;
        }
        if (device && picture->format == device->format)
            ++fromDevice;
        if (!mayShow(picture.get()))
            continue;
        const std::int64_t at = picture->pts;
        picture = inMemory(std::move(picture));
        if (!picture) {
            lose(at);
            continue;
        }
        const Remembered &origin = remembered[slotOf(picture->pts)];
        const bool known = picture->pts >= 0 && origin.serial == picture->pts;
        Frame frame = makeFrame(std::move(picture));
        if (known) {
            frame.pts = origin.pts;
            frame.firstByte = origin.firstByte;
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
    if (input.key) {
        if (dirty) {
            const Status reopened = openContext(); // damage can leave wrong parameters and delays behind
            if (!reopened)
                return reopened;
        }
        keySent = true;
        if (info.codec == Codec::H264) {
            if (const auto sequence = readSequence(info.codec, extractParameterSets(info.codec, input.data)))
                gapsAllowed = sequence->frameNumberGaps;
        }
    }
    int code = av_new_packet(packet.get(), static_cast<int>(input.data.size()));
    if (code < 0)
        return fail(avError(code, QStringLiteral("out of memory for a packet")));
    std::memcpy(packet->data, input.data.data(), input.data.size());
    packet->pts = serial;
    packet->dts = AV_NOPTS_VALUE;
    packet->flags = input.key ? AV_PKT_FLAG_KEY : 0;
    remembered[slotOf(serial)] = {serial, input.pts, input.firstByte, input.arrival, input.capture};
    buffers[slotOf(serial)] = 0;
    ++serial;
    code = avcodec_send_packet(context.get(), packet.get());
    av_packet_unref(packet.get());
    if (code >= 0)
        return {};
    noteFailure(code);
    lose(serial - 1);
    return fail(Error{ErrorKind::Corrupt, avError(code, QStringLiteral("undecodable packet")).detail, nullptr});
}

Decoder::Decoder() : d(std::make_unique<Private>()) {}
Decoder::~Decoder() = default;

Result<std::unique_ptr<Decoder>> Decoder::create(const StreamInfo &info, Options options)
{
    prepareFfmpeg();
    std::unique_ptr<Decoder> decoder(new Decoder);
    decoder->d->info = info;
    decoder->d->options = options;
    const Status opened = decoder->d->openContext();
    if (!opened)
        return fail(opened.error());
    return decoder;
}

Result<std::vector<Frame>> Decoder::decode(const PacketPtr &packet)
{
    if (!packet || packet->data.empty())
        return fail(ErrorKind::Corrupt, QStringLiteral("empty packet"));
    if (!d->context)
        return fail(ErrorKind::Internal, QStringLiteral("the decoder could not be started again"));
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
    if (d->context) {
        avcodec_send_packet(d->context.get(), nullptr);
        d->receive(frames);
    }
    reset();
    return frames;
}

void Decoder::reset()
{
    if (d->context)
        avcodec_flush_buffers(d->context.get());
    d->broken = true;
    d->brokenAt = d->serial - 1;
}

std::uint64_t Decoder::errors() const
{
    return d->errors;
}

QString Decoder::description() const
{
    const QString codec = QLatin1String(avcodec_get_name(codecId(d->info)));
    return d->device ? QStringLiteral("%1 %2").arg(codec, d->device->name)
                     : QStringLiteral("%1 software: %2").arg(codec, d->noHardware);
}

} // namespace vedette::media
