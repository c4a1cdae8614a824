// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/recorder.h"

#include "core/base/logging.h"
#include "core/base/wait.h"

#include <algorithm>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcRecord, "vedette.record")

constexpr milliseconds kPoll{500};
constexpr milliseconds kBackoffBase{500};
constexpr int kSilentIntervals = 3;

using protocol::GapReason;
using protocol::StageState;

UtcTime borderAfter(UtcTime captured, std::chrono::seconds length)
{
    const auto since = captured.time_since_epoch();
    const auto whole = std::chrono::floor<std::chrono::seconds>(since) / length; // negative only before 1970
    return UtcTime{(whole + 1) * microseconds{length}};
}

} // namespace

Recorder::Recorder(Options options, SegmentPlace place, std::shared_ptr<media::PacketTee> tee, RecorderSink &sink)
    : m_options(std::move(options)), m_place(std::move(place)), m_tee(std::move(tee)), m_sink(sink)
{
}

void Recorder::start()
{
    m_worker = Worker("rec-" + m_options.lane.camera.toStdString(), [this](std::stop_token stop) { run(std::move(stop)); });
}

void Recorder::requestStop()
{
    m_worker.requestStop();
}

void Recorder::stop()
{
    m_worker.stop();
}

Recorder::Counts Recorder::counts() const
{
    return {m_segments, m_bytes, m_frames, m_dropped, m_failures};
}

void Recorder::run(std::stop_token stop)
{
    Backoff backoff(kBackoffBase, kLongestPause);
    // A new reader for each try: what waited in the queue of the last one is in the gap.
    const auto subscribe = [this] {
        return m_tee->subscribe("recorder", kQueue, media::PacketTee::Start::NextKeyFrame, media::PacketTee::Tracks::PicturesAndSound);
    };
    media::PacketReaderPtr reader = subscribe();
    m_options.stage(StageState::Starting, {}, std::nullopt);
    beginGap(m_place.clock.utcNow(), GapReason::Starting);
    while (true) {
        const MonoTime begun = m_heard = m_place.clock.now();
        m_lost = 0;
        const Done ended = record(*reader, stop);
        m_lostBefore += m_lost;
        if (ended)
            break;
        giveUp(ended.error());
        reader.reset();
        if (m_place.clock.now() - begun > kLasted)
            backoff.reset();
        const milliseconds pause = backoff.next();
        const MonoTime due = m_place.clock.now() + pause;
        const QString reason = ended.error().error().text();
        m_options.stage(StageState::Waiting, reason, pause);
        m_pulse.beat(m_place.clock.now(), pause + Pulse::kUsual);
        if (!waitUntil(m_place.clock, due, stop)) {
            beginGap(m_place.clock.utcNow(), GapReason::AgentStopped);
            break;
        }
        reader = subscribe();
        m_options.stage(StageState::Waiting, reason, std::nullopt);
        if (m_options.needKeyFrame)
            m_options.needKeyFrame();
    }
    m_pulse.rest();
    m_options.stage(StageState::Idle, {}, std::nullopt);
}

Recorder::Done Recorder::record(media::PacketReader &reader, std::stop_token stop)
{
    m_asked = false;
    while (true) {
        m_pulse.beat(m_place.clock.now(), kDisk);
        media::PacketPtr packet = reader.read(stop, kPoll);
        const bool over = stop.stop_requested() || (!packet && reader.ended());
        if (over && !packet)
            packet = reader.tryRead(); // what was captured before the stop is recorded
        if (over && !packet)
            return endSegment(std::nullopt, GapReason::AgentStopped);
        if (const Done done = packet ? take(packet, reader) : noPicture(); !done)
            return done;
        if (const Done kept = m_segment ? m_segment->keep() : Done(); !kept)
            return kept;
    }
}

Recorder::Done Recorder::take(const media::PacketPtr &packet, media::PacketReader &reader)
{
    if (!media::isSound(packet->codec))
        return takePicture(packet, reader);
    const Done written = m_segment ? m_segment->write(packet) : Done();
    return written ? noPicture() : written;
}

Recorder::Done Recorder::takePicture(const media::PacketPtr &packet, media::PacketReader &reader)
{
    const CaptureStamp stamp = stampOf(*packet);
    const media::StreamInfo info = packet->key ? reader.info() : media::StreamInfo();
    m_heard = m_place.clock.now();
    if (const auto hole = holeBefore(*packet, stamp, reader)) {
        if (const Done ended = endSegment(std::nullopt, hole); !ended)
            return ended;
    } else if (m_segment && packet->key && needsAnother(*packet, stamp, info)) {
        if (const Done ended = endSegment(stamp.captured, std::nullopt); !ended)
            return ended;
    }
    if (!packet->key && (!m_segment || stamp.captured >= m_border))
        askForKeyFrame();
    if (!m_segment && !packet->key)
        return {};
    if (!m_segment) {
        if (const Done opened = openSegment(packet, info); !opened)
            return opened;
    }
    if (const Done written = m_segment->write(packet); !written)
        return written;
    return packet->key || packet->dts - m_fragment >= kFragment ? m_fragment = packet->dts, flush() : Done();
}

