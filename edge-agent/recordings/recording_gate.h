// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/protocol/coverage.h"
#include "core/settings/agent_settings.h"

#include <mutex>
#include <optional>

namespace vedette::agent {

/// Whether a stream is to be recorded now: by its mode, its schedule, its triggers, and unless an operator has paused it.
/// Thread-safe: commands come on the main thread, the recorder asks on its own.
class RecordingGate {
public:
    struct Rules {
        settings::RecordingMode mode = settings::RecordingMode::Continuous;
        settings::WeekSchedule schedule;
        std::chrono::seconds preRoll{0};
        std::chrono::seconds postRoll{0};
    };
    explicit RecordingGate(Rules rules) : m_rules(std::move(rules)) {}

    /// Why what arrives then is not recorded; empty: it is. captured: empty while the time is not known, when a schedule
    /// says nothing and everything is recorded.
    std::optional<protocol::GapReason> closed(MonoTime arrival, std::optional<UtcTime> captured) const;
    /// From preRoll() before now until Rules::postRoll after it, or after a later trigger. Unsupported in another mode,
    /// Unavailable while paused.
    Status trigger(MonoTime now);
    /// Until the agent ends. What is captured meanwhile is nowhere, not in the pre-roll either.
    void setPaused(bool paused);
    settings::RecordingMode mode() const { return m_rules.mode; }
    /// How much is kept in memory while it is closed.
    std::chrono::seconds preRoll() const { return m_rules.mode == settings::RecordingMode::Trigger ? m_rules.preRoll : std::chrono::seconds{0}; }
    std::chrono::seconds postRoll() const { return m_rules.postRoll; }

private:
    const Rules m_rules;
    mutable std::mutex m_mutex; // guards all below
    bool m_paused = false;
    std::optional<MonoTime> m_until; ///< of the last trigger
};

} // namespace vedette::agent
