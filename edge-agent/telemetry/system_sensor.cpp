// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/telemetry/system_sensor.h"

#include <QDir>
#include <QFile>

#include <sys/statvfs.h>
#include <unistd.h>

#include <cmath>
#include <optional>

namespace vedette::agent {
namespace {

constexpr qint64 kMaxFile = 64 << 10; // /proc/meminfo is about 1.5 KiB

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.read(kMaxFile) : QByteArray();
}

std::optional<double> number(const QByteArray &text)
{
    bool ok = false;
    const double value = text.trimmed().toDouble(&ok);
    return ok && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// The zone whose type names the CPU ("cpu-thermal" on a Raspberry Pi, "x86_pkg_temp" on a PC), else the first.
std::optional<double> cpuTemperature(const QString &root)
{
    const QDir zones(root + QStringLiteral("/sys/class/thermal"));
    std::optional<double> first;
    const QStringList names = zones.entryList({QStringLiteral("thermal_zone*")}, QDir::Dirs, QDir::Name);
    for (const QString &name : names) {
        const QByteArray type = contents(zones.filePath(name + QStringLiteral("/type"))).trimmed().toLower();
        const auto milli = number(contents(zones.filePath(name + QStringLiteral("/temp"))));
        if (!milli)
            continue;
        if (type.contains("cpu") || type == "x86_pkg_temp")
            return *milli / 1000;
        if (!first)
            first = *milli / 1000;
    }
    return first;
}

std::optional<double> memoryUsedRatio(const QString &root)
{
    std::optional<double> total;
    std::optional<double> available;
    for (const QByteArray &line : contents(root + QStringLiteral("/proc/meminfo")).split('\n')) {
        // "MemTotal:        1882484 kB"
        const QByteArrayList words = line.simplified().split(' ');
        if (words.size() < 2)
            continue;
        if (words[0] == "MemTotal:")
            total = number(words[1]);
        else if (words[0] == "MemAvailable:")
            available = number(words[1]);
    }
    if (!total || !available || *total <= 0)
        return std::nullopt;
    return (*total - *available) / *total;
}

std::optional<double> diskUsedRatio(const QString &directory)
{
    struct statvfs disk{};
    if (::statvfs(QFile::encodeName(directory).constData(), &disk) != 0 || disk.f_blocks == 0)
        return std::nullopt;
    // What df shows: blocks kept for root count neither as used nor as free.
    const auto used = static_cast<double>(disk.f_blocks - disk.f_bfree);
    const double usable = used + static_cast<double>(disk.f_bavail);
    return usable > 0 ? std::optional(used / usable) : std::nullopt;
}

/// The load of the last minute per core: 1 is fully busy.
std::optional<double> loadRatio(const QString &root)
{
    const auto load = number(contents(root + QStringLiteral("/proc/loadavg")).split(' ').value(0));
    const long cores = ::sysconf(_SC_NPROCESSORS_ONLN);
    return load && cores > 0 ? std::optional(*load / static_cast<double>(cores)) : std::nullopt;
}

} // namespace

Readings SystemSensor::read()
{
    Readings readings;
    const auto add = [&readings](const char *key, std::optional<double> value) {
        if (value)
            readings.append({QString::fromLatin1(key), *value});
    };
    add("cpu_temperature_celsius", cpuTemperature(m_root));
    add("cpu_load_ratio", loadRatio(m_root));
    add("memory_used_ratio", memoryUsedRatio(m_root));
    add("disk_used_ratio", diskUsedRatio(m_dataDir));
    add("uptime_seconds", number(contents(m_root + QStringLiteral("/proc/uptime")).split(' ').value(0)));
    return readings;
}

} // namespace vedette::agent
