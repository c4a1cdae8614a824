// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/av_pusher.h"

#include "core/media/av_error.h"
#include "core/media/extradata.h"
#include "core/media/interrupt.h"
#include "core/media/muxer.h"
#include "core/media/nal.h"

#include <QRegularExpression>
#include <QUrl>

#include <algorithm>
#include <cstring>

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
}

namespace vedette::media {
namespace {

constexpr milliseconds kLeave{500};
constexpr milliseconds kRefusedAtOnce{2'000}; ///< a connection lost so soon was never wanted
constexpr std::size_t kSrtPayload = 1316;     // seven TS packets, libsrt's default for live streams
constexpr AVRational kMicros{1, 1'000'000};

bool isSrt(const QString &url)
{
    return url.startsWith(QLatin1String("srt://"), Qt::CaseInsensitive);
}

/// An AVDictionary that is freed.
struct Dictionary {
    Dictionary() = default;
    Dictionary(const Dictionary &) = delete;
    Dictionary &operator=(const Dictionary &) = delete;
    ~Dictionary() { av_dict_free(&raw); }
    void set(const char *key, const QString &value) { av_dict_set(&raw, key, value.toUtf8().constData(), 0); }
    AVDictionary *raw = nullptr;
};

/// What FFmpeg's log says and its codes do not; empty when it says nothing that is known.
std::optional<Error> known(const QString &log)
{
    static const QRegularExpression name(QStringLiteral("Failed to resolve hostname ([^\\s:]+): ([^\\n]*)"));
    static const QRegularExpression answer(QStringLiteral("Server error: ([^\\n]*)"));
    if (const auto found = name.match(log); found.hasMatch())
        return Error{ErrorKind::Unavailable, QStringLiteral("the name %1 does not resolve (%2)").arg(found.captured(1), found.captured(2)), nullptr};
    if (log.contains(QLatin1String("Connection refused")))
        return Error{ErrorKind::Unavailable, QStringLiteral("nothing listens there (connection refused)"), nullptr};
    if (auto option = refusedOption(log))
        return option;
    const auto found = answer.match(log);
    if (!found.hasMatch())
        return std::nullopt;
    const QString words = found.captured(1).trimmed().left(200);
    if (words.contains(QLatin1String("lready publishing")) || words.contains(QLatin1String("BadName")))
        return Error{ErrorKind::Unavailable, QStringLiteral("another publisher holds this path (\"%1\")").arg(words), nullptr};
    return Error{ErrorKind::Denied, QStringLiteral("it answers \"%1\"").arg(words), nullptr};
}

} // namespace

struct AvPusher::Private {
    SystemClock clock;
    Options options;
    Interrupt interrupt;
    AVIOContext *io = nullptr;
    AVFormatContext *flv = nullptr;  ///< of RTMP
    std::unique_ptr<Muxer> ts;       ///< of SRT
    StreamInfo info;
    MonoTime opened{};
    std::optional<microseconds> origin;
    bool failed = false;
    bool begun = false;              ///< the header is written

