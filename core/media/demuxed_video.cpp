// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/demuxed_video.h"

#include "core/media/av_error.h"
#include "core/media/nal.h"
#include "core/media/sps.h"

#include <algorithm>

namespace vedette::media {
namespace {

constexpr milliseconds kUnknownInterval{40}; // between pictures of a file without times and frame rate

Codec codecOf(AVCodecID id)
{
    switch (id) {
    case AV_CODEC_ID_H264: return Codec::H264;
    case AV_CODEC_ID_HEVC: return Codec::H265;
    case AV_CODEC_ID_MJPEG: return Codec::Mjpeg;
    case AV_CODEC_ID_NONE: return Codec::Unknown;
    default: return Codec::Other;
    }
}

bool isNalCodec(Codec codec)
{
    return codec == Codec::H264 || codec == Codec::H265;
}

/// MP4, Matroska and FLV prefix each NAL unit with its length and begin their extradata with version 1.
bool isLengthPrefixed(const AVCodecParameters *parameters)
{
    return parameters->extradata_size >= 7 && parameters->extradata[0] == 1;
}

Bytes toBytes(const std::uint8_t *data, int size)
{
    return data && size > 0 ? Bytes(data, data + size) : Bytes{};
}

} // namespace

DemuxedVideo::DemuxedVideo(AVStream *stream, Options options)
    : m_stream(stream), m_options(options), m_decodeTimes(static_cast<std::size_t>(std::max(stream->codecpar->video_delay, 0)))
{
}

Status DemuxedVideo::makeFilter(const char *filterName, const QString &name)
{
    const AVBitStreamFilter *type = av_bsf_get_by_name(filterName);
    AVBSFContext *made = nullptr;
    int code = type ? av_bsf_alloc(type, &made) : AVERROR_BSF_NOT_FOUND;
    m_filter.reset(made);
    if (code >= 0)
        code = avcodec_parameters_copy(m_filter->par_in, m_stream->codecpar);
    if (code >= 0) {
        m_filter->time_base_in = m_stream->time_base;
        code = av_bsf_init(m_filter.get());
    }
    if (code == AVERROR_INVALIDDATA)
        return fail(ErrorKind::Corrupt, name + QStringLiteral(": this is not a video that can be read"));
    return code >= 0 ? Status{} : fail(avError(code, name));
}

Status DemuxedVideo::open(const QString &name)
{
    const AVCodecParameters *parameters = m_stream->codecpar;
    m_info.codec = codecOf(parameters->codec_id);
    m_info.width = parameters->width;
    m_info.height = parameters->height;
    const AVRational rate = m_stream->avg_frame_rate;
    m_info.framerate = !m_options.untimed && rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
    if (m_info.codec == Codec::Unknown)
        return fail(ErrorKind::Unsupported, name + QStringLiteral(": the codec of its video is not known"));
    if (m_info.codec == Codec::Other) {
        m_info.nativeCodec = parameters->codec_id;
        m_info.nativeExtradata = toBytes(parameters->extradata, parameters->extradata_size);
    }
    if (!isNalCodec(m_info.codec))
        return {};
    if (isLengthPrefixed(parameters)) {
        const Status made = makeFilter(m_info.codec == Codec::H264 ? "h264_mp4toannexb" : "hevc_mp4toannexb", name);
        if (!made)
            return made;
        parameters = m_filter->par_out;
    }
    m_info.parameterSets = extractParameterSets(m_info.codec, toBytes(parameters->extradata, parameters->extradata_size));
    readSize();
    return {};
}

void DemuxedVideo::readSize()
{
    const auto sequence = readSequence(m_info.codec, m_info.parameterSets);
    if (!sequence)
        return;
    m_info.width = sequence->width;
    m_info.height = sequence->height;
    m_decodeTimes.require(sequence->reordered.value_or(0));
}

bool DemuxedVideo::fetch(AVPacket *packet)
{
    return m_filter && av_bsf_receive_packet(m_filter.get(), packet) >= 0;
}

bool DemuxedVideo::filter(AVPacket *packet)
{
    if (!m_filter)
        return false;
    if (av_bsf_send_packet(m_filter.get(), packet) < 0)
        av_packet_unref(packet);
    return true;
}

void DemuxedVideo::restart()
{
    m_lastDts.reset();
    m_decodeTimes = DecodeTimes(static_cast<std::size_t>(std::max(m_stream->codecpar->video_delay, 0)));
    readSize();
    if (m_filter)
        av_bsf_flush(m_filter.get());
}

std::shared_ptr<Packet> DemuxedVideo::begin(const AVPacket &packet, MonoTime arrival)
{
    auto out = std::make_shared<Packet>();
    out->codec = m_info.codec;
    out->arrival = arrival;
    stampTimes(packet, *out);
    m_lastDts = out->dts;
    m_lastArrival = arrival;
    out->data = toBytes(packet.data, packet.size);
    return out;
}

/// Fills what the source left out: from the decoding time, by arrival (live) or by the frame rate (file).
void DemuxedVideo::stampTimes(const AVPacket &packet, Packet &out)
{
    const AVRational base = m_filter ? m_filter->time_base_out : m_stream->time_base;
    const auto inMicros = [base](std::int64_t time) { return microseconds{av_rescale_q(time, base, {1, 1'000'000})}; };
    const bool hasPts = !m_options.untimed && packet.pts != AV_NOPTS_VALUE;
    const bool hasDts = !m_options.untimed && packet.dts != AV_NOPTS_VALUE;
    if (hasPts && (m_options.onlyPts || !hasDts)) {
        out.pts = inMicros(packet.pts);
        out.dts = m_decodeTimes.next(out.pts);
        out.pts = std::max(out.pts, out.dts); // only while the depth of a reordered stream is learned
        return;
    }
    if (hasDts) {
        out.dts = inMicros(packet.dts);
        out.pts = hasPts ? inMicros(packet.pts) : out.dts;
        if (m_lastDts && out.pts > *m_lastDts && out.dts <= *m_lastDts)
            out.dts = *m_lastDts + microseconds{1};
        out.dts = std::min(out.pts, out.dts);
        return;
    }
    if (m_options.file) {
        const auto interval = m_info.framerate > 0 ? microseconds{static_cast<std::int64_t>(1e6 / m_info.framerate)}
                                                 : microseconds{kUnknownInterval};
        out.dts = m_lastDts ? *m_lastDts + interval : microseconds{0};
    } else if (m_lastDts) {
        out.dts = *m_lastDts + std::max(out.arrival - m_lastArrival, microseconds{1});
    } // else 0: libavformat's parser loses the time of the first RTSP picture, and RTSP times begin at 0
    out.pts = out.dts;
}

/// Key flag and parameter sets: RTSP may give the sets only in its SDP, and they may change in band at any key frame.
void DemuxedVideo::finish(Packet &out, bool flaggedKey)
{
    if (!isNalCodec(m_info.codec)) {
        out.key = flaggedKey || m_info.codec == Codec::Mjpeg;
        return;
    }
    out.key = containsKeyFrame(m_info.codec, out.data) || (m_options.parsed && flaggedKey);
    if (!out.key)
        return;
    Bytes sets = extractParameterSets(m_info.codec, out.data);
    if (sets.empty()) {
        out.data.insert(out.data.begin(), m_info.parameterSets.begin(), m_info.parameterSets.end());
    } else if (sets != m_info.parameterSets) {
        m_info.parameterSets = std::move(sets);
        readSize();
    }
}

} // namespace vedette::media
