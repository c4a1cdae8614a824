// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/path_ladder.h"

#include <QUrl>

#include <algorithm>

namespace vedette::live {

QString pathName(PathKind kind)
{
    switch (kind) {
    case PathKind::Relay: return QStringLiteral("relay");
    case PathKind::Direct: return QStringLiteral("direct");
    case PathKind::Mjpeg: return QStringLiteral("mjpeg");
    case PathKind::Snapshot: return QStringLiteral("snapshot");
    case PathKind::Other: break;
    }
    return QStringLiteral("other");
}

namespace {

PathKind kindOfHttp(const QString &url)
{
    const QString file = QUrl(url).path().toLower();
    if (file.endsWith(QStringLiteral(".mjpg")) || file.endsWith(QStringLiteral(".mjpeg")))
        return PathKind::Mjpeg;
    if (file.endsWith(QStringLiteral(".jpg")) || file.endsWith(QStringLiteral(".jpeg")))
        return PathKind::Snapshot;
    return PathKind::Direct;
}

} // namespace

PathKind pathKindOf(const QString &url)
{
    const QString scheme = url.section(QStringLiteral("://"), 0, 0).toLower();
    if (!url.contains(QStringLiteral("://")))
        return PathKind::Other;
    if (scheme == QStringLiteral("http") || scheme == QStringLiteral("https"))
        return kindOfHttp(url);
    for (const char *word : {"rtsp", "rtsps", "rtmp", "rtmps", "srt"}) {
        if (scheme == QLatin1String(word))
            return PathKind::Relay;
    }
    return PathKind::Other;
}

bool isLocalFile(const QString &url)
{
    return !url.contains(QStringLiteral("://")) || url.startsWith(QStringLiteral("file:"), Qt::CaseInsensitive);
}

void PathLadder::setPaths(const QStringList &urls)
{
    std::vector<Rung> rungs;
    for (const QString &url : urls) {
        const auto hasUrl = [&url](const Rung &rung) { return rung.path.url == url; };
        if (url.isEmpty() || std::any_of(rungs.begin(), rungs.end(), hasUrl))
            continue;
        const auto old = std::find_if(m_rungs.begin(), m_rungs.end(), hasUrl);
        if (old != m_rungs.end())
            rungs.push_back(*old);
        else
            rungs.push_back({{url, pathKindOf(url)}, Backoff(kBackoffBase, kBackoffCap), {}});
    }
    m_rungs = std::move(rungs);
}

std::optional<StreamPath> PathLadder::next(MonoTime now, const StreamPath *except) const
{
    for (const Rung &rung : m_rungs) {
        if (rung.due <= now && !(except && rung.path == *except))
            return rung.path;
    }
    return std::nullopt;
}

std::optional<MonoTime> PathLadder::nextTry(MonoTime now) const
{
    std::optional<MonoTime> first;
    for (const Rung &rung : m_rungs) {
        if (rung.due <= now)
            return std::nullopt;
        first = first ? std::min(*first, rung.due) : rung.due;
    }
    return first;
}

std::optional<StreamPath> PathLadder::betterThan(const StreamPath &current, MonoTime now) const
{
    const std::size_t rank = rankOf(current);
    for (std::size_t i = 0; i < rank; ++i) {
        if (m_rungs[i].due <= now)
            return m_rungs[i].path;
    }
    return std::nullopt;
}

std::optional<MonoTime> PathLadder::nextBetterTry(const StreamPath &current) const
{
    std::optional<MonoTime> first;
    const std::size_t rank = rankOf(current);
    for (std::size_t i = 0; i < rank; ++i)
        first = first ? std::min(*first, m_rungs[i].due) : m_rungs[i].due;
    return first;
}

void PathLadder::failed(const StreamPath &path, MonoTime now, ErrorKind kind)
{
    const std::size_t rank = rankOf(path);
    if (rank == m_rungs.size())
        return;
    const milliseconds wait = m_rungs[rank].backoff.next();
    m_rungs[rank].due = now + (kind == ErrorKind::Denied ? std::max(wait, kDeniedPause) : wait);
}

void PathLadder::succeeded(const StreamPath &path)
{
    const std::size_t rank = rankOf(path);
    if (rank == m_rungs.size())
        return;
    m_rungs[rank].backoff.reset();
    m_rungs[rank].due = {};
}

void PathLadder::retryNow()
{
    for (Rung &rung : m_rungs) {
        rung.backoff.reset();
        rung.due = {};
    }
}

std::size_t PathLadder::rankOf(const StreamPath &path) const
{
    const auto at = std::find_if(m_rungs.begin(), m_rungs.end(), [&path](const Rung &rung) { return rung.path == path; });
    return static_cast<std::size_t>(at - m_rungs.begin());
}

} // namespace vedette::live
