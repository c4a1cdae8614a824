// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QByteArray>

namespace vedette::agent {

/// Registers of the chips on one I2C bus, by 7-bit address. Thread-bound to its user. Unavailable when no chip answers.
class I2cBus {
public:
    virtual ~I2cBus() = default;
    /// firstRegister is sent as it is: ST's chips want bit 7 set to step on after each byte.
    virtual Result<QByteArray> readRegisters(quint8 address, quint8 firstRegister, int count) = 0;
    virtual Status writeRegister(quint8 address, quint8 reg, quint8 value) = 0;
};

/// Two bytes, low one first, as ST's chips store them.
inline qint16 littleEndian16(const QByteArray &bytes, qsizetype at)
{
    return static_cast<qint16>(static_cast<quint8>(bytes[at]) | static_cast<quint8>(bytes[at + 1]) << 8);
}

} // namespace vedette::agent
