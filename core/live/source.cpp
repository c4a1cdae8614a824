// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/source.h"

#include "core/live/path_ladder.h"
#include "core/media/demuxer.h"
#include "core/net/au_receiver.h"
#include "core/net/mjpeg_receiver.h"
#include "core/net/rtsp_receiver.h"
#include "core/net/snapshot_receiver.h"

#include <QUrl>

namespace vedette::live {
namespace {

constexpr milliseconds kSnapshotInterval{3000}; // "every few seconds": each one costs the agent an encoded picture

using SourceResult = Result<std::unique_ptr<media::PacketSource>>;

template <typename Source>
SourceResult upcast(Result<std::unique_ptr<Source>> source)
{
    if (!source)
        return fail(source.error());
    return std::unique_ptr<media::PacketSource>(std::move(*source));
}

/// Only an agent's own port promises one access unit in each PES packet.
bool isAgentTs(const QUrl &url)
{
    return url.scheme().startsWith(QLatin1String("http")) && url.path().startsWith(QLatin1String("/live/"))
        && url.path().endsWith(QLatin1String(".ts"));
}

/// What is surely no Motion JPEG is not asked for twice: some servers answer only once.
bool isContainer(const QUrl &url)
{
    const QString suffix = url.path().section(QLatin1Char('.'), -1).toLower();
    for (const char *known : {"ts", "m3u8", "mpd", "mp4", "mkv", "webm", "flv"}) {
        if (suffix == QLatin1String(known))
            return true;
    }
    return false;
}

SourceResult openDemuxer(const QString &url, SourceTimeouts timeouts, std::stop_token stop)
{
    media::Demuxer::Options options;
    options.openTimeout = timeouts.open;
    options.readTimeout = timeouts.read;
    options.live = !isLocalFile(url);
    options.wholeAccessUnits = isAgentTs(QUrl(url));
    return upcast(media::Demuxer::open(url, options, stop));
}

SourceResult openRtsp(const QString &url, SourceTimeouts timeouts, std::stop_token stop)
{
    auto receiver = net::RtspReceiver::open(url, {timeouts.open, timeouts.read}, stop);
    // Another codec or transport than ours takes: libavformat knows more of them. Not with TLS: it checks no certificates.
    const bool tls = QUrl(url).scheme() == QLatin1String("rtsps");
    if (receiver || receiver.error().kind != ErrorKind::Unsupported || tls)
        return upcast(std::move(receiver));
    SourceResult other = openDemuxer(url, timeouts, stop);
    // A server that dislikes the second session says something else than what is wrong.
    if (!other && other.error().kind != ErrorKind::Cancelled)
        return fail(receiver.error());
    return other;
}

SourceResult openHttp(const QString &url, SourceTimeouts timeouts, std::stop_token stop)
{
    if (QUrl(url).path().endsWith(QLatin1String(".au")))
        return upcast(net::AuReceiver::open(url, {timeouts.open, timeouts.read, {}}, stop));
    if (pathKindOf(url) == PathKind::Snapshot)
        return upcast(net::SnapshotReceiver::open(url, {timeouts.read, {}, kSnapshotInterval}, stop));
    if (!isContainer(QUrl(url))) {
        // Cameras give Motion JPEG under any name, so the answer decides.
        auto receiver = net::MjpegReceiver::open(url, {timeouts.open, timeouts.read, {}}, stop);
        if (receiver || receiver.error().kind != ErrorKind::Unsupported)
            return upcast(std::move(receiver));
    }
    return openDemuxer(url, timeouts, stop);
}

} // namespace

SourceResult openSource(const QString &url, SourceTimeouts timeouts, std::stop_token stop)
{
    const QString scheme = QUrl(url).scheme();
    if (scheme == QLatin1String("rtsp") || scheme == QLatin1String("rtsps"))
        return openRtsp(url, timeouts, std::move(stop));
    if (scheme == QLatin1String("http") || scheme == QLatin1String("https"))
        return openHttp(url, timeouts, std::move(stop));
    return openDemuxer(url, timeouts, std::move(stop));
}

} // namespace vedette::live
