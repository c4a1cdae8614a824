// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/stream_receiver.h"

#include "core/base/logging.h"
#include "core/base/secret.h"
#include "core/live/reception.h"
#include "core/live/tile_state.h"

#include <QTimer>
#include <QUrl>

#include <algorithm>
#include <atomic>
#include <vector>

namespace vedette::live {

Q_LOGGING_CATEGORY(lcLive, "vedette.live")

namespace {

constexpr milliseconds kTick{500};              // how late silence may be noticed
constexpr milliseconds kHandOverLimit{1000};    // how long the better path may lag behind what is on the screen

/// One Reception and what has come of it.
struct Slot {
    std::unique_ptr<Reception> reception;
    media::StreamInfo info;
    MonoTime begun{};
    MonoTime firstPicture{};
    MonoTime lastPicture{};
    std::uint64_t receivedBefore = 0;           // packets before the first picture

    explicit operator bool() const { return reception != nullptr; }
    bool is(quint64 id) const { return reception && reception->id() == id; }
    const StreamPath &path() const { return reception->path(); }
};

bool isLoopback(const QString &url)
{
    const QString host = QUrl(url).host();
    return host == QStringLiteral("localhost") || host == QStringLiteral("::1") || host.startsWith(QStringLiteral("127."));
}

} // namespace

/// Main thread: plan() starts, replaces and reaps receptions. Workers: the ReceptionSink calls, which only change
/// values under the mutex and ask for a plan().
struct StreamReceiver::Private final : ReceptionSink {
    Private(StreamReceiver *owner, QString receiverName, const Clock &receiverClock)
        : q(owner), name(std::move(receiverName)), clock(receiverClock), timer(owner)
    {
        timer.setSingleShot(true);
        QObject::connect(&timer, &QTimer::timeout, owner, [this] { plan(); });
    }

    void opened(quint64 id, const media::StreamInfo &info) override;
    void received(quint64 id) override;
    void undecodable(quint64 id, std::uint64_t count) override;
    void decoded(quint64 id, media::Frame frame, bool catchingUp) override;
    void ended(quint64 id, const Error &error) override;

    void plan();
    void planSoon();
    void stopAll();

    // All below with the mutex held.
    Slot launch(const StreamPath &path, MonoTime now);
    void retire(Slot &slot, ErrorKind kind, const QString &why);
    void giveUpSilent(const Slot &slot, MonoTime now);
    std::optional<StreamPath> rival(MonoTime now) const;
    bool isFresh(const Slot &slot, MonoTime now) const;
    bool mayTakeOver(const Slot &slot, const media::Frame &frame, MonoTime now) const;
    void takeOver(MonoTime now);
    void show(media::Frame frame, bool catchingUp, MonoTime now);
    void noteFailure(const StreamPath &path, const Error &error, MonoTime now);
    void publish(MonoTime now);
    milliseconds untilNextPlan(MonoTime now) const;
    SenderTime senderTime(const StreamPath &path) const;

    StreamReceiver *const q;
    const QString name;
    const Clock &clock;
    LatestFrame latest;
    QTimer timer;
    std::atomic<bool> planPending{false};
    std::atomic<bool> framePending{false};
    std::atomic<bool> statePending{false};

