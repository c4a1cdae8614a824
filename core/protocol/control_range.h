// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>

#include <optional>

namespace vedette::protocol {

/// What one camera allows for one key of [camera.controls]: words for a choice, else numbers from minimum to maximum in the
/// key's unit. roi has neither: any part of the picture.
struct ControlRange {
    QString key;
    double minimum = 0;
    double maximum = 0;
    std::optional<double> byDefault; ///< of the camera itself, where it says
    QStringList words;               ///< for choices
    bool operator==(const ControlRange &) const = default;
};

/// {"ev":{"min":-8,"max":8,"default":0},"awb":{"choices":["auto",…]},"roi":{}}
QJsonObject toJson(const QList<ControlRange> &ranges);
/// Sorted by key; what is malformed is left out.
QList<ControlRange> parseControlRanges(const QJsonObject &json);

} // namespace vedette::protocol
