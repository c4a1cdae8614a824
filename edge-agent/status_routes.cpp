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

HttpResponse ready(const protocol::AgentStatus &status)
{
    QJsonArray reasons;
    for (const protocol::CameraStatus &camera : status.cameras) {
        if (!isFresh(camera))
            reasons.append(whyNotReady(camera));
    }
    const bool good = reasons.isEmpty();
    return json({{QStringLiteral("ready"), good}, {QStringLiteral("reasons"), reasons}}, good ? 200 : 503);
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
    add(routes::kReady, [status](const HttpRequest &) { return ready(status()); });
    add(routes::kStatus, [status, broker = std::move(broker)](const HttpRequest &) {
        QJsonObject object = QJsonDocument::fromJson(protocol::toJson(status())).object();
        if (broker)
            object.insert(QStringLiteral("broker"), toJsonObject(broker()));
        return json(object);
    });
    add(routes::kMetrics, [metrics = std::move(metrics)](const HttpRequest &) {
        HttpResponse response;
        response.contentType = "text/plain; version=0.0.4; charset=utf-8";
        response.body = metricsText(metrics());
        return response;
    });
}

} // namespace vedette::agent
