// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live/tile_facts.h"

#include "app/widgets/error_text.h"
#include "app/widgets/time_text.h"

#include <QCoreApplication>

namespace vedette::app {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Tile", text);
}

CameraHealth::Path pathOf(const TileFacts &f)
{
    if (f.receiver.path.url.isEmpty())
        return CameraHealth::Path::None;
    switch (f.receiver.path.kind) {
    case live::PathKind::Relay: return CameraHealth::Path::Relay;
    case live::PathKind::Direct: return CameraHealth::Path::Direct;
    case live::PathKind::Mjpeg: return CameraHealth::Path::Mjpeg;
    case live::PathKind::Snapshot: return CameraHealth::Path::Snapshot;
    case live::PathKind::Other: break;
    }
    return CameraHealth::Path::Other;
}

QString subjectOf(const TileFacts &f)
{
    switch (pathOf(f)) {
    case CameraHealth::Path::Relay: return tr("The relay");
    case CameraHealth::Path::Direct:
    case CameraHealth::Path::Mjpeg:
    case CameraHealth::Path::Snapshot: return tr("The agent");
    default: return tr("The source");
    }
}

QString causeOf(const TileFacts &f)
{
    if (!f.agentOnline)
        return tr("The agent %1 does not answer.").arg(f.agent);
    if (!f.stageReason.isEmpty())
        return f.stageReason;
    switch (f.receiver.stage) {
    case protocol::StageState::Waiting:
    case protocol::StageState::Stopped: return errorSentence(f.receiver.errorKind, subjectOf(f));
    case protocol::StageState::Running:
        if (f.receiver.snapshot)
            return tr("No stream arrives; a single picture is fetched every few seconds.");
        return tr("%1 answers, but sends no new picture.").arg(subjectOf(f));
    case protocol::StageState::Starting:
        return f.receiver.reason.isEmpty() ? QString() : errorSentence(f.receiver.errorKind, subjectOf(f));
    case protocol::StageState::Idle: break;
    }
    return {};
}

/// The relay is what is expected and needs no word.
QString pathWord(CameraHealth::Path path)
{
    switch (path) {
    case CameraHealth::Path::Direct: return tr("direct");
    case CameraHealth::Path::Mjpeg: return tr("MJPEG");
    case CameraHealth::Path::Snapshot: return tr("snapshot");
    default: return {};
    }
}

UtcTime utcOf(const TileFacts &f, MonoTime t)
{
    return f.utcNow - (f.now - t);
}

QString detailOf(const live::StreamStats &s)
{
    if (s.width <= 0 || s.height <= 0)
        return {};
    const QString size = QStringLiteral("%1 × %2").arg(s.width).arg(s.height);
    if (s.fps <= 0)
        return size;
    return tr("%1 · %2 fps").arg(size).arg(s.fps, 0, 'f', s.fps < 9.95 ? 1 : 0);
}

void describeLive(const TileFacts &f, TileText &t)
{
    const bool fallback = t.health.path == CameraHealth::Path::Mjpeg;
    t.health.glyph = t.health.path == CameraHealth::Path::Direct ? Glyph::Direct : fallback ? Glyph::Fallback : Glyph::Live;
    t.health.word = tr("Live");
    t.health.trailing = t.path;
    // Degraded, so the bar itself says when it may be over.
    if (fallback && !t.nextTry.isEmpty())
        t.path = tr("%1 · %2").arg(t.path, countdownText(*f.receiver.nextTry - f.now));
    t.latency = latencyText(f.stats.latencyMs);
    t.detail = detailOf(f.stats);
    if (!f.stats.latencyMs) {
        const QString why = f.stats.latencyReason.isEmpty() ? tr("not measured yet") : f.stats.latencyReason;
        t.latencyTip = tr("Latency unknown: %1").arg(why);
        const bool doubtful = why.startsWith(QLatin1String(live::kClockNotVerified));
        t.latencyWord = doubtful ? tr("clock not verified") : tr("latency unknown");
    } else if (f.stats.uncertaintyMs) {
        t.latencyTip = tr("Capture to screen, ± %1 ms").arg(qMax(1, qRound(*f.stats.uncertaintyMs)));
    } else {
        t.latencyTip = tr("Capture to screen");
    }
    t.accessible = tr("%1, live, %2").arg(t.name, f.stats.latencyMs ? t.latency : t.latencyWord);
    if (f.condition.state == live::TileState::Unchanged) {
        t.unchanged = tr("unchanged %1").arg(ageText(f.now - f.condition.since));
        t.accessible += QStringLiteral(", ") + t.unchanged;
    }
}

