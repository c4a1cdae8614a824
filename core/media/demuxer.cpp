// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/demuxer.h"

#include "core/base/secret.h"
#include "core/media/av_error.h"
#include "core/media/decode_times.h"
#include "core/media/demuxed_sound.h"
#include "core/media/http_body.h"
#include "core/media/interrupt.h"
#include "core/media/media_url.h"
#include "core/media/nal.h"
#include "core/media/sps.h"
#include "core/media/ts_writer.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <string_view>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}

namespace vedette::media {
namespace {

constexpr milliseconds kGoodbye{200};            // for TEARDOWN
constexpr milliseconds kSoundWait{300};          // once, for the description of sound that comes with its first unit only
constexpr milliseconds kUnknownInterval{40};     // between pictures of a file without times and frame rate
// What a live stream may keep us waiting for before its first packet, where reading ahead is needed at all.
constexpr char kLiveProbeBytes[] = "65536";
constexpr char kLiveAnalyzeMicros[] = "1000000"; // RTMP announces its streams only with their first packets

struct PacketDeleter {
    void operator()(AVPacket *packet) const { av_packet_free(&packet); }
};
struct FilterDeleter {
    void operator()(AVBSFContext *filter) const { av_bsf_free(&filter); }
};
using FilterPtr = std::unique_ptr<AVBSFContext, FilterDeleter>;

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

struct Demuxer::Private {
    QString url;
    QString name; ///< the URL for errors, without credentials
    Options options;
    Interrupt interrupt; // before the context, which asks it while it closes
    AVFormatContext *context = nullptr;
    AVIOContext *body = nullptr; ///< of an HTTP answer
    AVStream *stream = nullptr;
    FilterPtr filter;
    std::unique_ptr<AVPacket, PacketDeleter> packet{av_packet_alloc()};
    SystemClock clock;
    StreamInfo info;
    QString audio;
    std::unique_ptr<DemuxedSound> sound;
    std::deque<PacketPtr> ahead; ///< read while the sound's description was waited for
    bool file = false; ///< has an end and a beginning to go back to
    bool onlyPts = false; ///< RTP: what libavformat says of decoding times is a guess
    DecodeTimes decodeTimes;
    std::optional<microseconds> lastDts;
    MonoTime lastArrival{};

