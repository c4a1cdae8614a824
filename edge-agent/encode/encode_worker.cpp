// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/encode/encode_worker.h"

#include "core/base/backoff.h"
#include "core/base/logging.h"
#include "edge-agent/encode/capture_marker.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcEncode, "vedette.encode")

constexpr milliseconds kPoll{500};
constexpr double kDefaultRate = 25; // for sources that do not say

using protocol::StageState;

} // namespace

EncodeWorker::EncodeWorker(const settings::CameraSettings &settings, const Clock &clock, std::shared_ptr<media::PacketTee> tee,
                           StageReport stage, MakeEncoder make)
    : m_settings(settings), m_clock(clock), m_tee(std::move(tee)), m_stage(std::move(stage)), m_make(std::move(make)), m_bitrateKbps(settings.bitrateKbps),
      m_burnIn(settings)
{
}

void EncodeWorker::start()
{
    m_worker = Worker("enc-" + m_settings.id.toStdString(), [this](std::stop_token stop) { run(std::move(stop)); });
}

void EncodeWorker::requestStop()
{
    m_worker.requestStop();
}

void EncodeWorker::stop()
{
    m_worker.stop();
    m_queue.clear();
}

void EncodeWorker::push(media::Frame frame)
{
    {
        std::lock_guard lock(m_mutex);
        m_newest = frame;
    }
    m_arrived.notify_all();
    m_queue.push(std::move(frame));
}

std::optional<media::Frame> EncodeWorker::newerThan(const std::optional<media::Frame> &seen, std::stop_token stop,
                                                    milliseconds timeout) const
{
    std::unique_lock lock(m_mutex);
    const bool came = m_arrived.wait_for(lock, std::move(stop), timeout, [this, &seen] {
        return m_newest && !(seen && seen->handle == m_newest->handle);
    });
    return came ? m_newest : std::nullopt;
}

void EncodeWorker::run(std::stop_token stop)
{
    Backoff backoff;
    std::optional<MonoTime> nextTry;
    bool running = false;
    m_stage(StageState::Starting, {}, std::nullopt);
    while (!stop.stop_requested()) {
        m_pulse.beat(m_clock.now());
        const auto frame = m_queue.pop(stop, kPoll);
        if (!frame) {
            if (m_released.exchange(false)) {
                m_encoder.reset();
                m_tee->setInfo({}); // what is cached is old when somebody asks again
                running = false;
                m_stage(StageState::Idle, QStringLiteral("nobody asks for it"), std::nullopt);
            }
            continue;
        }
        if (nextTry && m_clock.now() < *nextTry) {
            ++m_lost;
            continue;
        }
        if (nextTry && !m_encoder)
            ++m_restarts;
        const auto done = encodeUnlessInterrupted(*frame);
        if (done) {
            if (!running)
                m_stage(StageState::Running, detail(), std::nullopt);
            running = true;
            if (nextTry) {
                nextTry.reset();
                backoff.reset();
            }
            continue;
        }
        ++m_lost;
        m_encoder.reset();
        running = false;
        if (std::exchange(m_byHardware, false) && mayFallBack()) {
            restHardware(done.error().text()); // and the next picture finds libx264
            ++m_restarts;
            continue;
        }
        const milliseconds pause = backoff.next();
        nextTry = m_clock.now() + pause;
        m_stage(StageState::Waiting, done.error().text(), pause);
    }
    m_encoder.reset();
    m_pulse.rest();
    m_stage(StageState::Idle, {}, std::nullopt);
}

void EncodeWorker::interrupt(const QString &reason)
{
    std::lock_guard lock(m_mutex);
    m_interruptReason = reason;
}

Status EncodeWorker::encodeUnlessInterrupted(const media::Frame &frame)
{
    QString reason;
    {
        std::lock_guard lock(m_mutex);
        reason = std::exchange(m_interruptReason, {});
    }
    return reason.isEmpty() ? encode(frame) : Status(fail(ErrorKind::Timeout, reason));
}

Status EncodeWorker::makeEncoder(PictureSize size)
{
    const double rate = m_framerate > 0 ? m_framerate.load() : m_settings.framerate > 0 ? m_settings.framerate : kDefaultRate;
    media::EncoderConfig config;
    config.width = size.width;
    config.height = size.height;
    config.framerate = rate;
    if (const int kbps = m_bitrateKbps; kbps > 0)
        config.bitrateKbps = kbps;
    config.profile = m_settings.profile;
    if (m_settings.keyFrameSeconds > 0)
        config.keyFrameInterval = std::max(1, static_cast<int>(std::lround(m_settings.keyFrameSeconds * rate)));
    if (!m_settings.preset.isEmpty())
        config.preset = m_settings.preset;
    if (auto opened = openChosen(config); !opened)
        return fail(opened.error().wrap(QStringLiteral("The encoder of camera %1 cannot start").arg(m_settings.id)));
    m_size = size;
    m_encoderRate = m_framerate;
    m_encoderKbps = config.bitrateKbps;
    announce();
    return {};
}

