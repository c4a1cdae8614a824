// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "edge-agent/telemetry/hts221.h"
#include "edge-agent/telemetry/lps25h.h"
#include "edge-agent/telemetry/lsm9ds1.h"
#include "edge-agent/telemetry/sensor.h"

#include <memory>
#include <optional>

namespace vedette::agent {

/// The Raspberry Pi Sense HAT: humidity, temperature, pressure, acceleration, rotation and magnetic field by the chips'
/// own registers. A chip that stops answering is absent and started again once it answers. Main thread.
class SenseHat final : public Sensor {
public:
    /// NotFound when no chip of the HAT answers on the bus.
    static Result<std::unique_ptr<SenseHat>> create(std::unique_ptr<I2cBus> bus);
    Readings read() override;

private:
    explicit SenseHat(std::unique_ptr<I2cBus> bus) : m_bus(std::move(bus)) {}
    void startChips();

    std::unique_ptr<I2cBus> m_bus;
    std::optional<Hts221> m_humidity;
    std::optional<Lps25h> m_pressure;
    std::optional<Lsm9ds1> m_motion;
};

/// kind: "auto" (the real one, null when /dev/i2c-1 has none), "simulated" or "none" (null). The clock outlives it.
std::unique_ptr<Sensor> makeSenseHat(const QString &kind, const Clock &clock);

} // namespace vedette::agent
