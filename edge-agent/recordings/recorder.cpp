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

QString whyClosed(GapReason reason)
{
    if (reason == GapReason::PausedByOperator)
        return QStringLiteral("paused by an operator");
    return reason == GapReason::NotScheduled ? QStringLiteral("not scheduled now") : QStringLiteral("no trigger now");
}

} // namespace

Recorder::Recorder(Options options, SegmentPlace place, std::shared_ptr<media::PacketTee> tee, RecorderSink &sink)
    : m_options(std::move(options)), m_place(std::move(place)), m_tee(std::move(tee)), m_sink(sink),
      m_preRoll(m_options.gate ? m_options.gate->preRoll() : std::chrono::seconds{0})
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
    return {m_segments, m_bytes, m_frames, m_dropped, m_failures, m_preRollBytes, m_preRollDropped};
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
        if (const Done done = packet ? take(packet, reader) : noPicture(reader); !done)
            return done;
        if (const Done kept = m_segment ? m_segment->keep() : Done(); !kept)
            return kept;
    }
}

Recorder::Done Recorder::take(const media::PacketPtr &packet, media::PacketReader &reader)
{
    const std::uint64_t lost = reader.count().dropped;
    const bool dropped = std::exchange(m_lost, lost) != lost;
    m_dropped = m_lostBefore + lost;
    if (!media::isSound(packet->codec)) {
        const CaptureStamp stamp = stampOf(*packet);
        m_timeKnown = stamp.known;
        m_heard = m_place.clock.now();
        askGate(packet->arrival, stamp.known ? std::optional(stamp.captured) : std::nullopt);
        m_preRoll.expire(packet->arrival);
        if (const Done replayed = replay(reader); !replayed)
            return replayed;
    }
    if (const Done done = put(packet, reader, dropped); !done)
        return done;
    return media::isSound(packet->codec) ? noPicture(reader) : Done();
}

void Recorder::askGate(MonoTime arrival, std::optional<UtcTime> captured)
{
    m_closed = m_options.gate ? m_options.gate->closed(arrival, captured) : std::nullopt;
}

Recorder::Done Recorder::replay(media::PacketReader &reader)
{
    if (m_closed || m_preRoll.empty())
        return {};
    m_preRollBytes = 0;
    m_heldRun.reset();
    for (const media::PacketPtr &each : m_preRoll.take()) {
        if (const Done done = put(each, reader, false); !done)
            return done;
    }
    return {};
}

Recorder::Done Recorder::put(const media::PacketPtr &packet, media::PacketReader &reader, bool dropped)
{
    if (!media::isSound(packet->codec))
        return putPicture(packet, reader, dropped);
    if (!m_segment && m_closed)
        m_preRoll.push(packet);
    return m_segment ? m_segment->write(packet) : Done();
}

Recorder::Done Recorder::putPicture(const media::PacketPtr &packet, media::PacketReader &reader, bool dropped)
{
    const CaptureStamp stamp = stampOf(*packet);
    const media::StreamInfo info = packet->key ? reader.info() : media::StreamInfo();
    if (const auto hole = holeBefore(*packet, stamp, dropped)) {
        if (const Done ended = endSegment(std::nullopt, m_closed ? m_closed : hole); !ended)
            return ended;
    } else if (m_segment && m_closed == GapReason::PausedByOperator) {
        if (const Done ended = endSegment(std::nullopt, m_closed); !ended)
            return ended;
    } else if (m_segment && packet->key && (m_closed || needsAnother(*packet, stamp, info))) {
        if (const Done ended = endSegment(stamp.captured, m_closed); !ended)
            return ended;
    }
    if (!m_segment && m_closed) {
        hold(packet, dropped);
        return {};
    }
    if (!packet->key && (!m_segment || m_closed || stamp.captured >= m_border))
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

void Recorder::hold(const media::PacketPtr &packet, bool dropped)
{
    const CaptureStamp stamp = stampOf(*packet);
    if (m_heldRun && *m_heldRun != stamp.run)
        m_gap.reset(); // its time is another's, perhaps known only now
    if (std::exchange(m_shown, m_closed) != m_closed)
        m_options.stage(StageState::Idle, whyClosed(*m_closed), std::nullopt);
    beginGap(stamp.captured, *m_closed);
    m_heldRun = stamp.run;
    if (dropped || m_closed == GapReason::PausedByOperator)
        m_preRoll.clear(); // a hole in it would not be seen
    if (m_closed != GapReason::PausedByOperator)
        m_preRoll.push(packet);
    m_preRollBytes = m_preRoll.bytes();
    m_preRollDropped = m_preRoll.dropped();
}

/// Once a segment: for its beginning, or its end at a border.
void Recorder::askForKeyFrame()
{
    if (!std::exchange(m_asked, true) && m_options.needKeyFrame)
        m_options.needKeyFrame();
}

std::optional<GapReason> Recorder::holeBefore(const media::Packet &picture, const CaptureStamp &stamp, bool dropped) const
{
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
    m_shown.reset();
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
    m_shown.reset();
    UtcTime from = m_place.clock.utcNow();
    if (m_segment) {
        const RecordedSegment segment = m_segment->segment();
        m_segment.reset();
        from = segment.to;
        m_sink.segmentFinished(segment, false);
    }
    beginGap(from, error.reason());
}

Recorder::Done Recorder::noPicture(media::PacketReader &reader)
{
    const MonoTime now = m_place.clock.now();
    askGate(now, m_timeKnown ? std::optional(m_place.clock.utcNow()) : std::nullopt);
    m_preRoll.expire(now);
    if (const Done replayed = replay(reader); !replayed)
        return replayed;
    const bool paused = m_closed == GapReason::PausedByOperator;
    if (!(paused && m_segment) && now - m_heard <= silence())
        return {};
    const GapReason reason = m_closed ? *m_closed : m_options.whyQuiet ? m_options.whyQuiet() : GapReason::SourceLost;
    m_options.stage(StageState::Idle, m_closed ? whyClosed(reason) : QStringLiteral("no pictures from the camera"), std::nullopt);
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
