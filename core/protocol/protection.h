// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/protocol/recording_lane.h"

#include <QByteArray>
#include <QJsonObject>
#include <QList>

#include <optional>

namespace vedette::protocol {

/// A span of one stream that no rule of retention removes. Value type.
struct Protection {
    static constexpr qsizetype kMostReason = 200; ///< characters
    static constexpr qsizetype kMostAuthor = 64;

    std::int64_t id = 0; ///< of its agent's catalog
    RecordingLane lane;
    UtcTime from{};
    UtcTime to{};        ///< after from
    QString reason;
    QString author;
    std::optional<UtcTime> expires; ///< empty: never
    bool operator==(const Protection &) const = default;
};

QJsonObject toJsonObject(const Protection &protection);
/// {"protections":[…]}
QByteArray toJson(const QList<Protection> &protections);
/// InvalidInput names the key.
Result<QList<Protection>> parseProtections(const QByteArray &json);

} // namespace vedette::protocol