bool EncodeWorker::mayFallBack() const
{
    return m_settings.encoder == QLatin1String("auto");
}

bool EncodeWorker::wantsHardware() const
{
    return mayFallBack() && (!m_hardwareRests || m_clock.now() >= *m_hardwareRests);
}

Status EncodeWorker::openChosen(media::EncoderConfig config)
{
    m_encoder.reset(); // never two at once
    m_byHardware = false;
    if (wantsHardware()) {
        config.codec = QString::fromLatin1(media::kHardwareEncoder);
        if (auto hardware = m_make(config)) {
            m_encoder = std::move(*hardware);
            m_byHardware = true;
            m_hardwareWorked = true;
            m_hardwareRests.reset();
            return {};
        } else {
            restHardware(hardware.error().text());
        }
    }
    config.codec = mayFallBack() ? QString::fromLatin1(media::kSoftwareEncoder) : m_settings.encoder;
    auto encoder = m_make(config);
    if (!encoder)
        return fail(encoder.error());
    m_encoder = std::move(*encoder);
    return {};
}

void EncodeWorker::restHardware(const QString &why)
{
    m_hardwareRests = m_clock.now() + kHardwareRest;
    if (m_whyNoHardware != why)
        qCInfo(lcEncode).noquote() << "camera" << m_settings.id << "is encoded by libx264:" << why;
    m_whyNoHardware = why;
}

QString EncodeWorker::detail() const
{
    if (m_byHardware)
        return QStringLiteral("by %1").arg(QLatin1String(media::kHardwareEncoder));
    return m_hardwareRests ? QStringLiteral("by libx264: ") + m_whyNoHardware : QString();
}

void EncodeWorker::announce()
{
    m_parameterSets = m_encoder->info().parameterSets;
    m_tee->setInfo(m_encoder->info());
}

Status EncodeWorker::encode(const media::Frame &frame)
{
    const PictureSize size = fitInside({frame.width, frame.height}, {m_settings.width, m_settings.height});
    const bool hardwareRested = m_encoder && !m_byHardware && m_hardwareWorked && wantsHardware();
    if (!m_encoder || size != m_size || m_encoderRate != m_framerate || hardwareRested) {
        if (auto made = makeEncoder(size); !made)
            return made;
    }
    const MonoTime begun = m_clock.now();
    if (const int kbps = m_bitrateKbps; kbps > 0 && kbps != m_encoderKbps) {
        if (auto set = m_encoder->setBitrate(kbps); !set)
            return set;
        m_encoderKbps = kbps;
    }
    const auto picture = m_burnIn.draw(frame, size);
    if (!picture)
        return fail(picture.error().wrap(QStringLiteral("Name and time of camera %1 cannot be written").arg(m_settings.id)));
    // A recorded file holds one run and begins with a key frame: another run begins with one, so that nothing is lost.
    const std::uint64_t run = frame.capture ? frame.capture->run : 0;
    const bool wanted = m_keyWanted.exchange(false) || std::exchange(m_run, run) != run;
    auto packets = m_encoder->encode(*picture, wanted);
    m_encodeTimes.add(m_clock.now() - begun);
    if (!packets) {
        m_keyWanted = m_keyWanted || wanted;
        return fail(packets.error().wrap(QStringLiteral("The encoder of camera %1 failed").arg(m_settings.id)));
    }
    if (m_encoder->info().parameterSets != m_parameterSets)
        announce(); // another colour description, learnt from the picture
    for (const media::PacketPtr &packet : *packets) {
        const auto stamp = packet->capture ? packet->capture : frame.capture;
        media::Packet arrived = *packet;
        arrived.arrival = m_clock.now();
        m_tee->write(markPacket(arrived, stamp.value_or(CaptureStamp{}), {}));
        ++m_encoded;
    }
    measure(frame, begun);
    return {};
}

void EncodeWorker::measure(const media::Frame &frame, MonoTime begun)
{
    constexpr double kWeight = 0.1;
    const auto ms = [](microseconds span) { return static_cast<double>(span.count()) / 1000; };
    const Times now{frame.captured == MonoTime{} ? 0 : std::max(0.0, ms(begun - frame.captured)), ms(m_clock.now() - begun)};
    std::lock_guard lock(m_mutex);
    if (!m_times)
        m_times = now;
    m_times->captureMs += kWeight * (now.captureMs - m_times->captureMs);
    m_times->encodeMs += kWeight * (now.encodeMs - m_times->encodeMs);
}

std::optional<EncodeWorker::Times> EncodeWorker::times() const
{
    std::lock_guard lock(m_mutex);
    return m_times;
}

} // namespace vedette::agent
