// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/muxer.h"

#include "core/base/secret.h"
#include "core/media/av_error.h"
#include "core/media/interrupt.h"
#include "core/media/ts_writer.h"

#include <algorithm>
#include <cstring>

extern "C" {
#include <libavformat/avformat.h>
}

namespace vedette::media {
namespace {

constexpr milliseconds kGoodbye{300}; // for TEARDOWN, when the connection is still good
constexpr AVRational kMicros{1, 1'000'000};
constexpr AVRational kTicks{1, 90'000};

using WriteBytes = std::function<void(std::span<const std::uint8_t>)>;

struct PacketDeleter {
    void operator()(AVPacket *packet) const { av_packet_free(&packet); }
};

Status fillParameters(AVCodecParameters *parameters, const StreamInfo &info)
{
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = info.codec == Codec::H264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC;
    parameters->width = info.width;
    parameters->height = info.height;
    parameters->format = AV_PIX_FMT_YUV420P;
    const Bytes &sets = info.parameterSets;
    if (sets.empty())
        return {};
    parameters->extradata = static_cast<std::uint8_t *>(av_mallocz(sets.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    if (!parameters->extradata)
        return fail(ErrorKind::Internal, QStringLiteral("out of memory for a muxer"));
    std::memcpy(parameters->extradata, sets.data(), sets.size());
    parameters->extradata_size = static_cast<int>(sets.size());
    return {};
}

Status checkCodec(const StreamInfo &info)
{
    if (info.codec == Codec::H264 || info.codec == Codec::H265)
        return {};
    return fail(ErrorKind::Unsupported, QStringLiteral("only H.264 and H.265 can be sent on"));
}

} // namespace

struct Muxer::Private {
    QString name; ///< for errors, without credentials
    milliseconds timeout{5000};
    Interrupt interrupt;
    WriteBytes writeBytes;            ///< of an MPEG-TS, with ts
    std::unique_ptr<TsWriter> ts;
    AVFormatContext *context = nullptr;
    AVStream *stream = nullptr;
    bool begun = false;
    bool failed = false;
    std::unique_ptr<AVPacket, PacketDeleter> packet{av_packet_alloc()};
    std::optional<microseconds> origin;
    std::int64_t lastDts = INT64_MIN;

    ~Private() { close(); }
    Status allocate(const char *formatName, const char *url, const StreamInfo &info);
    Status begin(AVDictionary **options);
    struct Times {
        std::int64_t pts = 0;
        std::int64_t dts = 0;
    };
    Times timesOf(const Packet &input, AVRational base);
    Status send(const Packet &input);
    void close();
};

Status Muxer::Private::allocate(const char *formatName, const char *url, const StreamInfo &info)
{
    const int code = avformat_alloc_output_context2(&context, nullptr, formatName, url);
    if (code < 0)
        return fail(avError(code, name));
    context->interrupt_callback = interrupt.callback();
    context->max_delay = 0;
    context->flags |= AVFMT_FLAG_FLUSH_PACKETS;
    stream = avformat_new_stream(context, nullptr);
    if (!stream || !packet)
        return fail(ErrorKind::Internal, QStringLiteral("out of memory for a muxer"));
    stream->time_base = kTicks;
    if (info.framerate > 0)
        stream->avg_frame_rate = av_d2q(info.framerate, 1'001'000);
    return fillParameters(stream->codecpar, info);
}

Status Muxer::Private::begin(AVDictionary **options)
{
    const int code = avformat_write_header(context, options);
    if (code < 0)
        return fail(interrupt.error(code, name));
    begun = true;
    return {};
}

/// Shifted so that the stream begins at 0; decoding times strictly rise and are never after the presentation.
Muxer::Private::Times Muxer::Private::timesOf(const Packet &input, AVRational base)
{
    if (!origin)
        origin = std::min(input.dts, input.pts);
    const std::int64_t pts = av_rescale_q((input.pts - *origin).count(), kMicros, base);
    std::int64_t dts = std::min(pts, av_rescale_q((input.dts - *origin).count(), kMicros, base));
    if (lastDts != INT64_MIN)
        dts = std::max(dts, lastDts + 1);
    lastDts = dts;
    return {std::max(pts, dts), dts};
}

void Muxer::Private::close()
{
    if (!context)
        return;
    if (begun) {
        // The trailer also frees the connection, so it is called on a dead one too, with no time to wait.
        interrupt.arm({}, kGoodbye);
        if (failed)
            interrupt.expire();
        av_write_trailer(context);
    }
    avformat_free_context(context);
    context = nullptr;
}

Muxer::Muxer() : d(std::make_unique<Private>()) {}
Muxer::~Muxer() = default;

Result<std::unique_ptr<Muxer>> Muxer::openRtsp(const QString &url, const StreamInfo &info, milliseconds timeout,
                                               std::stop_token stop)
{
    prepareFfmpeg();
    std::unique_ptr<Muxer> muxer(new Muxer);
    Private &d = *muxer->d;
    d.name = redact(url);
    d.timeout = timeout;
    if (!url.startsWith(QLatin1String("rtsp://")) && !url.startsWith(QLatin1String("rtsps://")))
        return fail(ErrorKind::InvalidInput, QStringLiteral("%1: not an rtsp:// address").arg(d.name));
    const Status known = checkCodec(info);
    if (!known)
        return fail(known.error());
    d.interrupt.arm(std::move(stop), timeout);
    const Status allocated = d.allocate("rtsp", url.toUtf8().constData(), info);
    if (!allocated)
        return fail(allocated.error());
    AVDictionary *options = nullptr;
    av_dict_set(&options, "rtsp_transport", "tcp", 0);
    const Status begun = d.begin(&options);
    av_dict_free(&options);
    if (!begun)
        return fail(begun.error());
    return muxer;
}

Result<std::unique_ptr<Muxer>> Muxer::openTs(const StreamInfo &info, std::function<void(std::span<const std::uint8_t>)> write)
{
    const Status known = checkCodec(info);
    if (!known)
        return fail(known.error());
    std::unique_ptr<Muxer> muxer(new Muxer);
    muxer->d->writeBytes = std::move(write);
    muxer->d->ts = std::make_unique<TsWriter>(info.codec);
    return muxer;
}

Status Muxer::Private::send(const Packet &input)
{
    int code = av_new_packet(packet.get(), static_cast<int>(input.data.size()));
    if (code < 0)
        return fail(avError(code, name));
    std::memcpy(packet->data, input.data.data(), input.data.size());
    packet->stream_index = stream->index;
    packet->flags = input.key ? AV_PKT_FLAG_KEY : 0;
    const Times times = timesOf(input, stream->time_base);
    packet->pts = times.pts;
    packet->dts = times.dts;
    code = av_write_frame(context, packet.get());
    av_packet_unref(packet.get());
    // The RTSP muxer does not tell that we cut a blocked write off; the stream is torn then.
    if (code >= 0 && !interrupt.expired())
        return {};
    failed = true;
    Error error = interrupt.error(code, name);
    if (error.kind == ErrorKind::Corrupt)
        error.kind = ErrorKind::InvalidInput; // our packet, not the server's answer
    return fail(error);
}

Status Muxer::write(const PacketPtr &input, std::stop_token stop)
{
    if (!input || input->data.empty())
        return fail(ErrorKind::InvalidInput, QStringLiteral("empty packet"));
    if (d->ts) {
        const auto times = d->timesOf(*input, kTicks);
        d->writeBytes(d->ts->write(input->data, input->key, times.pts, times.dts));
        return {};
    }
    if (d->failed)
        return fail(ErrorKind::Unavailable, QStringLiteral("%1: the connection has ended").arg(d->name));
    d->interrupt.arm(std::move(stop), d->timeout);
    return d->send(*input);
}

} // namespace vedette::media
