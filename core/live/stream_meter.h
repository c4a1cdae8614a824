// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/live/latency_window.h"
#include "core/media/frame.h"
#include "core/media/packet.h"

#include <QList>
#include <QString>

#include <deque>
#include <optional>

namespace vedette::live {

/// How the reason begins when a stream claims what cannot be: its capture times are not believed.
inline constexpr char kClockNotVerified[] = "clock not verified";

/// Where the latency went on our side and on the way, medians of the last 2 s in ms. What lies before arrivedMs is the
/// agent's own (its status tells) and the network's and the relay's.
struct StageTimes {
    double arrivedMs = 0;  ///< capture to first byte here
    double receiveMs = 0;  ///< first byte to whole unit
    double decodeMs = 0;
    double presentMs = 0;  ///< decoded to on the screen; 0 where presented() is not told
};

/// What a tile knows about its stream, copied as a value (at most 4 times a second for people).
struct StreamStats {
    std::uint64_t received = 0;
    std::uint64_t decoded = 0;
    std::uint64_t dropped = 0;            ///< decoded but overwritten before they were drawn, plus undecodable
    std::uint64_t decodeErrors = 0;
    std::uint64_t lost = 0;               ///< network packets that never came
    std::uint64_t connects = 0;
    int width = 0;
    int height = 0;
    double fps = 0;                       ///< decoded, over the last 2 s
    double shownFps = 0;                  ///< the same of those that presented() was told
    double bitrateKbps = 0;               ///< received, over the last 2 s
    std::optional<double> latencyMs;      ///< capture to screen where presented() is told, else to decoded; median of the last 2 s; empty: unknown
    std::optional<double> uncertaintyMs;
    QString latencyReason;                ///< why it is unknown: "no capture time in this stream", "clock not synchronised"
    std::optional<StageTimes> stages;     ///< empty while latency is unknown
    std::optional<double> firstPictureMs; ///< from asking to the first decoded picture of this connection
};

/// The same over the whole time since start(), for reports. The group of pictures that a server sends at once at the
/// beginning, to let a viewer start at once, is left out of both: it was late before it was asked for.
struct StreamTotals {
    double fps = 0;                                    ///< decoded, counted from the first picture
    std::optional<LatencyWindow::Summary> latency;
    std::optional<double> uncertaintyMs;               ///< the largest seen
    QString latencyReason;
};

/// The sender's clock as seen from here at one moment.
struct SenderTime {
    UtcTime now{};
    microseconds uncertainty{0};
    microseconds common{0};               ///< of the pictures' uncertainty: what now is off by as well
    std::uint64_t run = 0;                ///< to which now belongs; 0: not told
    QList<quint64> runs{};                ///< that the sender has announced; none: it was not asked
    QString unknown{};                    ///< why it cannot be compared with ours; empty: it can
};

/// Counts and measures one stream. No clock of its own: all times are given. Reentrant; StreamReceiver guards it.
class StreamMeter {
public:
    static constexpr milliseconds kWindow{2000};
    static constexpr std::size_t kKept = 1U << 16;      ///< 54 minutes at 20 frames/s
    /// A capture time this far in the future, beyond all uncertainties, is not believed (scheduling, rounding).
    static constexpr microseconds kFutureTolerance{2000};

    /// A connection has given its first picture; comes before that picture's decoded().
    void opened(const media::StreamInfo &info);
    void received(std::size_t bytes, MonoTime now);
    /// By a connection that was not the shown one yet.
    void receivedUnseen(std::uint64_t count) { m_stats.received += count; }
    void lost(std::uint64_t count) { m_stats.lost += count; }
    void undecodable(std::uint64_t count) { m_stats.decodeErrors += count; }
    void firstPicture(milliseconds waited) { m_stats.firstPictureMs = static_cast<double>(waited.count()); }
    /// True when the picture's capture time is new (without our SEI: always). catchingUp: of the group sent at the beginning.
    bool decoded(const media::Frame &frame, MonoTime now, const SenderTime &sender, bool catchingUp);
    void presented(const media::Frame &frame, MonoTime now, const SenderTime &sender);

    /// How old the picture is; 0 when that is unknown.
    microseconds age(const media::Frame &frame, const SenderTime &sender) const;

    StreamStats stats(MonoTime now, std::uint64_t overwritten) const;
    StreamTotals totals(MonoTime now) const;
    /// Announced, else the median of the last 30; 0 while unknown.
    milliseconds frameInterval() const;

private:
    struct Delay {
        double ms = 0;
        double uncertaintyMs = 0;
    };
    std::optional<Delay> delayOf(const media::Frame &frame, const SenderTime &sender, QString *reason) const;
    bool isNew(const CaptureStamp &stamp) const;
    void countInterval(microseconds pts);
    void measureStages(const media::Frame &frame, MonoTime now, double latencyMs);
    std::optional<StageTimes> stageTimes(MonoTime now) const;
    double bitrate(MonoTime now) const;
    void measure(const media::Frame &frame, MonoTime now, const SenderTime &sender, bool catchingUp);

    StreamStats m_stats;
    LatencyWindow m_decoded{kWindow, 1000};
    LatencyWindow m_presented{kWindow, 1000};
    LatencyWindow m_toFirstByte{kWindow, 1000};
    LatencyWindow m_toWhole{kWindow, 1000};
    LatencyWindow m_decoding{kWindow, 1000};
    LatencyWindow m_presenting{kWindow, 1000};
    LatencyWindow m_all{std::chrono::hours{24 * 365}, kKept};
    std::deque<MonoTime> m_times;         // decoded in the last kWindow
    std::deque<MonoTime> m_shownTimes;    // presented in the last kWindow
    struct Arrived {
        MonoTime at{};
        std::size_t bytes = 0;
    };
    std::deque<Arrived> m_arrived;        // in the last kWindow
    std::deque<microseconds> m_intervals; // of presentation, at most 30
    std::optional<microseconds> m_lastPts;
    std::optional<CaptureStamp> m_last;   // newest
    std::optional<double> m_uncertaintyMs;
    std::optional<double> m_maxUncertaintyMs;
    double m_maxMs = 0;
    std::optional<CaptureStamp> m_newestHere; // on this connection
    bool m_goesBack = false;                  // frame numbers of one run on this connection
    QString m_reason;
    milliseconds m_announced{0};
    std::optional<MonoTime> m_steadySince;
    std::uint64_t m_steady = 0;           // pictures since m_steadySince
};

} // namespace vedette::live
