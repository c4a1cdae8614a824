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

HttpResponse pictureResponse(const JpegPicture &picture)
{
    HttpResponse response;
    response.contentType = "image/jpeg";
    response.body = QByteArray(reinterpret_cast<const char *>(picture.data.data()), static_cast<qsizetype>(picture.data.size()));
    response.headers.insert(protocol::kCaptureTimeHeader, captureTimeOf(picture));
    return response;
}

/// The feed's next picture: decoding and encoding are its thread's, and clients that ask at once share one.
std::shared_ptr<void> sendPicture(const LiveCameraLookup &lookup, const QString &stream, const HttpRequest &request, const HttpReply &reply)
{
    const QString id = request.parameters.value(QStringLiteral("camera"));
    const auto camera = lookup(id, stream);
    const std::optional<Error> why = camera ? whyNothing(*camera, id) : camera.error();
    if (why) {
        reply(errorResponse(*why));
        return nullptr;
    }
    const MjpegReaderPtr reader = camera->mjpeg(MjpegFeed::kMostRate);
    const auto give = [weak = std::weak_ptr(reader), reply] {
        const MjpegReaderPtr mine = weak.lock();
        if (const JpegPtr picture = mine ? mine->take() : nullptr)
            reply(pictureResponse(*picture));
    };
    reader->onReadable(give);
    give(); // there already, perhaps
    return reader;
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
        server.addLater(path + QStringLiteral(".jpg"), [shared, stream](const HttpRequest &request, const HttpReply &reply) {
            return sendPicture(*shared, stream, request, reply);
        });
    }
}

} // namespace vedette::agent
