// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/player.h"

#include "core/recordings/lane_player.h"
#include "core/recordings/library.h"

#include <QTimer>

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

namespace vedette::recordings {
namespace {

constexpr milliseconds kTick{20};
constexpr milliseconds kTold{60};               // between two positionChanged
constexpr milliseconds kReady{500};             // the longest that play waits for a slow lane
constexpr std::size_t kMemory = 256u << 20;     // of decoded pictures, all lanes together
constexpr std::size_t kLeast = 8u << 20;        // for each lane
constexpr std::size_t kMost = 96u << 20;
constexpr int kMostThreads = 4;

/// As many threads as libavcodec takes by itself, and the memory, parted among the lanes.
LanePictures::Options shareOf(int lanes)
{
    const int threads = static_cast<int>(std::thread::hardware_concurrency()) + 1;
    return {std::clamp(threads / lanes, 1, kMostThreads), std::clamp(kMemory / static_cast<std::size_t>(lanes) / 2, kLeast, kMost)};
}

} // namespace

struct Player::Private {
    struct Lane {
        RecordingLane lane;
        std::unique_ptr<LanePlayer> player;
        std::shared_ptr<std::atomic<bool>> frameTold;  ///< a signal is under way
        std::shared_ptr<std::atomic<bool>> stateTold;
    };

    Private(Player &player, Library &from, const Clock &by) : q(player), library(from), clock(by) {}

    Player &q;
    Library &library;
    const Clock &clock;
    SharedPlayback playback;
    PlaybackClock line;          ///< the one in playback
    bool playing = false;
    bool sought = false;
    bool starting = false;       ///< play waits for the lanes
    MonoTime startBy{};
    MonoTime told{};
    std::optional<RecordingLane> soundLane;
    SoundSink soundSink;
    QTimer timer;
    std::vector<Lane> lanes;     // last: their Workers end first

