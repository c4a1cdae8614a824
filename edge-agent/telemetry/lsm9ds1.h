// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/telemetry/i2c_bus.h"

#include <array>

namespace vedette::agent {

/// ST LSM9DS1, accelerometer and gyroscope at one address, magnetometer at another (datasheet DocID025715).
/// Thread-bound to its bus.
class Lsm9ds1 {
public:
    static constexpr quint8 kMotionAddress = 0x6a;    ///< SDO_A/G low, section 5.1.2
    static constexpr quint8 kMagneticAddress = 0x1c;  ///< SDO_M low
    static constexpr quint8 kMotionIdentity = 0x68;   ///< WHO_AM_I, section 7.11
    static constexpr quint8 kMagneticIdentity = 0x3d; ///< WHO_AM_I_M, section 8.4

    using Axes = std::array<double, 3>; ///< x, y, z of the chip
    struct Values {
        Axes accelerationG;
        Axes rotationDegreesPerSecond;
        Axes fieldMicrotesla;
    };

    /// Recognises both parts and starts them: ±4 g and ±245 °/s at 119 Hz, ±4 gauss at 10 Hz.
    static Result<Lsm9ds1> create(I2cBus &bus);
    Result<Values> read();

private:
    explicit Lsm9ds1(I2cBus &bus) : m_bus(&bus) {}
    Result<Axes> readAxes(quint8 address, quint8 firstRegister, double unitsPerCount);
    I2cBus *m_bus;
};

} // namespace vedette::agent
