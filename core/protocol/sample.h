// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QByteArray>
#include <QJsonObject>
#include <QList>
#include <QString>

#include <span>

namespace vedette::protocol {

/// What one series of measured values is. The unit is in the key: "cpu_temperature_celsius".
struct SeriesDescription {
    QLatin1String key;
    QLatin1String name;   ///< English, for people
    QLatin1String unit;   ///< as shown: "°C", "%", "hPa", "g", "°/s", "µT", ""
    QLatin1String source; ///< "system" or "sense_hat"
    double low;           ///< axis when nothing is known yet
    double high;
    int decimals;         ///< digits after the point worth showing
};

/// Every series this version knows, in display order. A new one is one row here and one Sensor.
std::span<const SeriesDescription> seriesTable();
/// Null for an unknown key (a newer agent): it is still stored and charted under its key.
const SeriesDescription *findSeries(QStringView key);

/// Values measured together, one spool row. NaN never occurs: a value that could not be read is absent.
struct Sample {
    std::uint64_t sequence = 0; ///< of the spool row
    UtcTime time{};
    bool timeKnown = true;      ///< false while the clock was not synchronised
    QList<std::pair<QString, double>> values;
};

/// What travels on telemetry, backlog and /api/v1/samples: samples of one spool in order.
struct SampleBatch {
    QString agent;
    QString spool;               ///< spool id; a rebuilt database has a new one
    std::uint64_t last = 0;      ///< highest sequence committed in that spool, for "fetch what is missing"
    QList<Sample> samples;
};

QByteArray toJson(const SampleBatch &batch);
/// Unknown keys are ignored; a missing or mistyped required one is InvalidInput that names it.
Result<SampleBatch> parseSampleBatch(const QByteArray &json);

QJsonObject toJsonObject(const Sample &sample);
Result<Sample> sampleFromJson(const QJsonObject &object);

} // namespace vedette::protocol
