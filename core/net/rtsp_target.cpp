// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtsp_target.h"

#include <QUrlQuery>

namespace vedette::net {
namespace {

bool isRtsp(const QUrl &url)
{
    return url.isValid() && !url.host().isEmpty()
        && (url.scheme() == QLatin1String("rtsp") || url.scheme() == QLatin1String("rtsps"));
}

/// "transport=udp" is for us, not for the server; any other value may be a camera's own.
std::optional<bool> takeTransport(QUrl &url)
{
    const QString key = QStringLiteral("transport");
    QUrlQuery query(url);
    const QString value = query.queryItemValue(key).toLower();
    if (value != QLatin1String("udp") && value != QLatin1String("tcp"))
        return std::nullopt;
    query.removeAllQueryItems(key);
    url.setQuery(query.isEmpty() ? QString() : query.query(QUrl::FullyEncoded));
    return value == QLatin1String("udp");
}

} // namespace

Result<RtspTarget> RtspTarget::parse(const QString &address)
{
    RtspTarget target;
    target.url = QUrl(address, QUrl::TolerantMode);
    if (!isRtsp(target.url))
        return fail(ErrorKind::InvalidInput, redact(address) + QStringLiteral(" is not an RTSP address"));
    if (target.url.hasFragment()) // most likely of a password, the rest of which would be taken for the host
        return fail(ErrorKind::InvalidInput, redact(address) + QStringLiteral(": write '#' as %23"));
    target.user = target.url.userName(QUrl::FullyDecoded);
    target.password = Secret(target.url.password(QUrl::FullyDecoded));
    target.url.setUserInfo(QString());
    target.udp = takeTransport(target.url);
    return target;
}

Status RtspTarget::redirect(const QByteArray &location, int redirects)
{
    if (redirects >= kMaxRedirects)
        return fail(ErrorKind::Unavailable, QStringLiteral("the server redirects more than %1 times").arg(kMaxRedirects));
    if (location.isEmpty())
        return fail(ErrorKind::Unavailable, QStringLiteral("the server redirects without saying where"));
    QUrl next = url.resolved(QUrl(QString::fromUtf8(location.left(2048))));
    next.setUserInfo(QString()); // of ours only what was given for the same host
    const QString shown = redact(QString::fromUtf8(location.left(200)));
    if (!isRtsp(next))
        return fail(ErrorKind::Unavailable, QStringLiteral("the server redirects to %1, which is not an RTSP address").arg(shown));
    if (isEncrypted() && next.scheme() != QLatin1String("rtsps"))
        return fail(ErrorKind::Denied, QStringLiteral("the server redirects to %1, which is not encrypted").arg(shown));
    if (next.host() != url.host()) {
        user.clear();
        password = Secret();
    }
    url = next;
    return {};
}

} // namespace vedette::net
