// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/worker.h"
#include "core/live/latest_frame.h"
#include "core/live/path_ladder.h"
#include "core/protocol/status.h"

#include <QObject>
#include <QString>

#include <array>
#include <memory>
#include <optional>

namespace vedette::live {

/// What a tile knows about its stream, copied as a value (at most 4 times a second for people).
struct StreamStats {
    std::uint64_t received = 0;
    std::uint64_t decoded = 0;
    std::uint64_t dropped = 0;            ///< decoded but overwritten before they were drawn, plus undecodable
    std::uint64_t decodeErrors = 0;
    std::uint64_t connects = 0;
    int width = 0;
    int height = 0;
    double fps = 0;                       ///< decoded, over the last 2 s
    std::optional<double> latencyMs;      ///< capture to decoded, median of the last 2 s; empty: unknown
    std::optional<double> uncertaintyMs;
    QString latencyReason;                ///< why it is unknown: "no capture time in this stream", "clock not synchronised"
    std::optional<double> firstPictureMs; ///< from asking to the first decoded picture of this connection
};

/// Where the receiving stands; the tile state machine adds staleness.
struct ReceiverState {
    protocol::StageState stage = protocol::StageState::Idle;
    ErrorKind errorKind = ErrorKind::Internal; ///< of the last failure
    QString reason;                       ///< of the last failure, no secrets
    std::optional<MonoTime> nextTry;
    StreamPath path;                      ///< the rung in use or tried
    MonoTime lastNewCapture{};            ///< when a picture with a new capture time (or, without our SEI, any picture) was decoded last
    UtcTime lastCapture{};                ///< that picture's own time, or its arrival when unknown
    milliseconds frameInterval{0};        ///< announced, else the median of the last 30
};

/// Receives and decodes one stream for ever: one Worker (socket and decoder), the newest picture in a LatestFrame.
/// Walks the path ladder on failure and tries the better path again in the background. QObject of the main thread;
/// signals arrive there.
class StreamReceiver : public QObject {
    Q_OBJECT
public:
    /// urls in order of preference (relay, direct).
    StreamReceiver(QString name, const Clock &clock, QObject *parent = nullptr);
    ~StreamReceiver() override;

    void setUrls(const QStringList &urls);   ///< a change reconnects only when the current URL is gone
    void start();
    void stop();
    /// "Try now": forget the waiting time.
    void retryNow();

    LatestFrame &latest();
    StreamStats stats() const;
    ReceiverState state() const;
    /// Microseconds to add to the agent's UTC to get ours (measured by AgentLink); 0 on the same machine.
    void setClockOffset(microseconds agentMinusLocal);

Q_SIGNALS:
    void frameReady();      ///< the mailbox went from empty to full
    void stateChanged();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::live
