// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "edge-agent/telemetry/i2c_bus.h"

#include <array>
#include <map>

namespace vedette::agent {

/// A bus with the Sense HAT's chips as register maps, factory calibration included, in a room whose air and position vary
/// slowly with the clock. The drivers run on it unchanged: a chip measures only once its registers say so, and steps
/// from register to register only when asked to. Thread-bound.
class SimulatedSenseHat final : public I2cBus {
public:
    /// The room now; the same for the same clock value.
    struct Room {
        double temperatureCelsius;
        double humidityPercent;
        double pressureHectopascal;
        std::array<double, 3> accelerationG;
        std::array<double, 3> rotationDegreesPerSecond;
        std::array<double, 3> fieldMicrotesla;
    };

    explicit SimulatedSenseHat(const Clock &clock);

    Room room() const;
    /// As if the chip was pulled off the bus, or put back as it powers up.
    void setPresent(quint8 address, bool present);

    Result<QByteArray> readRegisters(quint8 address, quint8 firstRegister, int count) override;
    Status writeRegister(quint8 address, quint8 reg, quint8 value) override;

private:
    struct Chip {
        std::array<quint8, 128> registers{};
        bool present = true;
    };
    void powerUp();
    void measure();

    const Clock &m_clock;
    std::map<quint8, Chip> m_chips; ///< by address
};

} // namespace vedette::agent
