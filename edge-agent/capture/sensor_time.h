// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"

namespace vedette::agent {

/// How far CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC now: the time that this machine slept (clock_gettime(2)).
microseconds sleptTime();

/// The time at which the sensor began a picture that arrived at `arrived`. libcamera documents SensorTimestamp as
/// CLOCK_BOOTTIME, while V4L2 drivers, and so most of its pipelines, give CLOCK_MONOTONIC; after the machine slept the two
/// differ, and the one that makes the picture at most kOldestPicture old is meant. Neither: the time of arrival.
/// stampNs: 0 for none. Pure.
MonoTime sensorTime(std::int64_t stampNs, MonoTime arrived, microseconds slept);

inline constexpr microseconds kOldestPicture{2'000'000}; ///< an exposure of 1 s and some buffering

} // namespace vedette::agent
