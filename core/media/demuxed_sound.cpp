// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/demuxed_sound.h"

#include <algorithm>

namespace vedette::media {
namespace {

constexpr AVRational kMicros{1, 1'000'000};

} // namespace

DemuxedSound::DemuxedSound(AVStream *stream) : m_stream(stream)
{
    const AVCodecParameters *parameters = stream->codecpar;
    AudioInfo info;
    info.sampleRate = static_cast<std::uint32_t>(std::max(parameters->sample_rate, 0));
    info.channels = parameters->ch_layout.nb_channels;
    if (parameters->extradata_size > 0)
        info.config.assign(parameters->extradata, parameters->extradata + parameters->extradata_size);
    if (parameters->codec_id != AV_CODEC_ID_AAC) {
        info.codec = Codec::OtherSound;
        info.nativeCodec = parameters->codec_id;
        m_info = std::move(info);
    } else if (const auto config = parseAacConfig(info.config)) {
        info.sampleRate = info.sampleRate > 0 ? info.sampleRate : config->sampleRate;
        info.channels = info.channels > 0 ? info.channels : config->channelConfiguration;
        learn(*config);
        m_info = std::move(info);
    } else {
        AVBSFContext *made = nullptr;
        const AVBitStreamFilter *type = av_bsf_get_by_name("aac_adtstoasc");
        if (type && av_bsf_alloc(type, &made) >= 0) {
            m_filter.reset(made);
            m_filter->time_base_in = stream->time_base;
            if (avcodec_parameters_copy(m_filter->par_in, parameters) < 0 || av_bsf_init(m_filter.get()) < 0)
                m_filter.reset();
        }
    }
}

DemuxedSound::~DemuxedSound() = default;

void DemuxedSound::learn(const AacConfig &config)
{
    m_duration = microseconds{std::int64_t{config.unitDuration} * 1'000'000 / config.sampleRate};
}

/// Takes ADTS off and learns the description from it.
bool DemuxedSound::unwrap(AVPacket *packet)
{
    if (av_bsf_send_packet(m_filter.get(), packet) < 0 || av_bsf_receive_packet(m_filter.get(), packet) < 0)
        return false;
    std::size_t size = 0;
    const std::uint8_t *side = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    const auto config = side ? parseAacConfig({side, size}) : std::nullopt;
    if (config) {
        learn(*config);
        m_info = AudioInfo{Codec::Aac, config->sampleRate, config->channelConfiguration, Bytes(side, side + size)};
    }
    return m_info.has_value();
}

PacketPtr DemuxedSound::take(AVPacket *packet, MonoTime arrival)
{
    const bool good = m_filter ? unwrap(packet) : m_info.has_value();
    if (!good || packet->size <= 0) {
        av_packet_unref(packet);
        ++m_broken;
        return nullptr;
    }
    const std::int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    auto out = std::make_shared<Packet>();
    if (time != AV_NOPTS_VALUE)
        out->pts = microseconds{av_rescale_q(time, m_stream->time_base, kMicros)};
    else
        out->pts = m_next.value_or(microseconds{0});
    out->dts = out->pts;
    const microseconds told{av_rescale_q(packet->duration, m_stream->time_base, kMicros)};
    m_next = out->pts + (m_duration > microseconds{0} ? m_duration : told);
    out->data.assign(packet->data, packet->data + packet->size);
    out->codec = m_info->codec;
    out->key = true;
    out->arrival = arrival;
    av_packet_unref(packet);
    return out;
}

} // namespace vedette::media
