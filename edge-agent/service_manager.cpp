// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/service_manager.h"

#include "core/base/logging.h"

#include <systemd/sd-daemon.h>

#include <algorithm>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcService, "vedette.agent")

constexpr std::uint64_t kFeedsPerPeriod = 3; // systemd asks for at least two

} // namespace

ServiceManager::ServiceManager(std::function<QStringList()> silentThreads) : m_silentThreads(std::move(silentThreads))
{
    std::uint64_t periodUs = 0;
    if (sd_watchdog_enabled(0, &periodUs) <= 0)
        return;
    m_timer.setInterval(std::max(std::chrono::milliseconds{1}, std::chrono::milliseconds{periodUs / kFeedsPerPeriod / 1000}));
    QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { feed(); });
}

void ServiceManager::ready()
{
    sd_notify(0, "READY=1");
    if (m_timer.intervalAsDuration().count() > 0)
        m_timer.start();
}

void ServiceManager::stopping()
{
    m_timer.stop();
    sd_notify(0, "STOPPING=1");
}

void ServiceManager::feed()
{
    const QStringList silent = m_silentThreads();
    if (silent.isEmpty())
        sd_notify(0, "WATCHDOG=1");
    else if (silent != m_saidSilent)
        qCCritical(lcService).noquote() << "The watchdog is not fed: no sign of life from" << silent.join(QStringLiteral(", "));
    m_saidSilent = silent;
}

} // namespace vedette::agent