    Status connect(const QString &url, Dictionary &settings, std::stop_token stop);
    Status openRtmp(const QString &url, std::stop_token stop);
    Status openSrt(const QString &url, std::stop_token stop);
    Status addFlvStreams();
    Status writeFlv(const Packet &packet);
    Error explain(int code, const AvErrorLog &log) const;
};

AvPusher::AvPusher() : d(std::make_unique<Private>()) {}

AvPusher::~AvPusher()
{
    if (d->failed)
        d->interrupt.expire();
    else
        d->interrupt.arm({}, kLeave);
    if (d->flv && d->begun && !d->failed)
        av_write_trailer(d->flv);
    if (d->io)
        avio_close(d->io);
    avformat_free_context(d->flv);
}

bool AvPusher::handles(const QString &url)
{
    return isSrt(url) || url.startsWith(QLatin1String("rtmp://"), Qt::CaseInsensitive)
        || url.startsWith(QLatin1String("rtmps://"), Qt::CaseInsensitive);
}

Result<std::unique_ptr<AvPusher>> AvPusher::open(const QString &url, const StreamInfo &info, const Options &options, std::stop_token stop)
{
    prepareFfmpeg();
    std::unique_ptr<AvPusher> pusher(new AvPusher);
    Private &d = *pusher->d;
    d.options = options;
    d.info = info;
    const Status opened = isSrt(url) ? d.openSrt(url, stop) : d.openRtmp(url, stop);
    if (!opened) {
        d.failed = true;
        return fail(opened.error());
    }
    d.opened = d.clock.now();
    return pusher;
}

Error AvPusher::Private::explain(int code, const AvErrorLog &log) const
{
    const Error error = interrupt.error(code, QStringLiteral("the connection failed"));
    if (error.kind == ErrorKind::Cancelled || error.kind == ErrorKind::Timeout)
        return error;
    if (auto better = known(log.text()))
        return std::move(*better);
    return error;
}

Status AvPusher::Private::connect(const QString &url, Dictionary &settings, std::stop_token stop)
{
    const AvErrorLog log;
    const MonoTime begin = clock.now();
    interrupt.arm(std::move(stop), options.timeout);
    const AVIOInterruptCB callback = interrupt.callback();
    const int code = avio_open2(&io, url.toUtf8().constData(), AVIO_FLAG_WRITE, &callback, &settings.raw);
    if (code >= 0)
        return {};
    const Error error = explain(code, log);
    if (code != AVERROR(EIO) || error.kind != ErrorKind::Unavailable || known(log.text()))
        return fail(error);
    // Both protocols say only "I/O error"; how long it took tells a refusal from nobody being there.
    if (isSrt(url) && clock.now() - begin > options.timeout / 2)
        return fail(ErrorKind::Timeout, QStringLiteral("no SRT listener answers"));
    return isSrt(url) ? fail(ErrorKind::Denied, QStringLiteral("the listener refuses the passphrase or stream id"))
                      : fail(ErrorKind::Unavailable, QStringLiteral("the server ended the connection before the stream began; most often the "
                                                                    "stream key or the application is wrong, or a certificate is not trusted"));
}

Status AvPusher::Private::openRtmp(const QString &url, std::stop_token stop)
{
    if (info.codec != Codec::H264)
        return fail(ErrorKind::Unsupported, QStringLiteral("RTMP carries H.264 only, and this stream is %1").arg(QString::fromLatin1(toString(info.codec))));
    QUrl address(url);
    const QString path = address.path(QUrl::FullyEncoded);
    const qsizetype cut = path.lastIndexOf(u'/');
    if (!address.isValid() || cut <= 0 || cut + 1 == path.size())
        return fail(ErrorKind::InvalidInput, QStringLiteral("an RTMP address needs an application and a stream key: rtmp://HOST/APPLICATION/KEY"));
    Dictionary settings;
    // Said apart, because libavformat cuts paths of more than two parts at a place of its own, and logs its URL.
    settings.set("rtmp_app", path.mid(1, cut - 1));
    settings.set("rtmp_playpath", path.mid(cut + 1) + (address.hasQuery() ? u'?' + address.query(QUrl::FullyEncoded) : QString()));
    settings.set("tcp_nodelay", QStringLiteral("1"));
    settings.set("tls_verify", QStringLiteral("1"));
    settings.set("ca_file", options.caFile.isEmpty() ? QStringLiteral("/etc/ssl/certs/ca-certificates.crt") : options.caFile);
    address.setPath(path.left(cut), QUrl::StrictMode);
    address.setQuery(QString());
    if (const Status connected = connect(address.toString(QUrl::FullyEncoded), settings, std::move(stop)); !connected)
        return connected;
    if (avformat_alloc_output_context2(&flv, nullptr, "flv", nullptr) < 0)
        return fail(ErrorKind::Unsupported, QStringLiteral("this FFmpeg writes no FLV"));
    flv->pb = io;
    flv->flags |= AVFMT_FLAG_FLUSH_PACKETS;
    if (const Status added = addFlvStreams(); !added)
        return added;
    Dictionary muxing;
    muxing.set("flvflags", QStringLiteral("no_duration_filesize"));
    const AvErrorLog log;
    if (const int code = avformat_write_header(flv, &muxing.raw); code < 0)
        return fail(explain(code, log));
    begun = true;
    return {};
}

Status AvPusher::Private::addFlvStreams()
{
    AVStream *stream = avformat_new_stream(flv, nullptr);
    if (!stream || !setExtradata(stream->codecpar, info.parameterSets))
        return fail(ErrorKind::Internal, QStringLiteral("out of memory"));
    stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    stream->codecpar->codec_id = AV_CODEC_ID_H264;
    stream->codecpar->width = info.width;
    stream->codecpar->height = info.height;
    stream->avg_frame_rate = av_d2q(info.framerate, 1'001'000);
    stream->time_base = {1, 1000};
    if (!info.audio || info.audio->codec != Codec::Aac)
        return {};
    AVStream *sound = avformat_new_stream(flv, nullptr);
    if (!sound || !setExtradata(sound->codecpar, info.audio->config))
        return fail(ErrorKind::Internal, QStringLiteral("out of memory"));
    sound->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
    sound->codecpar->codec_id = AV_CODEC_ID_AAC;
    sound->codecpar->sample_rate = static_cast<int>(info.audio->sampleRate);
    av_channel_layout_default(&sound->codecpar->ch_layout, info.audio->channels);
    sound->time_base = {1, 1000};
    return {};
}

Status AvPusher::Private::openSrt(const QString &url, std::stop_token stop)
{
    auto muxer = Muxer::openTs(info, [this](std::span<const std::uint8_t> bytes) {
        for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), kSrtPayload))) {
            avio_write(io, bytes.data(), static_cast<int>(std::min(bytes.size(), kSrtPayload)));
            avio_flush(io); // a message each
        }
    });
    if (!muxer)
        return fail(muxer.error());
    ts = std::move(*muxer);
    Dictionary settings;
    settings.set("mode", QStringLiteral("caller"));
    settings.set("connect_timeout", QString::number((options.timeout - milliseconds{500}).count())); // before ours, so that the reason is SRT's
    return connect(url, settings, std::move(stop));
}

