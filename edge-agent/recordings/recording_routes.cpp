// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/recording_routes.h"

#include "core/protocol/capture_jpeg.h"
#include "core/protocol/ids.h"
#include "core/protocol/routes.h"
#include "core/protocol/time_range.h"
#include "edge-agent/http/http_file.h"
#include "edge-agent/recordings/catalog.h"
#include "edge-agent/recordings/manifest_file.h"
#include "edge-agent/recordings/thumbnail_worker.h"

#include <QFile>

#include <algorithm>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vedette::agent {
namespace {

namespace routes = protocol::routes;
using protocol::Recording;

constexpr int kThumbnailWidth = 320; // pixels
constexpr int kLeastThumbnail = 16;
constexpr int kMostThumbnail = 1920;

/// What both questions about a lane say.
struct LaneQuery {
    RecordingLane lane;
    std::optional<UtcTime> from;
    std::optional<UtcTime> to;
};

/// Microseconds UTC, or RFC 3339.
Result<std::optional<UtcTime>> timeIn(const HttpRequest &request, const QString &name)
{
    if (!request.query.contains(name))
        return std::nullopt;
    if (const QString text = request.query.value(name); text.contains(u':')) {
        const auto time = protocol::timeFromText(text);
        if (!time)
            return fail(time.error().wrap(name));
        return *time;
    }
    const auto micros = queryNumber(request, name, 0, 0, protocol::kMaxTimeMicros);
    if (!micros)
        return fail(micros.error());
    return utcFromMicros(*micros);
}

Result<LaneQuery> laneQuery(const HttpRequest &request)
{
    LaneQuery query{{request.query.value(QStringLiteral("camera")), request.query.value(QStringLiteral("stream"), QStringLiteral("main"))}, {}, {}};
    if (!protocol::isValidId(query.lane.camera))
        return fail(ErrorKind::InvalidInput, QStringLiteral("camera: \"%1\" is not the id of a camera.").arg(query.lane.camera.left(40)));
    if (query.lane.stream != QLatin1String("main") && query.lane.stream != QLatin1String("sub"))
        return fail(ErrorKind::InvalidInput, QStringLiteral("stream: \"%1\" is neither main nor sub.").arg(query.lane.stream.left(40)));
    const auto from = timeIn(request, QStringLiteral("from"));
    const auto to = from ? timeIn(request, QStringLiteral("to")) : from;
    if (!to)
        return fail(to.error());
    if (*from && *to && **from >= **to)
        return fail(ErrorKind::InvalidInput, QStringLiteral("to: is not after from."));
    query.from = *from;
    query.to = *to;
    return query;
}

template <typename Value>
Catalog::Answer<Value> asJson(HttpReply reply)
{
    return [reply = std::move(reply)](const Result<Value> &value) {
        if (!value) {
            reply(errorResponse(value.error()));
            return;
        }
        HttpResponse response;
        response.body = protocol::toJson(*value);
        reply(response);
    };
}

void answerCoverage(Catalog &catalog, const HttpRequest &request, const HttpReply &reply)
{
    const auto query = laneQuery(request);
    if (!query)
        reply(errorResponse(query.error()));
    else
        catalog.coverage(query->lane, query->from.value_or(utcFromMicros(0)), query->to.value_or(utcFromMicros(protocol::kMaxTimeMicros)),
                         asJson<protocol::Coverage>(reply));
}

void answerRecordings(Catalog &catalog, const HttpRequest &request, const HttpReply &reply)
{
    using Page = protocol::RecordingPage;
    const auto query = laneQuery(request);
    const auto limit = queryNumber(request, QStringLiteral("limit"), Page::kDefaultLimit, 1, Page::kMaxLimit);
    if (!query || !limit)
        reply(errorResponse(query ? limit.error() : query.error()));
    else
        catalog.recordings(query->lane, query->from, query->to, request.query.value(QStringLiteral("after")), static_cast<int>(*limit), asJson<Page>(reply));
}

void answerProtections(Catalog &catalog, const HttpRequest &request, const HttpReply &reply)
{
    const QString camera = request.query.value(QStringLiteral("camera"));
    if (request.query.contains(QStringLiteral("camera")) && !protocol::isValidId(camera))
        reply(errorResponse({ErrorKind::InvalidInput, QStringLiteral("camera: \"%1\" is not the id of a camera.").arg(camera.left(40)), nullptr}));
    else
        catalog.protections(camera, asJson<QList<protocol::Protection>>(reply));
}

Error notHere(const Recording &recording)
{
    const QString why = recording.state == protocol::RecordingState::Expired ? QStringLiteral("was removed here by the rule \"%1\" of retention").arg(recording.expiredBy)
                                                                             : QStringLiteral("is lost: its file is not where it was");
    return {ErrorKind::NotFound, QStringLiteral("Recording %1 %2.").arg(recording.name.id(), why), nullptr};
}

/// Catalog's thread. The path is made of what was parsed, so that it has no way out of the folder.
HttpResponse fileOf(const QString &folder, const Recording &recording, const HttpRequest &request)
{
    if (recording.state == protocol::RecordingState::Expired || recording.custody == protocol::Custody::Lost)
        return errorResponse(notHere(recording));
    const QString path = folder + u'/' + recording.name.path();
    const int file = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return errorResponse(errno == ENOENT ? notHere(recording)
                                             : Error{ErrorKind::Unavailable, QStringLiteral("Recording %1 cannot be read: %2").arg(recording.name.id(), qt_error_string(errno)), nullptr});
    struct stat about{};
    if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
        ::close(file);
        return errorResponse(notHere(recording));
    }
    ServedFile served;
    served.file = file;
    served.growing = recording.state == protocol::RecordingState::Open;
    served.size = served.growing ? std::min<std::int64_t>(recording.bytes, about.st_size) : about.st_size;
    // Bytes only ever come behind those that are there, so that the length tells versions apart; open and finished ones of
    // one length are the same bytes, but not the same whole.
    served.etag = '"' + recording.name.id().toLatin1() + '-' + QByteArray::number(static_cast<qlonglong>(served.size)) + (served.growing ? "-open\"" : "\"");
    served.contentType = "video/mp4";
    if (served.growing)
        served.headers.insert("X-Segment-Open", "1");
    return fileResponse(request, served);
}

