// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/clock_trust.h"

#include <QFile>

namespace vedette::agent {

ClockTrust clockTrustFromString(QStringView word)
{
    if (word == QLatin1String("kernel"))
        return ClockTrust::Kernel;
    if (word == QLatin1String("always"))
        return ClockTrust::Always;
    return ClockTrust::Auto;
}

ClockProbes systemClockProbes(const QString &root)
{
    return {
        [root] { return QFile::exists(root + QStringLiteral("/sys/class/rtc/rtc0")); },
        [root] {
            QFile file(root + QStringLiteral("/proc/cpuinfo"));
            if (!file.open(QIODevice::ReadOnly))
                return false;
            while (true) {
                const QByteArray line = file.readLine();
                if (line.isEmpty())
                    return false;
                if (line.startsWith("flags"))
                    return line.simplified().split(' ').contains("hypervisor");
            }
        },
    };
}

} // namespace vedette::agent
