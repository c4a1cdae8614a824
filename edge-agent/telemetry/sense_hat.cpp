// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/telemetry/sense_hat.h"

#include "edge-agent/telemetry/linux_i2c.h"
#include "edge-agent/telemetry/simulated_sense_hat.h"

#include <QLoggingCategory>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcSenseHat, "vedette.telemetry")

template <typename Chip>
void start(std::optional<Chip> &chip, I2cBus &bus)
{
    if (chip)
        return;
    if (auto started = Chip::create(bus))
        chip = *started;
}

/// What the chip measures now; forgets the chip when it does not answer.
template <typename Chip>
auto readOrForget(std::optional<Chip> &chip) -> std::optional<typename Chip::Values>
{
    if (!chip)
        return std::nullopt;
    const auto values = chip->read();
    if (values)
        return *values;
    qCDebug(lcSenseHat).noquote() << values.error().text();
    chip.reset();
    return std::nullopt;
}

void appendAxes(Readings &readings, const QString &name, const QString &unit, const Lsm9ds1::Axes &axes)
{
    static constexpr QLatin1String kNames[] = {QLatin1String("x"), QLatin1String("y"), QLatin1String("z")};
    for (std::size_t i = 0; i < axes.size(); ++i)
        readings.append({name + QLatin1Char('_') + kNames[i] + QLatin1Char('_') + unit, axes[i]});
}

} // namespace

Result<std::unique_ptr<SenseHat>> SenseHat::create(std::unique_ptr<I2cBus> bus)
{
    std::unique_ptr<SenseHat> hat(new SenseHat(std::move(bus)));
    hat->startChips();
    if (!hat->m_humidity && !hat->m_pressure && !hat->m_motion)
        return fail(ErrorKind::NotFound, QStringLiteral("No Sense HAT answers on the I2C bus."));
    return hat;
}

void SenseHat::startChips()
{
    start(m_humidity, *m_bus);
    start(m_pressure, *m_bus);
    start(m_motion, *m_bus);
}

Readings SenseHat::read()
{
    startChips();
    Readings readings;
    if (const auto air = readOrForget(m_humidity)) {
        readings.append({QStringLiteral("temperature_celsius"), air->temperatureCelsius});
        readings.append({QStringLiteral("humidity_percent"), air->humidityPercent});
    }
    if (const auto air = readOrForget(m_pressure))
        readings.append({QStringLiteral("pressure_hpa"), air->pressureHectopascal});
    if (const auto motion = readOrForget(m_motion)) {
        appendAxes(readings, QStringLiteral("acceleration"), QStringLiteral("g"), motion->accelerationG);
        appendAxes(readings, QStringLiteral("gyroscope"), QStringLiteral("dps"), motion->rotationDegreesPerSecond);
        appendAxes(readings, QStringLiteral("magnetic"), QStringLiteral("ut"), motion->fieldMicrotesla);
    }
    return readings;
}

std::unique_ptr<Sensor> makeSenseHat(const QString &kind, const Clock &clock)
{
    if (kind == QLatin1String("none"))
        return nullptr;
    std::unique_ptr<I2cBus> bus;
    if (kind == QLatin1String("simulated")) {
        bus = std::make_unique<SimulatedSenseHat>(clock);
    } else if (auto opened = LinuxI2c::open(QStringLiteral("/dev/i2c-1"))) {
        bus = std::move(*opened);
    } else {
        qCInfo(lcSenseHat).noquote() << "No Sense HAT:" << opened.error().text();
        return nullptr;
    }
    auto hat = SenseHat::create(std::move(bus));
    if (hat)
        return std::move(*hat);
    qCInfo(lcSenseHat).noquote() << hat.error().text();
    return nullptr;
}

} // namespace vedette::agent