    mutable std::mutex mutex; // guards all below; taken before LatestFrame's
    PathLadder ladder;
    Slot current;             // what is shown, or the first to be
    Slot other;               // rival of current: the better path in the background, or the next one
    std::vector<std::unique_ptr<Reception>> retired; // on their way out
    quint64 lastId = 0;
    StreamMeter meter;
    ReceiverState state;
    bool running = false;
    bool fileEnded = false;
    MonoTime asked{};         // when the picture that is still missing was asked for
    std::optional<CaptureStamp> shown;
    microseconds offset{0};
    microseconds offsetUncertainty{0};
    bool offsetKnown = false;
};

// ---- on the workers ----

void StreamReceiver::Private::opened(quint64 id, const media::StreamInfo &info)
{
    std::lock_guard lock(mutex);
    for (Slot *slot : {&current, &other}) {
        if (slot->is(id))
            slot->info = info;
    }
}

void StreamReceiver::Private::received(quint64 id)
{
    std::lock_guard lock(mutex);
    if (current.is(id))
        meter.received();
    else if (other.is(id))
        ++other.receivedBefore;
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
    for (std::uint64_t i = 0; i < std::max<std::uint64_t>(current.receivedBefore, 1); ++i)
        meter.received();
    current.receivedBefore = 0;
}

void StreamReceiver::Private::show(media::Frame frame, bool catchingUp, MonoTime now)
{
    if (asked != MonoTime{}) {
        meter.firstPicture(std::chrono::duration_cast<milliseconds>(now - asked));
        asked = {};
    }
    if (meter.decoded(frame, now, senderTime(current.path()), catchingUp)) {
        state.lastNewCapture = now;
        state.lastCapture = frame.capture && frame.capture->known ? frame.capture->captured : clock.utcNow();
    }
    if (frame.capture)
        shown = frame.capture;
    if (state.stage != protocol::StageState::Running || state.path != current.path())
        publish(now);
    if (latest.put(std::move(frame)) && !framePending.exchange(true)) {
        QMetaObject::invokeMethod(
            q,
            [this] {
                framePending = false;
                Q_EMIT q->frameReady();
            },
            Qt::QueuedConnection);
    }
}

void StreamReceiver::Private::noteFailure(const StreamPath &path, const Error &error, MonoTime now)
{
    ladder.failed(path, now, error.kind);
    state.errorKind = error.kind;
    state.reason = redact(error.text());
    qCInfo(lcLive).noquote() << name << "failed:" << state.reason;
}

std::optional<StreamPath> StreamReceiver::Private::rival(MonoTime now) const
{
    if (auto better = ladder.betterThan(current.path(), now))
        return better;
    const bool impatient = !isFresh(current, now) && now - std::max(current.begun, current.lastPicture) >= kImpatience;
    return impatient ? ladder.next(now, &current.path()) : std::nullopt;
}

void StreamReceiver::Private::giveUpSilent(const Slot &slot, MonoTime now)
{
    if (!slot)
        return;
    const milliseconds limit = std::max<milliseconds>(kNoPictureLimit, 5 * meter.frameInterval());
    if (now - std::max(slot.begun, slot.lastPicture) <= limit)
        return;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
    slot.reception->giveUp({ErrorKind::Timeout,
                            QStringLiteral("%1: no picture for %2 s").arg(slot.path().url).arg(seconds), nullptr});
}

Slot StreamReceiver::Private::launch(const StreamPath &path, MonoTime now)
{
    Slot slot;
    slot.begun = now;
    slot.reception = std::make_unique<Reception>(++lastId, path, clock, *this);
    return slot;
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
        return {{}, {}, QStringLiteral("a file is not live")};
    const UtcTime now = clock.utcNow();
    if (offsetKnown)
        return {now + offset, offsetUncertainty, {}};
    if (isLoopback(path.url))
        return {now, microseconds{0}, {}};
    const ClockSync sync = clock.sync();
    if (!sync.synchronized)
        return {now, {}, QStringLiteral("this machine's clock is not synchronised")};
    return {now, sync.uncertainty, {}};
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

milliseconds StreamReceiver::Private::untilNextPlan(MonoTime now) const
{
    std::optional<MonoTime> due;
    if (!current)
        due = ladder.nextTry(now);
    else if (!other)
        due = ladder.nextBetterTry(current.path());
    microseconds wait = kTick;
    if (due)
        wait = std::clamp<microseconds>(*due - now, microseconds{0}, kTick);
    // Rounded up: a timer that fires early would find nothing to do.
    return std::chrono::ceil<milliseconds>(wait);
}

// ---- on the main thread ----

void StreamReceiver::Private::planSoon()
{
    if (!planPending.exchange(true))
        QMetaObject::invokeMethod(q, [this] { plan(); }, Qt::QueuedConnection);
}

void StreamReceiver::Private::plan()
{
    planPending = false;
    std::vector<std::unique_ptr<Reception>> finished; // destroyed, that is joined, without the lock
    std::lock_guard lock(mutex);
    const auto done = std::stable_partition(retired.begin(), retired.end(), [](const auto &r) { return !r->finished(); });
    std::move(done, retired.end(), std::back_inserter(finished));
    retired.erase(done, retired.end());
    if (!running)
        return;
    const MonoTime now = clock.now();
    giveUpSilent(current, now);
    giveUpSilent(other, now);
    if (!current && !fileEnded) {
        if (const auto path = ladder.next(now))
            current = launch(*path, now);
    } else if (current && !other) {
        if (const auto path = rival(now))
            other = launch(*path, now);
    }
    if (isFresh(current, now) && now - current.firstPicture >= kLasting)
        ladder.succeeded(current.path());
    publish(now);
    timer.start(untilNextPlan(now));
}

void StreamReceiver::Private::stopAll()
{
    timer.stop();
    std::vector<std::unique_ptr<Reception>> all;
    {
        std::lock_guard lock(mutex);
        running = false;
        retire(current, ErrorKind::Cancelled, QStringLiteral("stopped"));
        retire(other, ErrorKind::Cancelled, QStringLiteral("stopped"));
        all.swap(retired);
        publish(clock.now());
    }
    all.clear(); // joins; all have been asked, so they end side by side
}

StreamReceiver::StreamReceiver(QString name, const Clock &clock, QObject *parent)
    : QObject(parent), d(std::make_unique<Private>(this, std::move(name), clock))
{
}

StreamReceiver::~StreamReceiver()
{
    d->stopAll();
}

void StreamReceiver::setUrls(const QStringList &urls)
{
    {
        std::lock_guard lock(d->mutex);
        d->ladder.setPaths(urls);
        d->fileEnded = false;
        const QString why = QStringLiteral("no longer offered");
        if (d->other && !d->ladder.contains(d->other.path()))
            d->retire(d->other, ErrorKind::Cancelled, why);
        if (d->current && !d->ladder.contains(d->current.path())) {
            d->retire(d->current, ErrorKind::Cancelled, why);
            d->current = std::exchange(d->other, Slot{});
        }
    }
    d->planSoon();
}

void StreamReceiver::start()
{
    {
        std::lock_guard lock(d->mutex);
        if (d->running)
            return;
        d->running = true;
        d->fileEnded = false;
        d->asked = d->clock.now();
        d->meter = StreamMeter{};
        d->shown.reset();
        d->state = ReceiverState{};
        d->ladder.retryNow();
    }
    d->plan();
}

void StreamReceiver::stop()
{
    d->stopAll();
}

void StreamReceiver::retryNow()
{
    {
        std::lock_guard lock(d->mutex);
        d->ladder.retryNow();
        d->fileEnded = false;
    }
    d->planSoon();
}

LatestFrame &StreamReceiver::latest()
{
    return d->latest;
}

void StreamReceiver::presented(const media::Frame &frame)
{
    std::lock_guard lock(d->mutex);
    if (d->current)
        d->meter.presented(frame, d->clock.now(), d->senderTime(d->current.path()));
}

StreamStats StreamReceiver::stats() const
{
    std::lock_guard lock(d->mutex);
    return d->meter.stats(d->clock.now(), d->latest.overwritten());
}

StreamTotals StreamReceiver::totals() const
{
    std::lock_guard lock(d->mutex);
    return d->meter.totals(d->clock.now());
}

ReceiverState StreamReceiver::state() const
{
    std::lock_guard lock(d->mutex);
    ReceiverState state = d->state;
    state.frameInterval = d->meter.frameInterval();
    return state;
}

void StreamReceiver::setClockOffset(microseconds agentMinusLocal, microseconds uncertainty)
{
    std::lock_guard lock(d->mutex);
    d->offset = agentMinusLocal;
    d->offsetUncertainty = uncertainty;
    d->offsetKnown = true;
}

} // namespace vedette::live
