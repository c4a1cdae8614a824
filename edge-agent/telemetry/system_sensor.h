// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/telemetry/sensor.h"

namespace vedette::agent {

/// The machine itself, as the kernel tells it: CPU temperature, load, memory, uptime, and the disk that holds the
/// agent's data. Main thread.
class SystemSensor final : public Sensor {
public:
    /// root: in front of /sys and /proc; empty outside tests.
    explicit SystemSensor(QString dataDir, QString root = {}) : m_dataDir(std::move(dataDir)), m_root(std::move(root)) {}
    Readings read() override;

private:
    QString m_dataDir;
    QString m_root;
};

} // namespace vedette::agent
