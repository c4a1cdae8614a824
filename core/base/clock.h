// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>

namespace vedette {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// CLOCK_MONOTONIC of this boot, in microseconds. Durations and queues use only this.
struct Monotonic {
    using duration = microseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Monotonic>;
    static constexpr bool is_steady = true;
};
using MonoTime = Monotonic::time_point;

/// UTC since 1970 in microseconds, leap seconds not counted (POSIX time).
using UtcTime = std::chrono::sys_time<microseconds>;

constexpr std::int64_t toMicros(MonoTime t) { return t.time_since_epoch().count(); }
constexpr std::int64_t toMicros(UtcTime t) { return t.time_since_epoch().count(); }
constexpr MonoTime monoFromMicros(std::int64_t us) { return MonoTime{microseconds{us}}; }
constexpr UtcTime utcFromMicros(std::int64_t us) { return UtcTime{microseconds{us}}; }

/// What the kernel says about its wall clock (adjtimex(2)).
struct ClockSync {
    bool synchronized = false;     ///< STA_UNSYNC is clear
    microseconds uncertainty{0};   ///< the kernel's estimated error; meaningful only when synchronized
};

/// Where time comes from. Thread-safe. The only fake allowed besides hardware: tests/support/manual_clock.h.
class Clock {
public:
    virtual ~Clock() = default;
    virtual MonoTime now() const = 0;
    virtual UtcTime utcNow() const = 0;
    virtual ClockSync sync() const = 0;
};

/// The machine's own clocks.
class SystemClock final : public Clock {
public:
    MonoTime now() const override;
    UtcTime utcNow() const override;
    ClockSync sync() const override;
};

} // namespace vedette
