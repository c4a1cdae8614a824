// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/stream_meter.h"

#include <algorithm>
#include <vector>

namespace vedette::live {

namespace {

constexpr std::size_t kIntervals = 30;
constexpr double kLeastFramerate = 0.01; // announced values outside are a demuxer's guess, not a rate
constexpr double kMostFramerate = 480;

double toMs(microseconds d)
{
    return static_cast<double>(d.count()) / 1000.0;
}

double toSeconds(microseconds d)
{
    return static_cast<double>(d.count()) / 1e6;
}

} // namespace

void StreamMeter::opened(const media::StreamInfo &info)
{
    ++m_stats.connects;
    m_announced = milliseconds{0};
    if (info.framerate >= kLeastFramerate && info.framerate <= kMostFramerate)
        m_announced = milliseconds{static_cast<std::int64_t>(1000.0 / info.framerate + 0.5)};
    m_intervals.clear();
    m_lastPts.reset();
    m_newestHere.reset();
    m_goesBack = false;
}

bool StreamMeter::isNew(const CaptureStamp &stamp) const
{
    if (!m_last || m_last->run != stamp.run)
        return true;
    return stamp.known && m_last->known ? stamp.captured > m_last->captured : stamp.sequence > m_last->sequence;
}

void StreamMeter::countInterval(microseconds pts)
{
    if (m_lastPts && pts > *m_lastPts) {
        m_intervals.push_back(pts - *m_lastPts);
        if (m_intervals.size() > kIntervals)
            m_intervals.pop_front();
    }
    m_lastPts = pts;
}

bool StreamMeter::decoded(const media::Frame &frame, MonoTime now, const SenderTime &sender, bool catchingUp)
{
    ++m_stats.decoded;
    m_stats.width = frame.width;
    m_stats.height = frame.height;
    countInterval(frame.pts);
    if (catchingUp || !m_steadySince) {
        if (!m_steadySince || m_steady == 0)
            m_steadySince = now; // the rate is counted from the last picture of the group
    } else {
        ++m_steady;
        m_times.push_back(now);
    }
    while (!m_times.empty() && now - m_times.front() > kWindow)
        m_times.pop_front();

    const bool fresh = !frame.capture || isNew(*frame.capture);
    if (frame.capture) {
        // On another path the same pictures come again, so only this connection's own order counts.
        m_goesBack = m_newestHere && m_newestHere->run == frame.capture->run &&
                     frame.capture->sequence < m_newestHere->sequence;
        if (!m_goesBack)
            m_newestHere = frame.capture;
        if (fresh)
            m_last = frame.capture;
    }
    measure(frame, now, sender, catchingUp);
    return fresh;
}

void StreamMeter::measure(const media::Frame &frame, MonoTime now, const SenderTime &sender, bool catchingUp)
{
    QString reason;
    const std::optional<Delay> delay = delayOf(frame, sender, &reason);
    m_reason = reason;
    m_uncertaintyMs = delay ? std::optional(delay->uncertaintyMs) : std::nullopt;
    if (!delay || catchingUp)
        return;
    m_decoded.add(now, delay->ms);
    m_all.add(now, delay->ms);
    m_maxMs = std::max(m_maxMs, delay->ms);
    m_maxUncertaintyMs = std::max(m_maxUncertaintyMs.value_or(0), delay->uncertaintyMs);
}

void StreamMeter::presented(const media::Frame &frame, MonoTime now, const SenderTime &sender)
{
    QString reason;
    if (const std::optional<Delay> delay = delayOf(frame, sender, &reason))
        m_presented.add(now, delay->ms);
}

microseconds StreamMeter::age(const media::Frame &frame, const SenderTime &sender) const
{
    QString reason;
    const std::optional<Delay> delay = delayOf(frame, sender, &reason);
    return microseconds{delay ? static_cast<std::int64_t>(delay->ms * 1000) : 0};
}

std::optional<StreamMeter::Delay> StreamMeter::delayOf(const media::Frame &frame, const SenderTime &sender,
                                                       QString *reason) const
{
    const auto unknown = [reason](const QString &why) {
        *reason = why;
        return std::optional<Delay>();
    };
    const auto notVerified = [&unknown](const char *why) {
        return unknown(QLatin1String(kClockNotVerified) + QStringLiteral(": ") + QLatin1String(why));
    };
    if (!frame.capture)
        return unknown(QStringLiteral("no capture time in this stream"));
    if (!frame.capture->known)
        return unknown(QStringLiteral("clock not synchronised"));
    if (!sender.unknown.isEmpty())
        return unknown(sender.unknown);
    if (m_goesBack)
        return notVerified("the frame numbers go back");
    const std::uint64_t run = frame.capture->run;
    if (!sender.runs.isEmpty() && !sender.runs.contains(run))
        return notVerified("the agent has not announced this clock");
    if (sender.run != 0 && sender.run != run)
        return unknown(QStringLiteral("the agent's clock was set and is measured again"));
    // What remains of the picture's own uncertainty: the camera's delay, and how far the clock was slewed meanwhile.
    const microseconds own = frame.capture->uncertainty - sender.common;
    const microseconds uncertainty = std::max(own, -own) + sender.uncertainty;
    const microseconds delay = sender.now - frame.capture->captured;
    if (delay < -(uncertainty + kFutureTolerance))
        return notVerified("the capture time is in the future");
    return Delay{std::max(toMs(delay), 0.0), toMs(uncertainty)};
}

StreamStats StreamMeter::stats(MonoTime now, std::uint64_t overwritten) const
{
    StreamStats stats = m_stats;
    stats.dropped = overwritten + m_stats.decodeErrors;
    const auto first = std::find_if(m_times.begin(), m_times.end(), [now](MonoTime t) { return now - t <= kWindow; });
    const auto count = static_cast<double>(m_times.end() - first);
    if (m_steadySince && count >= 2) {
        // n pictures are n - 1 intervals; what has passed since the newest counts once it is longer than one.
        const microseconds seen = m_times.back() - *first;
        const microseconds interval = seen / (m_times.end() - first - 1);
        const microseconds span = std::max<microseconds>(seen, now - *first - interval);
        stats.fps = span > microseconds{0} ? (count - 1) / toSeconds(span) : 0;
    }
    std::optional<LatencyWindow::Summary> latency = m_presented.summary(now);
    if (!latency)
        latency = m_decoded.summary(now);
    stats.latencyReason = m_reason;
    if (latency && m_reason.isEmpty()) {
        stats.latencyMs = latency->p50;
        stats.uncertaintyMs = m_uncertaintyMs;
    } else if (m_reason.isEmpty()) {
        stats.latencyReason = QStringLiteral("measuring");
    }
    return stats;
}

StreamTotals StreamMeter::totals(MonoTime now) const
{
    StreamTotals totals;
    if (m_steadySince && now > *m_steadySince)
        totals.fps = static_cast<double>(m_steady) / toSeconds(now - *m_steadySince);
    totals.latency = m_all.summary(now);
    if (totals.latency)
        totals.latency->max = m_maxMs; // also of those that no longer fit
    totals.uncertaintyMs = m_maxUncertaintyMs;
    totals.latencyReason = m_reason.isEmpty() && !totals.latency ? QStringLiteral("no picture to measure") : m_reason;
    return totals;
}

milliseconds StreamMeter::frameInterval() const
{
    if (m_announced.count() > 0 || m_intervals.empty())
        return m_announced;
    std::vector<microseconds> sorted(m_intervals.begin(), m_intervals.end());
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    return std::chrono::duration_cast<milliseconds>(*middle);
}

} // namespace vedette::live
