// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/camera_sound.h"

namespace vedette::agent {

using protocol::StageState;

CameraSound::CameraSound(const settings::CameraSettings &camera, const Clock &clock, std::shared_ptr<media::PacketTee> tee)
    : m_exists(camera.source == QLatin1String("url")), m_wanted(m_exists && camera.audio), m_clock(clock), m_tee(std::move(tee)),
      m_stage(camera.id, QStringLiteral("audio"), clock)
{
    if (m_wanted)
        m_stage.set(StageState::Starting, {}, std::nullopt);
    else
        m_stage.set(StageState::Idle, QStringLiteral("switched off"), std::nullopt);
}

SoundSink CameraSound::sink()
{
    if (!m_wanted)
        return {};
    SoundSink sink;
    sink.announce = [this](const std::optional<media::AudioInfo> &audio, const QString &detail) {
        m_tee->setAudio(audio);
        m_detail = detail;
        m_newest = audio ? toMicros(m_clock.now()) : 0;
        m_silent = false;
        m_stage.set(audio ? StageState::Running : StageState::Idle, detail, std::nullopt);
    };
    sink.write = [this](media::PacketPtr packet) {
        m_newest = toMicros(m_clock.now());
        if (m_silent.exchange(false))
            m_stage.set(StageState::Running, m_detail, std::nullopt);
        ++m_units;
        m_tee->write(std::move(packet));
    };
    return sink;
}

void CameraSound::supervise()
{
    const std::int64_t newest = m_newest;
    if (newest == 0 || m_silent || m_clock.now() - monoFromMicros(newest) < kSilence)
        return;
    m_stage.set(StageState::Waiting, QStringLiteral("no sound has come for %1 s").arg(kSilence.count() / 1000), std::nullopt);
    m_silent = true; // last: the unit that comes next sets it right
}

} // namespace vedette::agent
