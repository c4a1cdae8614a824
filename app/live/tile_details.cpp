// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/tile_details.h"

#include "core/base/secret.h"

#include <QCoreApplication>
#include <QStringList>

namespace vedette::app {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Tile", text);
}

} // namespace

QString engineeringText(const TileText &text, const live::StreamStats &stats, const live::ReceiverState &state)
{
    QStringList lines;
    if (stats.latencyMs)
        lines << tr("latency   %1 ms ± %2").arg(*stats.latencyMs, 0, 'f', 1).arg(stats.uncertaintyMs.value_or(0), 0, 'f', 1);
    else
        lines << tr("latency   unknown: %1").arg(stats.latencyReason);
    lines << tr("picture   %1 × %2 · %3 fps").arg(stats.width).arg(stats.height).arg(stats.fps, 0, 'f', 1);
    lines << tr("in %1 · decoded %2 · dropped %3").arg(stats.received).arg(stats.decoded).arg(stats.dropped);
    if (stats.firstPictureMs)
        lines << tr("first     %1 ms · connects %2").arg(qRound(*stats.firstPictureMs)).arg(stats.connects);
    lines << tr("path      %1 · %2").arg(live::pathName(state.path.kind), redact(state.path.url));
    if (!text.nextTry.isEmpty())
        lines << text.nextTry;
    return lines.join(QLatin1Char('\n'));
}

QString tileToolTip(const TileText &text, bool overLatency)
{
    if (overLatency && !text.latencyTip.isEmpty())
        return text.latencyTip;
    QStringList lines{text.name};
    if (!text.detail.isEmpty())
        lines << text.detail;
    if (text.health.state == CameraHealth::State::Live) {
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
