// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/status_routes.h"

#include "core/protocol/routes.h"
#include "edge-agent/camera_health.h"
#include "edge-agent/http/http_server.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace vedette::agent {
namespace {

namespace routes = protocol::routes;

HttpResponse json(const QJsonObject &object, int status = 200)
{
    HttpResponse response;
    response.status = status;
    response.body = QJsonDocument(object).toJson(QJsonDocument::Compact);
    return response;
}

QString whyNotReady(const protocol::CameraStatus &camera)
{
    const QString lacks = camera.lastFrameAgeMs ? QStringLiteral("no new picture for %1 ms").arg(*camera.lastFrameAgeMs) : QStringLiteral("no picture yet");
    const QString why = whyNoPicture(camera);
    return QStringLiteral("Camera %1 has ").arg(camera.id) + lacks + (why.isEmpty() ? QString() : QStringLiteral("; ") + why);
}

QJsonObject toJsonObject(const protocol::StageStatus &stage)
{
    QJsonObject object{{QStringLiteral("state"), toString(stage.state)},
                       {QStringLiteral("reason"), stage.reason},
                       {QStringLiteral("since_us"), static_cast<qint64>(toMicros(stage.since))}};
    if (stage.nextTry)
        object.insert(QStringLiteral("next_try_us"), static_cast<qint64>(toMicros(*stage.nextTry)));
    return object;
}

/// The broker is told, but does not count: consoles see the cameras without it.
HttpResponse ready(const protocol::AgentStatus &status, const std::optional<protocol::StageStatus> &broker)
{
    QJsonArray reasons;
    for (const protocol::CameraStatus &camera : status.cameras) {
        if (!isFresh(camera))
            reasons.append(whyNotReady(camera));
    }
    const bool good = reasons.isEmpty();
    QJsonObject object{{QStringLiteral("ready"), good}, {QStringLiteral("reasons"), reasons}};
    if (broker)
        object.insert(QStringLiteral("broker"), toJsonObject(*broker));
    return json(object, good ? 200 : 503);
}

HttpResponse health(const protocol::AgentStatus &status)
{
    return json({{QStringLiteral("ok"), true}, {QStringLiteral("id"), status.id}, {QStringLiteral("version"), status.version}});
}

} // namespace

void addStatusRoutes(HttpServer &server, std::function<protocol::AgentStatus()> status,
                     std::function<protocol::StageStatus()> broker, std::function<MetricsInput()> metrics)
{
    const auto add = [&server](const char *path, HttpHandler handler) {
        server.addRoute(QString::fromLatin1(path), HttpPolicy::Read, std::move(handler));
    };
    add(routes::kHealth, [status](const HttpRequest &) { return health(status()); });
    add(routes::kReady, [status, broker = std::move(broker)](const HttpRequest &) {
        return ready(status(), broker ? std::optional(broker()) : std::nullopt);
    });
    add(routes::kStatus, [status](const HttpRequest &) {
        HttpResponse response;
        response.body = protocol::toJson(status());
        return response;
    });
    add(routes::kMetrics, [metrics = std::move(metrics)](const HttpRequest &) {
        HttpResponse response;
        response.contentType = "text/plain; version=0.0.4; charset=utf-8";
        response.body = metricsText(metrics());
        return response;
    });
}

} // namespace vedette::agent
