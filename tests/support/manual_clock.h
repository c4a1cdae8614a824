// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

#include <atomic>

namespace vedette::test {

/// A clock that moves only when told. Thread-safe.
class ManualClock final : public Clock {
public:
    MonoTime now() const override { return monoFromMicros(m_mono); }
    UtcTime utcNow() const override { return utcFromMicros(m_utc); }
    ClockSync sync() const override { return {m_synchronized, microseconds{m_uncertainty.load()}}; }

    void advance(microseconds d) { m_mono += d.count(); m_utc += d.count(); }
    void stepUtc(microseconds d) { m_utc += d.count(); }
    void setSync(bool synchronized, microseconds uncertainty) { m_synchronized = synchronized; m_uncertainty = uncertainty.count(); }

private:
    std::atomic<std::int64_t> m_mono{1'000'000'000};
    std::atomic<std::int64_t> m_utc{1'790'000'000'000'000};
    std::atomic<bool> m_synchronized{true};
    std::atomic<std::int64_t> m_uncertainty{1000};
};

} // namespace vedette::test
