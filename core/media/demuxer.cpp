// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/demuxer.h"

#include "core/base/secret.h"
#include "core/media/av_error.h"
#include "core/media/demuxed_sound.h"
#include "core/media/demuxed_video.h"
#include "core/media/http_body.h"
#include "core/media/interrupt.h"
#include "core/media/media_url.h"
#include "core/media/ts_writer.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <string_view>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}

namespace vedette::media {
namespace {

constexpr milliseconds kGoodbye{200};            // for TEARDOWN
constexpr milliseconds kSoundWait{300};          // once, for the description of sound that comes with its first unit only
// What a live stream may keep us waiting for before its first packet, where reading ahead is needed at all.
constexpr char kLiveProbeBytes[] = "65536";
constexpr char kLiveAnalyzeMicros[] = "1000000"; // RTMP announces its streams only with their first packets

} // namespace

struct Demuxer::Private {
    QString url;
    QString name; ///< the URL for errors, without credentials
    Options options;
    Interrupt interrupt; // before the context, which asks it while it closes
    AVFormatContext *context = nullptr;
    AVIOContext *body = nullptr; ///< of an HTTP answer
    AVStream *stream = nullptr;
    AvPacketPtr packet{av_packet_alloc()};
    SystemClock clock;
    StreamInfo info; ///< the video's, and of the sound
    QString audio;
    std::unique_ptr<DemuxedVideo> video;
    std::unique_ptr<DemuxedSound> sound;
    std::deque<PacketPtr> ahead; ///< read while the sound's description was waited for
    bool file = false; ///< has an end and a beginning to go back to

    ~Private() { close(); }
    void close();
    Status open();
    Status analyze();
    Status chooseStream();
    Status describe();
    Error openError(int code) const;
    Error readError(int code) const;
    bool parsed() const { return (context->flags & AVFMT_FLAG_NOPARSE) == 0; }
    Status readPacket();
    Result<PacketPtr> next();
    Result<PacketPtr> finish();
    Status awaitSound();
    Status readRest(Bytes &data);
};

void Demuxer::Private::close()
{
    interrupt.arm({}, kGoodbye);
    video.reset();
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
    const Status analyzed = analyze();
    if (!analyzed)
        return analyzed;
    const Status described = describe();
    return described ? awaitSound() : described;
}

/// Finds the video stream, reading ahead only where its codec is not announced: a live picture must come at once.
Status Demuxer::Private::analyze()
{
    const bool transportStream = std::string_view(context->iformat->name) == "mpegts";
    if (options.wholeAccessUnits && transportStream)
        context->flags |= AVFMT_FLAG_NOPARSE; // a parser sees the end of a picture only when the next one begins
    if (!file && chooseStream()) {
        const AVCodecID codec = stream->codecpar->codec_id;
        if (codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC || codec == AV_CODEC_ID_MJPEG)
            return {};
    }
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

Status Demuxer::Private::describe()
{
    const std::string_view format = context->iformat->name;
    const bool onlyPts = format == "rtsp" || format == "rtp" || format == "sdp";
    const bool untimed = !file && (format == "mpjpeg" || format == "mjpeg");
    video = std::make_unique<DemuxedVideo>(stream, DemuxedVideo::Options{file, onlyPts, parsed(), untimed});
    const Status opened = video->open(name);
    info = video->info();
    if (sound)
        info.audio = sound->info();
    return opened;
}

/// The next packet of the video stream, through the filter when there is one, or one of the sound.
Status Demuxer::Private::readPacket()
{
    for (;;) {
        if (video->fetch(packet.get()))
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
        if (!video->filter(packet.get()))
            return {};
    }
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
    auto out = video->begin(*packet, clock.now());
    const bool flaggedKey = (packet->flags & AV_PKT_FLAG_KEY) != 0;
    const Status complete = readRest(out->data);
    av_packet_unref(packet.get());
    if (!complete)
        return fail(complete.error());
    out->arrival = clock.now();
    video->finish(*out, flaggedKey);
    if (out->key) {
        std::optional<AudioInfo> audioInfo = std::move(info.audio);
        info = video->info();
        info.audio = std::move(audioInfo);
    }
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
    const std::int64_t start = d->context && d->stream->start_time != AV_NOPTS_VALUE ? d->stream->start_time : 0;
    if (indexed && avformat_seek_file(d->context, d->stream->index, INT64_MIN, start, start, 0) >= 0) {
        d->video->restart();
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
