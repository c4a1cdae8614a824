// SPDX-License-Identifier: GPL-3.0-or-later
// What StreamReceiver does with the news of its receptions: which one is shown, and what the state then is.
#include "core/live/stream_receiver_private.h"

#include "core/base/secret.h"
#include "core/live/tile_state.h"
#include "core/media/picture_change.h"

#include <QUrl>

#include <algorithm>
#include <utility>

namespace vedette::live {

namespace {

constexpr milliseconds kHandOverLimit{1000};    // how long the better path may lag behind what is on the screen

bool isLoopback(const QString &url)
{
    const QString host = QUrl(url).host();
    return host == QStringLiteral("localhost") || host == QStringLiteral("::1") || host.startsWith(QStringLiteral("127."));
}

} // namespace

// ---- on the workers ----

void StreamReceiver::Private::opened(quint64 id, const media::StreamInfo &info)
{
    std::lock_guard lock(mutex);
    for (Slot *slot : {&current, &other}) {
        if (!slot->is(id))
            continue;
        slot->info = info;
        if (slot->path().kind == PathKind::Relay)
            QMetaObject::invokeMethod(q, &StreamReceiver::relayJoined, Qt::QueuedConnection);
    }
}

void StreamReceiver::Private::decodedBy(quint64 id, const QString &decoder)
{
    std::lock_guard lock(mutex);
    for (Slot *slot : {&current, &other}) {
        if (slot->is(id))
            slot->decoder = decoder;
    }
    if (current.is(id))
        publish(clock.now());
}

void StreamReceiver::Private::received(quint64 id, const media::Packet &packet)
{
    std::lock_guard lock(mutex);
    if (current.is(id))
        meter.received(packet.data.size(), packet.arrival);
    else if (other.is(id))
        ++other.receivedBefore;
}

void StreamReceiver::Private::lost(quint64 id, std::uint64_t count)
{
    std::lock_guard lock(mutex);
    if (current.is(id))
        meter.lost(count);
}

void StreamReceiver::Private::undecodable(quint64 id, std::uint64_t count)
{
    std::lock_guard lock(mutex);
    if (current.is(id))
        meter.undecodable(count);
}

void StreamReceiver::Private::decoded(quint64 id, media::Frame frame, bool catchingUp)
{
    const MonoTime now = clock.now();
    std::lock_guard lock(mutex);
    Slot *slot = current.is(id) ? &current : other.is(id) ? &other : nullptr;
    if (!slot || !running)
        return;
    const bool first = slot->firstPicture == MonoTime{};
    if (first) {
        slot->firstPicture = now;
        planSoon();
    }
    slot->lastPicture = now;
    if (slot == &other) {
        if (!mayTakeOver(other, frame, now))
            return;
        takeOver(now);
    } else if (first) {
        meter.opened(current.info);
    }
    show(std::move(frame), catchingUp, now);
}

void StreamReceiver::Private::ended(quint64 id, const Error &error)
{
    const MonoTime now = clock.now();
    std::lock_guard lock(mutex);
    if (current.is(id)) {
        const StreamPath path = current.path();
        const bool hadPicture = current.firstPicture != MonoTime{};
        retired.push_back(std::move(current.reception));
        current = std::exchange(other, Slot{});
        if (error.kind != ErrorKind::Cancelled) {
            if (hadPicture && !current)
                asked = now;
            fileEnded = isLocalFile(path.url);
            noteFailure(path, error, now);
        }
        if (current && current.firstPicture != MonoTime{})
            meter.opened(current.info);
    } else if (other.is(id)) {
        const StreamPath path = other.path();
        retired.push_back(std::move(other.reception));
        other = Slot{};
        if (error.kind != ErrorKind::Cancelled)
            noteFailure(path, error, now);
    }
    publish(now);
    planSoon();
}

// ---- policy, mutex held ----

bool StreamReceiver::Private::isFresh(const Slot &slot, MonoTime now) const
{
    return slot && slot.lastPicture != MonoTime{} && now - slot.lastPicture <= staleAfter(meter.frameInterval());
}

/// A better path as soon as its pictures have reached what is on the screen; any path when nothing else comes.
bool StreamReceiver::Private::mayTakeOver(const Slot &slot, const media::Frame &frame, MonoTime now) const
{
    if (!isFresh(current, now))
        return true;
    if (!ladder.isBetter(slot.path(), current.path()))
        return false;
    const bool behind = frame.capture && shown && frame.capture->run == shown->run &&
                        frame.capture->sequence <= shown->sequence;
    return !behind || now - slot.firstPicture > kHandOverLimit;
}

void StreamReceiver::Private::takeOver(MonoTime now)
{
    std::swap(current, other);
    qCInfo(lcLive).noquote() << name << "now comes from" << redact(current.path().url);
    const bool slowButBetter = other.firstPicture == MonoTime{} && ladder.isBetter(other.path(), current.path());
    if (slowButBetter) {
        // It goes on in the background and takes over when its picture comes.
    } else if (other && !ladder.isBetter(current.path(), other.path())) {
        const Error silent{ErrorKind::Timeout, QStringLiteral("%1: the pictures have stopped").arg(other.path().url), nullptr};
        noteFailure(other.path(), silent, now);
        retire(other, ErrorKind::Cancelled, QStringLiteral("replaced"));
    } else {
        retire(other, ErrorKind::Cancelled, QStringLiteral("replaced by the better path"));
    }
    meter.opened(current.info);
    meter.receivedUnseen(std::max<std::uint64_t>(current.receivedBefore, 1));
    current.receivedBefore = 0;
}

void StreamReceiver::Private::show(media::Frame frame, bool catchingUp, MonoTime now)
{
    if (asked != MonoTime{}) {
        meter.firstPicture(std::chrono::duration_cast<milliseconds>(now - asked));
        asked = {};
    }
    if (meter.decoded(frame, now, senderTime(current.path()), catchingUp)) {
        watchChange(frame, now);
        state.snapshot = current.path().kind == PathKind::Snapshot;
        state.lastNewCapture = state.snapshot ? now - meter.age(frame, senderTime(current.path())) : now;
        state.lastCapture = frame.capture && frame.capture->known ? frame.capture->captured : clock.utcNow();
    }
    if (frame.capture)
        shown = frame.capture;
    if (state.stage != protocol::StageState::Running || state.path != current.path())
        publish(now);
    if (latest.put(std::move(frame), catchingUp) && !framePending.exchange(true)) {
        QMetaObject::invokeMethod(
            q,
            [this] {
                framePending = false;
                Q_EMIT q->frameReady();
            },
            Qt::QueuedConnection);
    }
}

/// Against the first of a still scene, not the one before: dusk comes slowly. Nobody knows what was to be seen while no
/// pictures came.
void StreamReceiver::Private::watchChange(const media::Frame &frame, MonoTime now)
{
    const bool seamless = now - state.lastNewCapture <= staleAfter(meter.frameInterval());
    if (scene && seamless && media::looksSame(*scene, frame, compared++))
        return;
    scene = frame;
    state.unchangedSince = now;
}

void StreamReceiver::Private::noteFailure(const StreamPath &path, const Error &error, MonoTime now)
{
    ladder.failed(path, now, error.kind);
    state.errorKind = error.kind;
    state.reason = redact(error.text());
    qCInfo(lcLive).noquote() << name << "failed:" << state.reason;
}

void StreamReceiver::Private::retire(Slot &slot, ErrorKind kind, const QString &why)
{
    if (!slot)
        return;
    slot.reception->giveUp({kind, why, nullptr});
    retired.push_back(std::move(slot.reception));
    slot = Slot{};
}

SenderTime StreamReceiver::Private::senderTime(const StreamPath &path) const
{
    if (isLocalFile(path.url))
        return {.unknown = QStringLiteral("a file is not live")};
    if (senderClock) {
        const MonoTime here = clock.now();
        return {senderClock->now(here), senderClock->errorAt(here), senderClock->uncertainty, senderClock->run, runs, {}};
    }
    SenderTime time{.now = clock.utcNow(), .runs = runs};
    if (isLoopback(path.url))
        return time;
    const ClockSync sync = clock.sync();
    time.uncertainty = sync.uncertainty;
    if (!sync.synchronized)
        time.unknown = QStringLiteral("this machine's clock is not synchronised");
    return time;
}

/// Derives the visible state; tells when it has changed in anything but the time of the last picture.
void StreamReceiver::Private::publish(MonoTime now)
{
    using protocol::StageState;
    ReceiverState next = state;
    next.nextTry.reset();
    next.frameInterval = meter.frameInterval();
    if (!running) {
        next.stage = StageState::Idle;
    } else if (current) {
        next.path = current.path();
        next.decoder = current.decoder;
        next.stage = current.firstPicture == MonoTime{} ? StageState::Starting : StageState::Running;
        if (!other)
            next.nextTry = ladder.nextBetterTry(current.path());
        if (next.stage == StageState::Running && !ladder.nextBetterTry(current.path()))
            next.reason.clear();
    } else if (ladder.isEmpty()) {
        next.stage = StageState::Waiting;
        next.reason = QStringLiteral("no address of this stream is known yet");
    } else if (fileEnded) {
        next.stage = StageState::Stopped;
    } else {
        next.nextTry = ladder.nextTry(now);
        next.stage = next.nextTry ? StageState::Waiting : StageState::Starting;
    }
    const bool changed = !(next == state);
    state = next;
    if (changed && !statePending.exchange(true)) {
        QMetaObject::invokeMethod(
            q,
            [this] {
                statePending = false;
                Q_EMIT q->stateChanged();
            },
            Qt::QueuedConnection);
    }
}

} // namespace vedette::live
