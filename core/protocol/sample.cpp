// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/sample.h"

#include "core/protocol/json_reader.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace vedette::protocol {
namespace {

constexpr std::int64_t kMaxInteger = std::numeric_limits<std::int64_t>::max();
constexpr qsizetype kMaxValues = 256;
constexpr qsizetype kMaxSeriesKey = 64;

constexpr QLatin1String kSystem("system");
constexpr QLatin1String kSenseHat("sense_hat");
constexpr QLatin1String kGravity("g");
constexpr QLatin1String kDegreesPerSecond("\xB0/s"); // Latin-1
constexpr QLatin1String kMicrotesla("\xB5T");

// clang-format off
constexpr std::array kSeries{
    SeriesDescription{QLatin1String("cpu_temperature_celsius"), QLatin1String("CPU temperature"), QLatin1String("\xB0" "C"), kSystem, 20, 90, 1},
    SeriesDescription{QLatin1String("cpu_load_ratio"), QLatin1String("CPU load per core"), QLatin1String(""), kSystem, 0, 1, 2},
    SeriesDescription{QLatin1String("memory_used_ratio"), QLatin1String("Memory used"), QLatin1String(""), kSystem, 0, 1, 2},
    SeriesDescription{QLatin1String("disk_used_ratio"), QLatin1String("Disk used"), QLatin1String(""), kSystem, 0, 1, 2},
    SeriesDescription{QLatin1String("uptime_seconds"), QLatin1String("Uptime"), QLatin1String("s"), kSystem, 0, 86'400, 0},
    SeriesDescription{QLatin1String("temperature_celsius"), QLatin1String("Temperature"), QLatin1String("\xB0" "C"), kSenseHat, 0, 40, 1},
    SeriesDescription{QLatin1String("humidity_percent"), QLatin1String("Humidity"), QLatin1String("%"), kSenseHat, 0, 100, 1},
    SeriesDescription{QLatin1String("pressure_hpa"), QLatin1String("Air pressure"), QLatin1String("hPa"), kSenseHat, 980, 1040, 1},
    SeriesDescription{QLatin1String("acceleration_x_g"), QLatin1String("Acceleration x"), kGravity, kSenseHat, -2, 2, 3},
    SeriesDescription{QLatin1String("acceleration_y_g"), QLatin1String("Acceleration y"), kGravity, kSenseHat, -2, 2, 3},
    SeriesDescription{QLatin1String("acceleration_z_g"), QLatin1String("Acceleration z"), kGravity, kSenseHat, -2, 2, 3},
    SeriesDescription{QLatin1String("gyroscope_x_dps"), QLatin1String("Rotation x"), kDegreesPerSecond, kSenseHat, -10, 10, 2},
    SeriesDescription{QLatin1String("gyroscope_y_dps"), QLatin1String("Rotation y"), kDegreesPerSecond, kSenseHat, -10, 10, 2},
    SeriesDescription{QLatin1String("gyroscope_z_dps"), QLatin1String("Rotation z"), kDegreesPerSecond, kSenseHat, -10, 10, 2},
    SeriesDescription{QLatin1String("magnetic_x_ut"), QLatin1String("Magnetic field x"), kMicrotesla, kSenseHat, -60, 60, 1},
    SeriesDescription{QLatin1String("magnetic_y_ut"), QLatin1String("Magnetic field y"), kMicrotesla, kSenseHat, -60, 60, 1},
    SeriesDescription{QLatin1String("magnetic_z_ut"), QLatin1String("Magnetic field z"), kMicrotesla, kSenseHat, -60, 60, 1},
};
// clang-format on

/// Keys become chart names, columns and metric names, so nothing else is let through.
bool isSeriesKey(const QString &key)
{
    return !key.isEmpty() && key.size() <= kMaxSeriesKey && std::all_of(key.begin(), key.end(), [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'0' && c <= u'9') || c == u'_';
    });
}

Sample readSample(JsonReader &reader)
{
    Sample sample;
    sample.sequence = static_cast<std::uint64_t>(reader.integer(QLatin1String("sequence"), 0, kMaxInteger));
    sample.time = reader.time(QLatin1String("time_us"));
    sample.timeKnown = reader.boolean(QLatin1String("time_known"), true, Presence::Optional);
    const QJsonObject values = reader.object(QLatin1String("values"));
    if (values.size() > kMaxValues)
        reader.refuse(QStringLiteral("values"), QStringLiteral("holds more than %1 values").arg(kMaxValues));
    for (auto it = values.begin(); it != values.end() && sample.values.size() < kMaxValues; ++it) {
        const QString path = QStringLiteral("values.") + it.key().left(kMaxSeriesKey).simplified();
        if (it.value().isNull())
            continue; // how JSON writers spell NaN: not read
        if (!isSeriesKey(it.key()))
            reader.refuse(path, QStringLiteral("is no series key (a-z, 0-9 and '_')"));
        else if (!it.value().isDouble() || !std::isfinite(it.value().toDouble()))
            reader.refuse(path, QStringLiteral("must be a number"));
        else
            sample.values.append({it.key(), it.value().toDouble()});
    }
    return sample;
}

} // namespace

std::span<const SeriesDescription> seriesTable()
{
    return kSeries;
}

const SeriesDescription *findSeries(QStringView key)
{
    const auto found =
        std::find_if(kSeries.begin(), kSeries.end(), [key](const auto &series) { return series.key == key; });
    return found == kSeries.end() ? nullptr : &*found;
}

QJsonObject toJsonObject(const Sample &sample)
{
    QJsonObject values;
    for (const auto &[key, value] : sample.values) {
        if (std::isfinite(value))
            values.insert(key, value);
    }
    return {{QStringLiteral("sequence"), static_cast<qint64>(sample.sequence)},
            {QStringLiteral("time_us"), static_cast<qint64>(toMicros(sample.time))},
            {QStringLiteral("time_known"), sample.timeKnown},
            {QStringLiteral("values"), values}};
}

Result<Sample> sampleFromJson(const QJsonObject &object)
{
    std::optional<Error> error;
    JsonReader reader(object, error);
    Sample sample = readSample(reader);
    if (error)
        return fail(*error);
    return sample;
}

QByteArray toJson(const SampleBatch &batch)
{
    QJsonArray samples;
    for (const Sample &sample : batch.samples)
        samples.append(toJsonObject(sample));
    return QJsonDocument(QJsonObject{{QStringLiteral("agent"), batch.agent},
                                     {QStringLiteral("spool"), batch.spool},
                                     {QStringLiteral("last"), static_cast<qint64>(batch.last)},
                                     {QStringLiteral("samples"), samples}})
        .toJson(QJsonDocument::Compact);
}

Result<SampleBatch> parseSampleBatch(const QByteArray &json)
{
    const auto document = JsonReader::document(json);
    if (!document)
        return fail(document.error());
    std::optional<Error> error;
    JsonReader reader(*document, error);
    SampleBatch batch;
    batch.agent = reader.id(QLatin1String("agent"));
    batch.spool = reader.text(QLatin1String("spool"));
    batch.last = static_cast<std::uint64_t>(reader.integer(QLatin1String("last"), 0, kMaxInteger));
    reader.objects(QLatin1String("samples"), [&batch](JsonReader &each) { batch.samples.append(readSample(each)); });
    if (error)
        return fail(*error);
    return batch;
}

} // namespace vedette::protocol
