// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/worker.h"
#include "core/recordings/lane_pictures.h"
#include "core/recordings/lane_state.h"
#include "core/recordings/playback_clock.h"
#include "core/recordings/sound_sink.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace vedette::recordings {

/// The clock that the lanes of a player share. Thread-safe.
class SharedPlayback {
public:
    struct Now {
        PlaybackClock clock;
        bool playing = false; ///< wanted, whether the clock runs already or not
    };
    Now get() const
    {
        const std::lock_guard lock(m_mutex);
        return m_now;
    }
    void set(const Now &now)
    {
        const std::lock_guard lock(m_mutex);
        m_now = now;
    }

private:
    mutable std::mutex m_mutex; // guards m_now
    Now m_now;
};

/// One lane of a player: a Worker that decodes ahead of the shared clock and puts each picture into a one-place mailbox when
/// it is due. Orders take the place of each other, so nothing queues; each shows at least its preview. Main thread, but for
/// the callbacks, which come from the Worker and may not block.
///
/// Forward pictures wait decoded in m_ahead; backward each stretch up to a key frame is decoded, as much as the memory for it
/// allows, and m_behind given out from its end. Both are bounded by bytes. Beyond Player::kEveryPicture the recording is
/// sampled: the key frame before the moment of the clock, again and again.
class LanePlayer {
public:
    static constexpr std::size_t kMostAhead = 12;   ///< pictures
    static constexpr std::size_t kPausedAhead = 2;  ///< while it does not play: the next seek wants the processor
    struct Options {
        LanePictures::Options share;                ///< of the machine; its bytes hold for each direction
        std::function<void()> frameReady;
        std::function<void()> stateChanged;
        std::function<void(UtcTime)> stepped;       ///< a step has arrived at that moment
    };

    /// library, clock and playback outlive it.
    LanePlayer(const Library &library, const Clock &clock, const SharedPlayback &playback, RecordingLane lane, Options options);
    ~LanePlayer();

    /// Shows that moment; arrived() says when.
    void seek(UtcTime at);
    /// The picture that many behind or before the one shown.
    void step(int pictures);
    /// The shared clock has changed.
    void wake();
    void setSound(std::optional<SoundSink> sink);
    /// From the next order on.
    void setShare(const LanePictures::Options &share);

    std::optional<media::Frame> take();
    LaneState state() const;
    /// Whether the last order has been carried out, or cannot be.
    bool arrived() const;

private:
    struct Order {
        std::uint64_t number = 0;
        UtcTime at{};
        int steps = 0;            ///< 0: a seek
        std::stop_source stop;    ///< of what it waits for
    };
    struct Hole {
        UtcTime from{};
        std::optional<UtcTime> to; ///< from where on there is something again, in the direction of play; empty: not known
    };

    void give(UtcTime at, int steps);
    void run(std::stop_token stop);
    void carryOut(const Order &order);
    void stepOn(const Order &order);
    bool stepOnce(bool forward, const Order &order);
    bool overtaken(const Order &order) const;
    void playForward(const SharedPlayback::Now &now, const Order &order);
    void playBackward(const SharedPlayback::Now &now, const Order &order);
    void playKeys(const SharedPlayback::Now &now, const Order &order);
    void pause(const SharedPlayback::Now &now, const Order &order);
    bool prepare(const SharedPlayback::Now &now, const Order &order);
    bool reposition(const SharedPlayback::Now &now, const Order &order);
    bool fillBehind(UtcTime at, const Order &order);
    void showDue(const SharedPlayback::Now &now);
    void show(media::Frame frame, UtcTime position, bool preview);
    void remember(media::Frame frame);
    void meet(const NoPicture &why, UtcTime at);
    bool inHole(UtcTime position, bool forward) const;
    void addHole(const Hole &hole);
    void sayHole();
    void setKind(LaneState::Kind kind, const QString &reason = {}, std::optional<UtcTime> until = {});
    void publish();
    void sendSound(const SharedPlayback::Now &now);
    void cutSound();
    void done(const Order &order);
    void waitFor(std::optional<MonoTime> due, milliseconds longest, const Order &order);

    const Clock &m_clock;
    const SharedPlayback &m_playback;
    const Options m_options;               ///< but for its share
    const RecordingLane m_lane;

    // Worker.
    LanePictures m_pictures;
    std::size_t m_bytes;                   ///< of decoded pictures, in each direction
    std::deque<media::Frame> m_ahead;      ///< to be shown forward, oldest first
    std::deque<media::Frame> m_behind;     ///< before the one shown, oldest first
    std::optional<media::Frame> m_current; ///< the one shown
    bool m_continues = false;              ///< m_pictures.next() follows m_ahead, or m_current
    std::deque<Hole> m_holes;              ///< between the pictures that are decoded, and behind (or before) them, as played
    bool m_edge = false;                   ///< nothing follows yet
    bool m_lost = false;                   ///< the next pictures are those of the position, not those behind the last
    bool m_played = false;                 ///< since the last order, and not paused yet
    bool m_forward = true;                 ///< as it played last
    MonoTime m_tryAt{};                    ///< after a failure or at the edge
    MonoTime m_nextKey{};
    LaneState m_draft;
    std::deque<media::Sound> m_heard;
    bool m_soundCut = true;

    mutable std::mutex m_mutex; // guards all below
    std::condition_variable_any m_changed;
    Order m_order;
    MonoTime m_ordered{};                  ///< when
    std::uint64_t m_done = 0;              ///< number of the last order carried out
    std::uint64_t m_woken = 0;
    std::uint64_t m_seenWake = 0;          ///< m_woken as the Worker saw it last
    std::optional<media::Frame> m_mail;
    LaneState m_state;
    std::optional<SoundSink> m_sink;
    LanePictures::Options m_share;
    Worker m_worker;                       // last: ends first
};

} // namespace vedette::recordings
