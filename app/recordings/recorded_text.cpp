// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/recorded_text.h"

#include "app/recordings/lane_text.h"
#include "app/widgets/time_text.h"

#include <QCoreApplication>

#include <algorithm>

namespace vedette::app {

namespace {

using Kind = recordings::LaneState::Kind;

QString tr(const char *text)
{
    return QCoreApplication::translate("RecordedTile", text);
}

/// The one thing about the playing that is worth a word.
QString noteOf(const recordings::LaneState &state)
{
    if (state.preview)
        return tr("key frame");
    if (state.keyFramesOnly)
        return tr("key frames only");
    if (state.late)
        return tr("too slow to show all");
    return state.known ? QString() : tr("time unknown");
}

void describeGap(TileText &t, const RecordedFacts &f)
{
    t.health.state = CameraHealth::State::Offline;
    t.health.glyph = Glyph::NotRecording;
    t.headline = tr("No recording");
    t.cause = f.state.gap ? reasonSentence(*f.state.gap) : f.state.reason;
    if (f.state.until)
        t.nextTry = tr("goes on %1").arg(timeText(*f.state.until, f.now));
}

} // namespace

QString skewText(microseconds skew)
{
    const QString sign = skew < microseconds{0} ? QStringLiteral("−") : QStringLiteral("+");
    const auto ms = (std::max(skew, -skew).count() + 500) / 1000;
    return ms < 10'000 ? tr("%1%2 ms").arg(sign).arg(ms) : tr("%1%2 s").arg(sign).arg(ms / 1000);
}

TileText describeRecorded(const RecordedFacts &f)
{
    TileText t;
    t.name = f.name;
    t.recorded = true;
    t.health.glyph = Glyph::Playback;
    t.health.state = CameraHealth::State::Live;
    t.health.word = tr("Recorded");
    t.path = f.state.source;
    t.detail = noteOf(f.state);
    t.cause = f.state.remark;
    switch (f.state.kind) {
    case Kind::Gap: describeGap(t, f); break;
    case Kind::Failed:
        t.health.state = CameraHealth::State::Offline;
        t.health.glyph = Glyph::Offline;
        t.headline = tr("This moment cannot be read");
        t.cause = f.state.reason;
        break;
    case Kind::Seeking:
    case Kind::Playing:
    case Kind::Paused:
    case Kind::AtLiveEdge:
        if (!f.hasPicture) {
            t.health.state = CameraHealth::State::Connecting;
            t.health.glyph = Glyph::Connecting;
            t.headline = tr("Looking for the picture");
            break;
        }
        if (!f.state.shown)
            break;
        t.headline = tr("Recorded %1").arg(timeText(*f.state.shown, f.now));
        t.latency = f.besideLive ? QStringLiteral("−") + ageText(f.now - *f.state.shown) : skewText(f.state.skew);
        t.latencyTip = f.besideLive ? tr("Captured %1, %2 ago").arg(timeText(*f.state.shown, f.now), ageText(f.now - *f.state.shown))
                                    : tr("Captured %1, %2 off the play head").arg(timeText(*f.state.shown, f.now), skewText(f.state.skew));
        if (!f.state.remark.isEmpty())
            t.latencyTip += QLatin1Char('\n') + f.state.remark;
        break;
    }
    t.health.trailing = t.latency;
    t.health.cause = t.cause;
    t.accessible = QStringList{t.name, t.headline, t.cause, t.nextTry}.join(QStringLiteral(", "));
    t.accessible.replace(QStringLiteral(", , "), QStringLiteral(", "));
    return t;
}

} // namespace vedette::app
