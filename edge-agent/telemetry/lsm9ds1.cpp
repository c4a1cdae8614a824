// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/telemetry/lsm9ds1.h"

namespace vedette::agent {
namespace {

struct Write {
    quint8 address;
    quint8 reg;
    quint8 value;
};

constexpr quint8 kWhoAmI = 0x0f;      // 7.11 and 8.4
constexpr quint8 kOutXG = 0x18;       // 7.19: OUT_X_G … OUT_Z_G
constexpr quint8 kOutXXl = 0x28;      // 7.31: OUT_X_XL … OUT_Z_XL
constexpr quint8 kOutXM = 0x28;       // 8.11: OUT_X_M … OUT_Z_M
constexpr quint8 kStep = 0x80;        // 5.1.1: the magnetometer steps on when bit 7 is set
constexpr double kGPerCount = 0.122e-3;              // table 3, LA_So at ±4 g
constexpr double kDegreesPerCount = 8.75e-3;         // table 3, G_So at ±245 °/s
constexpr double kMicroteslaPerCount = 0.14e-3 * 100; // table 3, M_GN at ±4 gauss; 1 gauss = 100 µT

constexpr Write kStart[] = {
    {Lsm9ds1::kMotionAddress, 0x22, 0x44},   // CTRL_REG8 (7.26): BDU, IF_ADD_INC
    {Lsm9ds1::kMotionAddress, 0x10, 0x60},   // CTRL_REG1_G (7.12): ODR 119 Hz, 245 °/s
    {Lsm9ds1::kMotionAddress, 0x20, 0x70},   // CTRL_REG6_XL (7.24): ODR 119 Hz, ±4 g
    {Lsm9ds1::kMagneticAddress, 0x20, 0xf0}, // CTRL_REG1_M (8.5): temperature compensated, ultra-high performance, 10 Hz
    {Lsm9ds1::kMagneticAddress, 0x21, 0x00}, // CTRL_REG2_M (8.6): ±4 gauss
    {Lsm9ds1::kMagneticAddress, 0x23, 0x0c}, // CTRL_REG4_M (8.8): z as well
    {Lsm9ds1::kMagneticAddress, 0x24, 0x40}, // CTRL_REG5_M (8.9): BDU
    {Lsm9ds1::kMagneticAddress, 0x22, 0x00}, // CTRL_REG3_M (8.7): continuous conversion
};

Status recognise(I2cBus &bus, quint8 address, quint8 identity)
{
    const auto found = bus.readRegisters(address, kWhoAmI, 1);
    if (!found)
        return fail(found.error().wrap(QStringLiteral("LSM9DS1")));
    if (static_cast<quint8>(found->at(0)) != identity)
        return fail(ErrorKind::NotFound, QStringLiteral("The chip at I2C address 0x%1 is no LSM9DS1.").arg(address, 2, 16, QLatin1Char('0')));
    return {};
}

} // namespace

Result<Lsm9ds1> Lsm9ds1::create(I2cBus &bus)
{
    if (auto found = recognise(bus, kMotionAddress, kMotionIdentity); !found)
        return fail(found.error());
    if (auto found = recognise(bus, kMagneticAddress, kMagneticIdentity); !found)
        return fail(found.error());
    for (const Write &write : kStart) {
        if (auto done = bus.writeRegister(write.address, write.reg, write.value); !done)
            return fail(done.error().wrap(QStringLiteral("LSM9DS1")));
    }
    return Lsm9ds1(bus);
}

Result<Lsm9ds1::Axes> Lsm9ds1::readAxes(quint8 address, quint8 firstRegister, double unitsPerCount)
{
    const auto bytes = m_bus->readRegisters(address, firstRegister, 6);
    if (!bytes)
        return fail(bytes.error().wrap(QStringLiteral("LSM9DS1")));
    return Axes{littleEndian16(*bytes, 0) * unitsPerCount, littleEndian16(*bytes, 2) * unitsPerCount,
                littleEndian16(*bytes, 4) * unitsPerCount};
}

Result<Lsm9ds1::Values> Lsm9ds1::read()
{
    const auto acceleration = readAxes(kMotionAddress, kOutXXl, kGPerCount);
    if (!acceleration)
        return fail(acceleration.error());
    const auto rotation = readAxes(kMotionAddress, kOutXG, kDegreesPerCount);
    if (!rotation)
        return fail(rotation.error());
    const auto field = readAxes(kMagneticAddress, kOutXM | kStep, kMicroteslaPerCount);
    if (!field)
        return fail(field.error());
    return Values{*acceleration, *rotation, *field};
}

} // namespace vedette::agent
