// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/recorded_cameras.h"

#include "app/recordings/recorded_text.h"
#include "app/widgets/time_text.h"

#include <QStringList>

#include <algorithm>

namespace vedette::app {

namespace {

constexpr int kTick = 250; // ms: the ages of pictures count on

} // namespace

RecordedCamera::RecordedCamera(Place place, recordings::Player &player, const Clock &clock)
    : m_place(std::move(place)), m_player(player), m_clock(clock)
{
    tick();
}

std::optional<media::Frame> RecordedCamera::take()
{
    auto frame = m_player.take(m_place.lane);
    if (frame && !m_hasPicture) {
        m_hasPicture = true;
        tick();
    }
    return frame;
}

void RecordedCamera::tick()
{
    using Kind = recordings::LaneState::Kind;
    RecordedFacts facts;
    facts.name = m_place.name.isEmpty() ? id() : m_place.name;
    facts.state = state();
    if (facts.state.kind == Kind::Gap || facts.state.kind == Kind::Failed)
        m_hasPicture = false; // the wall shows none then
    facts.hasPicture = m_hasPicture;
    facts.besideLive = m_place.besideLive;
    facts.now = m_clock.utcNow();
    TileText text = describeRecorded(facts);
    if (text == m_text)
        return;
    m_text = std::move(text);
    Q_EMIT textChanged();
}

QString RecordedCamera::details() const
{
    const recordings::LaneState now = state();
    QStringList lines;
    if (now.shown)
        lines << tr("captured  %1").arg(timeText(*now.shown, m_clock.utcNow())) << tr("skew      %1").arg(skewText(now.skew));
    lines << tr("lane      %1 %2").arg(m_place.lane.camera, m_place.lane.stream);
    if (!now.source.isEmpty())
        lines << tr("source    %1").arg(now.source);
    if (!now.remark.isEmpty())
        lines << now.remark;
    return lines.join(QLatin1Char('\n'));
}

RecordedCameras::RecordedCameras(recordings::Player &player, const Clock &clock) : m_player(player), m_clock(clock)
{
    connect(&m_player, &recordings::Player::frameReady, this, [this](const protocol::RecordingLane &lane) {
        if (RecordedCamera *camera = find(lane))
            Q_EMIT camera->frameReady();
    });
    connect(&m_player, &recordings::Player::stateChanged, this, [this](const protocol::RecordingLane &lane) {
        if (RecordedCamera *camera = find(lane))
            camera->tick();
    });
    m_timer.setInterval(kTick);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        for (const auto &camera : m_cameras)
            camera->tick();
    });
}

RecordedCameras::~RecordedCameras() = default;

RecordedCamera *RecordedCameras::find(const protocol::RecordingLane &lane) const
{
    const auto it = std::find_if(m_cameras.begin(), m_cameras.end(), [&lane](const auto &c) { return c->place().lane == lane; });
    return it == m_cameras.end() ? nullptr : it->get();
}

void RecordedCameras::setPlaces(const QList<RecordedCamera::Place> &places)
{
    auto old = std::move(m_cameras);
    m_cameras.clear();
    QList<protocol::RecordingLane> lanes;
    bool same = true;
    for (const RecordedCamera::Place &place : places) {
        if (camera(place.lane.camera) || lanes.size() == recordings::Player::kMostLanes)
            continue;
        lanes << place.lane;
        const auto kept = std::find_if(old.begin(), old.end(), [&place](const auto &c) { return c && c->place() == place; });
        same = same && kept != old.end() && std::size_t(kept - old.begin()) == m_cameras.size();
        if (kept != old.end()) {
            m_cameras.push_back(std::move(*kept));
            continue;
        }
        m_cameras.push_back(std::make_unique<RecordedCamera>(place, m_player, m_clock));
        RecordedCamera *made = m_cameras.back().get();
        connect(made, &RecordedCamera::textChanged, this, [this, made] { Q_EMIT healthChanged(made->id()); });
    }
    same = same && old.size() == m_cameras.size();
    if (same)
        return;
    m_player.setLanes(lanes);
    if (m_cameras.empty())
        m_timer.stop();
    else if (!m_timer.isActive())
        m_timer.start();
    Q_EMIT camerasChanged();
    // Those that went are destroyed here, after everybody has let go of them.
}

std::vector<WallCamera *> RecordedCameras::cameras() const
{
    std::vector<WallCamera *> cameras;
    for (const auto &camera : m_cameras)
        cameras.push_back(camera.get());
    return cameras;
}

WallCamera *RecordedCameras::camera(const QString &id) const
{
    const auto it = std::find_if(m_cameras.begin(), m_cameras.end(), [&id](const auto &c) { return c->id() == id; });
    return it == m_cameras.end() ? nullptr : it->get();
}

} // namespace vedette::app