void describeStale(const TileFacts &f, TileText &t)
{
    const QString age = ageText(f.now - f.condition.since);
    t.health.glyph = Glyph::Stale;
    t.health.word = tr("%1 old").arg(age);
    t.health.trailing = age;
    t.latency = t.health.word;
    t.latencyIsAge = true;
    t.headline = tr("Not live. Last picture %1").arg(timeText(utcOf(f, f.condition.since), f.utcNow));
    t.accessible = tr("%1, stale, picture %2 old").arg(t.name, age);
}

void describeOffline(const TileFacts &f, TileText &t)
{
    t.health.glyph = Glyph::Offline;
    t.health.word = tr("Offline");
    t.headline = tr("Offline since %1").arg(timeText(utcOf(f, f.condition.since), f.utcNow));
    t.accessible = tr("%1, offline since %2").arg(t.name, timeText(utcOf(f, f.condition.since), f.utcNow));
}

void describeConnecting(const TileFacts &f, TileText &t)
{
    t.health.glyph = Glyph::Connecting;
    t.health.word = tr("Connecting");
    t.headline = t.health.word;
    if (t.cause.isEmpty())
        t.cause = t.health.path == CameraHealth::Path::None ? tr("No path to this camera is known yet.")
                  : f.stats.received > 0                    ? tr("Waiting for a picture that can be decoded")
                                                            : tr("Asking %1").arg(subjectOf(f).toLower());
    t.accessible = tr("%1, connecting").arg(t.name);
}

} // namespace

TileText describeTile(const TileFacts &f)
{
    TileText t;
    t.name = f.name;
    t.health.path = pathOf(f);
    const bool live = live::isLive(f.condition.state);
    if (live || f.receiver.snapshot)
        t.path = pathWord(f.receiver.snapshot ? CameraHealth::Path::Snapshot : t.health.path);
    // Of what keeps the picture away: asking again earlier than the agent itself brings nothing.
    const bool agentFails = !live && f.agentOnline && !f.stageReason.isEmpty();
    if (const auto &next = agentFails ? f.stageNextTry : f.receiver.nextTry; next && *next > f.now) {
        const QString countdown = countdownText(*next - f.now);
        t.nextTry = (live ? tr("better path %1") : tr("next try %1")).arg(countdown);
        if (!live)
            t.health.trailing = countdown;
    }
    if (!live)
        t.cause = causeOf(f);
    switch (f.condition.state) {
    case live::TileState::Connecting:
        t.health.state = CameraHealth::State::Connecting;
        describeConnecting(f, t);
        break;
    case live::TileState::Live:
    case live::TileState::Unchanged:
        t.health.state = CameraHealth::State::Live;
        describeLive(f, t);
        break;
    case live::TileState::Stale:
        t.health.state = CameraHealth::State::Stale;
        describeStale(f, t);
        break;
    case live::TileState::Offline:
        t.health.state = CameraHealth::State::Offline;
        describeOffline(f, t);
        break;
    }
    t.health.cause = t.cause;
    if (!t.cause.isEmpty())
        t.accessible += QStringLiteral(". ") + t.cause;
    return t;
}

} // namespace vedette::app
