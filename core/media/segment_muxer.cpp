// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/segment_muxer.h"

#include "core/media/aac.h"
#include "core/media/av_error.h"
#include "core/media/compat.h"
#include "core/media/extradata.h"
#include "core/media/nal.h"
#include "core/media/sps.h"

#include <algorithm>
#include <cstring>
#include <optional>

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
}

namespace vedette::media {
namespace {

constexpr int kIoBuffer = 64 << 10;
constexpr AVRational kMicros{1, 1'000'000};
constexpr microseconds kUsualDuration{40'000}; // of an only picture whose stream announces no rate
// frag_discont: a track that begins later than the file says so in its fragment. delay_moov: only then has it the edit list
// that takes the delay of reordered pictures away again (14496-12, 8.6.6); negative offsets instead are read by
// libavformat as a shift of the pictures against the sound.
constexpr auto kFlags = "frag_custom+delay_moov+empty_moov+default_base_moof+frag_discont";

} // namespace

struct SegmentMuxer::Private {
    StreamInfo info;
    std::optional<AacConfig> sound;
    WriteBytes writeBytes;
    AVFormatContext *mp4 = nullptr;
    AVIOContext *io = nullptr;
    AVPacket *out = nullptr;
    Bytes unit;                           ///< what out borrows
    std::optional<Error> failure;
    PacketPtr held;                       ///< the newest picture
    microseconds origin{0};               ///< presentation of the first picture
    microseconds heldDts{0};              ///< as it will be written, less origin
    std::optional<microseconds> lastDuration;
    std::optional<std::int64_t> nextSound; ///< where the last unit of sound ends, in samples
    bool begun = false;
    bool headed = false;                  ///< moov is out
    bool finished = false;
    std::uint64_t pictures = 0;           ///< written, the open fragment included
    microseconds end{0};                  ///< of the last of them, less the decoding time of the first
    std::uint64_t flushedPictures = 0;
    microseconds flushedEnd{0};

