// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/stream_meter.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace vedette::live {

namespace {

constexpr std::size_t kIntervals = 30;
constexpr std::size_t kKeptRates = 2000; // in a window: bounds what a sender without a pace can make us hold
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

void addTime(std::deque<MonoTime> &times, MonoTime now)
{
    times.push_back(now);
    while (times.size() > kKeptRates || now - times.front() > StreamMeter::kWindow)
        times.pop_front();
}

/// Events a second over the last kWindow.
double rateOf(const std::deque<MonoTime> &times, MonoTime now)
{
    const auto first = std::find_if(times.begin(), times.end(), [now](MonoTime t) { return now - t <= StreamMeter::kWindow; });
    const auto count = times.end() - first;
    if (count < 2)
        return 0;
    // n pictures are n - 1 intervals; what has passed since the newest counts once it is longer than one.
    const microseconds seen = times.back() - *first;
    const microseconds span = std::max<microseconds>(seen, now - *first - seen / (count - 1));
    return span > microseconds{0} ? static_cast<double>(count - 1) / toSeconds(span) : 0;
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

void StreamMeter::received(std::size_t bytes, MonoTime now)
{
    ++m_stats.received;
    m_arrived.push_back({now, bytes});
    while (m_arrived.size() > kKeptRates || now - m_arrived.front().at > kWindow)
        m_arrived.pop_front();
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
        addTime(m_times, now);
    }

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
    measureStages(frame, now, delay->ms);
    m_all.add(now, delay->ms);
    m_maxMs = std::max(m_maxMs, delay->ms);
    m_maxUncertaintyMs = std::max(m_maxUncertaintyMs.value_or(0), delay->uncertaintyMs);
}

void StreamMeter::measureStages(const media::Frame &frame, MonoTime now, double latencyMs)
{
    if (frame.arrival == MonoTime{} || frame.firstByte == MonoTime{})
        return;
    m_toFirstByte.add(now, latencyMs - toMs(now - frame.firstByte));
    m_toWhole.add(now, toMs(frame.arrival - frame.firstByte));
    m_decoding.add(now, toMs(frame.decoded - frame.arrival));
}

std::optional<StageTimes> StreamMeter::stageTimes(MonoTime now) const
{
    const auto first = m_toFirstByte.summary(now), whole = m_toWhole.summary(now), decoding = m_decoding.summary(now);
    if (!first || !whole || !decoding)
        return std::nullopt;
    const auto presenting = m_presenting.summary(now);
    return StageTimes{std::max(first->p50, 0.0), whole->p50, decoding->p50, presenting ? presenting->p50 : 0};
}

void StreamMeter::presented(const media::Frame &frame, MonoTime now, const SenderTime &sender)
{
    addTime(m_shownTimes, now);
    if (frame.decoded != MonoTime{})
        m_presenting.add(now, toMs(now - frame.decoded));
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
    if (m_steadySince)
        stats.fps = rateOf(m_times, now);
    stats.shownFps = rateOf(m_shownTimes, now);
    stats.bitrateKbps = bitrate(now);
    std::optional<LatencyWindow::Summary> latency = m_presented.summary(now);
    if (!latency)
        latency = m_decoded.summary(now);
    stats.latencyReason = m_reason;
    if (latency && m_reason.isEmpty()) {
        stats.latencyMs = latency->p50;
        stats.uncertaintyMs = m_uncertaintyMs;
        stats.stages = stageTimes(now);
    } else if (m_reason.isEmpty()) {
        stats.latencyReason = m_maxUncertaintyMs ? QStringLiteral("no new picture") : QStringLiteral("measuring");
    }
    return stats;
}

/// The oldest is left out: its bytes came before the span that is looked at.
double StreamMeter::bitrate(MonoTime now) const
{
    const auto first = std::find_if(m_arrived.begin(), m_arrived.end(), [now](const Arrived &a) { return now - a.at <= kWindow; });
    if (m_arrived.end() - first < 2)
        return 0;
    const double bytes = std::accumulate(first + 1, m_arrived.end(), 0.0, [](double sum, const Arrived &a) { return sum + double(a.bytes); });
    const double seconds = toSeconds(std::max<microseconds>(m_arrived.back().at - first->at, now - first->at));
    return seconds > 0 ? bytes * 8 / 1000 / seconds : 0;
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
