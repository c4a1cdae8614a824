// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/livekit_settings.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QUrl>

#include <algorithm>

namespace vedette::settings {
namespace {

bool isIceAddress(const QString &url)
{
    return url.startsWith(QLatin1String("stun:")) || url.startsWith(QLatin1String("turn:")) || url.startsWith(QLatin1String("turns:"));
}

Result<QJsonArray> readIceServers(const QString &text)
{
    if (text.isEmpty())
        return QJsonArray();
    if (text.startsWith(u'[')) {
        QJsonParseError error{};
        const QJsonDocument document = QJsonDocument::fromJson(text.toUtf8(), &error);
        if (error.error != QJsonParseError::NoError || !document.isArray())
            return fail(ErrorKind::InvalidInput, QStringLiteral("LIVEKIT_ICE_SERVERS: is no JSON list: %1").arg(error.errorString()));
        for (const QJsonValue &server : document.array()) {
            const QJsonValue urls = server[QLatin1String("urls")];
            const QJsonArray all = urls.isString() ? QJsonArray{urls} : urls.toArray();
            if (all.isEmpty() || !std::all_of(all.begin(), all.end(), [](const QJsonValue &url) { return isIceAddress(url.toString()); }))
                return fail(ErrorKind::InvalidInput, QStringLiteral("LIVEKIT_ICE_SERVERS: each entry needs \"urls\": addresses that begin with stun:, turn: or turns:"));
        }
        return document.array();
    }
    QJsonArray servers;
    for (const QString &each : text.split(u',')) {
        const QString url = each.trimmed();
        if (!isIceAddress(url))
            return fail(ErrorKind::InvalidInput, QStringLiteral("LIVEKIT_ICE_SERVERS: each address begins with stun:, turn: or turns:"));
        servers.append(QJsonObject{{QStringLiteral("urls"), QJsonArray{url}}});
    }
    return servers;
}

} // namespace

Result<LiveKitSettings> readLiveKit(const QHash<QString, QString> &environment, const QString &host)
{
    const auto value = [&environment](const char *name) { return environment.value(QString::fromLatin1(name)).trimmed(); };
    const auto bad = [](const QString &sentence) { return fail(ErrorKind::InvalidInput, sentence); };
    LiveKitSettings out;
    QUrl url(host.isEmpty() ? value("LIVEKIT_HOST") : host, QUrl::StrictMode);
    if (url.isEmpty())
        return bad(QStringLiteral("LIVEKIT_HOST is not set"));
    const bool web = url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("https");
    const bool socket = url.scheme() == QLatin1String("ws") || url.scheme() == QLatin1String("wss");
    if (!url.isValid() || url.host().isEmpty() || (!web && !socket) || !url.userInfo().isEmpty())
        return bad(QStringLiteral("%1: must be an address such as wss://livekit.example.org, without user").arg(host.isEmpty() ? QStringLiteral("LIVEKIT_HOST") : QStringLiteral("--url")));
    const bool encrypted = url.scheme().endsWith(u's') && url.scheme() != QLatin1String("ws");
    url.setScheme(encrypted ? QStringLiteral("wss") : QStringLiteral("ws"));
    out.url = url.toString(QUrl::StripTrailingSlash);
    url.setScheme(encrypted ? QStringLiteral("https") : QStringLiteral("http"));
    out.apiUrl = url.toString(QUrl::StripTrailingSlash);
    out.apiKey = value("LIVEKIT_API_KEY");
    out.apiSecret = Secret(value("LIVEKIT_API_SECRET"));
    if (out.apiKey.isEmpty())
        return bad(QStringLiteral("LIVEKIT_API_KEY is not set"));
    if (out.apiSecret.isEmpty())
        return bad(QStringLiteral("LIVEKIT_API_SECRET is not set"));
    auto servers = readIceServers(value("LIVEKIT_ICE_SERVERS"));
    if (!servers)
        return fail(servers.error());
    out.iceServers = std::move(*servers);
    return out;
}

} // namespace vedette::settings
