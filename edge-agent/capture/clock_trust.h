// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <functional>

namespace vedette::agent {

/// Whose word it takes before the machine's wall clock counts as known (setting clock.trust).
enum class ClockTrust : std::uint8_t {
    Auto,   ///< the kernel's, or a battery clock, or a hypervisor
    Kernel, ///< only the kernel's (adjtimex: synchronised)
    Always, ///< the operator's
};
/// "auto", "kernel" or "always"; anything else is Auto.
ClockTrust clockTrustFromString(QStringView word);

/// What keeps time on this machine besides the network. Injectable; read once.
struct ClockProbes {
    std::function<bool()> batteryClock;
    std::function<bool()> hypervisor;
};
/// /sys/class/rtc/rtc0 and the flag "hypervisor" in /proc/cpuinfo, both below root (empty outside tests).
ClockProbes systemClockProbes(const QString &root = {});

} // namespace vedette::agent
