// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <atomic>

namespace vedette {

/// One thread's proof that it works or honestly waits: each beat() vouches for it up to a time that the thread chooses by
/// what it does next. Beaten by that thread, read by any.
class Pulse {
public:
    static constexpr milliseconds kUsual{10'000};

    /// next: until the next beat at the latest.
    void beat(MonoTime now, milliseconds next = kUsual) { m_until = toMicros(now + next); }
    /// No thread runs, or it owes nothing now.
    void rest() { m_until = kResting; }
    bool silent(MonoTime now) const
    {
        const std::int64_t until = m_until;
        return until != kResting && toMicros(now) > until;
    }

private:
    static constexpr std::int64_t kResting = -1;
    std::atomic<std::int64_t> m_until{kResting};
};

} // namespace vedette
