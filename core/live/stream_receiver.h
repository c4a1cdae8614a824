// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/remote_clock.h"
#include "core/base/result.h"
#include "core/live/latest_frame.h"
#include "core/live/path_ladder.h"
#include "core/live/stream_meter.h"
#include "core/media/hardware_devices.h"
#include "core/protocol/status.h"

#include <QList>
#include <QObject>
#include <QString>

#include <memory>
#include <optional>

namespace vedette::live {

/// Where the receiving stands; the tile state machine adds staleness.
struct ReceiverState {
    protocol::StageState stage = protocol::StageState::Idle;
    ErrorKind errorKind = ErrorKind::Internal; ///< of the last failure
    QString reason;                       ///< of the last failure, no secrets; empty when the best path runs
    std::optional<MonoTime> nextTry;      ///< waiting: of any path; running on a worse path: of a better one
    StreamPath path;                      ///< the rung in use or tried
    QString decoder;                      ///< media::Decoder::description()
    MonoTime lastNewCapture{};            ///< when a picture with a new capture time (or, without our SEI, any picture) was decoded last
    bool snapshot = false;                ///< that picture was a single one, fetched because nothing streams: never live
    UtcTime lastCapture{};                ///< that picture's own time, or its arrival when unknown
    MonoTime unchangedSince{};            ///< since when all pictures with a new capture time have shown the same
    milliseconds frameInterval{0};        ///< announced, else the median of the last 30
    bool operator==(const ReceiverState &) const = default;
};

/// Receives and decodes one stream for ever: one Worker (socket and decoder), the newest picture in a LatestFrame.
/// Walks the path ladder on failure. A second Worker tries the better path in the background, or the next one when the
/// first is silent, and takes over with its first picture, so the screen never goes black. QObject of the main thread;
/// signals arrive there, at most one of each kind pending. A local file is played once in real time, then Stopped.
class StreamReceiver : public QObject {
    Q_OBJECT
public:
    /// A path that has given no picture for so long gets a rival.
    static constexpr milliseconds kImpatience{1500};
    /// … and is given up after this, whatever it sends.
    static constexpr milliseconds kNoPictureLimit{15'000};
    /// A connection that held this long makes its path's back-off start again from the beginning.
    static constexpr milliseconds kLasting{10'000};

    /// name: for the log. clock outlives it.
    StreamReceiver(QString name, const Clock &clock, QObject *parent = nullptr);
    ~StreamReceiver() override;

    /// In order of preference (relay, direct, MJPEG, single picture). A change reconnects only when the current URL is gone.
    void setUrls(const QStringList &urls);
    /// That may decode, from the next connection on; null, as at first: software only.
    void setHardware(std::shared_ptr<media::HardwareDevices> hardware);
    void start();
    /// Idempotent, at most 500 ms; the last picture stays in latest().
    void stop();
    /// "Try now": forget the waiting time.
    void retryNow();

    LatestFrame &latest();
    /// To be told on the GUI thread when the picture is on the screen: from then on StreamStats::latencyMs is capture to screen.
    void presented(const media::Frame &frame);
    StreamStats stats() const;
    StreamTotals totals() const;
    ReceiverState state() const;
    /// The agent's capture clock, and the runs of it that its status announces (none: nobody told, all are believed).
    /// While the clock is not known, it counts as ours on loopback; elsewhere our own clock's error is added, and latency is
    /// unknown when we have no time.
    void setSenderClock(const std::optional<RemoteClock> &clock, const QList<quint64> &runs = {});

Q_SIGNALS:
    void frameReady();      ///< the mailbox went from empty to full
    void stateChanged();
    /// A relay was joined in the middle of a group of pictures: a key frame asked for now is the first picture.
    void relayJoined();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::live
