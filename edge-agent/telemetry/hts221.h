// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/telemetry/i2c_bus.h"

namespace vedette::agent {

/// ST HTS221, humidity and temperature (datasheet DocID026333). Thread-bound to its bus.
class Hts221 {
public:
    static constexpr quint8 kAddress = 0x5f;   ///< section 5.1.1
    static constexpr quint8 kIdentity = 0xbc;  ///< WHO_AM_I, section 7.1

    struct Values {
        double humidityPercent;
        double temperatureCelsius;
    };

    /// Recognises the chip, starts it at 1 measurement a second and reads its factory calibration.
    /// NotFound when another chip answers, Corrupt when the calibration cannot be right.
    static Result<Hts221> create(I2cBus &bus);
    Result<Values> read();

private:
    /// Two points of a straight line from raw output to the unit (section 8).
    struct Line {
        double raw0 = 0, value0 = 0, raw1 = 1, value1 = 1;
        double at(double raw) const { return value0 + (raw - raw0) * (value1 - value0) / (raw1 - raw0); }
    };
    explicit Hts221(I2cBus &bus) : m_bus(&bus) {}
    Status readCalibration();

    I2cBus *m_bus;
    Line m_humidity;
    Line m_temperature;
};

} // namespace vedette::agent
