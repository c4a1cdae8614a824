// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/telemetry/i2c_bus.h"

namespace vedette::agent {

/// ST LPS25H, air pressure and temperature (datasheet DocID023722). Thread-bound to its bus.
class Lps25h {
public:
    static constexpr quint8 kAddress = 0x5c;   ///< section 5.1.1, SA0 low
    static constexpr quint8 kIdentity = 0xbd;  ///< WHO_AM_I

    struct Values {
        double pressureHectopascal;
        double temperatureCelsius;
    };

    /// Recognises the chip and starts it at 1 measurement a second. NotFound when another chip answers.
    static Result<Lps25h> create(I2cBus &bus);
    /// Unavailable before the first measurement.
    Result<Values> read();

private:
    explicit Lps25h(I2cBus &bus) : m_bus(&bus) {}
    I2cBus *m_bus;
};

} // namespace vedette::agent
