// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/live/reception.h"
#include "core/live/stream_receiver.h"

#include <QLoggingCategory>
#include <QTimer>

#include <atomic>
#include <mutex>
#include <vector>

namespace vedette::live {

Q_DECLARE_LOGGING_CATEGORY(lcLive)

/// One Reception and what has come of it.
struct Slot {
    std::unique_ptr<Reception> reception;
    media::StreamInfo info;
    QString decoder;
    MonoTime begun{};
    MonoTime firstPicture{};
    MonoTime lastPicture{};
    std::uint64_t receivedBefore = 0;           // packets before the first picture

    explicit operator bool() const { return reception != nullptr; }
    bool is(quint64 id) const { return reception && reception->id() == id; }
    const StreamPath &path() const { return reception->path(); }
};

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
    void decodedBy(quint64 id, const QString &decoder) override;
    void received(quint64 id, const media::Packet &packet) override;
    void lost(quint64 id, std::uint64_t count) override;
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
    void watchChange(const media::Frame &frame, MonoTime now);
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
    std::shared_ptr<media::HardwareDevices> hardware;
    bool running = false;
    bool fileEnded = false;
    MonoTime asked{};         // when the picture that is still missing was asked for
    std::optional<CaptureStamp> shown;
    std::optional<media::Frame> scene; // the first that showed what all since then have shown
    unsigned compared = 0;
    std::optional<RemoteClock> senderClock;
    QList<quint64> runs;      // announced
};

} // namespace vedette::live
