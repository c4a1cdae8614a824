// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/surroundings.h"
#include "core/live/stream_meter.h"

#include <QJsonObject>
#include <QStringList>

#include <optional>

namespace vedette::app {

/// What one watch has found.
struct WatchResult {
    QString source;                        ///< as asked for, without credentials
    QString path;                          ///< URL that the pictures came from last, without credentials
    live::StreamStats stats;
    live::StreamTotals totals;
    std::optional<double> firstPictureMs;  ///< from the start of asking
    double cpuSeconds = 0;                 ///< of this process
    QString error;                         ///< when no picture came
};
QJsonObject watchJson(const WatchResult &result);
QString watchText(const WatchResult &result);

/// "vedettectl watch SOURCE": one StreamReceiver and a reader that takes each picture as a tile does; 0 when at
/// least one picture was decoded.
int runWatch(const QStringList &arguments, Surroundings &around);

} // namespace vedette::app
