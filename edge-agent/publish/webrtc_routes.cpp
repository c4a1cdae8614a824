// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/webrtc_routes.h"

#include "core/net/livekit.h"
#include "core/protocol/routes.h"

#include <QJsonDocument>
#include <QUuid>

namespace vedette::agent {
namespace {

HttpResponse json(const QJsonObject &object)
{
    HttpResponse response;
    response.body = QJsonDocument(object).toJson(QJsonDocument::Compact);
    response.headers.insert("Cache-Control", "no-store");
    return response;
}

HttpResponse config(const settings::LiveKitSettings &liveKit, const QString &room)
{
    return json({{QStringLiteral("url"), liveKit.url},
                 {QStringLiteral("room"), room},
                 {QStringLiteral("ice_servers"), liveKit.iceServers},
                 {QStringLiteral("token_path"), QString::fromLatin1(protocol::routes::kWebrtcToken)}});
}

HttpResponse token(const settings::LiveKitSettings &liveKit, const QString &room, const Clock &clock)
{
    const QString identity = QStringLiteral("viewer-") + QUuid::createUuid().toString(QUuid::Id128); // LiveKit drops the elder of two alike
    const UtcTime now = clock.utcNow();
    return json({{QStringLiteral("token"), net::liveKitToken(liveKit.apiKey, liveKit.apiSecret, identity, net::viewerGrants(room), now, kViewerToken)},
                 {QStringLiteral("url"), liveKit.url},
                 {QStringLiteral("room"), room},
                 {QStringLiteral("identity"), identity},
                 {QStringLiteral("expires_us"), static_cast<qint64>(toMicros(now + kViewerToken))}});
}

} // namespace

void addWebrtcRoutes(HttpServer &server, const Result<settings::LiveKitSettings> &liveKit, const QString &room, const Clock &clock)
{
    const auto add = [&](const char *path, HttpHandler handler) {
        if (!liveKit)
            handler = [why = liveKit.error()](const HttpRequest &) {
                return errorResponse({ErrorKind::NotFound, QStringLiteral("LiveKit is not configured: ") + why.detail, nullptr});
            };
        server.addRoute(QString::fromLatin1(path), HttpPolicy::Read, std::move(handler));
    };
    add(protocol::routes::kWebrtcConfig, [liveKit, room](const HttpRequest &) { return config(*liveKit, room); });
    add(protocol::routes::kWebrtcToken, [liveKit, room, &clock](const HttpRequest &) { return token(*liveKit, room, clock); });
}

} // namespace vedette::agent
