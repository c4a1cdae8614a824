// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/media/frame.h"
#include "core/protocol/recording_lane.h"
#include "core/recordings/lane_state.h"
#include "core/recordings/playback_clock.h"
#include "core/recordings/sound_sink.h"

#include <QList>
#include <QObject>

#include <memory>
#include <optional>
#include <utility>

namespace vedette::recordings {

class Library;

/// Plays 1 to 16 lanes at the same moment of capture time by one clock, each by a Worker of its own: a lane that is late or
/// has failed stops no other. A seek takes the place of the one before; every lane shows the key frame before the moment at
/// once and then the exact picture (the newest captured at or before it), and play begins when all have it, or soon after.
/// Where no lane has anything recorded, play goes on behind the gap. QObject of the main thread; its signals arrive there,
/// at most one of each kind pending.
class Player : public QObject {
    Q_OBJECT
public:
    static constexpr int kMostLanes = 16;
    static constexpr double kFastest = 32;
    static constexpr double kFastestBack = -16;
    static constexpr double kSlowest = 0.1;
    static constexpr double kEveryPicture = PlaybackClock::kEveryPicture;

    /// Both outlive the player.
    Player(Library &library, const Clock &clock, QObject *parent = nullptr);
    ~Player() override;

    /// At most kMostLanes, the rest is left out; lanes that stay go on, new ones begin at the position.
    void setLanes(const QList<protocol::RecordingLane> &lanes);
    QList<protocol::RecordingLane> lanes() const;
    void seek(UtcTime at);
    /// At the rate that was set last. Does nothing before the first seek.
    void play();
    void pause();
    /// Clamped to kFastestBack … kFastest, of 0 and what is nearer to it the nearest of ± kSlowest.
    void setRate(double rate);
    /// Pauses; shows the picture that many after (or before) the one that is shown in the first lane that has one; the others
    /// show the same moment.
    void step(int pictures);
    /// [first, second) again and again; empty: no more.
    void setLoop(std::optional<std::pair<UtcTime, UtcTime>> loop);

    /// The sound of that lane, while it plays at its own rate; empty: none. The sink is called from a Worker.
    void setSound(const std::optional<protocol::RecordingLane> &lane, SoundSink sink = {});

    /// Of the last seek, moved on by play; epoch before.
    UtcTime position() const;
    bool playing() const;
    double rate() const;
    std::optional<std::pair<UtcTime, UtcTime>> loop() const;
    /// The newest picture that is due and has not been taken yet.
    std::optional<media::Frame> take(const protocol::RecordingLane &lane);
    LaneState state(const protocol::RecordingLane &lane) const;

Q_SIGNALS:
    void frameReady(const vedette::protocol::RecordingLane &lane);
    void stateChanged(const vedette::protocol::RecordingLane &lane);
    /// While playing at least ten times a second.
    void positionChanged();
    /// Whether it plays, the rate, the loop.
    void transportChanged();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::recordings
