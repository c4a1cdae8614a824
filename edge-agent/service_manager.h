// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>

#include <functional>

namespace vedette::agent {

/// Tells systemd that the agent is ready and alive (sd_notify(3), sd_watchdog_enabled(3)); does nothing elsewhere. Main
/// thread, whose event loop is proven by the feeding itself.
class ServiceManager {
public:
    /// silentThreads: names of those that owe a sign of life. While it names one the watchdog is not fed, and systemd
    /// restarts the agent after WatchdogSec.
    explicit ServiceManager(std::function<QStringList()> silentThreads);

    void ready();
    void stopping();

private:
    void feed();

    const std::function<QStringList()> m_silentThreads;
    QStringList m_saidSilent;
    QTimer m_timer;
};

} // namespace vedette::agent
