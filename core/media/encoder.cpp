// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/encoder.h"

#include "core/media/av_error.h"
#include "core/media/nal.h"
#include "core/media/native_frame.h"
#include "core/media/scaler.h"

#include <QStringList>

#include <algorithm>
#include <cmath>
#include <deque>
#include <thread>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
}

namespace vedette::media {
namespace {

constexpr int kMaxSide = 8192;
constexpr double kMaxFramerate = 240;
constexpr int kMinBitrateKbps = 16;
constexpr int kMaxBitrateKbps = 200'000;
constexpr int kMaxThreads = 16;
// One core of a Raspberry Pi 4 encodes about this much with "ultrafast"; a second thread costs a second slice.
constexpr double kSingleThreadPixelRate = 1280.0 * 720 * 30;

const QStringList &presets()
{
    static const QStringList names{QStringLiteral("ultrafast"), QStringLiteral("superfast"), QStringLiteral("veryfast"),
                                   QStringLiteral("faster"),    QStringLiteral("fast"),      QStringLiteral("medium"),
                                   QStringLiteral("slow"),      QStringLiteral("slower"),    QStringLiteral("veryslow")};
    return names;
}

struct CodecContextDeleter {
    void operator()(AVCodecContext *context) const { avcodec_free_context(&context); }
};
using CodecContextPtr = std::unique_ptr<AVCodecContext, CodecContextDeleter>;

struct PacketDeleter {
    void operator()(AVPacket *packet) const { av_packet_free(&packet); }
};

Status checkBitrate(int kbps)
{
    if (kbps >= kMinBitrateKbps && kbps <= kMaxBitrateKbps)
        return {};
    return fail(ErrorKind::InvalidInput, QStringLiteral("bitrate %1 kbit/s: must be %2 to %3").arg(kbps).arg(kMinBitrateKbps).arg(kMaxBitrateKbps));
}

/// libx264 takes over what has changed with the next picture.
void applyBitrate(AVCodecContext &context, int kbps)
{
    context.bit_rate = std::int64_t{kbps} * 1000;
    context.rc_max_rate = context.bit_rate;
    context.rc_buffer_size = static_cast<int>(context.bit_rate / 2); // half a second: a key frame fits, no long burst
}

Status check(const EncoderConfig &config)
{
    const auto bad = [](const QString &text) { return fail(ErrorKind::InvalidInput, text); };
    const auto badSide = [](int side) { return side < 16 || side > kMaxSide || side % 2 != 0; };
    if (badSide(config.width) || badSide(config.height))
        return bad(QStringLiteral("picture size %1x%2: both sides must be even and 16 to %3")
                       .arg(config.width).arg(config.height).arg(kMaxSide));
    if (!std::isfinite(config.framerate) || config.framerate <= 0 || config.framerate > kMaxFramerate)
        return bad(QStringLiteral("framerate %1: must be above 0 and at most %2").arg(config.framerate).arg(kMaxFramerate));
    if (const Status good = checkBitrate(config.bitrateKbps); !good)
        return good;
    if (config.keyFrameInterval < 0)
        return bad(QStringLiteral("key frame interval %1: must not be negative").arg(config.keyFrameInterval));
    if (!presets().contains(config.preset))
        return bad(QStringLiteral("preset \"%1\": must be one of %2").arg(config.preset, presets().join(QStringLiteral(", "))));
    const QStringList profiles{QString(), QStringLiteral("baseline"), QStringLiteral("main"), QStringLiteral("high")};
    if (!profiles.contains(config.profile))
        return bad(QStringLiteral("profile \"%1\": must be one of baseline, main, high").arg(config.profile));
    if (config.threads < 0 || config.threads > kMaxThreads)
        return bad(QStringLiteral("threads %1: must be 0 to %2").arg(config.threads).arg(kMaxThreads));
    return {};
}

int threadsFor(const EncoderConfig &config)
{
    if (config.threads > 0)
        return config.threads;
    if (config.width * config.height * config.framerate <= kSingleThreadPixelRate)
        return 1;
    return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 2);
}

Result<CodecContextPtr> openCodec(const EncoderConfig &config, const AVFrame *like)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(config.codec.toLatin1().constData());
    if (!codec || codec->id != AV_CODEC_ID_H264)
        return fail(ErrorKind::Unsupported, QStringLiteral("this FFmpeg has no %1").arg(config.codec));
    CodecContextPtr context(avcodec_alloc_context3(codec));
    if (!context)
        return fail(ErrorKind::Internal, QStringLiteral("out of memory for an encoder"));
    const Colour colour = like ? colourOf(like) : Colour{};
    context->width = config.width;
    context->height = config.height;
    context->pix_fmt = AV_PIX_FMT_YUV420P;
    context->time_base = {1, 1'000'000};
    context->framerate = av_d2q(config.framerate, 1'001'000);
    applyBitrate(*context, config.bitrateKbps);
    context->gop_size = config.keyFrameInterval > 0 ? config.keyFrameInterval
                                                    : std::max(1, static_cast<int>(std::lround(config.framerate)));
    context->keyint_min = context->gop_size;
    context->max_b_frames = 0;
    context->thread_count = threadsFor(config);
    context->color_range = AVCOL_RANGE_MPEG;
    context->colorspace = colour.matrix;
    context->color_primaries = like ? like->color_primaries : AVCOL_PRI_BT709;
    context->color_trc = like ? like->color_trc : AVCOL_TRC_BT709;
    // The parameter sets come out as extradata, and encode() puts them before every key frame: known
    // before the first picture, and one place decides what is in band.
    context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_CLOSED_GOP;
    av_opt_set(context->priv_data, "preset", config.preset.toLatin1().constData(), 0);
    if (!config.profile.isEmpty())
        av_opt_set(context->priv_data, "profile", config.profile.toLatin1().constData(), 0);
    av_opt_set(context->priv_data, "tune", "zerolatency", 0);
    av_opt_set(context->priv_data, "forced-idr", "1", 0);
    av_opt_set(context->priv_data, "sc_threshold", "0", 0); // key frames come when asked for, not at every cut
    const int code = avcodec_open2(context.get(), codec, nullptr);
    if (code < 0)
        return fail(avError(code, QStringLiteral("%1 refuses %2x%3 at %4 frames/s")
                                      .arg(config.codec).arg(config.width).arg(config.height).arg(config.framerate)));
    return context;
}