Status AvPusher::Private::writeFlv(const Packet &packet)
{
    const bool sound = isSound(packet.codec);
    if (sound && (flv->nb_streams < 2 || !origin || packet.pts < *origin))
        return {}; // before the first picture
    if (!origin)
        origin = std::min(packet.pts, packet.dts);
    AVPacket *out = av_packet_alloc();
    if (!out || av_new_packet(out, static_cast<int>(packet.data.size())) < 0) {
        av_packet_free(&out);
        return fail(ErrorKind::Internal, QStringLiteral("out of memory"));
    }
    std::memcpy(out->data, packet.data.data(), packet.data.size());
    out->pts = (packet.pts - *origin).count();
    out->dts = std::min(out->pts, std::int64_t{(packet.dts - *origin).count()});
    out->flags = packet.key ? AV_PKT_FLAG_KEY : 0;
    out->stream_index = sound ? 1 : 0;
    // FLV carries the sets apart from the pictures, so others must be told.
    if (Bytes sets = packet.key && !sound ? extractParameterSets(packet.codec, packet.data) : Bytes(); !sets.empty() && sets != info.parameterSets) {
        if (std::uint8_t *side = av_packet_new_side_data(out, AV_PKT_DATA_NEW_EXTRADATA, sets.size()))
            std::memcpy(side, sets.data(), sets.size());
        info.parameterSets = std::move(sets);
    }
    av_packet_rescale_ts(out, kMicros, flv->streams[out->stream_index]->time_base);
    const AvErrorLog log;
    const int code = av_write_frame(flv, out);
    av_packet_free(&out);
    return code < 0 ? Status(fail(explain(code, log))) : Status();
}

Status AvPusher::write(const PacketPtr &packet, std::stop_token stop)
{
    if (!packet || packet->data.empty())
        return fail(ErrorKind::InvalidInput, QStringLiteral("empty packet"));
    d->interrupt.arm(std::move(stop), d->options.timeout);
    Status written;
    if (d->flv) {
        written = d->writeFlv(*packet);
    } else {
        const AvErrorLog log;
        written = d->ts->write(packet);
        if (written && d->io->error < 0)
            written = fail(d->explain(d->io->error, log));
    }
    if (written)
        return written;
    d->failed = true;
    Error error = written.error();
    if (error.kind == ErrorKind::Unavailable)
        error.detail = d->clock.now() - d->opened < kRefusedAtOnce
            ? QStringLiteral("the server ended the connection as soon as the stream began; most often the stream key is wrong")
            : QStringLiteral("the connection was lost");
    return fail(error);
}

} // namespace vedette::media
