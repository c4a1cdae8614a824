// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/telemetry/sense_hat.h"

#include "core/protocol/sample.h"
#include "edge-agent/telemetry/linux_i2c.h"
#include "edge-agent/telemetry/simulated_sense_hat.h"
#include "tests/support/manual_clock.h"

#include <QtTest>

#include <map>

using namespace vedette;
using namespace vedette::agent;

namespace {

/// Registers exactly as given, so that a driver meets known values.
class FixedBus final : public I2cBus {
public:
    std::map<quint8, QByteArray> chips;
    QList<QByteArray> writes;

    void set(quint8 address, quint8 reg, const QByteArray &bytes)
    {
        QByteArray &chip = chips.try_emplace(address, QByteArray(128, '\0')).first->second;
        chip.replace(reg, bytes.size(), bytes);
    }
    Result<QByteArray> readRegisters(quint8 address, quint8 firstRegister, int count) override
    {
        const auto chip = chips.find(address);
        if (chip == chips.end())
            return fail(ErrorKind::Unavailable, QStringLiteral("no answer"));
        return chip->second.mid(firstRegister & 0x7f, count);
    }
    Status writeRegister(quint8 address, quint8 reg, quint8 value) override
    {
        writes.append(QByteArray::fromRawData(reinterpret_cast<const char *>(&address), 1) + char(reg) + char(value));
        writes.last().detach();
        return {};
    }
};

double value(const Readings &readings, const char *key)
{
    for (const auto &[name, number] : readings) {
        if (name == QLatin1String(key))
            return number;
    }
    return qQNaN();
}

} // namespace

class SenseHatTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// The calibration registers of a chip as its owner read them out, with the line that they give by TN1218.
    void humidityByFactoryCalibration_data()
    {
        QTest::addColumn<QByteArray>("output"); // HUMIDITY_OUT_L, _H, TEMP_OUT_L, _H
        QTest::addColumn<double>("humidity");
        QTest::addColumn<double>("temperature");
        QTest::newRow("at the first points") << QByteArray::fromHex("f2ff0000") << 30.5 << 19.125;
        QTest::newRow("at the second points") << QByteArray::fromHex("f5d01e03") << 71.5 << 33.75;
        // H = -6000: 30.5 + 41 × 5986 / 12029; T = 400: 19.125 + 14.625 × 400 / 798
        QTest::newRow("between") << QByteArray::fromHex("90e89001") << 50.9029 << 26.4558;
        // T = -200
        QTest::newRow("below") << QByteArray::fromHex("f2ff38ff") << 30.5 << 15.4596;
        QTest::newRow("past saturation") << QByteArray::fromHex("00800000") << 100.0 << 19.125;
    }
    void humidityByFactoryCalibration()
    {
        QFETCH(QByteArray, output);
        QFETCH(double, humidity);
        QFETCH(double, temperature);
        FixedBus bus;
        bus.set(0x5f, 0x0f, QByteArray::fromHex("bc"));
        bus.set(0x5f, 0x30, QByteArray::fromHex("3d8f990e00c4f2ff3a03f5d000001e03"));
        bus.set(0x5f, 0x28, output);
        auto chip = Hts221::create(bus);
        QVERIFY(chip);
        QVERIFY(bus.writes.contains(QByteArray::fromHex("5f2085"))); // PD, BDU, 1 Hz
        const auto values = chip->read();
        QVERIFY(values);
        QVERIFY2(std::abs(values->humidityPercent - humidity) < 0.001, QByteArray::number(values->humidityPercent));
        QVERIFY2(std::abs(values->temperatureCelsius - temperature) < 0.001, QByteArray::number(values->temperatureCelsius));
    }

    void humidityRefusesWhatCannotBe()
    {
        FixedBus bus;
        QVERIFY(Hts221::create(bus).error().kind == ErrorKind::Unavailable);
        bus.set(0x5f, 0x0f, QByteArray::fromHex("b3"));
        QVERIFY(Hts221::create(bus).error().kind == ErrorKind::NotFound);
        bus.set(0x5f, 0x0f, QByteArray::fromHex("bc"));
        QVERIFY(Hts221::create(bus).error().kind == ErrorKind::Corrupt); // two points on one raw value
    }

    void pressure_data()
    {
        QTest::addColumn<QByteArray>("output"); // PRESS_OUT_XL, _L, _H, TEMP_OUT_L, _H
        QTest::addColumn<double>("pressure");
        QTest::addColumn<double>("temperature");
        // ST's worked example for this scale: 0x3FF58D = 4191629 counts / 4096 = 1023.3 hPa.
        QTest::newRow("worked example") << QByteArray::fromHex("8df53f0000") << 1023.347 << 42.5;
        // 0xDA50 = -9648 counts: 42.5 - 20.1
        QTest::newRow("cool") << QByteArray::fromHex("00503f50da") << 1013.0 << 22.4;
        QTest::newRow("negative") << QByteArray::fromHex("00f0ff0000") << -1.0 << 42.5;
    }
    void pressure()
    {
        QFETCH(QByteArray, output);
        QFETCH(double, pressure);
        QFETCH(double, temperature);
        FixedBus bus;
        bus.set(0x5c, 0x0f, QByteArray::fromHex("bd"));
        bus.set(0x5c, 0x28, output);
        auto chip = Lps25h::create(bus);
        QVERIFY(chip);
        QCOMPARE(bus.writes, QList<QByteArray>{QByteArray::fromHex("5c2094")}); // PD, 1 Hz, BDU
        const auto values = chip->read();
        QVERIFY(values);
        QVERIFY2(std::abs(values->pressureHectopascal - pressure) < 0.001, QByteArray::number(values->pressureHectopascal));
        QVERIFY2(std::abs(values->temperatureCelsius - temperature) < 0.001, QByteArray::number(values->temperatureCelsius));
        bus.set(0x5c, 0x28, QByteArray(5, '\0'));
        QVERIFY(chip->read().error().kind == ErrorKind::Unavailable);
    }

    void motion()
    {
        FixedBus bus;
        bus.set(0x6a, 0x0f, QByteArray::fromHex("68"));
        QVERIFY(!Lsm9ds1::create(bus)); // the magnetometer does not answer
        bus.set(0x1c, 0x0f, QByteArray::fromHex("3d"));
        bus.set(0x6a, 0x28, QByteArray::fromHex("000000e00520")); // 0, -8192, 8197
        bus.set(0x6a, 0x18, QByteArray::fromHex("e80318fc0000")); // 1000, -1000, 0
        bus.set(0x1c, 0x28, QByteArray::fromHex("e8030000f0d8")); // 1000, 0, -10000
        auto chip = Lsm9ds1::create(bus);
        QVERIFY(chip);
        const auto values = chip->read();
        QVERIFY(values);
        QCOMPARE(values->accelerationG[0], 0.0);
        QVERIFY(std::abs(values->accelerationG[1] + 0.999424) < 1e-6);
        QVERIFY(std::abs(values->accelerationG[2] - 1.000034) < 1e-6);
        QVERIFY(std::abs(values->rotationDegreesPerSecond[0] - 8.75) < 1e-6);
        QVERIFY(std::abs(values->rotationDegreesPerSecond[1] + 8.75) < 1e-6);
        QVERIFY(std::abs(values->fieldMicrotesla[0] - 14) < 1e-6);
        QVERIFY(std::abs(values->fieldMicrotesla[2] + 140) < 1e-6);
    }

    /// The drivers read back from the simulated registers what the simulated room is, to a count of each chip.
    void simulatedRoomThroughTheDrivers()
    {
        test::ManualClock clock;
        auto owned = std::make_unique<SimulatedSenseHat>(clock);
        SimulatedSenseHat &bus = *owned;
        auto hat = SenseHat::create(std::move(owned));
        QVERIFY(hat);
        double lowest = 1e9;
        double highest = -1e9;
        for (int minute = 0; minute < 24 * 60; minute += 7) {
            const auto room = bus.room();
            const Readings readings = (*hat)->read();
            QCOMPARE(readings.size(), 12);
            QVERIFY(std::abs(value(readings, "temperature_celsius") - room.temperatureCelsius) < 0.02);
            QVERIFY(std::abs(value(readings, "humidity_percent") - room.humidityPercent) < 0.01);
            QVERIFY(std::abs(value(readings, "pressure_hpa") - room.pressureHectopascal) < 0.001);
            QVERIFY(std::abs(value(readings, "acceleration_z_g") - room.accelerationG[2]) < 0.0002);
            QVERIFY(std::abs(value(readings, "gyroscope_x_dps") - room.rotationDegreesPerSecond[0]) < 0.01);
            QVERIFY(std::abs(value(readings, "magnetic_y_ut") - room.fieldMicrotesla[1]) < 0.02);
            lowest = std::min(lowest, room.temperatureCelsius);
            highest = std::max(highest, room.temperatureCelsius);
            clock.advance(std::chrono::minutes{7});
        }
        QVERIFY2(lowest > 15 && highest < 30 && highest - lowest > 2, qPrintable(QStringLiteral("%1 to %2").arg(lowest).arg(highest)));
    }

    void everyKeyIsInTheSeriesTable()
    {
        const test::ManualClock clock;
        const auto hat = makeSenseHat(QStringLiteral("simulated"), clock);
        QVERIFY(hat);
        for (const auto &[key, number] : hat->read())
            QVERIFY2(protocol::findSeries(key), qPrintable(key));
    }

    void neighboursVarySlowlyButNotNever()
    {
        test::ManualClock clock;
        const SimulatedSenseHat bus(clock);
        const auto before = bus.room();
        clock.advance(std::chrono::seconds{1});
        const auto after = bus.room();
        QVERIFY(before.temperatureCelsius != after.temperatureCelsius);
        QVERIFY(std::abs(before.temperatureCelsius - after.temperatureCelsius) < 0.1);
        QVERIFY(std::abs(before.pressureHectopascal - after.pressureHectopascal) < 0.1);
    }

    void chipThatWasNotStartedMeasuresNothing()
    {
        const test::ManualClock clock;
        SimulatedSenseHat bus(clock);
        QCOMPARE(*bus.readRegisters(Lps25h::kAddress, 0x28 | 0x80, 3), QByteArray(3, '\0'));
        QVERIFY(Lps25h::create(bus));
        QVERIFY(*bus.readRegisters(Lps25h::kAddress, 0x28 | 0x80, 3) != QByteArray(3, '\0'));
        // Without bit 7 the address stands still.
        const auto still = *bus.readRegisters(Lps25h::kAddress, 0x2a, 3);
        QCOMPARE(still[0], still[1]);
        QCOMPARE(still[1], still[2]);
    }

    void aChipThatGoesIsAbsentAndComesBack()
    {
        test::ManualClock clock;
        auto owned = std::make_unique<SimulatedSenseHat>(clock);
        SimulatedSenseHat &bus = *owned;
        auto hat = SenseHat::create(std::move(owned));
        QVERIFY(hat);
        bus.setPresent(Lps25h::kAddress, false);
        QVERIFY(qIsNaN(value((*hat)->read(), "pressure_hpa")));
        QVERIFY(!qIsNaN(value((*hat)->read(), "temperature_celsius")));
        bus.setPresent(Lps25h::kAddress, true);
        QTRY_VERIFY(!qIsNaN(value((*hat)->read(), "pressure_hpa")));
    }

    void noHatNoSensor()
    {
        QVERIFY(!SenseHat::create(std::make_unique<FixedBus>()));
        const test::ManualClock clock;
        QVERIFY(!makeSenseHat(QStringLiteral("none"), clock));
        QVERIFY(LinuxI2c::open(QStringLiteral("/nonexistent/i2c")).error().kind == ErrorKind::NotFound);
    }
};

QTEST_GUILESS_MAIN(SenseHatTest)
#include "tst_sense_hat.moc"