/// x264 writes its version and options before the first picture: 700 bytes that no viewer needs.
void appendWithoutSei(Bytes &out, std::span<const std::uint8_t> unit)
{
    forEachNal(unit, [&](std::span<const std::uint8_t> nal) {
        if ((nal[0] & 0x1F) == 6)
            return;
        out.insert(out.end(), {0, 0, 0, 1});
        out.insert(out.end(), nal.begin(), nal.end());
    });
}

} // namespace

struct Encoder::Private {
    EncoderConfig config;
    StreamInfo info;
    CodecContextPtr context;
    std::unique_ptr<AVPacket, PacketDeleter> packet{av_packet_alloc()};
    Scaler scaler;
    SystemClock clock;
    std::optional<Colour> colour; ///< of the stream; set by the first picture
    std::int64_t lastPts = INT64_MIN;
    bool first = true; ///< of this context

    struct Pending {
        std::int64_t pts = 0;
        std::optional<CaptureStamp> capture;
    };
    std::deque<Pending> pending; // at most kMostBehind; with libx264 the delay is 0

    Status open(const AVFrame *like);
    Result<Frame> prepare(const Frame &frame);
    Result<std::vector<PacketPtr>> receive();
    PacketPtr take();
};

Status Encoder::Private::open(const AVFrame *like)
{
    context.reset(); // x264 of 4K holds 300 MB: never two at once
    auto opened = openCodec(config, like);
    if (!opened)
        return fail(opened.error());
    context = std::move(*opened);
    info.codec = Codec::H264;
    info.width = config.width;
    info.height = config.height;
    info.framerate = config.framerate;
    info.parameterSets = extractParameterSets(
        Codec::H264, {context->extradata, static_cast<std::size_t>(std::max(0, context->extradata_size))});
    pending.clear();
    first = true;
    return {};
}

