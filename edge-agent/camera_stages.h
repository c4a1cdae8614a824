// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/protocol/status.h"

#include <mutex>
#include <optional>
#include <vector>

namespace vedette::agent {

/// Where one stage of a camera is, written by its worker and read for the status; what fails and recovers is said in the
/// log on change, and the same at most once a minute. Thread-safe.
///
///   Idle ─▶ Starting ─▶ Running ◀─▶ Waiting (failed; tries at nextTry, without one: is trying now)
///                            └────▶ Stopped (refused; tries rarely)      any ─▶ Idle (not wanted)
class StageRecord {
public:
    static constexpr milliseconds kSayAgain{60'000}; ///< the same sentence in the log

    StageRecord(const QString &camera, const QString &stage, const Clock &clock);

    void set(protocol::StageState state, const QString &reason, std::optional<milliseconds> nextTry);
    protocol::StageStatus status() const;

private:
    struct Said {
        QString sentence;
        MonoTime at;
        int unsaid = 0; ///< times since
    };
    void say(const QString &sentence, std::optional<milliseconds> nextTry);

    const QString m_camera;
    const Clock &m_clock;
    mutable std::mutex m_mutex; // guards all below
    protocol::StageStatus m_status;
    bool m_failed = false; ///< since it ran
    std::vector<Said> m_said; ///< newest last, at most kSentences
};

/// For a worker, to report into the record, which outlives it.
inline auto reportTo(StageRecord &record)
{
    return [&record](protocol::StageState state, const QString &reason, std::optional<milliseconds> nextTry) { record.set(state, reason, nextTry); };
}

} // namespace vedette::agent
