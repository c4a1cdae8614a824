// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/capture_worker.h"

#include "core/base/logging.h"
#include "edge-agent/capture/pacing.h"

#include <utility>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcCapture, "vedette.capture")

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

void CaptureWorker::noteCaptured()
{
    const std::int64_t now = toMicros(m_context.clock.now());
    m_newest = now;
    m_alive = now;
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
        Error error = runOnce(attempt.get_token());
        m_alive = 0;
        if (stop.stop_requested())
            break;
        {
            std::lock_guard lock(m_mutex);
            if (!m_interruptReason.isEmpty())
                error = Error{ErrorKind::Timeout, m_interruptReason, nullptr};
        }
        if (m_context.clock.now() - begun > kLasted)
            backoff.reset();
        const bool denied = error.kind == ErrorKind::Denied;
        const milliseconds pause = denied ? kDeniedPause : backoff.next();
        qCWarning(lcCapture).noquote() << "camera" << m_settings.id << "waits" << pause.count() << "ms:" << error.text();
        m_sinks.stage(denied ? StageState::Stopped : StageState::Waiting, error.text(), pause);
        if (waitUntil(m_context.clock, m_context.clock.now() + pause, stop))
            m_sinks.stage(denied ? StageState::Stopped : StageState::Waiting, error.text(), std::nullopt);
        ++m_restarts;
    }
    m_sinks.stage(StageState::Idle, {}, std::nullopt);
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
    for (bool first = true;; first = false) {
        auto frame = source.read(attempt);
        if (!frame)
            return frame.error();
        if (first)
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
