// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/lane_player.h"

#include <algorithm>
#include <cmath>

// How a LanePlayer goes on from picture to picture; its orders are in lane_player.cpp. All of it is the Worker's.

namespace vedette::recordings {
namespace {

constexpr microseconds kTick{1};
constexpr milliseconds kEdgePause{100};
constexpr milliseconds kGapPause{1'000};
constexpr milliseconds kFailurePause{1'000};
constexpr milliseconds kKeyInterval{66};        // between two key frames: 15 a second are enough to look through
constexpr milliseconds kEdgeHeld{150};          // the last picture stands so long until it is said
constexpr milliseconds kIdle{500};
constexpr microseconds kLate{200'000};
constexpr microseconds kHopeless{1'000'000};

std::size_t bytesOf(const std::deque<media::Frame> &frames)
{
    std::size_t sum = 0;
    for (const media::Frame &frame : frames)
        sum += static_cast<std::size_t>(std::max(frame.strides[0], 1)) * static_cast<std::size_t>(frame.height) * 3 / 2;
    return sum;
}

} // namespace

/// The pictures up to that moment, before those that are in m_behind.
bool LanePlayer::fillBehind(UtcTime at, const Order &order)
{
    m_continues = false;
    const auto between = [&](const media::Frame *) {
        if (!m_forward)
            showDue(m_playback.get());
        return !overtaken(order);
    };
    auto got = m_pictures.upTo(at, Direction::Backward, between, order.stop.get_token());
    if (got) {
        std::erase_if(*got, [at](const media::Frame &frame) { return capturedAt(frame) > at; });
        if (!got->empty()) {
            m_behind.insert(m_behind.begin(), std::make_move_iterator(got->begin()), std::make_move_iterator(got->end()));
            return true;
        }
        meet({NoPicture::Kind::Gap, QStringLiteral("there is no earlier picture"), std::nullopt}, at);
        return false;
    }
    meet(got.error(), at);
    return false;
}

/// Why it does not go on there.
void LanePlayer::meet(const NoPicture &why, UtcTime at)
{
    switch (why.kind) {
    case NoPicture::Kind::Cancelled: return;
    case NoPicture::Kind::Edge:
        m_edge = true;
        m_tryAt = m_clock.now() + kEdgePause;
        return;
    case NoPicture::Kind::Gap:
        addHole({at, why.until});
        m_tryAt = why.until ? MonoTime{} : m_clock.now() + kGapPause;
        m_continues = false;
        if (!m_current)
            setKind(LaneState::Kind::Gap, why.reason, why.until);
        return;
    case NoPicture::Kind::Failed:
        m_lost = true;
        m_continues = false;
        m_tryAt = m_clock.now() + kFailurePause;
        setKind(LaneState::Kind::Failed, why.reason);
        return;
    }
}

bool LanePlayer::inHole(UtcTime position, bool forward) const
{
    if (m_holes.empty())
        return false;
    const Hole &next = m_holes.front();
    return forward ? position >= next.from && (!next.to || position < *next.to) : position <= next.from && (!next.to || position > *next.to);
}

/// One whose end was not known is known better now.
void LanePlayer::addHole(const Hole &hole)
{
    if (!m_holes.empty() && !m_holes.back().to)
        m_holes.back().to = hole.to;
    else
        m_holes.push_back(hole);
}

void LanePlayer::sayHole()
{
    setKind(LaneState::Kind::Gap, QStringLiteral("nothing is recorded at this moment"), m_holes.front().to);
}

/// To where the next picture is to be read. False: there is none now.
bool LanePlayer::reposition(const SharedPlayback::Now &now, const Order &order)
{
    const UtcTime position = now.clock.at(m_clock.now());
    const auto failed = [&](const NoPicture &why, UtcTime at) {
        meet(why, at);
        return false;
    };
    if (!m_holes.empty() && m_holes.back().to && (m_ahead.empty() || capturedAt(m_ahead.back()) < *m_holes.back().to)) {
        const UtcTime end = *m_holes.back().to;
        const auto there = m_pictures.jump(end, order.stop.get_token());
        m_continues = there.has_value();
        return there ? true : failed(there.error(), end);
    }
    UtcTime at = position;
    if (!m_lost && !m_ahead.empty())
        at = capturedAt(m_ahead.back());
    else if (!m_lost && m_current && m_holes.empty())
        at = capturedAt(*m_current);
    const auto between = [&](const media::Frame *) {
        showDue(m_playback.get());
        return !overtaken(order);
    };
    auto got = m_pictures.upTo(at, Direction::Forward, between, order.stop.get_token());
    if (!got)
        return failed(got.error(), at);
    m_continues = true;
    m_lost = false;
    if (m_ahead.empty())
        m_holes.clear();
    media::Frame &newest = got->back();
    if (!m_current || capturedAt(newest) > capturedAt(m_ahead.empty() ? *m_current : m_ahead.back()))
        m_ahead.push_back(std::move(newest));
    return true;
}

/// Decodes one picture ahead. False: there is nothing to do, or nothing can be done now.
bool LanePlayer::prepare(const SharedPlayback::Now &now, const Order &order)
{
    const bool full = m_ahead.size() >= (now.playing ? kMostAhead : kPausedAhead) || (m_ahead.size() > 2 && bytesOf(m_ahead) >= m_bytes);
    if (full || m_clock.now() < m_tryAt)
        return false;
    if (!m_continues)
        return reposition(now, order);
    auto frame = m_pictures.next(order.stop.get_token());
    if (frame) {
        m_edge = false;
        m_ahead.push_back(std::move(*frame));
        for (media::Sound &sound : m_pictures.takeSound())
            m_heard.push_back(std::move(sound));
        return true;
    }
    const UtcTime last = !m_ahead.empty() ? capturedAt(m_ahead.back()) : m_current ? capturedAt(*m_current) : now.clock.at(m_clock.now());
    if (frame.error().kind == NoPicture::Kind::Gap && frame.error().until) {
        addHole({last + kTick, frame.error().until});
        if (m_pictures.jump(*frame.error().until, order.stop.get_token()))
            return true;
        m_continues = false;
    } else {
        meet(frame.error(), last + kTick);
    }
    return false;
}

void LanePlayer::remember(media::Frame frame)
{
    m_behind.push_back(std::move(frame));
    while (m_behind.size() > kMostAhead || (m_behind.size() > 1 && bytesOf(m_behind) > m_bytes / 2))
        m_behind.pop_front();
}

/// The newest of what is due; what it passes over was late.
void LanePlayer::showDue(const SharedPlayback::Now &now)
{
    const UtcTime position = now.clock.at(m_clock.now());
    std::optional<media::Frame> due;
    if (now.clock.rate() > 0) {
        while (!m_ahead.empty() && capturedAt(m_ahead.front()) <= position) {
            if (due)
                remember(std::move(*due));
            else if (m_current)
                remember(*m_current);
            due = std::move(m_ahead.front());
            m_ahead.pop_front();
        }
    } else {
        const auto beyondHole = [&] { return inHole(position, false) && m_holes.front().to && capturedAt(m_behind.back()) <= *m_holes.front().to; };
        while (!m_behind.empty() && !beyondHole() && (!m_current || capturedAt(due ? *due : *m_current) > position)) {
            due = std::move(m_behind.back());
            m_behind.pop_back();
            if (capturedAt(*due) <= position)
                break;
        }
    }
    if (!due)
        return;
    const bool forward = now.clock.rate() > 0;
    while (!m_holes.empty() && m_holes.front().to && (forward ? capturedAt(*due) >= *m_holes.front().to : capturedAt(*due) <= *m_holes.front().to))
        m_holes.pop_front();
    m_draft.late = std::chrono::abs(position - capturedAt(*due)) > kLate && m_ahead.empty() && forward;
    setKind(LaneState::Kind::Playing);
    show(std::move(*due), position, false);
}

void LanePlayer::playForward(const SharedPlayback::Now &now, const Order &order)
{
    showDue(now);
    sendSound(now);
    const UtcTime position = now.clock.at(m_clock.now());
    const bool waiting = m_ahead.empty() || capturedAt(m_ahead.front()) > position;
    if (waiting && inHole(position, true))
        sayHole();
    else if (m_ahead.empty() && m_edge && (!m_current || position - capturedAt(*m_current) > kEdgeHeld))
        setKind(LaneState::Kind::AtLiveEdge);
    else if (m_draft.kind == LaneState::Kind::AtLiveEdge && !m_ahead.empty())
        setKind(LaneState::Kind::Playing);
    const microseconds hopeless{static_cast<std::int64_t>(static_cast<double>(kHopeless.count()) * std::max(1.0, now.clock.rate()))};
    if (m_ahead.empty() && m_continues && !m_edge && m_holes.empty() && m_current && position - capturedAt(*m_current) > hopeless) {
        m_draft.late = true;
        m_lost = true; // what lies between is left out
        m_continues = false;
    }
    if (!prepare(now, order)) {
        const auto due = m_ahead.empty() ? std::nullopt : now.clock.due(capturedAt(m_ahead.front()));
        waitFor(due, kEdgePause, order);
    }
}

void LanePlayer::playBackward(const SharedPlayback::Now &now, const Order &order)
{
    cutSound();
    showDue(now);
    const UtcTime position = now.clock.at(m_clock.now());
    if (inHole(position, false))
        sayHole();
    const bool room = bytesOf(m_behind) < m_bytes / 2;
    if (room && m_clock.now() >= m_tryAt) {
        UtcTime at = position;
        const std::optional<UtcTime> end = m_holes.empty() ? std::nullopt : m_holes.back().to;
        if (!m_behind.empty() && (!end || capturedAt(m_behind.front()) <= *end))
            at = capturedAt(m_behind.front()) - kTick;
        else if (end)
            at = *end;
        else if (m_current && !m_lost)
            at = capturedAt(*m_current) - kTick;
        m_lost = false;
        if (fillBehind(at, order))
            return;
    }
    waitFor(m_current ? now.clock.due(capturedAt(*m_current)) : std::nullopt, kEdgePause, order);
}

/// Samples the recording, so that no lane ever falls back and all directions and speeds cost the same.
void LanePlayer::playKeys(const SharedPlayback::Now &now, const Order &order)
{
    cutSound();
    m_ahead.clear();
    m_behind.clear();
    m_continues = false;
    m_edge = false;
    const MonoTime begun = m_clock.now();
    if (begun < m_nextKey || !now.clock.running())
        return waitFor(m_nextKey, kEdgePause, order);
    const UtcTime position = now.clock.at(begun);
    const auto known = m_current ? std::optional(capturedAt(*m_current)) : std::nullopt;
    auto got = m_pictures.keyAt(position, directionOf(now.clock.rate()), known, order.stop.get_token());
    if (got) {
        m_holes.clear();
        setKind(LaneState::Kind::Playing);
        if (*got)
            show(std::move(**got), position, false);
    } else if (got.error().kind == NoPicture::Kind::Gap) {
        setKind(LaneState::Kind::Gap, got.error().reason, got.error().until);
    } else {
        meet(got.error(), position);
    }
    m_nextKey = begun + std::max<microseconds>(kKeyInterval, m_clock.now() - begun);
}

void LanePlayer::pause(const SharedPlayback::Now &now, const Order &order)
{
    cutSound();
    if (std::exchange(m_played, false))
        showDue(now); // what was due when the clock was stopped
    if (m_draft.kind == LaneState::Kind::Playing || m_draft.kind == LaneState::Kind::AtLiveEdge)
        setKind(LaneState::Kind::Paused);
    const bool ready = m_current && m_continues && now.clock.rate() > 0 && now.clock.rate() <= PlaybackClock::kEveryPicture;
    if (!ready || !prepare(now, order))
        waitFor(std::nullopt, kIdle, order);
}

} // namespace vedette::recordings
