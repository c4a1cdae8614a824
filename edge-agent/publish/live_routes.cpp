// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/live_routes.h"

#include "core/protocol/capture_jpeg.h"
#include "core/protocol/routes.h"
#include "edge-agent/publish/au_body.h"
#include "edge-agent/publish/mjpeg_body.h"
#include "edge-agent/publish/ts_body.h"

#include <cmath>

namespace vedette::agent {
namespace {

/// Why this camera shows nothing now; empty when it does. Without 503 a client would hang before an empty stream, or show
/// pictures from before an outage as live.
std::optional<Error> whyNothing(const LiveCamera &camera, const QString &id)
{
    const auto age = camera.newestAge();
    if (age && *age <= kStalePicture)
        return std::nullopt;
    QString sentence = age ? QStringLiteral("Camera %1 has sent no picture for %2 s").arg(id).arg(age->count() / 1'000'000)
                           : QStringLiteral("Camera %1 has sent no picture yet").arg(id);
    if (const QString reason = camera.reason(); !reason.isEmpty())
        sentence += QStringLiteral(": ") + reason;
    return Error{ErrorKind::Unavailable, sentence, nullptr};
}

template <typename Body>
Result<std::unique_ptr<HttpBody>> openStream(const LiveCameraLookup &lookup, const QString &stream, const HttpRequest &request)
{
    const QString id = request.parameters.value(QStringLiteral("camera"));
    const auto camera = lookup(id, stream);
    if (!camera)
        return fail(camera.error());
    if (const auto why = whyNothing(*camera, id))
        return fail(*why);
    if (!camera->onDemand && !camera->tee->lastPacket())
        return fail(ErrorKind::Unavailable, QStringLiteral("Camera %1 has no encoded picture yet").arg(id));
    return std::make_unique<Body>(camera->tee->subscribe(Body::kName, Body::kQueue, media::PacketTee::Start::CachedGroup, Body::kTracks));
}

Result<std::unique_ptr<HttpBody>> openMjpeg(const LiveCameraLookup &lookup, const QString &stream, const HttpRequest &request)
{
    const QString id = request.parameters.value(QStringLiteral("camera"));
    const auto camera = lookup(id, stream);
    if (!camera)
        return fail(camera.error());
    if (const auto why = whyNothing(*camera, id))
        return fail(*why);
    double rate = MjpegFeed::kDefaultRate;
    if (const auto asked = request.query.constFind(QStringLiteral("fps")); asked != request.query.constEnd()) {
        bool number = false;
        rate = asked->toDouble(&number);
        if (!number || !(rate > 0) || std::isinf(rate))
            return fail(ErrorKind::InvalidInput, QStringLiteral("fps=%1: must be a number of pictures a second above 0.").arg(asked->left(32)));
    }
    return std::make_unique<MjpegBody>(camera->mjpeg(rate));
}

HttpResponse sendPicture(const LiveCameraLookup &lookup, const QString &stream, const HttpRequest &request)
{
    const QString id = request.parameters.value(QStringLiteral("camera"));
    const auto camera = lookup(id, stream);
    if (!camera)
        return errorResponse(camera.error());
    if (const auto why = whyNothing(*camera, id))
        return errorResponse(*why);
    const auto jpeg = camera->snapshot();
    if (!jpeg) {
        const bool early = jpeg.error().kind == ErrorKind::NotFound;
        return errorResponse(early ? Error{ErrorKind::Unavailable, jpeg.error().text(), nullptr} : jpeg.error());
    }
    HttpResponse response;
    response.contentType = "image/jpeg";
    response.body = QByteArray(reinterpret_cast<const char *>(jpeg->data.data()), static_cast<qsizetype>(jpeg->data.size()));
    response.headers.insert(protocol::kCaptureTimeHeader, captureTimeOf(*jpeg));
    return response;
}

} // namespace

void addLiveRoutes(HttpServer &server, LiveCameraLookup lookup, const QString &firstCamera)
{
    const auto shared = std::make_shared<LiveCameraLookup>(std::move(lookup));
    server.addStream(QString::fromLatin1(protocol::routes::kCameraStream), [shared, firstCamera](HttpRequest request) {
        request.parameters.insert(QStringLiteral("camera"), firstCamera);
        return openMjpeg(*shared, QStringLiteral("main"), request);
    });
    for (const QString &stream : {QStringLiteral("main"), QStringLiteral("sub")}) {
        const QString path = QStringLiteral("/live/{camera}/") + stream;
        server.addStream(path + QStringLiteral(".au"),
                         [shared, stream](const HttpRequest &request) { return openStream<AuBody>(*shared, stream, request); });
        server.addStream(path + QStringLiteral(".ts"),
                         [shared, stream](const HttpRequest &request) { return openStream<TsBody>(*shared, stream, request); });
        server.addStream(path + QStringLiteral(".mjpg"),
                         [shared, stream](const HttpRequest &request) { return openMjpeg(*shared, stream, request); });
        server.addRoute(path + QStringLiteral(".jpg"), HttpPolicy::Read,
                        [shared, stream](const HttpRequest &request) { return sendPicture(*shared, stream, request); });
    }
}

} // namespace vedette::agent
