// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/container_demuxer.h"

#include "core/media/av_error.h"
#include "core/media/demuxed_sound.h"
#include "core/media/demuxed_video.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>
#include <string_view>

extern "C" {
#include <libavformat/avformat.h>
}

namespace vedette::media {
namespace {

constexpr int kIoBuffer = 64 << 10;
constexpr char kFormats[] = "mov,matroska,mpegts,avi,flv";
constexpr char kAnalyzeBytes[] = "2000000";
constexpr int kMostFailures = 64;                   // of libavformat in a row: nothing more is to be had
constexpr std::size_t kMostHeld = 64u << 20;        // bytes of a GOP that are read to find its end
constexpr microseconds kFirstStep{2'000'000};       // back from where no key frame was found, doubled each time
constexpr AVRational kMicros{1, 1'000'000};

class MemoryBytes final : public ByteSource {
public:
    explicit MemoryBytes(Bytes bytes) : m_bytes(std::move(bytes)) {}
    std::int64_t size() const override { return static_cast<std::int64_t>(m_bytes.size()); }
    Result<std::size_t> read(std::int64_t offset, std::span<std::uint8_t> into, std::stop_token) override
    {
        const std::size_t count = offset < size() ? std::min(into.size(), m_bytes.size() - static_cast<std::size_t>(offset)) : 0;
        std::copy_n(m_bytes.begin() + static_cast<std::ptrdiff_t>(offset < size() ? offset : 0), count, into.begin());
        return count;
    }

private:
    Bytes m_bytes;
};

} // namespace

struct ContainerDemuxer::Private {
    std::unique_ptr<ByteSource> bytes;
    QString name;
    std::int64_t offset = 0;               ///< where libavformat reads next
    std::stop_token stop;                  ///< of the call that runs
    std::optional<Error> failure;          ///< of the ByteSource
    AVIOContext *io = nullptr;
    AVFormatContext *context = nullptr;
    AvPacketPtr packet{av_packet_alloc()};
    std::unique_ptr<DemuxedVideo> video;
    std::unique_ptr<DemuxedSound> sound;
    StreamInfo info;
    SystemClock clock;
    std::deque<PacketPtr> held;            ///< read ahead by seek()
    std::uint64_t damaged = 0;

