// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/sensor_time.h"

#include <ctime>

namespace vedette::agent {
namespace {

microseconds read(clockid_t id)
{
    timespec now{};
    ::clock_gettime(id, &now);
    return std::chrono::duration_cast<microseconds>(std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec});
}

} // namespace

microseconds sleptTime()
{
    const microseconds monotonic = read(CLOCK_MONOTONIC);
    return read(CLOCK_BOOTTIME) - monotonic;
}

MonoTime sensorTime(std::int64_t stampNs, MonoTime arrived, microseconds slept)
{
    const MonoTime stamp = monoFromMicros(stampNs / 1000);
    for (const MonoTime candidate : {stamp, stamp - slept}) {
        if (candidate <= arrived && arrived - candidate <= kOldestPicture)
            return candidate;
    }
    return arrived;
}

} // namespace vedette::agent