/// The picture in the stream's size and format. A change of colour needs new parameter sets, so x264 starts again.
Result<Frame> Encoder::Private::prepare(const Frame &frame)
{
    auto picture = scaler.toYuv420(frame, config.width, config.height);
    if (!picture)
        return fail(picture.error());
    const AVFrame *native = nativeFrame(*picture);
    const Colour seen = colourOf(native);
    if (context && colour && *colour == seen)
        return picture;
    const bool opened = context && !colour && seen == Colour{};
    colour = seen;
    if (opened)
        return picture;
    const Status reopened = open(native);
    if (!reopened)
        return fail(reopened.error());
    return picture;
}

PacketPtr Encoder::Private::take()
{
    auto out = std::make_shared<Packet>();
    const std::span<const std::uint8_t> unit(packet->data, static_cast<std::size_t>(packet->size));
    out->codec = Codec::H264;
    out->key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
    out->pts = microseconds{packet->pts};
    out->dts = microseconds{std::min(packet->dts, packet->pts)};
    if (out->key) {
        // Hardware has them in band, at every key frame or only at the first.
        if (Bytes sets = extractParameterSets(Codec::H264, unit); !sets.empty()) {
            info.parameterSets = std::move(sets);
        } else {
            out->data.reserve(info.parameterSets.size() + unit.size());
            out->data = info.parameterSets;
        }
    }
    if (first)
        appendWithoutSei(out->data, unit);
    else
        out->data.insert(out->data.end(), unit.begin(), unit.end());
    first = false;
    const auto found = std::find_if(pending.begin(), pending.end(), [&](const Pending &p) { return p.pts == packet->pts; });
    if (found != pending.end()) {
        out->capture = found->capture;
        pending.erase(pending.begin(), found + 1);
    }
    out->arrival = clock.now();
    av_packet_unref(packet.get());
    return out;
}

Result<std::vector<PacketPtr>> Encoder::Private::receive()
{
    std::vector<PacketPtr> packets;
    for (;;) {
        const int code = avcodec_receive_packet(context.get(), packet.get());
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
            return packets;
        if (code < 0)
            return fail(avError(code, config.codec + QStringLiteral(" failed")));
        packets.push_back(take());
    }
}

Encoder::Encoder() : d(std::make_unique<Private>()) {}
Encoder::~Encoder() = default;

Result<std::unique_ptr<Encoder>> Encoder::create(const EncoderConfig &config)
{
    prepareFfmpeg();
    const Status valid = check(config);
    if (!valid)
        return fail(valid.error());
    std::unique_ptr<Encoder> encoder(new Encoder);
    encoder->d->config = config;
    const Status opened = encoder->d->open(nullptr);
    if (!opened)
        return fail(opened.error());
    return encoder;
}

const StreamInfo &Encoder::info() const
{
    return d->info;
}

Status Encoder::setBitrate(int kbps)
{
    if (const Status good = checkBitrate(kbps); !good)
        return good;
    d->config.bitrateKbps = kbps;
    if (!d->context)
        return {};
    if (d->config.codec != QLatin1String(kSoftwareEncoder))
        return d->open(nullptr); // it reads the bit rate only when it opens
    applyBitrate(*d->context, kbps);
    return {};
}

Result<std::vector<PacketPtr>> Encoder::encode(const Frame &frame, bool forceKey)
{
    if (frame.isNull())
        return fail(ErrorKind::InvalidInput, QStringLiteral("no picture to encode"));
    const auto prepared = d->prepare(frame);
    if (!prepared)
        return fail(prepared.error());
    AvFramePtr picture(av_frame_clone(nativeFrame(*prepared)));
    if (!picture || !d->packet)
        return fail(ErrorKind::Internal, QStringLiteral("out of memory for an encoder"));
    // A source that repeats a time would make x264 reorder by its own guess.
    picture->pts = std::max(frame.pts.count(), d->lastPts == INT64_MIN ? INT64_MIN : d->lastPts + 1);
    picture->pict_type = forceKey ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    d->lastPts = picture->pts;
    if (d->pending.size() >= kMostBehind)
        return fail(ErrorKind::Timeout, QStringLiteral("%1 took %2 pictures and gave none").arg(d->config.codec).arg(kMostBehind));
    d->pending.push_back({picture->pts, frame.capture});
    const int code = avcodec_send_frame(d->context.get(), picture.get());
    if (code < 0)
        return fail(avError(code, d->config.codec + QStringLiteral(" failed")));
    return d->receive();
}

} // namespace vedette::media
