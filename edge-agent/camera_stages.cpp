// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/camera_stages.h"

#include "core/base/secret.h"

namespace vedette::agent {

StageRecord::StageRecord(const QString &stage, const Clock &clock) : m_clock(clock)
{
    m_status.stage = stage;
    m_status.since = clock.utcNow();
}

void StageRecord::set(protocol::StageState state, const QString &reason, std::optional<milliseconds> nextTry)
{
    const UtcTime now = m_clock.utcNow();
    std::lock_guard lock(m_mutex);
    if (state != m_status.state)
        m_status.since = now;
    m_status.state = state;
    m_status.reason = redact(reason);
    m_status.nextTry = nextTry ? std::optional(now + *nextTry) : std::nullopt;
}

protocol::StageStatus StageRecord::status() const
{
    std::lock_guard lock(m_mutex);
    return m_status;
}

} // namespace vedette::agent