    Lane *find(const RecordingLane &lane);
    Lane make(const RecordingLane &lane, int count);
    void share();
    void begin();
    void go(UtcTime at, const RecordingLane *except);
    void tick();
    bool leaveGap();
    void giveSound();
};

Player::Private::Lane *Player::Private::find(const RecordingLane &lane)
{
    const auto found = std::find_if(lanes.begin(), lanes.end(), [&](const Lane &each) { return each.lane == lane; });
    return found == lanes.end() ? nullptr : &*found;
}

Player::Private::Lane Player::Private::make(const RecordingLane &lane, int count)
{
    Lane out{lane, nullptr, std::make_shared<std::atomic<bool>>(false), std::make_shared<std::atomic<bool>>(false)};
    LanePlayer::Options options;
    options.share = shareOf(count);
    // From the Worker to the main thread, one of each kind at a time.
    const auto tell = [this, lane](const std::shared_ptr<std::atomic<bool>> &pending, void (Player::*signal)(const RecordingLane &)) {
        if (pending->exchange(true))
            return;
        QMetaObject::invokeMethod(&q, [this, lane, pending, signal] {
            pending->store(false);
            if (find(lane))
                Q_EMIT (q.*signal)(lane);
        }, Qt::QueuedConnection);
    };
    options.frameReady = [tell, pending = out.frameTold] { tell(pending, &Player::frameReady); };
    options.stateChanged = [tell, pending = out.stateTold] { tell(pending, &Player::stateChanged); };
    options.stepped = [this, lane](UtcTime at) {
        QMetaObject::invokeMethod(&q, [this, lane, at] {
            if (!find(lane) || playing)
                return;
            line.seek(at, clock.now());
            share();
            go(at, &lane);
            Q_EMIT q.positionChanged();
        }, Qt::QueuedConnection);
    };
    out.player = std::make_unique<LanePlayer>(library, clock, playback, lane, std::move(options));
    return out;
}

void Player::Private::share()
{
    playback.set({line, playing});
    for (const Lane &each : lanes)
        each.player->wake();
}

void Player::Private::go(UtcTime at, const RecordingLane *except)
{
    for (const Lane &each : lanes) {
        if (!except || each.lane != *except)
            each.player->seek(at);
    }
}

/// Play goes on when every lane has its picture, or has had time enough.
void Player::Private::begin()
{
    starting = playing;
    if (!playing)
        return;
    line.hold(clock.now());
    startBy = clock.now() + kReady;
    timer.start();
}

void Player::Private::tick()
{
    const MonoTime now = clock.now();
    if (!playing)
        return timer.stop();
    const bool ready = std::all_of(lanes.begin(), lanes.end(), [](const Lane &each) { return each.player->arrived(); });
    if (starting && (ready || now >= startBy)) {
        starting = false;
        line.run(now);
        share();
    } else if (!starting && line.loopIsOver(now)) {
        q.seek(line.rate() > 0 ? line.loop()->first : line.loop()->second - microseconds{1});
    } else if (!starting && !lanes.empty() && !leaveGap()) {
        // At the live edge the clock waits for what is recorded next.
        std::optional<UtcTime> newest;
        bool edge = line.rate() > 0;
        for (const Lane &each : lanes) {
            const LaneState state = each.player->state();
            edge = edge && (state.kind == LaneState::Kind::AtLiveEdge || state.kind == LaneState::Kind::Gap || state.kind == LaneState::Kind::Failed);
            if (state.kind == LaneState::Kind::AtLiveEdge && state.shown)
                newest = std::max(newest.value_or(*state.shown), *state.shown);
        }
        edge = edge && newest;
        if (edge && line.running()) {
            line.hold(now);
            line.seek(*newest, now);
            share();
        } else if (!edge && !line.running()) {
            line.run(now);
            share();
        }
    }
    if (now - told >= kTold) {
        told = now;
        Q_EMIT q.positionChanged();
    }
}

/// Where no lane has anything, play goes on at the nearest moment at which one has.
bool Player::Private::leaveGap()
{
    std::optional<UtcTime> next;
    const bool forward = line.rate() > 0;
    for (const Lane &each : lanes) {
        const LaneState state = each.player->state();
        if (state.kind != LaneState::Kind::Gap)
            return false;
        if (state.until)
            next = !next ? *state.until : forward ? std::min(*next, *state.until) : std::max(*next, *state.until);
    }
    const UtcTime position = line.at(clock.now());
    if (!next || (forward ? *next <= position : *next >= position))
        return false;
    q.seek(*next);
    return true;
}

void Player::Private::giveSound()
{
    for (const Lane &each : lanes)
        each.player->setSound(soundLane == each.lane ? std::optional(soundSink) : std::nullopt);
}

Player::Player(Library &library, const Clock &clock, QObject *parent) : QObject(parent), d(std::make_unique<Private>(*this, library, clock))
{
    d->timer.setInterval(kTick);
    d->timer.setTimerType(Qt::PreciseTimer);
    connect(&d->timer, &QTimer::timeout, this, [this] { d->tick(); });
}

Player::~Player()
{
    d->lanes.clear();
}

void Player::setLanes(const QList<RecordingLane> &lanes)
{
    std::vector<Private::Lane> kept;
    const qsizetype count = std::min<qsizetype>(lanes.size(), kMostLanes);
    for (qsizetype i = 0; i < count; ++i) {
        if (std::any_of(kept.begin(), kept.end(), [&](const Private::Lane &each) { return each.lane == lanes[i]; }))
            continue;
        Private::Lane *old = d->find(lanes[i]);
        const bool fresh = !old || !old->player;
        kept.push_back(fresh ? d->make(lanes[i], static_cast<int>(count)) : std::move(*old));
        kept.back().player->setShare(shareOf(static_cast<int>(count)));
        if (fresh && d->sought)
            kept.back().player->seek(position());
    }
    d->lanes = std::move(kept);
    d->giveSound();
}

QList<RecordingLane> Player::lanes() const
{
    QList<RecordingLane> out;
    for (const Private::Lane &each : d->lanes)
        out.append(each.lane);
    return out;
}

void Player::seek(UtcTime at)
{
    d->sought = true;
    d->line.seek(at, d->clock.now());
    d->begin();
    d->share();
    d->go(at, nullptr);
    Q_EMIT positionChanged();
}

void Player::play()
{
    if (d->playing || !d->sought)
        return;
    d->playing = true;
    d->begin();
    d->share();
    Q_EMIT transportChanged();
}

void Player::pause()
{
    if (!d->playing)
        return;
    d->playing = d->starting = false;
    d->line.hold(d->clock.now());
    d->share();
    if (std::abs(d->line.rate()) > kEveryPicture)
        d->go(position(), nullptr); // the exact picture in place of a key frame
    Q_EMIT transportChanged();
    Q_EMIT positionChanged();
}

void Player::setRate(double rate)
{
    const double least = rate < 0 ? -kSlowest : kSlowest;
    const double wanted = std::abs(rate) < kSlowest ? least : std::clamp(rate, kFastestBack, kFastest);
    if (wanted == d->line.rate())
        return;
    d->line.setRate(wanted, d->clock.now());
    d->share();
    Q_EMIT transportChanged();
}

void Player::step(int pictures)
{
    pause();
    for (const Private::Lane &each : d->lanes) {
        if (each.player->state().shown)
            return each.player->step(pictures);
    }
}

void Player::setLoop(std::optional<std::pair<UtcTime, UtcTime>> loop)
{
    if (loop && loop->first >= loop->second)
        loop.reset();
    d->line.setLoop(loop, d->clock.now());
    d->share();
    Q_EMIT transportChanged();
}

void Player::setSound(const std::optional<RecordingLane> &lane, SoundSink sink)
{
    d->soundLane = lane;
    d->soundSink = std::move(sink);
    d->giveSound();
}

UtcTime Player::position() const
{
    return d->line.at(d->clock.now());
}

bool Player::playing() const
{
    return d->playing;
}

double Player::rate() const
{
    return d->line.rate();
}

std::optional<std::pair<UtcTime, UtcTime>> Player::loop() const
{
    return d->line.loop();
}

std::optional<media::Frame> Player::take(const RecordingLane &lane)
{
    Private::Lane *found = d->find(lane);
    return found ? found->player->take() : std::nullopt;
}

LaneState Player::state(const RecordingLane &lane) const
{
    Private::Lane *found = d->find(lane);
    LaneState state = found ? found->player->state() : LaneState();
    if (state.kind == LaneState::Kind::Gap) {
        const UtcTime at = position();
        for (const ViewSpan &span : d->library.view(lane, at, at + milliseconds{1}).spans) {
            if (span.kind == ViewSpan::Kind::Gap)
                state.gap = span.gap;
        }
    }
    return state;
}

} // namespace vedette::recordings
