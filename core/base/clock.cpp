// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/clock.h"

#include <sys/timex.h>
#include <ctime>

namespace vedette {
namespace {

std::int64_t read(clockid_t id)
{
    timespec ts{};
    clock_gettime(id, &ts);
    return std::int64_t{ts.tv_sec} * 1'000'000 + ts.tv_nsec / 1000;
}

} // namespace

MonoTime SystemClock::now() const
{
    return monoFromMicros(read(CLOCK_MONOTONIC));
}

UtcTime SystemClock::utcNow() const
{
    return utcFromMicros(read(CLOCK_REALTIME));
}

ClockSync SystemClock::sync() const
{
    timex tx{};
    const int state = adjtimex(&tx);
    const bool synchronized = state >= 0 && state != TIME_ERROR && !(tx.status & STA_UNSYNC);
    return {synchronized, microseconds{tx.esterror}};
}

} // namespace vedette
