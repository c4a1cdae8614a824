// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/muxer.h"

#include "core/base/secret.h"
#include "core/media/av_error.h"
#include "core/media/compat.h"
#include "core/media/interrupt.h"

#include <algorithm>
#include <cstring>

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}

namespace vedette::media {
namespace {

constexpr int kTsBufferBytes = 188 * 348; // about 64 KiB of whole TS packets
constexpr milliseconds kGoodbye{300};     // for TEARDOWN, when the connection is still good

using WriteBytes = std::function<void(std::span<const std::uint8_t>)>;

struct PacketDeleter {
    void operator()(AVPacket *packet) const { av_packet_free(&packet); }
};

int forwardBytes(void *opaque, compat::AvioWriteByte *data, int size)
{
    (*static_cast<WriteBytes *>(opaque))({data, static_cast<std::size_t>(size)});
    return size;
}

Status fillParameters(AVCodecParameters *parameters, const StreamInfo &info)
{
    if (info.codec != Codec::H264 && info.codec != Codec::H265)
        return fail(ErrorKind::Unsupported, QStringLiteral("only H.264 and H.265 can be sent on"));
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

} // namespace

struct Muxer::Private {
    Format format = Format::MpegTs;
    QString name; ///< for errors, without credentials
    milliseconds timeout{5000};
    Interrupt interrupt;
    WriteBytes writeBytes;
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
    void stampTimes(const Packet &input);
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
    stream->time_base = {1, 90'000};
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
void Muxer::Private::stampTimes(const Packet &input)
{
    if (!origin)
        origin = std::min(input.dts, input.pts);
    const AVRational micros{1, 1'000'000};
    std::int64_t pts = av_rescale_q((input.pts - *origin).count(), micros, stream->time_base);
    std::int64_t dts = av_rescale_q((input.dts - *origin).count(), micros, stream->time_base);
    dts = std::min(dts, pts);
    if (lastDts != INT64_MIN)
        dts = std::max(dts, lastDts + 1);
    packet->dts = dts;
    packet->pts = std::max(pts, dts);
    lastDts = dts;
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
    if (format == Format::MpegTs && context->pb) {
        av_freep(&context->pb->buffer);
        avio_context_free(&context->pb);
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
    d.format = Format::Rtsp;
    d.name = redact(url);
    d.timeout = timeout;
    if (!url.startsWith(QLatin1String("rtsp://")) && !url.startsWith(QLatin1String("rtsps://")))
        return fail(ErrorKind::InvalidInput, QStringLiteral("%1: not an rtsp:// address").arg(d.name));
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
    prepareFfmpeg();
    std::unique_ptr<Muxer> muxer(new Muxer);
    Private &d = *muxer->d;
    d.name = QStringLiteral("MPEG-TS");
    d.writeBytes = std::move(write);
    d.interrupt.arm({}, d.timeout);
    const Status allocated = d.allocate("mpegts", nullptr, info);
    if (!allocated)
        return fail(allocated.error());
    auto *buffer = static_cast<std::uint8_t *>(av_malloc(kTsBufferBytes));
    d.context->pb = buffer ? avio_alloc_context(buffer, kTsBufferBytes, 1, &d.writeBytes, nullptr, forwardBytes, nullptr)
                           : nullptr;
    if (!d.context->pb) {
        av_free(buffer);
        return fail(ErrorKind::Internal, QStringLiteral("out of memory for a muxer"));
    }
    AVDictionary *options = nullptr;
    av_dict_set(&options, "omit_video_pes_length", "0", 0); // the receiver knows at once that a picture is complete
    av_dict_set(&options, "pat_period", "5", 0);            // seconds; they come before every key frame anyway
    av_dict_set(&options, "sdt_period", "5", 0);
    const Status begun = d.begin(&options);
    av_dict_free(&options);
    if (!begun)
        return fail(begun.error());
    return muxer;
}

Status Muxer::write(const PacketPtr &input, std::stop_token stop)
{
    if (!input || input->data.empty())
        return fail(ErrorKind::InvalidInput, QStringLiteral("empty packet"));
    if (d->failed)
        return fail(ErrorKind::Unavailable, QStringLiteral("%1: the connection has ended").arg(d->name));
    d->interrupt.arm(std::move(stop), d->timeout);
    int code = av_new_packet(d->packet.get(), static_cast<int>(input->data.size()));
    if (code < 0)
        return fail(avError(code, d->name));
    std::memcpy(d->packet->data, input->data.data(), input->data.size());
    d->packet->stream_index = d->stream->index;
    d->packet->flags = input->key ? AV_PKT_FLAG_KEY : 0;
    d->stampTimes(*input);
    if (d->format == Format::MpegTs && input->key)
        av_opt_set(d->context->priv_data, "mpegts_flags", "+resend_headers", 0);
    code = av_write_frame(d->context, d->packet.get());
    av_packet_unref(d->packet.get());
    if (code >= 0 && d->context->pb)
        avio_flush(d->context->pb);
    // The RTSP muxer does not tell that we cut a blocked write off; the stream is torn then.
    const bool torn = d->format == Format::Rtsp && d->interrupt.expired();
    if (code >= 0 && !torn)
        return {};
    d->failed = true;
    Error error = d->interrupt.error(code, d->name);
    if (error.kind == ErrorKind::Corrupt)
        error.kind = ErrorKind::InvalidInput; // our packet, not the server's answer
    return fail(error);
}

} // namespace vedette::media