/// Once a segment: for its beginning, or its end at a border.
void Recorder::askForKeyFrame()
{
    if (!std::exchange(m_asked, true) && m_options.needKeyFrame)
        m_options.needKeyFrame();
}

std::optional<GapReason> Recorder::holeBefore(const media::Packet &picture, const CaptureStamp &stamp, media::PacketReader &reader)
{
    const std::uint64_t lost = reader.count().dropped;
    const bool dropped = std::exchange(m_lost, lost) != lost;
    m_dropped = m_lostBefore + lost;
    if (!m_segment)
        return std::nullopt;
    if (stamp.run != m_segment->run())
        return picture.key ? std::nullopt : std::optional(GapReason::ClockStep);
    // Where pictures were dropped, the next one is a key frame; sound may be dropped without that.
    if (dropped && picture.key)
        return GapReason::Overload;
    const microseconds since = stamp.captured - m_segment->newest();
    return since > silence() || since < -silence() ? std::optional(GapReason::SourceStalled) : std::nullopt;
}

bool Recorder::needsAnother(const media::Packet &key, const CaptureStamp &stamp, const media::StreamInfo &info) const
{
    return stamp.captured >= m_border || stamp.run != m_segment->run() || !m_segment->takes(key) || info.audio != m_audio;
}

Recorder::Done Recorder::openSegment(const media::PacketPtr &key, const media::StreamInfo &info)
{
    const CaptureStamp stamp = stampOf(*key);
    if (std::exchange(m_numberedRun, stamp.run) != stamp.run)
        m_number = 0;
    media::StreamInfo now = info;
    now.codec = key->codec;
    auto segment = SegmentWriter::open(m_place, m_options.lane, now, *key, m_number);
    if (!segment)
        return tl::unexpected(segment.error());
    ++m_number;
    m_segment = std::move(*segment);
    m_audio = info.audio;
    m_border = borderAfter(stamp.captured, m_options.length);
    m_framerate = info.framerate;
    m_fragment = key->dts;
    m_counted = m_countedFrames = 0;
    m_gap.reset();
    m_asked = false;
    m_sink.segmentOpened(m_segment->segment());
    m_options.stage(StageState::Running, {}, std::nullopt);
    return {};
}

Recorder::Done Recorder::flush()
{
    if (const Done flushed = m_segment->flush(); !flushed)
        return flushed;
    const RecordedSegment &segment = m_segment->segment();
    m_bytes += segment.bytes - std::exchange(m_counted, segment.bytes);
    m_frames += segment.frames - std::exchange(m_countedFrames, segment.frames);
    if (segment.frames > 0)
        m_sink.segmentProgressed(segment);
    return {};
}

Recorder::Done Recorder::endSegment(std::optional<UtcTime> next, std::optional<GapReason> gap)
{
    if (m_segment) {
        // Of another run's clock the next picture says nothing about where this one ends.
        const bool follows = next && *next > m_segment->newest() && *next - m_segment->newest() <= silence();
        if (const Done finished = m_segment->finish(follows ? next : std::nullopt); !finished)
            return finished;
        const RecordedSegment segment = m_segment->segment();
        m_bytes += segment.bytes - m_counted;
        m_frames += segment.frames - m_countedFrames;
        m_segment.reset();
        m_asked = false;
        ++m_segments;
        m_end = segment.to;
        m_sink.segmentFinished(segment, true);
        if (gap)
            beginGap(m_end, *gap);
    } else if (gap) {
        beginGap(m_place.clock.utcNow(), *gap);
    }
    return {};
}

/// What whole fragments there are stays; the rest of the file is cut off when it is recovered.
void Recorder::giveUp(const DiskError &error)
{
    ++m_failures;
    UtcTime from = m_place.clock.utcNow();
    if (m_segment) {
        const RecordedSegment segment = m_segment->segment();
        m_segment.reset();
        from = segment.to;
        m_sink.segmentFinished(segment, false);
    }
    beginGap(from, error.reason());
}

Recorder::Done Recorder::noPicture()
{
    if (m_place.clock.now() - m_heard <= silence())
        return {};
    const GapReason reason = m_options.whyQuiet ? m_options.whyQuiet() : GapReason::SourceLost;
    m_options.stage(StageState::Idle, QStringLiteral("no pictures from the camera"), std::nullopt);
    return endSegment(std::nullopt, reason);
}

void Recorder::beginGap(UtcTime from, GapReason reason)
{
    if (m_gap == reason)
        return;
    m_gap = reason;
    qCInfo(lcRecord).noquote() << "camera" << m_options.lane.camera << "stream" << m_options.lane.stream << "is not recorded:" << protocol::toString(reason);
    m_sink.gapBegan(m_options.lane, from, reason);
}

milliseconds Recorder::silence() const
{
    if (m_framerate <= 0)
        return kSilence;
    return std::max(kSilence, milliseconds{static_cast<std::int64_t>(kSilentIntervals * 1000 / m_framerate)});
}

} // namespace vedette::agent
