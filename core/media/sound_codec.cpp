// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/sound_codec.h"

#include "core/media/av_error.h"
#include "core/media/extradata.h"

namespace vedette::media {
namespace {

AVCodecID nativeCodecOf(const AudioInfo &info)
{
    switch (info.codec) {
    case Codec::Aac: return AV_CODEC_ID_AAC;
    case Codec::Pcmu: return AV_CODEC_ID_PCM_MULAW;
    case Codec::Pcma: return AV_CODEC_ID_PCM_ALAW;
    case Codec::Pcm16: return AV_CODEC_ID_PCM_S16BE;
    case Codec::G722: return AV_CODEC_ID_ADPCM_G722;
    case Codec::Opus: return AV_CODEC_ID_OPUS;
    case Codec::MpegAudio: return AV_CODEC_ID_MP3; // decodes layers 1 to 3
    case Codec::OtherSound: return static_cast<AVCodecID>(info.nativeCodec);
    default: return AV_CODEC_ID_NONE;
    }
}

} // namespace

Result<std::unique_ptr<AVCodecContext, CodecContextDeleter>> openSoundDecoder(const AudioInfo &info)
{
    prepareFfmpeg();
    const AVCodecID id = nativeCodecOf(info);
    const AVCodec *codec = avcodec_find_decoder(id);
    if (!codec)
        return fail(ErrorKind::Unsupported, QStringLiteral("sound of codec %1 cannot be decoded").arg(QString::fromLatin1(avcodec_get_name(id))));
    std::unique_ptr<AVCodecContext, CodecContextDeleter> decoder(avcodec_alloc_context3(codec));
    if (!decoder)
        return fail(ErrorKind::Internal, QStringLiteral("out of memory"));
    decoder->sample_rate = static_cast<int>(info.sampleRate);
    if (info.channels > 0)
        av_channel_layout_default(&decoder->ch_layout, info.channels);
    decoder->thread_count = 1;
    if (!info.config.empty() && !setExtradata(decoder.get(), info.config))
        return fail(ErrorKind::Internal, QStringLiteral("out of memory"));
    if (const int code = avcodec_open2(decoder.get(), codec, nullptr); code < 0)
        return fail(avError(code, QStringLiteral("the decoder of its sound")));
    return decoder;
}

} // namespace vedette::media
