// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/live/camera_streams.h"
#include "app/recordings/recorded_cameras.h"
#include "core/recordings/library.h"

namespace vedette::app {

/// The wall of Live: live streams, of which some have gone back in time in place: those show what the player plays. Main
/// thread.
class LiveCameras final : public WallCameras {
    Q_OBJECT

public:
    /// All outlive it; nobody else uses the player.
    LiveCameras(CameraStreams &streams, recordings::Library &library, recordings::Player &player, const Clock &clock);

    std::vector<WallCamera *> cameras() const override;
    WallCamera *camera(const QString &id) const override;

    /// These cameras and no others show what was recorded; each keeps its last picture until the first of the other kind.
    void setReplayed(const QStringList &cameras);
    /// Cameras that are back in time; empty: all are live.
    const QStringList &replayed() const { return m_replayed; }

private:
    void showPlaces();

    CameraStreams &m_streams;
    recordings::Library &m_library;
    RecordedCameras m_recorded;
    QStringList m_replayed;
};

/// The stream of a camera that is shown when it is reviewed: main where that was recorded, else what there is.
protocol::RecordingLane laneOf(const recordings::Library &library, const QString &camera);

} // namespace vedette::app
