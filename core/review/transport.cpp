// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/review/transport.h"

#include "core/recordings/library.h"
#include "core/review/camera_lane.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vedette::review {

namespace {

using recordings::Direction;
using recordings::LaneState;

constexpr std::array kShuttle = {-16.0, -8.0, -4.0, -2.0, -1.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0};
constexpr int kOne = 5; // where 1 × is
constexpr std::chrono::seconds kNearLive{10}; // all that is recorded has been shown, and this is not far from now

} // namespace

Transport::Transport(ReviewModel &model, recordings::Library &library, recordings::Player &player, QObject *parent)
    : QObject(parent), m_model(model), m_library(library), m_player(player)
{
    connect(&m_model, &ReviewModel::seekWanted, this, &Transport::seek);
    connect(&m_model, &ReviewModel::liveWanted, this, &Transport::goLive);
    connect(&m_model, &ReviewModel::rangeChanged, this, [this] {
        if (looping())
            m_player.setLoop(m_model.range());
    });
    connect(&m_player, &recordings::Player::positionChanged, this, &Transport::positionChanged);
    connect(&m_player, &recordings::Player::stateChanged, this, &Transport::stateChanged);
    connect(&m_player, &recordings::Player::transportChanged, this, &Transport::changed);
}

void Transport::seek(UtcTime at)
{
    const bool wasLive = std::exchange(m_live, false);
    m_player.seek(at);
    if (wasLive) { // it moved, so it goes on moving
        m_player.setRate(1);
        m_player.play();
    }
    Q_EMIT changed();
}

void Transport::goLive()
{
    m_live = true;
    if (!std::exchange(m_arrived, false)) {
        m_player.setLoop({});
        m_player.seek(m_model.liveEdge() - kBehindLive);
        m_player.setRate(1);
        m_player.play();
    }
    Q_EMIT changed();
}

/// Stays where the pictures are.
void Transport::leaveLive()
{
    if (!m_model.atLiveEdge())
        return;
    m_live = false;
    m_model.follow(m_player.position() > UtcTime{} ? m_player.position() : m_model.liveEdge(), m_width);
}

void Transport::positionChanged()
{
    if (!m_model.atLiveEdge())
        m_model.follow(m_player.position(), m_width);
    Q_EMIT changed();
}

void Transport::stateChanged()
{
    if (!m_model.atLiveEdge() && playing() && rate() > 0 && !m_model.scrubbing() && m_model.now() - m_player.position() < kNearLive) {
        bool any = false, all = true;
        for (const auto &lane : m_player.lanes()) {
            const LaneState state = m_player.state(lane);
            const bool end = state.kind == LaneState::Kind::AtLiveEdge;
            any |= end;
            all &= end || state.kind == LaneState::Kind::Failed || (state.kind == LaneState::Kind::Gap && !state.until);
        }
        if (any && all) {
            m_arrived = true;
            m_model.goLive();
            m_arrived = false;
        }
    }
    Q_EMIT changed();
}

PlaySummary Transport::summary() const
{
    PlaySummary summary;
    std::optional<UtcTime> earliest, latest;
    for (const auto &lane : m_player.lanes()) {
        const LaneState state = m_player.state(lane);
        ++summary.lanes;
        summary.late += state.late;
        summary.keyFramesOnly |= state.keyFramesOnly;
        if (summary.problem.isEmpty())
            summary.problem = state.remark;
        switch (state.kind) {
        case LaneState::Kind::Seeking: ++summary.seeking; break;
        case LaneState::Kind::Gap: ++summary.gaps; break;
        case LaneState::Kind::Failed:
            if (summary.failed++ == 0)
                summary.problem = state.reason;
            break;
        case LaneState::Kind::Playing:
        case LaneState::Kind::Paused:
        case LaneState::Kind::AtLiveEdge:
            ++summary.inStep;
            if (!state.shown)
                break;
            earliest = std::min(earliest.value_or(*state.shown), *state.shown);
            latest = std::max(latest.value_or(*state.shown), *state.shown);
            if (m_model.atLiveEdge())
                summary.behind = std::max(summary.behind.value_or(microseconds{0}), m_model.now() - *state.shown);
            break;
        }
    }
    if (earliest)
        summary.skew = *latest - *earliest;
    return summary;
}

