// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/capture_worker.h"

#include "core/base/logging.h"
#include "core/base/wait.h"
#include "edge-agent/capture/source_times.h"

#include <algorithm>
#include <utility>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcCapture, "vedette.capture")

constexpr milliseconds kOpening{60'000}; // several answers of at most 5 s each, and twice where libavformat tries, too

using protocol::StageState;

} // namespace

CaptureWorker::CaptureWorker(const settings::CameraSettings &settings, const SourceContext &context, CaptureSinks sinks)
    : m_settings(settings), m_context(context), m_sinks(std::move(sinks))
{
}

void CaptureWorker::start()
{
    m_worker = Worker("cap-" + m_settings.id.toStdString(), [this](std::stop_token stop) { run(std::move(stop)); });
}

void CaptureWorker::requestStop()
{
    m_worker.requestStop();
}

void CaptureWorker::stop()
{
    m_worker.stop();
}

void CaptureWorker::interrupt(const QString &reason)
{
    std::stop_source attempt{std::nostopstate};
    {
        std::lock_guard lock(m_mutex);
        m_interruptReason = reason;
        attempt = m_attempt;
    }
    attempt.request_stop();
}

std::optional<microseconds> CaptureWorker::silence() const
{
    const std::int64_t alive = m_alive;
    if (alive == 0)
        return std::nullopt;
    return m_context.clock.now() - monoFromMicros(alive);
}

std::optional<microseconds> CaptureWorker::newestAge() const
{
    const std::int64_t newest = m_newest;
    if (newest == 0)
        return std::nullopt;
    return m_context.clock.now() - monoFromMicros(newest);
}

void CaptureWorker::showStalled(const QString &reason, milliseconds nextTry)
{
    m_sinks.stage(StageState::Waiting, reason, nextTry);
    m_shownStalled = true; // last: the picture that comes next sets it right
}

/// Up to the time at which a stalled source has been interrupted and must have returned.
void CaptureWorker::beatReading(MonoTime now)
{
    const double rate = m_framerate;
    m_pulse.beat(now, Pulse::kUsual + milliseconds{rate > 0 ? static_cast<std::int64_t>(4000 / rate) : 0});
}

void CaptureWorker::noteCaptured()
{
    const MonoTime now = m_context.clock.now();
    beatReading(now);
    m_newest = toMicros(now);
    m_alive = toMicros(now);
    m_repeating = false;
    if (m_shownStalled.exchange(false))
        m_sinks.stage(StageState::Running, {}, std::nullopt);
    if (m_captured++ == 0)
        qCInfo(lcCapture).noquote() << "camera" << m_settings.id << "gives its first picture";
}

void CaptureWorker::noteFramerate(double framerate)
{
    if (framerate == m_framerate)
        return;
    m_framerate = framerate;
    m_sinks.framerate(framerate);
}

void CaptureWorker::run(std::stop_token stop)
{
    Backoff backoff;
    m_sinks.stage(StageState::Starting, {}, std::nullopt);
    while (!stop.stop_requested()) {
        std::stop_source attempt;
        {
            std::lock_guard lock(m_mutex);
            m_attempt = attempt;
            m_interruptReason.clear();
        }
        std::stop_callback onStop(stop, [&attempt] { attempt.request_stop(); });
        const MonoTime begun = m_context.clock.now();
        m_pulse.beat(begun, kOpening);
        Error error = runOnce(attempt.get_token());
        m_alive = 0;
        m_shownStalled = false;
        if (stop.stop_requested())
            break;
        {
            std::lock_guard lock(m_mutex);
            if (!m_interruptReason.isEmpty())
                error = Error{ErrorKind::Timeout, m_interruptReason, nullptr};
        }
        const milliseconds pause = pauseAfter(error, begun, backoff);
        const StageState state = error.kind == ErrorKind::Denied ? StageState::Stopped : StageState::Waiting;
        m_pulse.beat(m_context.clock.now(), pause + Pulse::kUsual);
        m_sinks.stage(state, error.text(), pause);
        if (waitUntil(m_context.clock, m_context.clock.now() + pause, stop))
            m_sinks.stage(state, error.text(), std::nullopt);
        ++m_restarts;
    }
    m_pulse.rest();
    m_sinks.stage(StageState::Idle, {}, std::nullopt);
}

milliseconds CaptureWorker::pauseAfter(const Error &error, MonoTime begun, Backoff &backoff) const
{
    const bool local = isLocalCamera(m_settings.source);
    if (error.kind == ErrorKind::Denied && !local)
        return kDeniedPause;
    if (m_context.clock.now() - begun > kLasted)
        backoff.reset();
    const milliseconds pause = local ? std::min(backoff.next(), kLocal) : backoff.next();
    const auto age = newestAge();
    return age && *age < kLasted ? std::min(pause, kLively) : pause;
}

Error CaptureWorker::runOnce(std::stop_token attempt)
{
    auto source = openSource(m_settings, m_context, attempt);
    if (!source)
        return source.error();
    m_alive = toMicros(m_context.clock.now());
    m_framerate = source->frames ? source->frames->framerate() : source->packets->info().framerate;
    m_sinks.opened(m_framerate);
    if (source->frames)
        return readFrames(*source->frames, attempt);
    m_sinks.streamInfo(source->packets->info());
    return readPackets(*source->packets, attempt);
}

Error CaptureWorker::readFrames(media::FrameSource &source, std::stop_token attempt)
{
    SourceTimes times;
    bool running = false;
    for (;;) {
        auto frame = source.read(attempt);
        if (!frame)
            return frame.error();
        if (times.repeats(*frame)) {
            beatReading(m_context.clock.now());
            m_repeating = true;
            ++m_repeated;
            continue;
        }
        frame->pts = times.anchored(*frame);
        if (!std::exchange(running, true))
            m_sinks.stage(StageState::Running, {}, std::nullopt);
        noteCaptured();
        noteFramerate(source.framerate());
        m_sinks.frame(std::move(*frame));
    }
}

Error CaptureWorker::readPackets(media::PacketSource &source, std::stop_token attempt)
{
    for (bool first = true;; first = false) {
        auto packet = source.read(attempt);
        if (!packet)
            return packet.error();
        if (first)
            m_sinks.stage(StageState::Running, {}, std::nullopt);
        noteCaptured();
        noteFramerate(source.info().framerate);
        m_sinks.packet(std::move(*packet));
    }
}

} // namespace vedette::agent
