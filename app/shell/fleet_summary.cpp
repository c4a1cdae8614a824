// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/fleet_summary.h"

#include "app/widgets/time_text.h"

#include <QCoreApplication>

#include <algorithm>

namespace vedette::app {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("FleetSummary", text);
}

void count(FleetSummary &s, const CameraStream &stream)
{
    const CameraHealth &health = stream.text().health;
    switch (health.state) {
    case CameraHealth::State::Live:
        ++s.live;
        s.direct += health.path == CameraHealth::Path::Direct ? 1 : 0;
        s.fallback += health.path == CameraHealth::Path::Mjpeg ? 1 : 0;
        s.onRelay += health.path == CameraHealth::Path::Relay ? 1 : 0;
        break;
    case CameraHealth::State::Stale: ++s.stale; break;
    case CameraHealth::State::Offline: ++s.offline; break;
    case CameraHealth::State::Connecting: ++s.connecting; break;
    }
    const QStringList &urls = stream.feed().urls;
    s.withRelay += std::any_of(urls.begin(), urls.end(),
                               [](const QString &url) { return live::pathKindOf(url) == live::PathKind::Relay; });
}

/// An old picture that may be taken for a live one is worse than none.
int rank(CameraHealth::State state)
{
    switch (state) {
    case CameraHealth::State::Stale: return 2;
    case CameraHealth::State::Offline: return 1;
    default: return 0;
    }
}

/// Two agents claim one id: only one picture has a tile, and somebody must rename the other.
void nameDoubles(FleetSummary &s, const CameraStreams &streams)
{
    for (const auto &stream : streams.all()) {
        const CameraFeed &feed = stream->feed();
        if (feed.alsoClaimedBy.isEmpty())
            continue;
        s.problem = tr("Camera %1 is on %2 and on %3.").arg(feed.id, feed.agent, feed.alsoClaimedBy.first());
        s.cause = tr("Only the first is shown. Give one of them another id.");
        s.glyph = Glyph::Warning;
        return;
    }
}

void nameUnreadable(FleetSummary &s, const control::FleetStore &fleet)
{
    for (const QString &id : fleet.agents()) {
        const auto agent = fleet.agent(id);
        if (!agent || agent->statusFault.isEmpty())
            continue;
        s.problem = tr("The status of agent %1 cannot be read.").arg(id);
        s.cause = tr("It may be another version (%1).").arg(agent->statusFault);
        s.glyph = Glyph::Warning;
        return;
    }
}

QString withNextTry(const QString &cause, const QString &nextTry)
{
    if (nextTry.isEmpty())
        return cause;
    QString sentence = nextTry;
    sentence[0] = sentence[0].toUpper();
    return (cause.isEmpty() ? QString() : cause + QLatin1Char(' ')) + sentence + QLatin1Char('.');
}

} // namespace

FleetSummary summarize(const Console &console)
{
    const CameraStreams &streams = console.streams();
    const MonoTime now = console.clock().now();
    FleetSummary s;
    const CameraStream *worst = nullptr;
    int same = 0;
    for (const auto &stream : streams.all()) {
        count(s, *stream);
        const int r = rank(stream->text().health.state);
        const int best = worst ? rank(worst->text().health.state) : 0;
        if (r > best) {
            worst = stream.get();
            same = 0;
        } else if (r > 0 && r == best) {
            ++same;
        }
    }
    const bool oldPicture = worst && worst->text().health.state == CameraHealth::State::Stale;
    for (const LinkState &link : console.links()) {
        if (oldPicture || link.up || !link.tried)
            continue; // a picture that looks live and is not comes before everything
        const bool server = link.address.kind == Address::Kind::Server;
        s.problem = (server ? tr("The broker %1 does not answer.") : tr("The agent %1 does not answer.")).arg(link.address.text());
        s.glyph = Glyph::Major;
        const QString next = link.nextTry && *link.nextTry > now ? tr("next try %1").arg(countdownText(*link.nextTry - now)) : QString();
        s.cause = withNextTry(QString(), next);
        return s; // it explains the rest
    }
    if (!worst) {
        nameUnreadable(s, console.fleet());
        nameDoubles(s, streams);
        return s;
    }
    const TileText &text = worst->text();
    const bool stale = text.health.state == CameraHealth::State::Stale;
    s.problem = (stale ? tr("%1 is not live.") : tr("%1 is offline.")).arg(text.name);
    if (same > 0)
        s.problem = (stale ? tr("%1 and %2 more are not live.") : tr("%1 and %2 more are offline.")).arg(text.name).arg(same);
    s.glyph = stale ? Glyph::Stale : Glyph::Major;
    s.cause = withNextTry(text.cause, text.nextTry);
    return s;
}

} // namespace vedette::app
