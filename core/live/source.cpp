// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/source.h"

#include "core/live/path_ladder.h"
#include "core/media/demuxer.h"
#include "core/net/au_receiver.h"
#include "core/net/rtsp_receiver.h"

#include <QUrl>

namespace vedette::live {
namespace {

using SourceResult = Result<std::unique_ptr<media::PacketSource>>;

template <typename Source>
SourceResult upcast(Result<std::unique_ptr<Source>> source)
{
    if (!source)
        return fail(source.error());
    return std::unique_ptr<media::PacketSource>(std::move(*source));
}

SourceResult openDemuxer(const QString &url, SourceTimeouts timeouts, std::stop_token stop)
{
    media::Demuxer::Options options;
    options.openTimeout = timeouts.open;
    options.readTimeout = timeouts.read;
    options.live = !isLocalFile(url);
    const QString path = QUrl(url).path();
    // Only an agent's own port promises one access unit in each PES packet.
    options.wholeAccessUnits = pathKindOf(url) == PathKind::Direct && path.startsWith(QLatin1String("/live/"))
        && path.endsWith(QLatin1String(".ts"));
    return upcast(media::Demuxer::open(url, options, stop));
}

} // namespace

SourceResult openSource(const QString &url, SourceTimeouts timeouts, std::stop_token stop)
{
    const QUrl parsed(url);
    if (parsed.scheme() == QLatin1String("rtsp") || parsed.scheme() == QLatin1String("rtsps")) {
        auto receiver = net::RtspReceiver::open(url, {timeouts.open, timeouts.read}, stop);
        // Another codec or transport than ours takes: libavformat knows more of them.
        // Not with TLS: it does not check certificates.
        if (receiver || receiver.error().kind != ErrorKind::Unsupported || parsed.scheme() == QLatin1String("rtsps"))
            return upcast(std::move(receiver));
        SourceResult other = openDemuxer(url, timeouts, stop);
        // A server that dislikes the second session says something else than what is wrong.
        if (!other && other.error().kind != ErrorKind::Cancelled)
            return fail(receiver.error());
        return other;
    } else if (pathKindOf(url) == PathKind::Direct && parsed.path().endsWith(QLatin1String(".au"))) {
        return upcast(net::AuReceiver::open(url, {timeouts.open, timeouts.read, {}}, stop));
    }
    return openDemuxer(url, timeouts, stop);
}

} // namespace vedette::live
