// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/telemetry/system_sensor.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <unistd.h>

using namespace vedette::agent;

class SystemSensorTest : public QObject {
    Q_OBJECT
private:
    static void put(const QTemporaryDir &root, const QString &path, const QByteArray &text)
    {
        const QString full = root.filePath(path);
        QDir().mkpath(QFileInfo(full).path());
        QFile file(full);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }
    static QHash<QString, double> read(SystemSensor sensor)
    {
        QHash<QString, double> values;
        for (const auto &[key, value] : sensor.read())
            values.insert(key, value);
        return values;
    }

private Q_SLOTS:
    void allValues()
    {
        const QTemporaryDir root;
        put(root, QStringLiteral("sys/class/thermal/thermal_zone0/type"), "acpitz\n");
        put(root, QStringLiteral("sys/class/thermal/thermal_zone0/temp"), "27800\n");
        put(root, QStringLiteral("sys/class/thermal/thermal_zone1/type"), "cpu-thermal\n");
        put(root, QStringLiteral("sys/class/thermal/thermal_zone1/temp"), "48312\n");
        put(root, QStringLiteral("proc/loadavg"), "0.50 0.20 0.10 1/200 4711\n");
        put(root, QStringLiteral("proc/meminfo"), "MemTotal:        2000000 kB\nMemFree:          100000 kB\nMemAvailable:    1500000 kB\n");
        put(root, QStringLiteral("proc/uptime"), "3600.25 7000.00\n");
        const auto values = read(SystemSensor(root.path(), root.path()));
        QCOMPARE(values.size(), 5);
        QCOMPARE(values[QStringLiteral("cpu_temperature_celsius")], 48.312);
        QCOMPARE(values[QStringLiteral("cpu_load_ratio")], 0.5 / double(::sysconf(_SC_NPROCESSORS_ONLN)));
        QCOMPARE(values[QStringLiteral("memory_used_ratio")], 0.25);
        QCOMPARE(values[QStringLiteral("uptime_seconds")], 3600.25);
        const double disk = values[QStringLiteral("disk_used_ratio")];
        QVERIFY(disk > 0 && disk <= 1);
    }

    void theFirstZoneWhereNoneNamesTheCpu()
    {
        const QTemporaryDir root;
        put(root, QStringLiteral("sys/class/thermal/thermal_zone0/type"), "acpitz\n");
        put(root, QStringLiteral("sys/class/thermal/thermal_zone0/temp"), "27800\n");
        QCOMPARE(read(SystemSensor(root.path(), root.path()))[QStringLiteral("cpu_temperature_celsius")], 27.8);
    }

    void whatIsMissingOrBrokenIsAbsent()
    {
        const QTemporaryDir root;
        put(root, QStringLiteral("sys/class/thermal/thermal_zone0/type"), "cpu-thermal\n");
        put(root, QStringLiteral("sys/class/thermal/thermal_zone0/temp"), "\n");
        put(root, QStringLiteral("proc/loadavg"), "nan 0 0\n");
        put(root, QStringLiteral("proc/meminfo"), "MemTotal: 0 kB\nMemAvailable: x kB\n");
        QVERIFY(read(SystemSensor(QStringLiteral("/nonexistent/dir"), root.path())).isEmpty());
    }

    void thisMachine()
    {
        const auto values = read(SystemSensor(QDir::tempPath()));
        QVERIFY(values.contains(QStringLiteral("memory_used_ratio")));
        QVERIFY(values.contains(QStringLiteral("cpu_load_ratio")));
        QVERIFY(values[QStringLiteral("uptime_seconds")] > 0);
    }
};

QTEST_GUILESS_MAIN(SystemSensorTest)
#include "tst_system_sensor.moc"
