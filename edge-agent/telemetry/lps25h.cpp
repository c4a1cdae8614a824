// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/telemetry/lps25h.h"

namespace vedette::agent {
namespace {

// Register names of the datasheet, section 7.
constexpr quint8 kWhoAmI = 0x0f;
constexpr quint8 kCtrlReg1 = 0x20;
constexpr quint8 kPowerOn = 0x80;       // PD
constexpr quint8 kOneHertz = 0x10;      // ODR = 001
constexpr quint8 kBlockUpdate = 0x04;   // BDU
constexpr quint8 kPressOut = 0x28;      // PRESS_OUT_XL, _L, _H, TEMP_OUT_L, _H
constexpr quint8 kStep = 0x80;          // section 5.1.1: bit 7 of the sub-address makes it step on
constexpr double kCountsPerHectopascal = 4096;  // table 3, pressure sensitivity
constexpr double kCountsPerKelvin = 480;        // table 3, temperature sensitivity
constexpr double kCelsiusAtZero = 42.5;         // TEMP_OUT: T = 42.5 + TEMP_OUT / 480

} // namespace

Result<Lps25h> Lps25h::create(I2cBus &bus)
{
    const auto identity = bus.readRegisters(kAddress, kWhoAmI, 1);
    if (!identity)
        return fail(identity.error().wrap(QStringLiteral("LPS25H")));
    if (static_cast<quint8>(identity->at(0)) != kIdentity)
        return fail(ErrorKind::NotFound, QStringLiteral("The chip at I2C address 0x5c is no LPS25H."));
    if (auto started = bus.writeRegister(kAddress, kCtrlReg1, kPowerOn | kOneHertz | kBlockUpdate); !started)
        return fail(started.error().wrap(QStringLiteral("LPS25H")));
    return Lps25h(bus);
}

Result<Lps25h::Values> Lps25h::read()
{
    const auto bytes = m_bus->readRegisters(kAddress, kPressOut | kStep, 5);
    if (!bytes)
        return fail(bytes.error().wrap(QStringLiteral("LPS25H")));
    // 24 bits of two's complement: the top byte carries the sign.
    const int pressure = static_cast<quint8>(bytes->at(0)) | static_cast<quint8>(bytes->at(1)) << 8
        | static_cast<qint8>(bytes->at(2)) * 65536;
    if (pressure == 0)
        return fail(ErrorKind::Unavailable, QStringLiteral("The LPS25H has not measured yet."));
    return Values{pressure / kCountsPerHectopascal, kCelsiusAtZero + littleEndian16(*bytes, 3) / kCountsPerKelvin};
}

} // namespace vedette::agent