void answerFile(Catalog &catalog, const HttpRequest &request, const HttpReply &reply)
{
    const auto name = protocol::parseSegmentId(request.parameters.value(QStringLiteral("segment")));
    if (!name) {
        reply(errorResponse(name.error()));
        return;
    }
    catalog.segment(*name, [folder = catalog.folder(), request, reply](const Result<Recording> &recording) {
        reply(recording ? fileOf(folder, *recording, request) : errorResponse(recording.error()));
    });
}

/// As it lies beside the media, which it outlives. Catalog's thread.
HttpResponse manifestOf(const QString &folder, const Recording &recording, const HttpRequest &request)
{
    const auto bytes = readManifestBytes(folder, recording.name);
    if (!bytes && bytes.error().kind != ErrorKind::NotFound)
        return errorResponse(bytes.error());
    if (!bytes) {
        const QString why = recording.manifest ? QStringLiteral("has no manifest any more") : QStringLiteral("has no manifest yet: it is written once the recording is finished");
        return errorResponse({ErrorKind::NotFound, QStringLiteral("Recording %1 %2.").arg(recording.name.id(), why), nullptr});
    }
    const QByteArray etag = '"' + toHex(Sha256::of(*bytes)).toLatin1() + '"';
    if (auto decided = preconditionResponse(request, etag))
        return *decided;
    HttpResponse response;
    response.headers.insert("ETag", etag);
    response.body = *bytes;
    return response;
}

void answerManifest(Catalog &catalog, const HttpRequest &request, const HttpReply &reply)
{
    const auto name = protocol::parseSegmentId(request.parameters.value(QStringLiteral("segment")));
    if (!name) {
        reply(errorResponse(name.error()));
        return;
    }
    catalog.segment(*name, [folder = catalog.folder(), request, reply](const Result<Recording> &recording) {
        reply(recording ? manifestOf(folder, *recording, request) : errorResponse(recording.error()));
    });
}