    ~Private() { close(); }
    void close();
    Status open();
    Status analyze();
    Status chooseStream();
    Status describe();
    void readSize();
    Status makeFilter(const char *filterName);
    Error openError(int code) const;
    Error readError(int code) const;
    bool parsed() const { return (context->flags & AVFMT_FLAG_NOPARSE) == 0; }
    Status readPacket();
    Result<PacketPtr> next();
    Result<PacketPtr> finish();
    Status awaitSound();
    void stampTimes(Packet &out);
    Status readRest(Bytes &data);
    void finishUnit(Packet &out, bool flaggedKey);
};

void Demuxer::Private::close()
{
    interrupt.arm({}, kGoodbye);
    filter.reset();
    sound.reset();
    ahead.clear();
    avformat_close_input(&context);
    avio_closep(&body);
    stream = nullptr;
}

Error Demuxer::Private::openError(int code) const
{
    Error error = interrupt.error(code, name);
    if (!interrupt.expired() && (code == AVERROR_INVALIDDATA || (code == AVERROR_EOF && file))) {
        error.kind = ErrorKind::Corrupt;
        error.detail = name + QStringLiteral(": this is not a video that can be read");
    }
    return error;
}

Error Demuxer::Private::readError(int code) const
{
    const bool mp4 = std::string_view(context->iformat->name).starts_with("mov");
    return code == AVERROR_INVALIDDATA && mp4 && lacksRanges(body) ? indexBehindPictures(name) : interrupt.error(code, name);
}

Status Demuxer::Private::open()
{
    context = avformat_alloc_context();
    if (!context || !packet)
        return fail(ErrorKind::Internal, QStringLiteral("out of memory for a reader"));
    context->interrupt_callback = interrupt.callback();
    AVDictionary *dictionary = nullptr;
    av_dict_set(&dictionary, "protocol_whitelist", allowedProtocols(url), 0);
    if (options.rtspTcp)
        av_dict_set(&dictionary, "rtsp_transport", "tcp", 0);
    if (!file) {
        av_dict_set(&dictionary, "probesize", kLiveProbeBytes, 0);
        av_dict_set(&dictionary, "analyzeduration", kLiveAnalyzeMicros, 0);
        av_dict_set(&dictionary, "fpsprobesize", "0", 0);
        av_dict_set(&dictionary, "fflags", "nobuffer", 0);
        if (options.rtspTcp)
            av_dict_set(&dictionary, "reorder_queue_size", "0", 0);
    }
    Status got;
    if (url.startsWith(QLatin1String("http:")) || url.startsWith(QLatin1String("https:")))
        got = openHttpBody(nativeUrl(url), name, interrupt, &dictionary, body);
    if (got)
        context->pb = body; // before, it would be closed twice
    const int code = got ? avformat_open_input(&context, nativeUrl(url).constData(), nullptr, &dictionary) : 0;
    av_dict_free(&dictionary);
    if (!got)
        return got;
    if (code < 0)
        return fail(openError(code)); // libavformat has freed the context
    lastDts.reset();
    const Status analyzed = analyze();
    if (!analyzed)
        return analyzed;
    const std::string_view format = context->iformat->name;
    onlyPts = format == "rtsp" || format == "rtp" || format == "sdp";
    decodeTimes = DecodeTimes(static_cast<std::size_t>(std::max(stream->codecpar->video_delay, 0)));
    const Status described = describe();
    return described ? awaitSound() : described;
}

/// Finds the video stream, reading ahead only where its codec is not announced: a live picture must come at once.
Status Demuxer::Private::analyze()
{
    const bool transportStream = std::string_view(context->iformat->name) == "mpegts";
    if (options.wholeAccessUnits && transportStream)
        context->flags |= AVFMT_FLAG_NOPARSE; // a parser sees the end of a picture only when the next one begins
    if (!file && chooseStream() && stream->codecpar->codec_id != AV_CODEC_ID_NONE
        && (isNalCodec(codecOf(stream->codecpar->codec_id)) || stream->codecpar->codec_id == AV_CODEC_ID_MJPEG))
        return {};
    const int code = avformat_find_stream_info(context, nullptr);
    if (code < 0)
        return fail(openError(code));
    return chooseStream();
}

Status Demuxer::Private::chooseStream()
{
    stream = nullptr;
    audio.clear();
    sound.reset();
    AVStream *firstSound = nullptr;
    for (unsigned i = 0; i < context->nb_streams; ++i) {
        AVStream *candidate = context->streams[i];
        const AVMediaType type = candidate->codecpar->codec_type;
        if (type == AVMEDIA_TYPE_AUDIO && audio.isEmpty()) {
            audio = QString::fromLatin1(avcodec_get_name(candidate->codecpar->codec_id));
            firstSound = candidate;
        }
        const bool cover = (candidate->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
        if (type == AVMEDIA_TYPE_VIDEO && !cover && !stream)
            stream = candidate;
    }
    if (!stream) {
        const QString found = audio.isEmpty() ? QString() : QStringLiteral(" (only audio, %1)").arg(audio);
        return fail(ErrorKind::Unsupported, name + QStringLiteral(": no video in it") + found);
    }
    if (options.audio && firstSound)
        sound = std::make_unique<DemuxedSound>(firstSound);
    for (unsigned i = 0; i < context->nb_streams; ++i) {
        const bool wanted = context->streams[i] == stream || (sound && context->streams[i] == firstSound);
        context->streams[i]->discard = wanted ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
    return {};
}

Status Demuxer::Private::makeFilter(const char *filterName)
{
    const AVBitStreamFilter *type = av_bsf_get_by_name(filterName);
    AVBSFContext *made = nullptr;
    int code = type ? av_bsf_alloc(type, &made) : AVERROR_BSF_NOT_FOUND;
    filter.reset(made);
    if (code >= 0)
        code = avcodec_parameters_copy(filter->par_in, stream->codecpar);
    if (code >= 0) {
        filter->time_base_in = stream->time_base;
        code = av_bsf_init(filter.get());
    }
    return code >= 0 ? Status{} : fail(openError(code));
}

Status Demuxer::Private::describe()
{
    const AVCodecParameters *parameters = stream->codecpar;
    info = {};
    info.codec = codecOf(parameters->codec_id);
    info.width = parameters->width;
    info.height = parameters->height;
    if (sound)
        info.audio = sound->info();
    info.framerate = stream->avg_frame_rate.num > 0 && stream->avg_frame_rate.den > 0 ? av_q2d(stream->avg_frame_rate) : 0;
    if (info.codec == Codec::Unknown)
        return fail(ErrorKind::Unsupported, name + QStringLiteral(": the codec of its video is not known"));
    if (info.codec == Codec::Other) {
        info.nativeCodec = parameters->codec_id;
        info.nativeExtradata = toBytes(parameters->extradata, parameters->extradata_size);
    }
    if (!isNalCodec(info.codec))
        return {};
    if (isLengthPrefixed(parameters)) {
        const Status made = makeFilter(info.codec == Codec::H264 ? "h264_mp4toannexb" : "hevc_mp4toannexb");
        if (!made)
            return made;
        parameters = filter->par_out;
    }
    info.parameterSets = extractParameterSets(info.codec, toBytes(parameters->extradata, parameters->extradata_size));
    readSize();
    return {};
}

void Demuxer::Private::readSize()
{
    const auto sequence = readSequence(info.codec, info.parameterSets);
    if (!sequence)
        return;
    info.width = sequence->width;
    info.height = sequence->height;
    decodeTimes.require(sequence->reordered.value_or(0));
}

/// The next packet of the video stream, through the filter when there is one, or one of the sound.
Status Demuxer::Private::readPacket()
{
    for (;;) {
        if (filter && av_bsf_receive_packet(filter.get(), packet.get()) >= 0)
            return {};
        if (interrupt.expired())
            return fail(interrupt.error(AVERROR_EXIT, name));
        const int code = av_read_frame(context, packet.get());
        if (code < 0 && interrupt.expired())
            return fail(interrupt.error(code, name));
        if (code == AVERROR(EAGAIN))
            continue;
        if (code == AVERROR_EOF)
            return file ? fail(ErrorKind::NotFound, name + QStringLiteral(": end of file"))
                        : fail(ErrorKind::Unavailable, name + QStringLiteral(": the server ended the stream"));
        if (code < 0)
            return fail(readError(code));
        if (sound && packet->stream_index == sound->index() && packet->size > 0)
            return {};
        if (packet->stream_index != stream->index || packet->size <= 0) {
            av_packet_unref(packet.get());
            continue;
        }
        if (!filter)
            return {};
        // A unit that the filter refuses is damaged: the next one may be good.
        if (av_bsf_send_packet(filter.get(), packet.get()) < 0)
            av_packet_unref(packet.get());
    }
}

/// Fills what the source left out: from the decoding time, by arrival (live) or by the frame rate (file).
void Demuxer::Private::stampTimes(Packet &out)
{
    const AVRational base = filter ? filter->time_base_out : stream->time_base;
    const auto inMicros = [base](std::int64_t time) { return microseconds{av_rescale_q(time, base, {1, 1'000'000})}; };
    const bool hasPts = packet->pts != AV_NOPTS_VALUE;
    const bool hasDts = packet->dts != AV_NOPTS_VALUE;
    if (hasPts && (onlyPts || !hasDts)) {
        out.pts = inMicros(packet->pts);
        out.dts = decodeTimes.next(out.pts);
        out.pts = std::max(out.pts, out.dts); // only while the depth of a reordered stream is learned
        return;
    }
    if (hasDts) {
        out.dts = inMicros(packet->dts);
        out.pts = hasPts ? inMicros(packet->pts) : out.dts;
        if (lastDts && out.pts > *lastDts && out.dts <= *lastDts)
            out.dts = *lastDts + microseconds{1};
        out.dts = std::min(out.pts, out.dts);
        return;
    }
    if (file) {
        const auto interval = info.framerate > 0 ? microseconds{static_cast<std::int64_t>(1e6 / info.framerate)}
                                                 : microseconds{kUnknownInterval};
        out.dts = lastDts ? *lastDts + interval : microseconds{0};
    } else if (lastDts) {
        out.dts = *lastDts + std::max(out.arrival - lastArrival, microseconds{1});
    } // else 0: libavformat's parser loses the time of the first RTSP picture, and RTSP times begin at 0
    out.pts = out.dts;
}

/// Large units of our own MPEG-TS come in pieces, see kTsPieceBytes.
Status Demuxer::Private::readRest(Bytes &data)
{
    while (!parsed() && packet->size == static_cast<int>(kTsPieceBytes)) {
        av_packet_unref(packet.get());
        const Status got = readPacket();
        if (!got)
            return got;
        data.insert(data.end(), packet->data, packet->data + packet->size);
    }
    return {};
}

/// Key flag and parameter sets: RTSP may give the sets only in its SDP, and they may change in band at any key frame.
void Demuxer::Private::finishUnit(Packet &out, bool flaggedKey)
{
    if (!isNalCodec(info.codec)) {
        out.key = flaggedKey || info.codec == Codec::Mjpeg;
        return;
    }
    out.key = containsKeyFrame(info.codec, out.data) || (parsed() && flaggedKey);
    if (!out.key)
        return;
    Bytes sets = extractParameterSets(info.codec, out.data);
    if (sets.empty()) {
        out.data.insert(out.data.begin(), info.parameterSets.begin(), info.parameterSets.end());
    } else if (sets != info.parameterSets) {
        info.parameterSets = std::move(sets);
        readSize();
    }
}

Demuxer::Demuxer() : d(std::make_unique<Private>()) {}
Demuxer::~Demuxer() = default;

Result<std::unique_ptr<Demuxer>> Demuxer::open(const QString &url, Options options, std::stop_token stop)
{
    prepareFfmpeg();
    if (url.isEmpty())
        return fail(ErrorKind::InvalidInput, QStringLiteral("no file or URL given"));
    std::unique_ptr<Demuxer> demuxer(new Demuxer);
    Private &d = *demuxer->d;
    d.url = url;
    d.name = redact(url);
    d.options = options;
    d.file = isLocalUrl(url) || !options.live;
    d.interrupt.arm(std::move(stop), options.openTimeout);
    const AvErrorLog log;
    const Status opened = d.open();
    if (const auto option = opened ? std::nullopt : refusedOption(log.text()))
        return fail(option->wrap(d.name));
    if (!opened)
        return fail(opened.error());
    return demuxer;
}

const StreamInfo &Demuxer::info() const
{
    return d->info;
}

Result<PacketPtr> Demuxer::read(std::stop_token stop)
{
    if (!d->context)
        return fail(ErrorKind::Unavailable, d->name + QStringLiteral(": is not open any more"));
    if (!d->ahead.empty()) {
        PacketPtr packet = std::move(d->ahead.front());
        d->ahead.pop_front();
        return packet;
    }
    d->interrupt.arm(std::move(stop), d->options.readTimeout);
    return d->next();
}

/// A packet of the video or of the sound.
Result<PacketPtr> Demuxer::Private::next()
{
    for (;;) {
        if (const Status got = readPacket(); !got)
            return fail(got.error());
        if (!sound || packet->stream_index != sound->index())
            return finish();
        PacketPtr unit = sound->take(packet.get(), clock.now());
        info.audio = sound->info();
        if (unit)
            return unit;
    }
}

/// The video packet that was read, as ours.
Result<PacketPtr> Demuxer::Private::finish()
{
    auto out = std::make_shared<Packet>();
    out->codec = info.codec;
    out->arrival = clock.now();
    stampTimes(*out);
    lastDts = out->dts;
    lastArrival = out->arrival;
    out->data = toBytes(packet->data, packet->size);
    const bool flaggedKey = (packet->flags & AV_PKT_FLAG_KEY) != 0;
    const Status complete = readRest(out->data);
    av_packet_unref(packet.get());
    if (!complete)
        return fail(complete.error());
    out->arrival = clock.now();
    finishUnit(*out, flaggedKey);
    return out;
}

/// Whoever is told of the sound only later has to begin anew, so its first unit is waited for a little.
Status Demuxer::Private::awaitSound()
{
    if (!sound || sound->info())
        return {};
    const MonoTime begun = clock.now();
    while (!sound->info() && clock.now() - begun < kSoundWait) {
        auto unit = next();
        if (!unit)
            return fail(unit.error());
        ahead.push_back(std::move(*unit));
    }
    return {};
}

Status Demuxer::rewind()
{
    if (!d->file)
        return fail(ErrorKind::Unsupported, d->name + QStringLiteral(": a live stream has no beginning"));
    const std::string_view format = d->context ? d->context->iformat->name : "";
    const bool indexed = format.find("mp4") != std::string_view::npos || format.find("matroska") != std::string_view::npos;
    d->interrupt.arm({}, d->options.openTimeout);
    d->lastDts.reset();
    const std::int64_t start = d->context && d->stream->start_time != AV_NOPTS_VALUE ? d->stream->start_time : 0;
    if (indexed && avformat_seek_file(d->context, d->stream->index, INT64_MIN, start, start, 0) >= 0) {
        if (d->filter)
            av_bsf_flush(d->filter.get());
        return {};
    }
    // The other formats seek by guessing; opening again is exact.
    d->close();
    d->interrupt.arm({}, d->options.openTimeout);
    return d->open();
}

QString Demuxer::audioCodec() const
{
    return d->audio;
}

} // namespace vedette::media