void Transport::rest()
{
    m_rests = playing();
    m_player.pause();
}

void Transport::wake()
{
    const bool rested = std::exchange(m_rests, false);
    if (playing() || m_player.lanes().isEmpty())
        return;
    if (m_model.atLiveEdge())
        m_model.goLive();
    else if (rested)
        m_player.play();
}

void Transport::toggle()
{
    if (playing())
        pause();
    else
        play();
}

void Transport::play()
{
    if (m_player.position() == UtcTime{})
        m_player.seek(m_model.cursor());
    m_player.play();
}

void Transport::pause()
{
    m_rests = false;
    m_player.pause();
    leaveLive();
}

void Transport::shuttle(int steps)
{
    leaveLive();
    int at = 0;
    for (std::size_t i = 0; i < kShuttle.size(); ++i)
        at = std::abs(kShuttle[i] - rate()) < std::abs(kShuttle[std::size_t(at)] - rate()) ? int(i) : at;
    at = playing() ? at + steps : steps > 0 ? kOne + steps - 1 : kOne + steps;
    setRate(kShuttle[std::size_t(std::clamp(at, 0, int(kShuttle.size()) - 1))]);
    play();
}

void Transport::setRate(double rate)
{
    if (rate != 1)
        leaveLive();
    m_player.setRate(rate);
}

void Transport::stepPictures(int pictures)
{
    leaveLive();
    m_player.step(pictures);
}

void Transport::jump(microseconds by)
{
    m_model.seek(m_model.cursor() + by);
}

void Transport::replay(microseconds back)
{
    m_model.seek(m_model.cursor() - back);
    m_player.setRate(1);
    play();
}

bool Transport::toGap(Direction direction)
{
    std::optional<UtcTime> next;
    const UtcTime from = m_model.cursor() + (direction == Direction::Forward ? milliseconds{1} : -milliseconds{1});
    for (int i = 0; i < m_model.laneCount(); ++i) {
        const auto *lane = qobject_cast<const CameraLane *>(&m_model.lane(i));
        if (!lane || (!m_model.selectedLane().isEmpty() && lane->id() != m_model.selectedLane()))
            continue;
        const auto gap = m_library.nextGap(lane->lane(), from, direction);
        if (gap && (!next || (direction == Direction::Forward ? *gap < *next : *gap > *next)))
            next = gap;
    }
    if (!next || *next >= m_model.liveEdge())
        return false;
    m_model.seek(*next);
    return true;
}

bool Transport::toMark(Direction direction)
{
    std::optional<UtcTime> next;
    const UtcTime from = m_model.cursor();
    const TimeAxis axis = m_model.axis(m_width);
    for (int i = 0; i < m_model.laneCount(); ++i) {
        for (const LaneMark &mark : m_model.content(i, axis).marks) {
            const bool behind = direction == Direction::Forward ? mark.at > from : mark.at < from;
            if (behind && (!next || (direction == Direction::Forward ? mark.at < *next : mark.at > *next)))
                next = mark.at;
        }
    }
    if (!next)
        return false;
    m_model.seek(*next);
    return true;
}

bool Transport::toggleLoop()
{
    if (looping()) {
        m_player.setLoop({});
        return true;
    }
    if (!m_model.range())
        return false;
    m_player.setLoop(m_model.range());
    if (m_model.cursor() < m_model.range()->first || m_model.cursor() >= m_model.range()->second)
        m_model.seek(m_model.range()->first);
    play();
    return true;
}

} // namespace vedette::review
