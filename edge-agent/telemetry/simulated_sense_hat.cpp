// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/telemetry/simulated_sense_hat.h"

#include "edge-agent/telemetry/hts221.h"
#include "edge-agent/telemetry/lps25h.h"
#include "edge-agent/telemetry/lsm9ds1.h"

#include <cmath>
#include <numbers>

namespace vedette::agent {
namespace {

// The simulated HTS221's factory calibration: two points each, raw counts at physical values.
constexpr qint16 kH0Raw = -14, kH1Raw = -12043, kT0Raw = 3, kT1Raw = 798;
constexpr double kH0Percent = 30.5, kH1Percent = 71.5, kT0Celsius = 19.125, kT1Celsius = 33.75;

using Registers = std::array<quint8, 128>;

double wave(double seconds, double period, double amplitude, double phase = 0)
{
    return amplitude * std::sin(2 * std::numbers::pi * (seconds / period + phase));
}

/// Noise of amplitude 1 that is the same for the same time and channel.
double noise(std::int64_t milliseconds, quint64 channel)
{
    quint64 x = static_cast<quint64>(milliseconds) * 0x9e3779b97f4a7c15ULL + channel * 0xbf58476d1ce4e5b9ULL;
    x ^= x >> 31;
    x *= 0x94d049bb133111ebULL;
    x ^= x >> 29;
    return static_cast<double>(x >> 11) / static_cast<double>(1ULL << 52) - 1;
}

void put(Registers &registers, std::size_t at, std::int64_t value, int bytes)
{
    for (int i = 0; i < bytes; ++i)
        registers[at + static_cast<std::size_t>(i)] = static_cast<quint8>(value >> (8 * i));
}

void putAxes(Registers &registers, std::size_t at, const std::array<double, 3> &values, double unitsPerCount)
{
    for (std::size_t i = 0; i < values.size(); ++i)
        put(registers, at + 2 * i, std::lround(values[i] / unitsPerCount), 2);
}

std::int64_t onLine(double value, double value0, double value1, double raw0, double raw1)
{
    return std::lround(raw0 + (value - value0) * (raw1 - raw0) / (value1 - value0));
}

} // namespace

SimulatedSenseHat::SimulatedSenseHat(const Clock &clock) : m_clock(clock)
{
    powerUp();
}

void SimulatedSenseHat::powerUp()
{
    m_chips.clear();
    Registers &humidity = m_chips[Hts221::kAddress].registers;
    humidity[0x0f] = Hts221::kIdentity;
    put(humidity, 0x30, std::lround(kH0Percent * 2), 1);
    put(humidity, 0x31, std::lround(kH1Percent * 2), 1);
    const auto t0 = std::lround(kT0Celsius * 8);
    const auto t1 = std::lround(kT1Celsius * 8);
    put(humidity, 0x32, t0, 1);
    put(humidity, 0x33, t1, 1);
    put(humidity, 0x35, (t0 >> 8) | (t1 >> 8) << 2, 1);
    put(humidity, 0x36, kH0Raw, 2);
    put(humidity, 0x3a, kH1Raw, 2);
    put(humidity, 0x3c, kT0Raw, 2);
    put(humidity, 0x3e, kT1Raw, 2);
    m_chips[Lps25h::kAddress].registers[0x0f] = Lps25h::kIdentity;
    m_chips[Lsm9ds1::kMotionAddress].registers[0x0f] = Lsm9ds1::kMotionIdentity;
    m_chips[Lsm9ds1::kMotionAddress].registers[0x22] = 0x04;   // IF_ADD_INC is set at power-up
    m_chips[Lsm9ds1::kMagneticAddress].registers[0x0f] = Lsm9ds1::kMagneticIdentity;
    m_chips[Lsm9ds1::kMagneticAddress].registers[0x22] = 0x03; // powered down
}

SimulatedSenseHat::Room SimulatedSenseHat::room() const
{
    const std::int64_t ms = toMicros(m_clock.utcNow()) / 1000;
    const double s = static_cast<double>(ms % 86'400'000) / 1000;
    Room room{};
    room.temperatureCelsius = 21.8 + wave(s, 86'400, 1.6, 0.6) + wave(s, 900, 0.35) + 0.02 * noise(ms, 1);
    room.humidityPercent = 46 - wave(s, 86'400, 5, 0.6) - wave(s, 900, 1.2) + 0.1 * noise(ms, 2);
    room.pressureHectopascal = 1013.2 + wave(s, 43'200, 1.8) + wave(s, 3600, 0.15) + 0.01 * noise(ms, 3);
    room.accelerationG = {wave(s, 11, 0.004) + 0.002 * noise(ms, 4), wave(s, 13, 0.004) + 0.002 * noise(ms, 5), 1 + 0.003 * noise(ms, 6)};
    room.rotationDegreesPerSecond = {wave(s, 7, 0.2) + 0.15 * noise(ms, 7), 0.15 * noise(ms, 8), wave(s, 17, 0.2) + 0.15 * noise(ms, 9)};
    room.fieldMicrotesla = {19.6 + wave(s, 300, 0.8) + 0.1 * noise(ms, 10), 1.4 + wave(s, 420, 0.5) + 0.1 * noise(ms, 11),
                            -44.8 + wave(s, 600, 0.6) + 0.1 * noise(ms, 12)};
    return room;
}

void SimulatedSenseHat::setPresent(quint8 address, bool present)
{
    auto chips = m_chips;
    powerUp();
    // Only this chip has lost its power.
    for (auto &[other, chip] : chips) {
        if (other != address)
            m_chips[other] = chip;
    }
    m_chips[address].present = present;
}

void SimulatedSenseHat::measure()
{
    const Room now = room();
    if (Registers &r = m_chips[Hts221::kAddress].registers; r[0x20] & 0x80) {
        put(r, 0x28, onLine(now.humidityPercent, kH0Percent, kH1Percent, kH0Raw, kH1Raw), 2);
        put(r, 0x2a, onLine(now.temperatureCelsius, kT0Celsius, kT1Celsius, kT0Raw, kT1Raw), 2);
    }
    if (Registers &r = m_chips[Lps25h::kAddress].registers; r[0x20] & 0x80) {
        put(r, 0x28, std::lround(now.pressureHectopascal * 4096), 3);
        put(r, 0x2b, std::lround((now.temperatureCelsius - 42.5) * 480), 2);
    }
    Registers &motion = m_chips[Lsm9ds1::kMotionAddress].registers;
    if (motion[0x10] & 0xe0)
        putAxes(motion, 0x18, now.rotationDegreesPerSecond, 8.75e-3);
    if (motion[0x20] & 0xe0)
        putAxes(motion, 0x28, now.accelerationG, 0.122e-3);
    if (Registers &r = m_chips[Lsm9ds1::kMagneticAddress].registers; (r[0x22] & 0x03) == 0)
        putAxes(r, 0x28, now.fieldMicrotesla, 0.014);
}

Result<QByteArray> SimulatedSenseHat::readRegisters(quint8 address, quint8 firstRegister, int count)
{
    const auto chip = m_chips.find(address);
    if (chip == m_chips.end() || !chip->second.present)
        return fail(ErrorKind::Unavailable, QStringLiteral("I2C address 0x%1: no answer.").arg(address, 2, 16, QLatin1Char('0')));
    measure();
    const bool steps = address == Lsm9ds1::kMotionAddress ? (chip->second.registers[0x22] & 0x04) != 0 : (firstRegister & 0x80) != 0;
    QByteArray bytes;
    for (int i = 0; i < count; ++i) {
        const unsigned at = ((firstRegister & 0x7fU) + (steps ? static_cast<unsigned>(i) : 0U)) & 0x7fU;
        bytes.append(static_cast<char>(chip->second.registers[at]));
    }
    return bytes;
}

Status SimulatedSenseHat::writeRegister(quint8 address, quint8 reg, quint8 value)
{
    const auto chip = m_chips.find(address);
    if (chip == m_chips.end() || !chip->second.present)
        return fail(ErrorKind::Unavailable, QStringLiteral("I2C address 0x%1: no answer.").arg(address, 2, 16, QLatin1Char('0')));
    chip->second.registers[reg & 0x7f] = value;
    return {};
}

} // namespace vedette::agent
