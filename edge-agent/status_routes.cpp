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

HttpResponse health(const protocol::AgentStatus &status, const QStringList &silent)
{
    QJsonObject object{{QStringLiteral("ok"), silent.isEmpty()}, {QStringLiteral("id"), status.id}, {QStringLiteral("version"), status.version}};
    if (!silent.isEmpty())
        object.insert(QStringLiteral("silent_threads"), QJsonArray::fromStringList(silent));
    return json(object, silent.isEmpty() ? 200 : 503);
}

/// One camera and where it is pushed to, in few words.
QJsonObject cameraHealth(const protocol::CameraStatus &camera, const CameraFigures &figures)
{
    const bool fresh = isFresh(camera);
    QJsonObject stages;
    for (const protocol::StageStatus &stage : camera.stages)
        stages.insert(stage.stage, toJsonObject(stage));
    QJsonArray targets;
    for (const TargetFigures &target : figures.targets) {
        targets.append(QJsonObject{{QStringLiteral("name"), target.name},
                                   {QStringLiteral("state"), toString(target.state)},
                                   {QStringLiteral("connected"), target.state == protocol::StageState::Running},
                                   {QStringLiteral("sent_bytes"), static_cast<qint64>(target.counts.bytes)},
                                   {QStringLiteral("connections"), static_cast<qint64>(target.counts.connections)}});
    }
    QJsonObject object{{QStringLiteral("id"), camera.id},
                       {QStringLiteral("name"), camera.name},
                       {QStringLiteral("source"), camera.source},
                       {QStringLiteral("connected"), fresh},
                       {QStringLiteral("reason"), fresh ? QString() : whyNoPicture(camera)},
                       {QStringLiteral("frame_age_seconds"), static_cast<double>(figures.age.count()) / 1e6},
                       {QStringLiteral("restarts"), static_cast<qint64>(figures.sourceRestarts + figures.encoderRestarts)},
                       {QStringLiteral("stages"), stages},
                       {QStringLiteral("targets"), targets}};
    if (!camera.streams.isEmpty()) {
        const protocol::StreamStatus &main = camera.streams.first();
        object.insert(QStringLiteral("width_px"), main.width);
        object.insert(QStringLiteral("height_px"), main.height);
        object.insert(QStringLiteral("framerate_fps"), main.framerate);
        object.insert(QStringLiteral("codec"), main.codec);
        if (!main.hlsUrl.isEmpty())
            object.insert(QStringLiteral("hls_url"), main.hlsUrl);
    }
    return object;
}

HttpResponse cameraStatus(const MetricsInput &input)
{
    QJsonArray cameras;
    bool good = true;
    for (qsizetype i = 0; i < input.status.cameras.size(); ++i) {
        cameras.append(cameraHealth(input.status.cameras[i], input.figures[i]));
        good = good && isFresh(input.status.cameras[i]);
    }
    return json({{QStringLiteral("ok"), good}, {QStringLiteral("agent"), input.status.id}, {QStringLiteral("cameras"), cameras}});
}

} // namespace

void addStatusRoutes(HttpServer &server, const StatusRouteInput &input)
{
    const auto add = [&server](const char *path, HttpHandler handler) {
        server.addRoute(QString::fromLatin1(path), HttpPolicy::Read, std::move(handler));
    };
    add(routes::kHealth, [input](const HttpRequest &) { return health(input.status(), input.silentThreads()); });
    add(routes::kReady, [input](const HttpRequest &) {
        return ready(input.status(), input.broker ? std::optional(input.broker()) : std::nullopt);
    });
    add(routes::kStatus, [input](const HttpRequest &) {
        HttpResponse response;
        response.body = protocol::toJson(input.status());
        return response;
    });
    add(routes::kCameraStatus, [input](const HttpRequest &) { return cameraStatus(input.metrics()); });
    add(routes::kMetrics, [input](const HttpRequest &) {
        HttpResponse response;
        response.contentType = "text/plain; version=0.0.4; charset=utf-8";
        response.body = metricsText(input.metrics());
        return response;
    });
}

} // namespace vedette::agent
