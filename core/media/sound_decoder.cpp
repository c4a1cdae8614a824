// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/sound_decoder.h"

#include "core/media/native_frame.h"
#include "core/media/sound_codec.h"

#include <algorithm>

extern "C" {
#include <libswresample/swresample.h>
}

namespace vedette::media {
namespace {

struct PacketDeleter {
    void operator()(AVPacket *packet) const { av_packet_free(&packet); }
};
struct ResamplerDeleter {
    void operator()(SwrContext *context) const { swr_free(&context); }
};

} // namespace

struct SoundDecoder::Private {
    std::unique_ptr<AVCodecContext, CodecContextDeleter> decoder;
    std::unique_ptr<SwrContext, ResamplerDeleter> resampler;
    AvFramePtr decoded{av_frame_alloc()};
    std::unique_ptr<AVPacket, PacketDeleter> packet{av_packet_alloc()};
    int rate = 0; // that the resampler takes, as the next two
    int format = -1;
    int channels = 0;
    std::uint64_t broken = 0;

    bool prepare();
    bool convert(Sound &out);
};

SoundDecoder::SoundDecoder() : d(std::make_unique<Private>()) {}
SoundDecoder::~SoundDecoder() = default;

Result<std::unique_ptr<SoundDecoder>> SoundDecoder::create(const AudioInfo &info)
{
    auto opened = openSoundDecoder(info);
    if (!opened)
        return fail(opened.error());
    std::unique_ptr<SoundDecoder> decoder(new SoundDecoder);
    decoder->d->decoder = std::move(*opened);
    if (!decoder->d->decoded || !decoder->d->packet)
        return fail(ErrorKind::Internal, QStringLiteral("out of memory"));
    return decoder;
}

/// The resampler for what the decoder gives now.
bool SoundDecoder::Private::prepare()
{
    if (resampler && rate == decoded->sample_rate && format == decoded->format && channels == decoded->ch_layout.nb_channels)
        return true;
    AVChannelLayout in{}, out{};
    av_channel_layout_default(&in, decoded->ch_layout.nb_channels); // PCM decoders leave its order unknown
    av_channel_layout_default(&out, Sound::kChannels);
    SwrContext *made = nullptr;
    const int code = swr_alloc_set_opts2(&made, &out, AV_SAMPLE_FMT_S16, Sound::kRate, &in, static_cast<AVSampleFormat>(decoded->format),
                                         decoded->sample_rate, 0, nullptr);
    resampler.reset(made);
    av_channel_layout_uninit(&in);
    av_channel_layout_uninit(&out);
    if (code < 0 || swr_init(resampler.get()) < 0) {
        resampler.reset();
        return false;
    }
    rate = decoded->sample_rate;
    format = decoded->format;
    channels = decoded->ch_layout.nb_channels;
    return true;
}

bool SoundDecoder::Private::convert(Sound &out)
{
    const int room = swr_get_out_samples(resampler.get(), decoded->nb_samples);
    if (room <= 0)
        return false;
    const std::size_t before = out.samples.size();
    out.samples.resize(before + std::size_t(room) * Sound::kChannels);
    auto *to = reinterpret_cast<std::uint8_t *>(out.samples.data() + before);
    const int samples = swr_convert(resampler.get(), &to, room, const_cast<const std::uint8_t **>(decoded->extended_data), decoded->nb_samples);
    out.samples.resize(before + std::size_t(std::max(samples, 0)) * Sound::kChannels);
    return samples >= 0;
}

Sound SoundDecoder::decode(const Packet &in)
{
    Sound sound;
    sound.pts = in.pts;
    sound.capture = in.capture;
    if (av_new_packet(d->packet.get(), static_cast<int>(in.data.size())) < 0)
        return sound;
    std::copy(in.data.begin(), in.data.end(), d->packet->data);
    const int sent = avcodec_send_packet(d->decoder.get(), d->packet.get());
    av_packet_unref(d->packet.get());
    if (sent < 0)
        ++d->broken;
    while (avcodec_receive_frame(d->decoder.get(), d->decoded.get()) >= 0) {
        const bool sane = d->decoded->sample_rate > 0 && d->decoded->nb_samples > 0 && d->decoded->ch_layout.nb_channels > 0;
        if (!sane || !d->prepare() || !d->convert(sound))
            ++d->broken;
        av_frame_unref(d->decoded.get());
    }
    return sound;
}

void SoundDecoder::reset()
{
    avcodec_flush_buffers(d->decoder.get());
    d->resampler.reset();
}

std::uint64_t SoundDecoder::broken() const
{
    return d->broken;
}

} // namespace vedette::media
