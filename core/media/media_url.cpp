// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/media_url.h"

#include <QUrl>

namespace vedette::media {

bool isLocalUrl(const QString &url)
{
    return !url.contains(QLatin1String("://")) || url.startsWith(QLatin1String("file:"));
}

QByteArray nativeUrl(const QString &url)
{
    if (url.startsWith(QLatin1String("file:")))
        return "file:" + QUrl(url).toLocalFile().toUtf8();
    return (isLocalUrl(url) ? QByteArrayLiteral("file:") : QByteArray()) + url.toUtf8();
}

const char *allowedProtocols(const QString &url)
{
    return isLocalUrl(url) ? "file,crypto,data" : "http,https,httpproxy,tls,tcp,udp,rtp,srtp,rtmp,rtmps,rtmpt,rtmpte,rtmpts,srt,crypto,data";
}

} // namespace vedette::media
