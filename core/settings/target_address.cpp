// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/target_address.h"

#include <QFile>
#include <QFileInfo>
#include <QUrl>
#include <QUrlQuery>

namespace vedette::settings {
namespace {

constexpr qsizetype kMaxKey = 4096; // a token is the longest

bool isRtmp(const QString &url)
{
    return url.startsWith(QLatin1String("rtmp"), Qt::CaseInsensitive);
}

Result<Secret> readFile(const QString &path)
{
    const QFileInfo info(path);
    if (!info.isFile())
        return fail(ErrorKind::NotFound, QStringLiteral("%1 is not there, or no regular file").arg(path));
    // The permissions themselves: what access() says is "everything" for root.
    if (info.permissions() & (QFileDevice::ReadGroup | QFileDevice::WriteGroup | QFileDevice::ReadOther | QFileDevice::WriteOther))
        return fail(ErrorKind::Denied, QStringLiteral("%1 can be read or written by others than its owner; run chmod 600 on it").arg(path));
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorKind::Denied, QStringLiteral("%1 cannot be read: %2").arg(path, file.errorString()));
    const QString key = QString::fromUtf8(file.readLine(kMaxKey + 1)).trimmed();
    if (key.isEmpty() || key.size() >= kMaxKey)
        return fail(ErrorKind::InvalidInput, QStringLiteral("%1 holds no key in its first line").arg(path));
    return Secret(key);
}

} // namespace

Result<Secret> readTargetKey(const QString &file, const QString &variable, const QHash<QString, QString> &environment)
{
    if (!variable.isEmpty()) {
        const QString key = environment.value(variable).trimmed();
        if (key.isEmpty())
            return fail(ErrorKind::NotFound, QStringLiteral("the environment variable %1 is not set, or empty").arg(variable.left(128)));
        return Secret(key);
    }
    return file.isEmpty() ? Result<Secret>(Secret()) : readFile(file);
}

Result<Secret> targetUrl(const QString &url, const Secret &key)
{
    const QString mark = QString::fromLatin1(kKeyMark);
    if (isRtmp(url) && QUrl(url).path().remove(u'/').isEmpty())
        return fail(ErrorKind::InvalidInput, QStringLiteral("names no application; an RTMP address is rtmp://HOST/APPLICATION and a key"));
    if (key.isEmpty()) {
        if (url.contains(mark))
            return fail(ErrorKind::InvalidInput, QStringLiteral("holds {key}, but neither key_file nor key_env is set"));
        if (isRtmp(url) && QUrl(url).path().split(u'/', Qt::SkipEmptyParts).size() < 2)
            return fail(ErrorKind::InvalidInput, QStringLiteral("holds no stream key, and neither key_file nor key_env is set; without them it is rtmp://HOST/APPLICATION/KEY"));
        return Secret(url);
    }
    if (url.contains(mark))
        return Secret(QString(url).replace(mark, QString::fromLatin1(QUrl::toPercentEncoding(key.reveal()))));
    if (!isRtmp(url))
        return fail(ErrorKind::InvalidInput, QStringLiteral("must hold {key} where the key belongs"));
    if (key.reveal().contains(u'/') || key.reveal().contains(u' '))
        return fail(ErrorKind::InvalidInput, QStringLiteral("belongs to a key with '/' or a space in it, which no RTMP stream key has"));
    return Secret(url + (url.endsWith(u'/') ? QString() : QStringLiteral("/")) + key.reveal());
}

QString shownTargetUrl(const QString &url, bool hasKey)
{
    QString shown = QString(url).replace(QString::fromLatin1(kKeyMark), QStringLiteral("…"));
    const qsizetype path = shown.indexOf(u'/', shown.indexOf(QLatin1String("://")) + 3);
    const qsizetype last = shown.lastIndexOf(u'/');
    if (isRtmp(url) && !hasKey && path > 0 && last > path)
        shown = shown.left(last + 1) + QStringLiteral("…");
    return redact(shown);
}

QString relayStreamUrl(const QString &relayUrl, const QString &camera, const QString &stream)
{
    const qsizetype query = relayUrl.indexOf(u'?');
    QString url = relayUrl.left(query);
    while (url.endsWith(QLatin1Char('/')))
        url.chop(1);
    return url + u'/' + camera + (stream == QLatin1String("main") ? QString() : u'/' + stream) + (query < 0 ? QString() : relayUrl.mid(query));
}

QString placeOf(const QString &url)
{
    QUrl place = QUrl(url).adjusted(QUrl::RemoveUserInfo | QUrl::StripTrailingSlash | QUrl::NormalizePathSegments);
    const bool rtsp = place.scheme().startsWith(QLatin1String("rtsp"));
    const int usual = rtsp ? (place.scheme() == QLatin1String("rtsps") ? 322 : 554) : place.scheme() == QLatin1String("rtmps") ? 443 : 1935;
    if (place.port() < 0 && place.scheme() != QLatin1String("srt")) // which has none
        place.setPort(usual);
    QUrlQuery query(place);
    for (const char *key : {"transport", "jwt", "passphrase"})
        query.removeAllQueryItems(QLatin1String(key));
    place.setQuery(query.isEmpty() ? QString() : query.toString(QUrl::FullyEncoded));
    return place.toString(QUrl::FullyEncoded);
}

} // namespace vedette::settings