    ~Private();
    static int onBytes(void *self, compat::IoBytes *data, int size);
    Status fail(const Error &error);
    Status begin(const Packet &key);
    Status addStreams(int width, int height);
    Status put(const Packet &packet, int stream, std::int64_t pts, std::int64_t dts, std::int64_t duration);
    Status writeHeld(microseconds duration);
    Status writeSound(const Packet &packet);
    Status checkIo(int code, const QString &what);
};

SegmentMuxer::Private::~Private()
{
    av_packet_free(&out);
    if (mp4)
        avformat_free_context(mp4);
    if (io) {
        av_freep(&io->buffer);
        avio_context_free(&io);
    }
}

int SegmentMuxer::Private::onBytes(void *self, compat::IoBytes *data, int size)
{
    auto &d = *static_cast<Private *>(self);
    if (d.failure)
        return AVERROR(EIO);
    const Status written = d.writeBytes({data, static_cast<std::size_t>(size)});
    if (written)
        return size;
    d.failure = written.error();
    return AVERROR(EIO);
}

Status SegmentMuxer::Private::fail(const Error &error)
{
    if (!failure)
        failure = error;
    return vedette::fail(*failure);
}

/// libavformat buffers, so that a failure of ours may show in a later call only.
Status SegmentMuxer::Private::checkIo(int code, const QString &what)
{
    if (failure)
        return vedette::fail(*failure);
    return code < 0 ? fail(avError(code, what)) : Status();
}

SegmentMuxer::SegmentMuxer() : d(std::make_unique<Private>()) {}
SegmentMuxer::~SegmentMuxer() = default;

Result<std::unique_ptr<SegmentMuxer>> SegmentMuxer::open(const StreamInfo &info, WriteBytes write)
{
    if (info.codec != Codec::H264 && info.codec != Codec::H265)
        return vedette::fail(ErrorKind::Unsupported, QStringLiteral("only H.264 and H.265 can be recorded"));
    prepareFfmpeg();
    std::unique_ptr<SegmentMuxer> muxer(new SegmentMuxer);
    Private &d = *muxer->d;
    d.info = info;
    d.writeBytes = std::move(write);
    if (info.audio && info.audio->codec == Codec::Aac)
        d.sound = parseAacConfig(info.audio->config);
    d.out = av_packet_alloc();
    auto *buffer = static_cast<unsigned char *>(av_malloc(kIoBuffer));
    d.io = buffer ? avio_alloc_context(buffer, kIoBuffer, 1, &d, nullptr, &Private::onBytes, nullptr) : nullptr;
    if (!d.io)
        av_free(buffer);
    if (!d.out || !d.io || avformat_alloc_output_context2(&d.mp4, nullptr, "mp4", nullptr) < 0)
        return vedette::fail(ErrorKind::Internal, QStringLiteral("this FFmpeg writes no MP4"));
    d.io->seekable = 0;
    d.mp4->pb = d.io;
    d.mp4->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    d.mp4->avoid_negative_ts = 0; // the edit list takes care of that
    return muxer;
}

Status SegmentMuxer::Private::addStreams(int width, int height)
{
    AVStream *stream = avformat_new_stream(mp4, nullptr);
    if (!stream || !setExtradata(stream->codecpar, info.parameterSets))
        return vedette::fail(ErrorKind::Internal, QStringLiteral("out of memory"));
    stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    stream->codecpar->codec_id = info.codec == Codec::H265 ? AV_CODEC_ID_HEVC : AV_CODEC_ID_H264;
    stream->codecpar->width = width;
    stream->codecpar->height = height;
    stream->time_base = kMicros;
    if (!sound)
        return {};
    AVStream *audio = avformat_new_stream(mp4, nullptr);
    if (!audio || !setExtradata(audio->codecpar, info.audio->config))
        return vedette::fail(ErrorKind::Internal, QStringLiteral("out of memory"));
    audio->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
    audio->codecpar->codec_id = AV_CODEC_ID_AAC;
    audio->codecpar->sample_rate = static_cast<int>(sound->sampleRate);
    audio->codecpar->frame_size = static_cast<int>(sound->unitDuration);
    av_channel_layout_default(&audio->codecpar->ch_layout, std::max(1, info.audio->channels));
    audio->time_base = {1, static_cast<int>(sound->sampleRate)};
    return {};
}

Status SegmentMuxer::Private::begin(const Packet &key)
{
    if (Bytes sets = extractParameterSets(key.codec, key.data); !sets.empty())
        info.parameterSets = std::move(sets);
    const auto sequence = readSequence(info.codec, info.parameterSets);
    if (!sequence)
        return vedette::fail(ErrorKind::InvalidInput, QStringLiteral("the first picture has no parameter sets"));
    if (const Status added = addStreams(sequence->width, sequence->height); !added)
        return fail(added.error());
    AVDictionary *options = nullptr;
    av_dict_set(&options, "movflags", kFlags, 0);
    av_dict_set(&options, "video_track_timescale", "1000000", 0);
    const int code = avformat_write_header(mp4, &options);
    av_dict_free(&options);
    begun = code >= 0;
    return checkIo(code, QStringLiteral("MP4 cannot hold this stream"));
}

bool SegmentMuxer::takes(const Packet &packet) const
{
    if (isSound(packet.codec))
        return true;
    if (packet.codec != d->info.codec)
        return false;
    if (!packet.key || !d->begun)
        return true;
    const Bytes sets = extractParameterSets(packet.codec, packet.data);
    return sets.empty() || sets == d->info.parameterSets;
}

Status SegmentMuxer::Private::put(const Packet &packet, int stream, std::int64_t pts, std::int64_t dts, std::int64_t duration)
{
    // libavformat takes the zeros behind a NAL unit (trailing_zero_8bits, H.264 B.1) for a part of it.
    unit.clear();
    if (isSound(packet.codec)) {
        unit = packet.data;
    } else {
        forEachNal(packet.data, [this](std::span<const std::uint8_t> nal) {
            unit.insert(unit.end(), {0, 0, 0, 1});
            unit.insert(unit.end(), nal.begin(), nal.end());
        });
    }
    // Borrowed: with nothing to interleave, libavformat is done with it when the call returns.
    av_packet_unref(out);
    out->data = unit.data();
    out->size = static_cast<int>(unit.size());
    out->stream_index = stream;
    out->pts = pts;
    out->dts = dts;
    out->duration = duration;
    out->flags = packet.key ? AV_PKT_FLAG_KEY : 0;
    return checkIo(av_write_frame(mp4, out), QStringLiteral("MP4 does not take a packet"));
}

Status SegmentMuxer::Private::writeHeld(microseconds duration)
{
    const PacketPtr packet = std::move(held);
    held = nullptr;
    lastDuration = duration;
    // Only a stream that has just begun to reorder shows a picture before its decoding time.
    const microseconds pts = std::max(packet->pts - origin, heldDts);
    const Status done = put(*packet, 0, pts.count(), heldDts.count(), duration.count());
    if (done) {
        ++pictures;
        end += duration;
    }
    return done;
}

/// One unit follows the other, whatever the arrival clock says, until it is off by half a unit.
Status SegmentMuxer::Private::writeSound(const Packet &packet)
{
    if (!sound || !begun || packet.codec != Codec::Aac || packet.pts < origin)
        return {};
    const AVRational samples{1, static_cast<int>(sound->sampleRate)};
    std::int64_t at = av_rescale_q((packet.pts - origin).count(), kMicros, samples);
    if (nextSound && std::abs(at - *nextSound) <= sound->unitDuration / 2)
        at = *nextSound;
    else if (nextSound && at < *nextSound)
        return {}; // told twice
    nextSound = at + sound->unitDuration;
    return put(packet, 1, at, at, sound->unitDuration);
}

Status SegmentMuxer::write(const PacketPtr &packet)
{
    if (d->failure)
        return vedette::fail(*d->failure);
    if (!packet || packet->data.empty() || d->finished)
        return vedette::fail(ErrorKind::InvalidInput, QStringLiteral("empty packet"));
    if (isSound(packet->codec))
        return d->writeSound(*packet);
    if (!takes(*packet))
        return vedette::fail(ErrorKind::InvalidInput, QStringLiteral("another codec or other parameter sets need a new segment"));
    if (!d->begun) {
        if (!packet->key)
            return vedette::fail(ErrorKind::InvalidInput, QStringLiteral("a segment begins with a key frame"));
        if (const Status begun = d->begin(*packet); !begun)
            return begun;
        d->origin = packet->pts;
        d->heldDts = std::min(packet->dts, packet->pts) - d->origin;
        d->held = packet;
        return {};
    }
    const microseconds dts = std::max(packet->dts - d->origin, d->heldDts + microseconds{1});
    if (dts - d->heldDts > kLongestPicture)
        return vedette::fail(ErrorKind::InvalidInput, QStringLiteral("a hole of more than %1 s needs a new segment").arg(kLongestPicture.count() / 1'000'000));
    if (const Status done = d->writeHeld(dts - d->heldDts); !done)
        return done;
    d->held = packet;
    d->heldDts = dts;
    return {};
}

Status SegmentMuxer::flushFragment()
{
    if (d->failure)
        return vedette::fail(*d->failure);
    if (!d->begun || d->pictures == d->flushedPictures)
        return {};
    int code = av_write_frame(d->mp4, nullptr);
    if (code >= 0 && !d->headed)
        code = av_write_frame(d->mp4, nullptr); // the first time it wrote moov alone
    d->headed = true;
    avio_flush(d->io);
    if (const Status done = d->checkIo(code, QStringLiteral("MP4 cannot end a fragment")); !done)
        return done;
    d->flushedPictures = d->pictures;
    d->flushedEnd = d->end;
    return {};
}

Status SegmentMuxer::finish()
{
    if (d->failure)
        return vedette::fail(*d->failure);
    if (!d->begun || d->finished)
        return {};
    const microseconds announced = d->info.framerate > 0 ? microseconds{static_cast<std::int64_t>(1e6 / d->info.framerate)} : kUsualDuration;
    if (const Status done = d->held ? d->writeHeld(d->lastDuration.value_or(announced)) : Status(); !done)
        return done;
    if (const Status done = flushFragment(); !done)
        return done;
    d->finished = true;
    const int code = av_write_trailer(d->mp4);
    avio_flush(d->io);
    return d->checkIo(code, QStringLiteral("MP4 cannot write its index"));
}

std::uint64_t SegmentMuxer::frames() const
{
    return d->flushedPictures;
}

microseconds SegmentMuxer::duration() const
{
    return d->flushedEnd;
}

bool SegmentMuxer::hasSound() const
{
    return d->sound.has_value();
}

} // namespace vedette::media
