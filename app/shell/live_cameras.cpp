// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/live_cameras.h"

#include <algorithm>

namespace vedette::app {

LiveCameras::LiveCameras(CameraStreams &streams, recordings::Library &library, recordings::Player &player, const Clock &clock)
    : m_streams(streams), m_library(library), m_recorded(player, clock)
{
    connect(&m_streams, &CameraStreams::camerasChanged, this, &LiveCameras::showPlaces);
    for (WallCameras *each : {static_cast<WallCameras *>(&m_streams), static_cast<WallCameras *>(&m_recorded)}) {
        connect(each, &WallCameras::camerasChanged, this, &WallCameras::camerasChanged);
        connect(each, &WallCameras::healthChanged, this, &WallCameras::healthChanged);
    }
}

std::vector<WallCamera *> LiveCameras::cameras() const
{
    std::vector<WallCamera *> cameras = m_streams.cameras();
    for (WallCamera *&each : cameras) {
        if (WallCamera *recorded = m_recorded.camera(each->id()))
            each = recorded;
    }
    return cameras;
}

WallCamera *LiveCameras::camera(const QString &id) const
{
    WallCamera *recorded = m_recorded.camera(id);
    return recorded ? recorded : m_streams.camera(id);
}

void LiveCameras::setReplayed(const QStringList &cameras)
{
    m_replayed = cameras;
    showPlaces();
}

void LiveCameras::showPlaces()
{
    QList<RecordedCamera::Place> places;
    for (const QString &id : std::as_const(m_replayed)) {
        if (const CameraStream *stream = m_streams.find(id))
            places.append({laneOf(m_library, id), stream->feed().name, true});
    }
    m_recorded.setPlaces(places);
}

protocol::RecordingLane laneOf(const recordings::Library &library, const QString &camera)
{
    protocol::RecordingLane lane{camera, QStringLiteral("main")};
    const auto lanes = library.lanes();
    const auto recorded = [&lanes](const protocol::RecordingLane &wanted) {
        return std::any_of(lanes.begin(), lanes.end(), [&wanted](const recordings::LaneExtent &each) { return each.lane == wanted; });
    };
    const protocol::RecordingLane sub{camera, QStringLiteral("sub")};
    return !recorded(lane) && recorded(sub) ? sub : lane;
}

} // namespace vedette::app
