// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/aac_converter.h"

#include "core/media/sound_codec.h"

#include <algorithm>
#include <array>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

namespace vedette::media {
namespace {

constexpr std::array kAacRates{96'000, 88'200, 64'000, 48'000, 44'100, 32'000, 24'000, 22'050, 16'000, 12'000, 11'025, 8'000, 7'350};
constexpr int kOtherRate = 48'000;
constexpr microseconds kMostQueued{2'000'000}; // after a decoder's mistake
constexpr AVRational kMicros{1, 1'000'000};

struct FrameDeleter {
    void operator()(AVFrame *frame) const { av_frame_free(&frame); }
};
struct PacketDeleter {
    void operator()(AVPacket *packet) const { av_packet_free(&packet); }
};
struct ResamplerDeleter {
    void operator()(SwrContext *context) const { swr_free(&context); }
};
struct FifoDeleter {
    void operator()(AVAudioFifo *fifo) const { av_audio_fifo_free(fifo); }
};
using ContextPtr = std::unique_ptr<AVCodecContext, CodecContextDeleter>;
using FramePtr = std::unique_ptr<AVFrame, FrameDeleter>;

} // namespace

struct AacConverter::Private {
    ContextPtr decoder;
    ContextPtr encoder;
    std::unique_ptr<SwrContext, ResamplerDeleter> resampler;
    std::unique_ptr<AVAudioFifo, FifoDeleter> queue;
    FramePtr decoded{av_frame_alloc()};
    std::unique_ptr<AVPacket, PacketDeleter> packet{av_packet_alloc()};
    int inRate = 0;
    int inFormat = -1;
    int inChannels = 0;
    std::optional<AudioInfo> info;
    std::optional<microseconds> lastTime; ///< of what came in
    std::optional<std::int64_t> next; ///< time of what is encoded next, in samples
    std::uint64_t broken = 0;