    ~Private();
    static int readBytes(void *self, std::uint8_t *into, int size);
    static std::int64_t seekBytes(void *self, std::int64_t offset, int whence);
    static int ask(void *self) { return static_cast<Private *>(self)->stop.stop_requested() ? 1 : 0; }
    Status open(bool analyze);
    Status chooseStreams();
    Error error(int code) const;
    Result<PacketPtr> next();
    microseconds startTime() const;
    bool goTo(microseconds pts);
    Status collect(microseconds pts);
};

ContainerDemuxer::Private::~Private()
{
    avformat_close_input(&context);
    if (io) {
        av_freep(&io->buffer);
        avio_context_free(&io);
    }
}

int ContainerDemuxer::Private::readBytes(void *self, std::uint8_t *into, int size)
{
    auto &d = *static_cast<Private *>(self);
    const auto got = d.bytes->read(d.offset, {into, static_cast<std::size_t>(size)}, d.stop);
    if (!got) {
        d.failure = got.error();
        return AVERROR(EIO);
    }
    d.offset += static_cast<std::int64_t>(*got);
    return *got > 0 ? static_cast<int>(*got) : AVERROR_EOF;
}

std::int64_t ContainerDemuxer::Private::seekBytes(void *self, std::int64_t offset, int whence)
{
    auto &d = *static_cast<Private *>(self);
    if (whence == AVSEEK_SIZE)
        return d.bytes->size();
    const std::int64_t base = whence == SEEK_CUR ? d.offset : whence == SEEK_END ? d.bytes->size() : 0;
    if (offset < -base)
        return AVERROR(EINVAL);
    return d.offset = base + offset;
}

Error ContainerDemuxer::Private::error(int code) const
{
    if (failure)
        return *failure;
    if (stop.stop_requested())
        return Error{ErrorKind::Cancelled, name + QStringLiteral(": stopped"), nullptr};
    if (code == AVERROR_INVALIDDATA || code == AVERROR_EOF)
        return Error{ErrorKind::Corrupt, name + QStringLiteral(": this is not a video that can be read, or it ends before its index"), nullptr};
    return avError(code, name);
}

Status ContainerDemuxer::Private::open(bool analyze)
{
    if (bytes->size() == 0)
        return fail(ErrorKind::Corrupt, name + QStringLiteral(": the file is empty"));
    context = avformat_alloc_context();
    auto *buffer = static_cast<unsigned char *>(av_malloc(kIoBuffer));
    io = buffer ? avio_alloc_context(buffer, kIoBuffer, 0, this, &Private::readBytes, nullptr, &Private::seekBytes) : nullptr;
    if (!io)
        av_free(buffer);
    if (!context || !packet || !io)
        return fail(ErrorKind::Internal, QStringLiteral("out of memory for a reader"));
    context->pb = io;
    context->flags |= AVFMT_FLAG_CUSTOM_IO;
    context->interrupt_callback = {&Private::ask, this};
    AVDictionary *options = nullptr;
    av_dict_set(&options, "format_whitelist", kFormats, 0);
    av_dict_set(&options, "protocol_whitelist", "none", 0); // a file names no other one
    av_dict_set(&options, "probesize", kAnalyzeBytes, 0);
    int code = avformat_open_input(&context, nullptr, nullptr, &options);
    av_dict_free(&options);
    if (code >= 0 && analyze)
        code = avformat_find_stream_info(context, nullptr);
    if (code < 0)
        return fail(error(code));
    return chooseStreams();
}

Status ContainerDemuxer::Private::chooseStreams()
{
    AVStream *pictures = nullptr;
    AVStream *voice = nullptr;
    for (unsigned i = 0; i < context->nb_streams; ++i) {
        AVStream *stream = context->streams[i];
        const AVMediaType type = stream->codecpar->codec_type;
        const bool cover = (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
        if (type == AVMEDIA_TYPE_VIDEO && !cover && !pictures)
            pictures = stream;
        else if (type == AVMEDIA_TYPE_AUDIO && stream->codecpar->codec_id == AV_CODEC_ID_AAC && !voice)
            voice = stream;
    }
    if (!pictures)
        return fail(ErrorKind::Unsupported, name + QStringLiteral(": no video in it"));
    for (unsigned i = 0; i < context->nb_streams; ++i) {
        AVStream *stream = context->streams[i];
        stream->discard = stream == pictures || stream == voice ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
    video = std::make_unique<DemuxedVideo>(pictures, DemuxedVideo::Options{});
    if (const Status opened = video->open(name); !opened)
        return opened;
    sound = voice ? std::make_unique<DemuxedSound>(voice) : nullptr;
    info = video->info();
    if (sound)
        info.audio = sound->info();
    return {};
}

Result<PacketPtr> ContainerDemuxer::Private::next()
{
    int failures = 0;
    while (!stop.stop_requested()) {
        if (!video->fetch(packet.get())) {
            const int code = av_read_frame(context, packet.get());
            if (code < 0) {
                if (failure)
                    return fail(*std::exchange(failure, std::nullopt));
                const bool over = code == AVERROR_EOF || avio_feof(io) != 0;
                io->eof_reached = 0; // it may grow
                io->error = 0;
                if (over || ++failures >= kMostFailures)
                    return fail(ErrorKind::NotFound, name + QStringLiteral(": end of file"));
                ++damaged;
                continue;
            }
            if (sound && packet->stream_index == sound->index() && packet->size > 0) {
                if (PacketPtr unit = sound->take(packet.get(), clock.now())) {
                    info.audio = sound->info();
                    return unit;
                }
                continue;
            }
            if (packet->stream_index != video->index() || packet->size <= 0) {
                av_packet_unref(packet.get());
                continue;
            }
            if (video->filter(packet.get()))
                continue;
        }
        const auto out = video->begin(*packet, clock.now());
        const bool flaggedKey = (packet->flags & AV_PKT_FLAG_KEY) != 0;
        av_packet_unref(packet.get());
        video->finish(*out, flaggedKey);
        if (out->key) {
            info.width = video->info().width;
            info.height = video->info().height;
            info.parameterSets = video->info().parameterSets;
        }
        return out;
    }
    return fail(ErrorKind::Cancelled, name + QStringLiteral(": stopped"));
}

microseconds ContainerDemuxer::Private::startTime() const
{
    const AVStream *stream = context->streams[video->index()];
    const std::int64_t start = stream->start_time;
    return microseconds{start != AV_NOPTS_VALUE ? av_rescale_q(start, stream->time_base, kMicros) : 0};
}

/// To a place at or before that time, as far as libavformat knows, which may be some key frames too early or too late; false:
/// to the beginning of the file.
bool ContainerDemuxer::Private::goTo(microseconds pts)
{
    held.clear();
    video->restart();
    io->eof_reached = 0;
    io->error = 0;
    const std::int64_t at = av_rescale_q(pts.count(), kMicros, context->streams[video->index()]->time_base);
    if (pts >= startTime() && av_seek_frame(context, video->index(), at, AVSEEK_FLAG_BACKWARD) >= 0)
        return true;
    const std::int64_t first = context->start_time != AV_NOPTS_VALUE ? context->start_time : 0;
    if (std::string_view(context->iformat->name) == "mpegts")
        av_seek_frame(context, -1, 0, AVSEEK_FLAG_BYTE);
    else
        av_seek_frame(context, -1, first, AVSEEK_FLAG_BACKWARD);
    return false;
}

/// Reads until the newest key frame at or before that time is the first of what is held. NotFound: there is none from here on.
Status ContainerDemuxer::Private::collect(microseconds pts)
{
    bool found = false;
    std::size_t size = 0;
    for (;;) {
        auto unit = next();
        if (!unit && found && unit.error().kind == ErrorKind::NotFound)
            return {};
        if (!unit)
            return fail(unit.error());
        const Packet &got = **unit;
        if (isSound(got.codec)) {
            if (found)
                held.push_back(std::move(*unit));
            continue;
        }
        if (got.key && got.pts <= pts) {
            held.clear();
            size = 0;
            found = true;
        } else if (!found && got.key) {
            held.push_back(std::move(*unit));
            return fail(ErrorKind::NotFound, name + QStringLiteral(": no key frame before that time"));
        }
        if (!found)
            continue;
        size += got.data.size();
        const bool passed = got.dts > pts || size > kMostHeld;
        held.push_back(std::move(*unit));
        if (passed)
            return {};
    }
}

ContainerDemuxer::ContainerDemuxer() : d(std::make_unique<Private>()) {}
ContainerDemuxer::~ContainerDemuxer() = default;

Result<std::unique_ptr<SegmentDemuxer>> ContainerDemuxer::open(std::unique_ptr<ByteSource> bytes, const QString &name, std::stop_token stop)
{
    prepareFfmpeg();
    std::unique_ptr<ContainerDemuxer> demuxer(new ContainerDemuxer);
    demuxer->d->bytes = std::move(bytes);
    demuxer->d->name = name;
    demuxer->d->stop = std::move(stop);
    if (const Status opened = demuxer->d->open(true); !opened)
        return fail(opened.error());
    return demuxer;
}

Result<StreamInfo> ContainerDemuxer::readHead(Bytes head, const QString &name)
{
    prepareFfmpeg();
    Private d;
    d.bytes = std::make_unique<MemoryBytes>(std::move(head));
    d.name = name;
    if (const Status opened = d.open(false); !opened)
        return fail(opened.error());
    if (avformat_index_get_entries_count(d.context->streams[d.video->index()]) > 0)
        return fail(ErrorKind::Unsupported, name + QStringLiteral(": its pictures are not all in fragments"));
    return d.info;
}

const StreamInfo &ContainerDemuxer::info() const
{
    return d->info;
}

Result<PacketPtr> ContainerDemuxer::read(std::stop_token stop)
{
    if (!d->held.empty()) {
        PacketPtr unit = std::move(d->held.front());
        d->held.pop_front();
        return unit;
    }
    d->stop = std::move(stop);
    auto unit = d->next();
    if (!unit && unit.error().kind == ErrorKind::NotFound && d->bytes->growing()) {
        const std::int64_t before = d->bytes->size();
        if (const Status looked = d->bytes->refresh(d->stop); !looked)
            return fail(looked.error());
        if (d->bytes->size() > before)
            return d->next();
    }
    return unit;
}

Status ContainerDemuxer::seek(microseconds pts, std::stop_token stop)
{
    d->stop = std::move(stop);
    d->failure.reset();
    microseconds from = pts;
    for (microseconds step = kFirstStep;; step *= 2) {
        const bool possible = d->goTo(from); // false: from the beginning on
        const Status found = d->collect(pts);
        if (found || found.error().kind != ErrorKind::NotFound)
            return found;
        if (possible) {
            from = std::max(from - step, start() - microseconds{1});
            continue;
        }
        // Before the first key frame: what is held is that one, or there is none at all.
        return d->held.empty() ? fail(ErrorKind::Corrupt, d->name + QStringLiteral(": no key frame in it")) : Status();
    }
}

microseconds ContainerDemuxer::start() const
{
    return d->startTime();
}

std::uint64_t ContainerDemuxer::damaged() const
{
    return d->damaged;
}

} // namespace vedette::media
