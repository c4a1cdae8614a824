// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/lane_player.h"

#include <algorithm>
#include <cmath>

namespace vedette::recordings {
namespace {

constexpr microseconds kTick{1};
constexpr milliseconds kPatience{250};          // an order that takes longer gives way to a newer one in its midst

std::string threadName(const RecordingLane &lane)
{
    return ("play " + lane.camera.toStdString()).substr(0, 15);
}

} // namespace

LanePlayer::LanePlayer(const Library &library, const Clock &clock, const SharedPlayback &playback, RecordingLane lane, Options options)
    : m_clock(clock), m_playback(playback), m_options(std::move(options)), m_lane(lane),
      m_pictures(library, clock, lane, m_options.share), m_bytes(m_options.share.bytes), m_share(m_options.share),
      m_worker(threadName(lane), [this](std::stop_token stop) { run(std::move(stop)); })
{
}

LanePlayer::~LanePlayer()
{
    m_worker.requestStop();
    {
        const std::lock_guard lock(m_mutex);
        m_order.stop.request_stop();
    }
    m_worker.stop();
}

void LanePlayer::give(UtcTime at, int steps)
{
    {
        const std::lock_guard lock(m_mutex);
        // Each order shows its preview, however fast they come; but none waits long for another. A step goes on from there.
        const bool idle = m_done == m_order.number;
        if (idle ? steps == 0 : m_clock.now() - m_ordered > kPatience)
            m_order.stop.request_stop();
        m_order = {m_order.number + 1, at, steps, std::stop_source()};
        m_ordered = m_clock.now();
    }
    m_changed.notify_all();
}

void LanePlayer::seek(UtcTime at)
{
    give(at, 0);
}

void LanePlayer::step(int pictures)
{
    if (pictures != 0)
        give({}, pictures);
}

void LanePlayer::wake()
{
    {
        const std::lock_guard lock(m_mutex);
        ++m_woken;
    }
    m_changed.notify_all();
}

void LanePlayer::setShare(const LanePictures::Options &share)
{
    const std::lock_guard lock(m_mutex);
    m_share = share;
}

void LanePlayer::setSound(std::optional<SoundSink> sink)
{
    {
        const std::lock_guard lock(m_mutex);
        m_sink = std::move(sink);
    }
    wake();
}

std::optional<media::Frame> LanePlayer::take()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_mail, std::nullopt);
}

LaneState LanePlayer::state() const
{
    const std::lock_guard lock(m_mutex);
    return m_state;
}

bool LanePlayer::arrived() const
{
    const std::lock_guard lock(m_mutex);
    return m_done == m_order.number;
}

bool LanePlayer::overtaken(const Order &order) const
{
    const std::lock_guard lock(m_mutex);
    return m_order.number != order.number;
}

void LanePlayer::run(std::stop_token stop)
{
    while (!stop.stop_requested()) {
        Order order;
        bool fresh = false;
        bool sound = false;
        {
            std::unique_lock lock(m_mutex);
            m_changed.wait(lock, stop, [this] { return m_order.number > 0; });
            order = m_order;
            fresh = order.number != m_done;
            sound = m_sink.has_value();
            m_pictures.setOptions(m_share);
            m_bytes = m_share.bytes;
        }
        if (stop.stop_requested())
            return;
        m_pictures.wantSound(sound);
        const SharedPlayback::Now now = m_playback.get();
        const bool forward = now.clock.rate() > 0;
        if (forward != m_forward && !fresh) {
            m_ahead.clear();
            m_holes.clear();
            m_edge = false;
            m_continues = false;
            m_tryAt = MonoTime{};
        }
        m_forward = forward;
        m_draft.keyFramesOnly = std::abs(now.clock.rate()) > PlaybackClock::kEveryPicture;
        m_played = (m_played || now.playing) && !fresh;
        if (fresh)
            order.steps == 0 ? carryOut(order) : stepOn(order);
        else if (!now.playing)
            pause(now, order);
        else if (m_draft.keyFramesOnly)
            playKeys(now, order);
        else if (forward)
            playForward(now, order);
        else
            playBackward(now, order);
    }
}

void LanePlayer::done(const Order &order)
{
    {
        const std::lock_guard lock(m_mutex);
        m_done = order.number;
    }
    publish();
    m_options.stateChanged();
}

