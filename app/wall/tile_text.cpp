// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/tile_text.h"

#include <QCoreApplication>
#include <QStringList>

namespace vedette::app {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Tile", text);
}

} // namespace

QString tileToolTip(const TileText &text, bool overLatency)
{
    if (overLatency && !text.latencyTip.isEmpty())
        return text.latencyTip;
    QStringList lines{text.name};
    if (!text.detail.isEmpty())
        lines << text.detail;
    if (text.recorded) {
        lines << text.headline << text.latencyTip;
        lines.removeAll(QString());
    } else if (text.health.state == CameraHealth::State::Live) {
        lines << (text.latencyTip.startsWith(tr("Latency")) ? text.latencyTip : tr("Latency %1").arg(text.latency));
    } else {
        lines << text.headline;
        if (!text.cause.isEmpty())
            lines << text.cause;
    }
    if (!text.nextTry.isEmpty())
        lines << text.nextTry;
    return lines.join(QLatin1Char('\n'));
}

} // namespace vedette::app
