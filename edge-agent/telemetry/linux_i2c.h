// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/telemetry/i2c_bus.h"

#include <QString>

#include <memory>

namespace vedette::agent {

/// A kernel I2C adapter (/dev/i2c-1 on a Raspberry Pi's header). Each call is one transfer of the kernel's I2C_RDWR.
class LinuxI2c final : public I2cBus {
public:
    /// NotFound when there is no such device, Denied when it may not be opened.
    static Result<std::unique_ptr<LinuxI2c>> open(const QString &device);
    ~LinuxI2c() override;

    Result<QByteArray> readRegisters(quint8 address, quint8 firstRegister, int count) override;
    Status writeRegister(quint8 address, quint8 reg, quint8 value) override;

private:
    explicit LinuxI2c(int file) : m_file(file) {}
    int m_file;
};

} // namespace vedette::agent
