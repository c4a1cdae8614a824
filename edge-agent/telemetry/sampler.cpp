// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/telemetry/sampler.h"

#include "edge-agent/spool/spool.h"

#include <cmath>

namespace vedette::agent {

Sampler::Sampler(const Clock &clock, Spool &spool, std::function<bool()> timeKnown, QObject *parent)
    : QObject(parent), m_clock(clock), m_spool(spool), m_timeKnown(std::move(timeKnown))
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        sample();
        m_timer.start(untilNext());
    });
}

void Sampler::addSensor(std::unique_ptr<Sensor> sensor)
{
    if (sensor)
        m_sensors.push_back(std::move(sensor));
}

void Sampler::start()
{
    m_timer.start(untilNext());
}

void Sampler::stop()
{
    m_timer.stop();
}

milliseconds Sampler::untilNext() const
{
    // A timer may fire a little early: what is nearly a whole second counts as that second, or it would be sampled twice.
    const auto early = kPeriod / 4;
    const auto now = std::chrono::floor<milliseconds>(m_clock.utcNow().time_since_epoch());
    return kPeriod + early - (now + early) % kPeriod;
}

void Sampler::sample()
{
    protocol::Sample row;
    row.time = m_clock.utcNow();
    row.timeKnown = m_timeKnown();
    for (const auto &sensor : m_sensors) {
        for (const auto &[key, value] : sensor->read()) {
            if (std::isfinite(value))
                row.values.append({key, value});
        }
    }
    if (row.values.isEmpty())
        return;
    m_last = m_spool.append(std::move(row));
    Q_EMIT sampled(m_last);
}

} // namespace vedette::agent
