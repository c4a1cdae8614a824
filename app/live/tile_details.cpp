// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/tile_details.h"

#include "core/base/secret.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>

namespace vedette::app {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Tile", text);
}

} // namespace

QString stagesText(const live::StageTimes &stages, const AgentTimes &agent)
{
    QStringList parts;
    const auto add = [&parts](const QString &name, double ms) { parts << QStringLiteral("%1 %2").arg(name).arg(ms, 0, 'f', 1); };
    double sent = stages.arrivedMs;
    if (agent.captureMs && agent.encodeMs) {
        add(tr("capture"), *agent.captureMs);
        add(tr("encode"), *agent.encodeMs);
        sent = std::max(0.0, sent - *agent.captureMs - *agent.encodeMs);
    }
    add(tr("send"), sent);
    add(tr("receive"), stages.receiveMs);
    add(tr("decode"), stages.decodeMs);
    add(tr("present"), stages.presentMs);
    return parts.join(QStringLiteral(" · "));
}

QString engineeringText(const TileText &text, const live::StreamStats &stats, const live::ReceiverState &state, const AgentTimes &agent,
                        MonoTime now)
{
    QStringList lines;
    if (stats.latencyMs)
        lines << tr("latency   %1 ms ± %2").arg(*stats.latencyMs, 0, 'f', 1).arg(stats.uncertaintyMs.value_or(0), 0, 'f', 1);
    else
        lines << tr("latency   unknown: %1").arg(stats.latencyReason);
    if (stats.stages)
        lines << tr("stages    %1").arg(stagesText(*stats.stages, agent));
    lines << tr("picture   %1 × %2 · %3 fps decoded · %4 shown · %5 kbit/s").arg(stats.width).arg(stats.height).arg(stats.fps, 0, 'f', 1)
                 .arg(stats.shownFps, 0, 'f', 1).arg(qRound(stats.bitrateKbps));
    lines << tr("frames    %1 in · %2 decoded · %3 dropped · %4 packets lost").arg(stats.received).arg(stats.decoded).arg(stats.dropped).arg(stats.lost);
    if (state.lastNewCapture != MonoTime{})
        lines << tr("age       %1 ms since the last new picture").arg((now - state.lastNewCapture).count() / 1000);
    if (stats.firstPictureMs)
        lines << tr("first     %1 ms · connects %2").arg(qRound(*stats.firstPictureMs)).arg(stats.connects);
    if (!state.decoder.isEmpty())
        lines << tr("decoder   %1").arg(state.decoder);
    lines << tr("path      %1 · %2").arg(live::pathName(state.path.kind), redact(state.path.url));
    if (!text.nextTry.isEmpty())
        lines << text.nextTry;
    return lines.join(QLatin1Char('\n'));
}

} // namespace vedette::app
