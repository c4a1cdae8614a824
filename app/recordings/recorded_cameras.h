// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/wall/wall_camera.h"
#include "core/recordings/player.h"

#include <QTimer>

#include <memory>
#include <vector>

namespace vedette::app {

/// One camera of a wall that shows what a player plays. Main thread.
class RecordedCamera final : public WallCamera {
    Q_OBJECT

public:
    struct Place {
        protocol::RecordingLane lane;
        QString name;            ///< for people
        bool besideLive = false; ///< see RecordedFacts
        bool operator==(const Place &) const = default;
    };
    /// player and clock outlive it.
    RecordedCamera(Place place, recordings::Player &player, const Clock &clock);

    const QString &id() const override { return m_place.lane.camera; }
    const TileText &text() const override { return m_text; }
    std::optional<media::Frame> take() override;
    QString details() const override;
    const Place &place() const { return m_place; }
    recordings::LaneState state() const { return m_player.state(m_place.lane); }
    /// What the tile says is judged anew; time passes.
    void tick();

private:
    const Place m_place;
    recordings::Player &m_player;
    const Clock &m_clock;
    TileText m_text;
    bool m_hasPicture = false;
};

/// The wall of the lanes that a player plays. Main thread.
class RecordedCameras final : public WallCameras {
    Q_OBJECT

public:
    RecordedCameras(recordings::Player &player, const Clock &clock);
    ~RecordedCameras() override;

    /// In the order of the wall; also the player's lanes. One a camera; beyond Player::kMostLanes they are left out.
    void setPlaces(const QList<RecordedCamera::Place> &places);
    std::vector<WallCamera *> cameras() const override;
    WallCamera *camera(const QString &id) const override;

private:
    RecordedCamera *find(const protocol::RecordingLane &lane) const;

    recordings::Player &m_player;
    const Clock &m_clock;
    std::vector<std::unique_ptr<RecordedCamera>> m_cameras;
    QTimer m_timer;
};

} // namespace vedette::app
