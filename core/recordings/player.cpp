// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/player.h"

namespace vedette::recordings {

struct Player::Private {
    const Clock &clock;
    QList<protocol::RecordingLane> lanes;
    UtcTime position{};
    bool playing = false;
    double rate = 1;
    std::optional<std::pair<UtcTime, UtcTime>> loop;
};

Player::Player(Library &, const Clock &clock, QObject *parent) : QObject(parent), d(new Private{clock, {}, {}, false, 1, {}}) {}
Player::~Player() = default;

void Player::setLanes(const QList<protocol::RecordingLane> &lanes)
{
    d->lanes = lanes.first(std::min<qsizetype>(lanes.size(), kMostLanes));
}

QList<protocol::RecordingLane> Player::lanes() const
{
    return d->lanes;
}

void Player::seek(UtcTime at)
{
    d->position = at;
    Q_EMIT positionChanged();
}

void Player::play()
{
    d->playing = true;
    Q_EMIT transportChanged();
}

void Player::pause()
{
    d->playing = false;
    Q_EMIT transportChanged();
}

void Player::setRate(double rate)
{
    d->rate = std::clamp(rate, kFastestBack, kFastest);
    Q_EMIT transportChanged();
}

void Player::step(int)
{
    pause();
}

void Player::setLoop(std::optional<std::pair<UtcTime, UtcTime>> loop)
{
    d->loop = loop;
    Q_EMIT transportChanged();
}

UtcTime Player::position() const
{
    return d->position;
}

bool Player::playing() const
{
    return d->playing;
}

double Player::rate() const
{
    return d->rate;
}

std::optional<std::pair<UtcTime, UtcTime>> Player::loop() const
{
    return d->loop;
}

std::optional<media::Frame> Player::take(const protocol::RecordingLane &)
{
    return std::nullopt;
}

LaneState Player::state(const protocol::RecordingLane &) const
{
    return {};
}

} // namespace vedette::recordings