    bool openEncoder(int rate, int channels);
    bool prepare();
    bool enqueue(microseconds pts);
    void encode(MonoTime arrival, std::vector<PacketPtr> &out);
};

AacConverter::AacConverter() : d(std::make_unique<Private>()) {}
AacConverter::~AacConverter() = default;

Result<std::unique_ptr<AacConverter>> AacConverter::create(const AudioInfo &in)
{
    auto decoder = openSoundDecoder(in);
    if (!decoder)
        return fail(decoder.error());
    std::unique_ptr<AacConverter> converter(new AacConverter);
    Private &d = *converter->d;
    d.decoder = std::move(*decoder);
    if (!d.decoded || !d.packet)
        return fail(ErrorKind::Internal, QStringLiteral("out of memory"));
    // What is known beforehand spares those who are told of the sound a second telling.
    if (in.sampleRate > 0 && in.channels > 0 && !d.openEncoder(static_cast<int>(in.sampleRate), in.channels))
        return fail(ErrorKind::Unsupported, QStringLiteral("this FFmpeg does not encode AAC"));
    return converter;
}

bool AacConverter::Private::openEncoder(int rate, int channels)
{
    const int outRate = std::find(kAacRates.begin(), kAacRates.end(), rate) != kAacRates.end() ? rate : kOtherRate;
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
    ContextPtr made(codec ? avcodec_alloc_context3(codec) : nullptr);
    if (!made)
        return false;
    made->sample_rate = outRate;
    made->sample_fmt = AV_SAMPLE_FMT_FLTP;
    av_channel_layout_default(&made->ch_layout, std::clamp(channels, 1, 2));
    // More bits than AAC-LC has room for in a unit are refused: 6144 a channel (ISO 14496-3, 4.5.1.1).
    made->bit_rate = std::min<std::int64_t>(kBitrate, 5LL * outRate) * made->ch_layout.nb_channels;
    made->time_base = {1, outRate};
    made->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    made->thread_count = 1;
    if (avcodec_open2(made.get(), codec, nullptr) < 0 || made->extradata_size <= 0)
        return false;
    queue.reset(av_audio_fifo_alloc(made->sample_fmt, made->ch_layout.nb_channels, made->frame_size));
    resampler.reset();
    inFormat = -1;
    next.reset();
    info = AudioInfo{Codec::Aac, static_cast<std::uint32_t>(outRate), made->ch_layout.nb_channels,
                     Bytes(made->extradata, made->extradata + made->extradata_size)};
    encoder = std::move(made);
    return queue != nullptr;
}

/// Encoder and resampler for what the decoder gives now.
bool AacConverter::Private::prepare()
{
    if (!encoder && !openEncoder(decoded->sample_rate, decoded->ch_layout.nb_channels))
        return false;
    if (resampler && inRate == decoded->sample_rate && inFormat == decoded->format && inChannels == decoded->ch_layout.nb_channels)
        return true;
    SwrContext *made = nullptr;
    AVChannelLayout layout{};
    av_channel_layout_default(&layout, decoded->ch_layout.nb_channels); // PCM decoders leave its order unknown
    const int code = swr_alloc_set_opts2(&made, &encoder->ch_layout, encoder->sample_fmt, encoder->sample_rate, &layout,
                                         static_cast<AVSampleFormat>(decoded->format), decoded->sample_rate, 0, nullptr);
    resampler.reset(made);
    av_channel_layout_uninit(&layout);
    if (code < 0 || swr_init(resampler.get()) < 0) {
        resampler.reset();
        return false;
    }
    inRate = decoded->sample_rate;
    inFormat = decoded->format;
    inChannels = decoded->ch_layout.nb_channels;
    return true;
}

/// What was decoded, at its place in time: small wandering is joined, a hole moves what follows, what went back begins anew.
bool AacConverter::Private::enqueue(microseconds pts)
{
    const int room = swr_get_out_samples(resampler.get(), decoded->nb_samples);
    FramePtr converted(av_frame_alloc());
    if (!converted || room <= 0)
        return false;
    converted->format = encoder->sample_fmt;
    converted->sample_rate = encoder->sample_rate;
    converted->nb_samples = room;
    if (av_channel_layout_copy(&converted->ch_layout, &encoder->ch_layout) < 0 || av_frame_get_buffer(converted.get(), 0) < 0)
        return false;
    const std::int64_t held = swr_get_delay(resampler.get(), encoder->sample_rate);
    const int samples = swr_convert(resampler.get(), converted->extended_data, room, const_cast<const std::uint8_t **>(decoded->extended_data),
                                    decoded->nb_samples);
    if (samples < 0)
        return false;
    const std::int64_t at = av_rescale_q(pts.count(), kMicros, encoder->time_base) - held - av_audio_fifo_size(queue.get());
    const std::int64_t same = av_rescale_q(kSame.count(), kMicros, encoder->time_base);
    if (!next || at > *next + same) {
        next = at;
    } else if (at < *next - same) {
        if (*next - at > av_rescale_q(kMostQueued.count(), kMicros, encoder->time_base)) {
            const AudioInfo before = *info; // this unit goes by; the next one finds an encoder without a past
            return openEncoder(static_cast<int>(before.sampleRate), before.channels);
        }
        return true; // already heard
    }
    return av_audio_fifo_write(queue.get(), reinterpret_cast<void **>(converted->extended_data), samples) >= samples;
}

void AacConverter::Private::encode(MonoTime arrival, std::vector<PacketPtr> &out)
{
    while (av_audio_fifo_size(queue.get()) >= encoder->frame_size) {
        FramePtr frame(av_frame_alloc());
        if (!frame)
            return;
        frame->format = encoder->sample_fmt;
        frame->sample_rate = encoder->sample_rate;
        frame->nb_samples = encoder->frame_size;
        if (av_channel_layout_copy(&frame->ch_layout, &encoder->ch_layout) < 0 || av_frame_get_buffer(frame.get(), 0) < 0)
            return;
        av_audio_fifo_read(queue.get(), reinterpret_cast<void **>(frame->extended_data), encoder->frame_size);
        frame->pts = *next;
        *next += encoder->frame_size;
        if (avcodec_send_frame(encoder.get(), frame.get()) < 0)
            ++broken;
        while (avcodec_receive_packet(encoder.get(), packet.get()) >= 0) {
            auto unit = std::make_shared<Packet>();
            unit->codec = Codec::Aac;
            unit->key = true;
            unit->pts = unit->dts = microseconds{av_rescale_q(packet->pts, encoder->time_base, kMicros)};
            unit->arrival = arrival;
            unit->data.assign(packet->data, packet->data + packet->size);
            out.push_back(std::move(unit));
            av_packet_unref(packet.get());
        }
    }
}

std::vector<PacketPtr> AacConverter::convert(const Packet &in)
{
    std::vector<PacketPtr> out;
    if (av_new_packet(d->packet.get(), static_cast<int>(in.data.size())) < 0)
        return out;
    std::copy(in.data.begin(), in.data.end(), d->packet->data);
    d->packet->pts = in.pts.count();
    const int sent = avcodec_send_packet(d->decoder.get(), d->packet.get());
    av_packet_unref(d->packet.get());
    if (sent < 0)
        ++d->broken;
    // A container that gives one time to several units: they follow each other.
    const bool follows = d->next && d->lastTime == in.pts;
    microseconds pts = follows ? microseconds{av_rescale_q(*d->next + av_audio_fifo_size(d->queue.get()), d->encoder->time_base, kMicros)} : in.pts;
    d->lastTime = in.pts;
    while (avcodec_receive_frame(d->decoder.get(), d->decoded.get()) >= 0) {
        const bool sane = d->decoded->sample_rate > 0 && d->decoded->nb_samples > 0 && d->decoded->ch_layout.nb_channels > 0;
        if (!sane || !d->prepare() || !d->enqueue(pts))
            ++d->broken;
        else
            pts += microseconds{std::int64_t{d->decoded->nb_samples} * 1'000'000 / d->decoded->sample_rate};
        av_frame_unref(d->decoded.get());
    }
    if (d->encoder)
        d->encode(in.arrival, out);
    return out;
}

const std::optional<AudioInfo> &AacConverter::info() const
{
    return d->info;
}

std::uint64_t AacConverter::broken() const
{
    return d->broken;
}

} // namespace vedette::media
