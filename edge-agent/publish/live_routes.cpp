// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/live_routes.h"

#include "edge-agent/publish/au_body.h"
#include "edge-agent/publish/ts_body.h"

namespace vedette::agent {
namespace {

constexpr int kQuality = 80; // of JPEG: no visible blocks at half the size of 95

Error noSuchCamera(const QString &id)
{
    return {ErrorKind::NotFound, QStringLiteral("There is no camera %1 on this agent.").arg(id), nullptr};
}

bool isFresh(const LiveCamera &camera)
{
    const auto age = camera.newestAge();
    return age && *age <= kStalePicture;
}

template <typename Body>
Result<std::unique_ptr<HttpBody>> openStream(const LiveCameraLookup &lookup, const HttpRequest &request)
{
    const QString id = request.parameters.value(QStringLiteral("camera"));
    const auto camera = lookup(id);
    if (!camera)
        return fail(noSuchCamera(id));
    // Pictures from before an outage are not live: such a client waits for the next one.
    const auto start = isFresh(*camera) ? media::PacketTee::Start::CachedGroup : media::PacketTee::Start::NextKeyFrame;
    return std::make_unique<Body>(camera->tee->subscribe(Body::kName, Body::kQueue, start));
}

HttpResponse sendPicture(const LiveCameraLookup &lookup, const HttpRequest &request)
{
    const QString id = request.parameters.value(QStringLiteral("camera"));
    const auto camera = lookup(id);
    if (!camera)
        return errorResponse(noSuchCamera(id));
    if (!isFresh(*camera)) {
        const auto age = camera->newestAge();
        QString sentence = age ? QStringLiteral("Camera %1 has sent no picture for %2 s").arg(id).arg(age->count() / 1'000'000)
                               : QStringLiteral("Camera %1 has sent no picture yet").arg(id);
        if (const QString reason = camera->reason(); !reason.isEmpty())
            sentence += QStringLiteral(": ") + reason;
        return errorResponse(Error{ErrorKind::Unavailable, sentence, nullptr});
    }
    const auto jpeg = camera->snapshot(kQuality);
    if (!jpeg) {
        const bool early = jpeg.error().kind == ErrorKind::NotFound;
        return errorResponse(early ? Error{ErrorKind::Unavailable, jpeg.error().text(), nullptr} : jpeg.error());
    }
    HttpResponse response;
    response.contentType = "image/jpeg";
    response.body = QByteArray(reinterpret_cast<const char *>(jpeg->data()), static_cast<qsizetype>(jpeg->size()));
    response.headers.insert("Cache-Control", "no-store");
    return response;
}

} // namespace

void addLiveRoutes(HttpServer &server, LiveCameraLookup lookup)
{
    const auto shared = std::make_shared<LiveCameraLookup>(std::move(lookup));
    server.addStream(QStringLiteral("/live/{camera}/main.au"),
                     [shared](const HttpRequest &request) { return openStream<AuBody>(*shared, request); });
    server.addStream(QStringLiteral("/live/{camera}/main.ts"),
                     [shared](const HttpRequest &request) { return openStream<TsBody>(*shared, request); });
    server.addRoute(QStringLiteral("/live/{camera}/main.jpg"), HttpPolicy::Read,
                    [shared](const HttpRequest &request) { return sendPicture(*shared, request); });
}

} // namespace vedette::agent
