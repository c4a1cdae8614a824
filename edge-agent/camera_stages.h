// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/protocol/status.h"

#include <mutex>
#include <optional>

namespace vedette::agent {

/// Where one stage of a camera is, written by its worker and read for the status. Thread-safe.
///
///   Idle ─▶ Starting ─▶ Running ◀─▶ Waiting (failed; tries at nextTry, without one: is trying now)
///                            └────▶ Stopped (refused; tries rarely)      any ─▶ Idle (not wanted)
class StageRecord {
public:
    StageRecord(const QString &stage, const Clock &clock);

    void set(protocol::StageState state, const QString &reason, std::optional<milliseconds> nextTry);
    protocol::StageStatus status() const;

private:
    const Clock &m_clock;
    mutable std::mutex m_mutex; // guards m_status
    protocol::StageStatus m_status;
};

} // namespace vedette::agent