void LanePlayer::carryOut(const Order &order)
{
    const SharedPlayback::Now now = m_playback.get();
    cutSound();
    m_ahead.clear();
    m_behind.clear();
    m_current.reset();
    m_holes.clear();
    m_edge = m_lost = m_continues = false;
    m_tryAt = m_nextKey = MonoTime{};
    m_draft.late = false;
    setKind(LaneState::Kind::Seeking);
    const auto between = [&](const media::Frame *preview) {
        if (preview && capturedAt(*preview) < order.at)
            show(*preview, order.at, true);
        return !overtaken(order);
    };
    auto got = m_pictures.upTo(order.at, directionOf(now.clock.rate()), between, order.stop.get_token());
    if (!got && got.error().kind == NoPicture::Kind::Cancelled)
        return;
    if (!got) {
        m_draft.shown.reset();
        m_draft.preview = false;
        meet(got.error(), order.at);
        return done(order);
    }
    media::Frame frame = std::move(got->back());
    got->pop_back();
    m_behind = std::move(*got);
    m_continues = true;
    setKind(now.playing ? LaneState::Kind::Playing : LaneState::Kind::Paused);
    show(std::move(frame), order.at, false);
    done(order);
}

void LanePlayer::stepOn(const Order &order)
{
    cutSound();
    for (int left = std::abs(order.steps); left > 0; --left) {
        if (overtaken(order) || !stepOnce(order.steps > 0, order))
            break;
    }
    if (m_current) {
        const media::Frame shown = *m_current;
        setKind(LaneState::Kind::Paused);
        show(shown, capturedAt(shown), false);
    }
    done(order);
    if (m_current)
        m_options.stepped(capturedAt(*m_current));
}

/// False where there is no further picture.
bool LanePlayer::stepOnce(bool forward, const Order &order)
{
    if (!m_current)
        return false;
    if (forward) {
        m_tryAt = MonoTime{};
        while (m_ahead.empty()) {
            if (!prepare(m_playback.get(), order) && m_ahead.empty())
                return false;
        }
        remember(std::move(*m_current));
        m_current = std::move(m_ahead.front());
        m_ahead.pop_front();
        return true;
    }
    if (m_behind.empty() && !fillBehind(capturedAt(*m_current) - kTick, order)) {
        if (m_holes.empty() || !m_holes.back().to || !fillBehind(*m_holes.back().to, order))
            return false;
        m_holes.clear();
    }
    m_ahead.push_front(std::move(*m_current));
    if (m_ahead.size() > kMostAhead) {
        m_ahead.pop_back();
        m_continues = false;
    }
    m_current = std::move(m_behind.back());
    m_behind.pop_back();
    return true;
}

void LanePlayer::show(media::Frame frame, UtcTime position, bool preview)
{
    const UtcTime captured = capturedAt(frame);
    m_draft.shown = captured;
    m_draft.known = !frame.capture || frame.capture->known;
    m_draft.skew = position - captured;
    m_draft.preview = preview;
    m_draft.source = m_pictures.source();
    m_draft.remark = m_pictures.remark();
    if (!preview)
        m_current = frame;
    bool wake = false;
    {
        const std::lock_guard lock(m_mutex);
        wake = !m_mail;
        m_mail = std::move(frame);
    }
    publish();
    if (wake)
        m_options.frameReady();
}

void LanePlayer::setKind(LaneState::Kind kind, const QString &reason, std::optional<UtcTime> until)
{
    m_draft.kind = kind;
    m_draft.reason = reason;
    m_draft.until = until;
    publish();
}

/// Each picture moves shown and skew; only the rest is news.
void LanePlayer::publish()
{
    bool news = false;
    {
        const std::lock_guard lock(m_mutex);
        LaneState same = m_state;
        same.shown = m_draft.shown;
        same.skew = m_draft.skew;
        news = same != m_draft;
        m_state = m_draft;
    }
    if (news)
        m_options.stateChanged();
}

void LanePlayer::sendSound(const SharedPlayback::Now &now)
{
    if (now.clock.rate() != 1)
        return cutSound();
    if (m_heard.empty() || !now.clock.running())
        return;
    std::optional<SoundSink> sink;
    {
        const std::lock_guard lock(m_mutex);
        sink = m_sink;
    }
    for (const media::Sound &sound : m_heard) {
        const auto due = now.clock.due(sound.capture->captured);
        if (sink && sink->put && due)
            sink->put(sound, *due);
    }
    m_soundCut = m_soundCut && !sink;
    m_heard.clear();
}

void LanePlayer::cutSound()
{
    m_heard.clear();
    if (std::exchange(m_soundCut, true))
        return;
    std::optional<SoundSink> sink;
    {
        const std::lock_guard lock(m_mutex);
        sink = m_sink;
    }
    if (sink && sink->cut)
        sink->cut();
}

/// Until it is due, the clock changes, or another order comes.
void LanePlayer::waitFor(std::optional<MonoTime> due, milliseconds longest, const Order &order)
{
    microseconds wait = longest;
    if (due)
        wait = std::clamp<microseconds>(*due - m_clock.now(), microseconds{0}, longest);
    std::unique_lock lock(m_mutex);
    m_changed.wait_for(lock, order.stop.get_token(), wait, [&] { return m_order.number != order.number || std::exchange(m_seenWake, m_woken) != m_woken; });
}

} // namespace vedette::recordings
