// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/protocol/sample.h"
#include "edge-agent/telemetry/sensor.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>
#include <vector>

namespace vedette::agent {

class Spool;

/// Reads every sensor once a second, at whole seconds of UTC, and puts all values into one row of the spool. Main thread.
class Sampler : public QObject {
    Q_OBJECT
public:
    static constexpr milliseconds kPeriod{1000};

    /// timeKnown: whether the UTC of now may be believed. Clock and spool outlive the sampler.
    Sampler(const Clock &clock, Spool &spool, std::function<bool()> timeKnown, QObject *parent = nullptr);

    void addSensor(std::unique_ptr<Sensor> sensor);
    void start();
    void stop();
    /// One row now; nothing when no sensor gave a value.
    void sample();
    /// From now to the next row; always between a quarter of a period and a period and a quarter.
    milliseconds untilNext() const;
    const protocol::Sample &last() const { return m_last; }

Q_SIGNALS:
    void sampled(const vedette::protocol::Sample &sample);

private:
    const Clock &m_clock;
    Spool &m_spool;
    std::function<bool()> m_timeKnown;
    std::vector<std::unique_ptr<Sensor>> m_sensors;
    QTimer m_timer;
    protocol::Sample m_last;
};

} // namespace vedette::agent
