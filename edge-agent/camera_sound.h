// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet_tee.h"
#include "core/settings/agent_settings.h"
#include "edge-agent/camera_stages.h"
#include "edge-agent/capture/source_factory.h"

#include <atomic>
#include <memory>

namespace vedette::agent {

/// The sound of one camera between its source and the tee: its stage "audio" and its counts. Only source url has any. Main
/// thread, but for what sink() holds, which is the capture thread's.
///
///   Starting ─described─▶ Running ◀─a unit── ─kSilence─▶ Waiting      no sound, or switched off: Idle
class CameraSound {
public:
    static constexpr milliseconds kSilence{5'000};

    CameraSound(const settings::CameraSettings &camera, const Clock &clock, std::shared_ptr<media::PacketTee> tee);

    /// Refers to this; without functions where no sound is wanted.
    SoundSink sink();
    /// Often: sees that no more comes.
    void supervise();
    bool exists() const { return m_exists; }
    protocol::StageStatus stage() const { return m_stage.status(); }
    std::uint64_t units() const { return m_units; } ///< handed to the tee

private:
    const bool m_exists;
    const bool m_wanted;
    const Clock &m_clock;
    const std::shared_ptr<media::PacketTee> m_tee;
    StageRecord m_stage;
    std::atomic<std::uint64_t> m_units{0};
    std::atomic<std::int64_t> m_newest{0}; ///< MonoTime of a unit or the description; 0: there is no sound
    std::atomic<bool> m_silent{false};
    QString m_detail;                      ///< of Running; capture thread
};

} // namespace vedette::agent
