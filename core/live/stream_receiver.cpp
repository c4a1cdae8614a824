// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/stream_receiver.h"

#include "core/live/stream_receiver_private.h"

#include <algorithm>
#include <utility>

namespace vedette::live {

Q_LOGGING_CATEGORY(lcLive, "vedette.live")

namespace {

constexpr milliseconds kTick{500};              // how late silence may be noticed

} // namespace

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
    slot.reception = std::make_unique<Reception>(++lastId, path, hardware, clock, *this);
    return slot;
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

void StreamReceiver::setHardware(std::shared_ptr<media::HardwareDevices> hardware)
{
    std::lock_guard lock(d->mutex);
    d->hardware = std::move(hardware);
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
        d->scene.reset();
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

void StreamReceiver::setSenderClock(const std::optional<RemoteClock> &clock, const QList<quint64> &runs)
{
    std::lock_guard lock(d->mutex);
    d->senderClock = clock;
    d->runs = runs;
}

} // namespace vedette::live
