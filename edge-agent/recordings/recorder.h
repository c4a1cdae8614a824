// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/backoff.h"
#include "core/base/pulse.h"
#include "core/base/worker.h"
#include "core/media/packet_tee.h"
#include "core/protocol/status.h"
#include "edge-agent/recordings/pre_roll.h"
#include "edge-agent/recordings/recording_gate.h"
#include "edge-agent/recordings/segment_writer.h"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

namespace vedette::agent {

/// The recording thread of one stream: cuts the tee's packets into segments at the first key frame at or behind a border
/// of UTC, and tells its sink of every second. It has a queue of its own, so no viewer hurts it, and a slow or broken disk
/// hurts nobody else: recording then waits and tries again. Owned by the main thread.
///
///   Starting ─▶ Running ◀─▶ Idle (no pictures, or the gate is closed)
///   any ─▶ Waiting (a disk error; tries at nextTry) ─▶ Running
///
/// While its gate is closed it keeps the last groups of pictures in memory, and begins with them once it opens. What was
/// begun ends at the next key frame, but at once when an operator pauses.
class Recorder {
public:
    static constexpr std::size_t kQueue = 600;              ///< pictures, 30 s at 20 frames/s: a slow card's fsync
    static constexpr milliseconds kFragment{500};           ///< at least; a SIGKILL costs what is not in a fragment yet
    static constexpr milliseconds kSilence{2'000};          ///< without a picture the segment ends; 3 intervals where that is more
    static constexpr milliseconds kLongestPause{8'000};     ///< between two tries
    static constexpr milliseconds kLasted{10'000};          ///< a try that held so long begins the back-off anew
    static constexpr milliseconds kDisk{300'000};           ///< a disk may hang so long before the thread counts as silent

    using StageReport = std::function<void(protocol::StageState, const QString &reason, std::optional<milliseconds> nextTry)>;
    struct Options {
        RecordingLane lane;
        std::chrono::seconds length{900};
        StageReport stage;
        const RecordingGate *gate = nullptr;           ///< outlives the recorder; null: always open
        std::function<protocol::GapReason()> whyQuiet; ///< no picture has come for kSilence; recording thread
        std::function<void()> needKeyFrame;            ///< a segment begins with one, and should end at its border; recording thread
    };
    struct Counts {
        std::uint64_t segments = 0; ///< finished
        std::uint64_t bytes = 0;    ///< handed to the kernel
        std::uint64_t frames = 0;   ///< pictures in whole fragments
        std::uint64_t dropped = 0;  ///< pictures and units of sound for which the disk was too slow
        std::uint64_t failures = 0;
        std::uint64_t preRollBytes = 0;   ///< in memory now
        std::uint64_t preRollDropped = 0; ///< pictures for which that had no room
    };

    /// place.disk, place.clock and the sink outlive it.
    Recorder(Options options, SegmentPlace place, std::shared_ptr<media::PacketTee> tee, RecorderSink &sink);

    void start();
    void requestStop();
    /// Finishes the open segment. Idempotent.
    void stop();
    Counts counts() const; ///< thread-safe
    const Pulse &pulse() const { return m_pulse; } ///< thread-safe

private:
    using Done = DiskResult<void>;
    void run(std::stop_token stop);
    /// Until the stop, or a failure.
    Done record(media::PacketReader &reader, std::stop_token stop);
    Done take(const media::PacketPtr &packet, media::PacketReader &reader);
    Done put(const media::PacketPtr &packet, media::PacketReader &reader, bool dropped);
    Done putPicture(const media::PacketPtr &packet, media::PacketReader &reader, bool dropped);
    /// While the gate is closed.
    void hold(const media::PacketPtr &packet, bool dropped);
    /// What was held, once the gate is open.
    Done replay(media::PacketReader &reader);
    void askGate(MonoTime arrival, std::optional<UtcTime> captured);
    void askForKeyFrame();
    Done openSegment(const media::PacketPtr &key, const media::StreamInfo &info);
    Done flush();
    /// gap: why nothing follows; empty where the next picture, captured then, begins another segment.
    Done endSegment(std::optional<UtcTime> next, std::optional<protocol::GapReason> gap);
    void giveUp(const DiskError &error);
    Done noPicture(media::PacketReader &reader);
    void beginGap(UtcTime from, protocol::GapReason reason);
    /// Why the picture cannot follow the last one in the same segment without a gap.
    std::optional<protocol::GapReason> holeBefore(const media::Packet &picture, const CaptureStamp &stamp, bool dropped) const;
    bool needsAnother(const media::Packet &key, const CaptureStamp &stamp, const media::StreamInfo &info) const;
    milliseconds silence() const;

    const Options m_options;
    const SegmentPlace m_place;
    const std::shared_ptr<media::PacketTee> m_tee;
    RecorderSink &m_sink;
    Pulse m_pulse;

    // Recording thread.
    std::unique_ptr<SegmentWriter> m_segment;
    std::optional<media::AudioInfo> m_audio;   ///< of the open segment
    UtcTime m_border{};                        ///< where it ends
    microseconds m_fragment{0};                ///< where its open fragment begins, decoding time
    std::uint64_t m_counted = 0;               ///< bytes of it that are in m_bytes
    std::uint64_t m_countedFrames = 0;
    std::optional<protocol::GapReason> m_gap;  ///< open
    std::optional<protocol::GapReason> m_closed; ///< what the gate said last
    std::optional<protocol::GapReason> m_shown;  ///< by the stage, while the gate is closed
    PreRoll m_preRoll;
    std::optional<std::uint64_t> m_heldRun;    ///< of the last picture that was held
    bool m_timeKnown = false;                  ///< of the last picture
    UtcTime m_end{};                           ///< of the last segment
    MonoTime m_heard{};                        ///< the last picture, or the start
    double m_framerate = 0;
    bool m_asked = false;                      ///< for a key frame
    std::uint64_t m_lost = 0;                  ///< by this reader
    std::uint64_t m_lostBefore = 0;            ///< by earlier ones
    std::uint64_t m_numberedRun = 0;
    int m_number = 0;                          ///< of the next segment in that run

    std::atomic<std::uint64_t> m_segments{0};
    std::atomic<std::uint64_t> m_bytes{0};
    std::atomic<std::uint64_t> m_frames{0};
    std::atomic<std::uint64_t> m_dropped{0};
    std::atomic<std::uint64_t> m_failures{0};
    std::atomic<std::uint64_t> m_preRollBytes{0};
    std::atomic<std::uint64_t> m_preRollDropped{0};
    Worker m_worker;
};

} // namespace vedette::agent
