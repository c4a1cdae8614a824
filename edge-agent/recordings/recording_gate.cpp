// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/recording_gate.h"

#include <algorithm>

namespace vedette::agent {

using protocol::GapReason;
using settings::RecordingMode;

std::optional<GapReason> RecordingGate::closed(MonoTime arrival, std::optional<UtcTime> captured) const
{
    std::lock_guard guard(m_mutex);
    if (m_paused)
        return GapReason::PausedByOperator;
    if (m_rules.mode == RecordingMode::Schedule && captured && !m_rules.schedule.contains(*captured))
        return GapReason::NotScheduled;
    if (m_rules.mode == RecordingMode::Trigger && (!m_until || arrival > *m_until))
        return GapReason::NoTrigger;
    return std::nullopt;
}

Status RecordingGate::trigger(MonoTime now)
{
    std::lock_guard guard(m_mutex);
    if (m_rules.mode != RecordingMode::Trigger)
        return fail(ErrorKind::Unsupported, QStringLiteral("it is not recorded by trigger"));
    if (m_paused)
        return fail(ErrorKind::Unavailable, QStringLiteral("its recording is paused by an operator"));
    m_until = std::max(m_until.value_or(now), now + m_rules.postRoll);
    return {};
}

void RecordingGate::setPaused(bool paused)
{
    std::lock_guard guard(m_mutex);
    if (paused)
        m_until.reset();
    m_paused = paused;
}

} // namespace vedette::agent