HttpResponse thumbnailResponse(const recordings::Thumbnail &thumbnail, bool finished)
{
    HttpResponse response;
    response.contentType = "image/jpeg";
    response.body = QByteArray(reinterpret_cast<const char *>(thumbnail.jpeg.data()), static_cast<qsizetype>(thumbnail.jpeg.size()));
    response.headers.insert(protocol::kCaptureTimeHeader, protocol::captureTimeText(thumbnail.capture));
    if (finished) // of a file that grows another picture may be the newest before that time soon
        response.headers.insert("Cache-Control", "private, max-age=86400");
    return response;
}

/// Catalog's thread.
void askThumbnail(const QString &folder, const Recording &recording, recordings::ThumbnailRequest wanted, ThumbnailWorker &worker, const HttpReply &reply)
{
    if (recording.state == protocol::RecordingState::Expired || recording.custody == protocol::Custody::Lost) {
        reply(errorResponse(notHere(recording)));
        return;
    }
    if (wanted.at && (*wanted.at < recording.from || *wanted.at > recording.to)) {
        reply(errorResponse({ErrorKind::NotFound, QStringLiteral("t: recording %1 goes from %2 to %3.")
                                                      .arg(recording.name.id()).arg(toMicros(recording.from)).arg(toMicros(recording.to)), nullptr}));
        return;
    }
    wanted.file = folder + u'/' + recording.name.path();
    wanted.from = recording.from;
    wanted.known = recording.name.start.has_value();
    const QString what = QStringLiteral("Recording %1").arg(recording.name.id());
    worker.ask(wanted, [reply, what, finished = recording.state == protocol::RecordingState::Finished](const Result<recordings::Thumbnail> &made) {
        reply(made ? thumbnailResponse(*made, finished) : errorResponse(made.error().wrap(what)));
    });
}

void answerThumbnail(Catalog &catalog, const std::shared_ptr<ThumbnailWorker> &worker, const HttpRequest &request, const HttpReply &reply)
{
    const auto name = protocol::parseSegmentId(request.parameters.value(QStringLiteral("segment")));
    const auto at = name ? timeIn(request, QStringLiteral("t")) : fail(name.error());
    const auto width = at ? queryNumber(request, QStringLiteral("width"), kThumbnailWidth, kLeastThumbnail, kMostThumbnail) : fail(at.error());
    if (!width) {
        reply(errorResponse(width.error()));
        return;
    }
    recordings::ThumbnailRequest wanted;
    wanted.at = *at;
    wanted.width = static_cast<int>(*width);
    catalog.segment(*name, [folder = catalog.folder(), wanted, worker, reply](const Result<Recording> &recording) {
        if (recording)
            askThumbnail(folder, *recording, wanted, *worker, reply);
        else
            reply(errorResponse(recording.error()));
    });
}

} // namespace

void addRecordingRoutes(HttpServer &server, const std::function<Result<Catalog *>()> &catalog, const Clock &clock)
{
    using Answer = std::function<void(Catalog &, const HttpRequest &, const HttpReply &)>;
    const auto add = [&server, &catalog](const QString &pattern, const Answer &answer) {
        server.addLater(pattern, [catalog, answer](const HttpRequest &request, const HttpReply &reply) -> std::shared_ptr<void> {
            if (const auto now = catalog())
                answer(**now, request, reply);
            else
                reply(errorResponse(now.error()));
            return nullptr; // the catalog keeps the question
        });
    };
    add(QString::fromLatin1(routes::kCoverage), &answerCoverage);
    add(QString::fromLatin1(routes::kRecordings), &answerRecordings);
    add(QString::fromLatin1(routes::kProtections), &answerProtections);
    add(routes::recording(QStringLiteral("{segment}")), &answerFile);
    add(routes::manifest(QStringLiteral("{segment}")), &answerManifest);
    add(routes::thumbnail(QStringLiteral("{segment}")), [worker = std::make_shared<ThumbnailWorker>(clock)](Catalog &now, const HttpRequest &request, const HttpReply &reply) {
        answerThumbnail(now, worker, request, reply);
    });
}

} // namespace vedette::agent
