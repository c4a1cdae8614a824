// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/telemetry/hts221.h"

#include <algorithm>

namespace vedette::agent {
namespace {

// Register names and sections of the datasheet.
constexpr quint8 kWhoAmI = 0x0f;        // 7.1
constexpr quint8 kCtrlReg1 = 0x20;      // 7.3
constexpr quint8 kPowerOn = 0x80;       // PD
constexpr quint8 kBlockUpdate = 0x04;   // BDU: both bytes of an output belong together
constexpr quint8 kOneHertz = 0x01;      // ODR = 01
constexpr quint8 kHumidityOut = 0x28;   // 7.7 to 7.10: HUMIDITY_OUT_L, _H, TEMP_OUT_L, _H
constexpr quint8 kCalibration = 0x30;   // 8, table 19: 0x30 to 0x3f
constexpr quint8 kStep = 0x80;          // 5.1.1: bit 7 of the sub-address makes it step on

} // namespace

Result<Hts221> Hts221::create(I2cBus &bus)
{
    const auto identity = bus.readRegisters(kAddress, kWhoAmI, 1);
    if (!identity)
        return fail(identity.error().wrap(QStringLiteral("HTS221")));
    if (static_cast<quint8>(identity->at(0)) != kIdentity)
        return fail(ErrorKind::NotFound, QStringLiteral("The chip at I2C address 0x5f is no HTS221."));
    if (auto started = bus.writeRegister(kAddress, kCtrlReg1, kPowerOn | kBlockUpdate | kOneHertz); !started)
        return fail(started.error().wrap(QStringLiteral("HTS221")));
    Hts221 chip(bus);
    if (auto calibrated = chip.readCalibration(); !calibrated)
        return fail(calibrated.error());
    return chip;
}

Status Hts221::readCalibration()
{
    const auto bytes = m_bus->readRegisters(kAddress, kCalibration | kStep, 16);
    if (!bytes)
        return fail(bytes.error().wrap(QStringLiteral("HTS221 calibration")));
    const auto byte = [&bytes](qsizetype i) { return static_cast<quint8>(bytes->at(i)); };
    // H0_rH_x2, H1_rH_x2; T0_degC_x8 and T1_degC_x8 with their two upper bits in T1/T0 msb (0x35).
    m_humidity = {double(littleEndian16(*bytes, 6)), byte(0) / 2.0, double(littleEndian16(*bytes, 10)), byte(1) / 2.0};
    const int upper = byte(5);
    m_temperature = {double(littleEndian16(*bytes, 12)), (byte(2) | (upper & 0x03) << 8) / 8.0,
                     double(littleEndian16(*bytes, 14)), (byte(3) | (upper & 0x0c) << 6) / 8.0};
    if (m_humidity.raw0 == m_humidity.raw1 || m_temperature.raw0 == m_temperature.raw1)
        return fail(ErrorKind::Corrupt, QStringLiteral("The HTS221's calibration registers hold one point twice."));
    return {};
}

Result<Hts221::Values> Hts221::read()
{
    const auto bytes = m_bus->readRegisters(kAddress, kHumidityOut | kStep, 4);
    if (!bytes)
        return fail(bytes.error().wrap(QStringLiteral("HTS221")));
    // Extrapolation past the calibration points may leave what humidity can be.
    const double humidity = std::clamp(m_humidity.at(littleEndian16(*bytes, 0)), 0.0, 100.0);
    return Values{humidity, m_temperature.at(littleEndian16(*bytes, 2))};
}

} // namespace vedette::agent
