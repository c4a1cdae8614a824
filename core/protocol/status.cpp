// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/status.h"

#include "core/protocol/json_reader.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <array>
#include <limits>

namespace vedette::protocol {
namespace {

constexpr std::int64_t kMaxInteger = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMaxUncertaintyUs = 1'000'000'000'000; // 11 days: more is no measurement
constexpr int kMaxPixels = 65'536;
constexpr double kMaxFramerate = 1000;
constexpr double kMaxMilliseconds = 86'400'000;
constexpr qsizetype kMaxRuns = 8;
constexpr qsizetype kMaxName = 256; // shown; settings allow 64
constexpr qsizetype kMaxReason = 1024;

struct StateWord {
    StageState state;
    QLatin1String word;
};
constexpr std::array kStates{
    StateWord{StageState::Idle, QLatin1String("idle")},
    StateWord{StageState::Starting, QLatin1String("starting")},
    StateWord{StageState::Running, QLatin1String("running")},
    StateWord{StageState::Waiting, QLatin1String("waiting")},
    StateWord{StageState::Stopped, QLatin1String("stopped")},
};

qint64 count(std::uint64_t value)
{
    return static_cast<qint64>(std::min<std::uint64_t>(value, kMaxInteger));
}

QJsonObject write(const StageStatus &stage)
{
    QJsonObject out{{QStringLiteral("stage"), stage.stage},
                    {QStringLiteral("state"), toString(stage.state)},
                    {QStringLiteral("reason"), stage.reason},
                    {QStringLiteral("since_us"), static_cast<qint64>(toMicros(stage.since))}};
    if (stage.nextTry)
        out.insert(QStringLiteral("next_try_us"), static_cast<qint64>(toMicros(*stage.nextTry)));
    return out;
}

QJsonObject write(const StreamStatus &stream)
{
    QJsonObject out{{QStringLiteral("name"), stream.name},
                    {QStringLiteral("width_px"), stream.width},
                    {QStringLiteral("height_px"), stream.height},
                    {QStringLiteral("framerate_fps"), stream.framerate},
                    {QStringLiteral("codec"), stream.codec},
                    {QStringLiteral("urls"), QJsonArray::fromStringList(stream.urls)}};
    if (!stream.hlsUrl.isEmpty())
        out.insert(QStringLiteral("hls_url"), stream.hlsUrl);
    return out;
}

QJsonObject write(const CameraStatus &camera)
{
    QJsonArray streams;
    for (const StreamStatus &stream : camera.streams)
        streams.append(write(stream));
    QJsonArray stages;
    for (const StageStatus &stage : camera.stages)
        stages.append(write(stage));
    QJsonArray runs; // 64 bits do not fit a JSON number that other languages read as a double
    for (const quint64 run : camera.runs)
        runs.append(QStringLiteral("%1").arg(run, 16, 16, QLatin1Char('0')));
    QJsonObject out{{QStringLiteral("id"), camera.id},
                    {QStringLiteral("name"), camera.name},
                    {QStringLiteral("source"), camera.source},
                    {QStringLiteral("streams"), streams},
                    {QStringLiteral("stages"), stages},
                    {QStringLiteral("frames_captured"), count(camera.framesCaptured)},
                    {QStringLiteral("frames_encoded"), count(camera.framesEncoded)},
                    {QStringLiteral("frames_dropped"), count(camera.framesDropped)},
                    {QStringLiteral("runs"), runs}};
    if (!camera.controls.isEmpty())
        out.insert(QStringLiteral("controls"), toJson(camera.controls));
    if (camera.captureMs)
        out.insert(QStringLiteral("capture_ms"), *camera.captureMs);
    if (camera.encodeMs)
        out.insert(QStringLiteral("encode_ms"), *camera.encodeMs);
    if (camera.lastFrameAgeMs)
        out.insert(QStringLiteral("last_frame_age_ms"), static_cast<qint64>(*camera.lastFrameAgeMs));
    return out;
}

StageStatus readStage(JsonReader &reader)
{
    StageStatus stage;
    stage.stage = reader.text(QLatin1String("stage"));
    const QString word = reader.text(QLatin1String("state"));
    if (const auto state = stageStateFromString(word))
        stage.state = *state;
    else
        reader.refuse(QStringLiteral("state"), QStringLiteral("is no state: \"%1\"").arg(word.left(32).simplified()));
    stage.reason = reader.label(QLatin1String("reason"), kMaxReason);
    stage.since = reader.time(QLatin1String("since_us"));
    if (reader.has(QLatin1String("next_try_us")))
        stage.nextTry = reader.time(QLatin1String("next_try_us"));
    return stage;
}

/// A console opens these: only what a network receiver handles, never a file or a device. Others are
/// left out, so that a newer agent may offer more.
bool isStreamUrl(const QString &url)
{
    for (const auto scheme :
         {QLatin1String("rtsp://"), QLatin1String("rtsps://"), QLatin1String("http://"), QLatin1String("https://")}) {
        if (url.startsWith(scheme, Qt::CaseInsensitive))
            return true;
    }
    return false;
}

StreamStatus readStream(JsonReader &reader)
{
    StreamStatus stream;
    stream.name = reader.text(QLatin1String("name"));
    stream.width = static_cast<int>(reader.integer(QLatin1String("width_px"), 0, kMaxPixels, Presence::Optional));
    stream.height = static_cast<int>(reader.integer(QLatin1String("height_px"), 0, kMaxPixels, Presence::Optional));
    stream.framerate = reader.number(QLatin1String("framerate_fps"), 0, kMaxFramerate, Presence::Optional);
    stream.codec = reader.text(QLatin1String("codec"), Presence::Optional);
    for (const QString &url : reader.texts(QLatin1String("urls"))) {
        if (isStreamUrl(url))
            stream.urls.append(url);
    }
    if (const QString hls = reader.text(QLatin1String("hls_url"), Presence::Optional); hls.startsWith(QLatin1String("http"), Qt::CaseInsensitive) && isStreamUrl(hls))
        stream.hlsUrl = hls;
    return stream;
}

void readRuns(JsonReader &reader, CameraStatus &camera)
{
    const QStringList words = reader.texts(QLatin1String("runs"), Presence::Optional);
    for (const QString &word : words) {
        bool good = false;
        const quint64 run = word.toULongLong(&good, 16);
        if (!good) {
            reader.refuse(QStringLiteral("runs"), QStringLiteral("must be hexadecimal numbers"));
            return;
        }
        camera.runs.append(run);
    }
    if (camera.runs.size() > kMaxRuns)
        camera.runs.erase(camera.runs.begin(), camera.runs.end() - kMaxRuns);
}

CameraStatus readCamera(JsonReader &reader)
{
    CameraStatus camera;
    camera.id = reader.id(QLatin1String("id"));
    camera.name = reader.label(QLatin1String("name"), kMaxName);
    if (camera.name.isEmpty())
        camera.name = camera.id;
    camera.source = reader.text(QLatin1String("source"), Presence::Optional);
    reader.objects(QLatin1String("streams"), [&camera](JsonReader &each) { camera.streams.append(readStream(each)); });
    reader.objects(QLatin1String("stages"), [&camera](JsonReader &each) { camera.stages.append(readStage(each)); });
    const auto counter = [&reader](QLatin1String key) {
        return static_cast<std::uint64_t>(reader.integer(key, 0, kMaxInteger, Presence::Optional));
    };
    camera.framesCaptured = counter(QLatin1String("frames_captured"));
    camera.framesEncoded = counter(QLatin1String("frames_encoded"));
    camera.framesDropped = counter(QLatin1String("frames_dropped"));
    if (reader.has(QLatin1String("capture_ms")))
        camera.captureMs = reader.number(QLatin1String("capture_ms"), 0, kMaxMilliseconds);
    if (reader.has(QLatin1String("encode_ms")))
        camera.encodeMs = reader.number(QLatin1String("encode_ms"), 0, kMaxMilliseconds);
    camera.controls = parseControlRanges(reader.object(QLatin1String("controls"), Presence::Optional));
    if (reader.has(QLatin1String("last_frame_age_ms")))
        camera.lastFrameAgeMs = reader.integer(QLatin1String("last_frame_age_ms"), 0, kMaxInteger);
    readRuns(reader, camera);
    return camera;
}

} // namespace

QString toString(StageState state)
{
    for (const StateWord &each : kStates) {
        if (each.state == state)
            return each.word;
    }
    return QStringLiteral("idle");
}

std::optional<StageState> stageStateFromString(QStringView word)
{
    for (const StateWord &each : kStates) {
        if (each.word == word)
            return each.state;
    }
    return std::nullopt;
}

QByteArray toJson(const AgentStatus &status)
{
    QJsonArray cameras;
    for (const CameraStatus &camera : status.cameras)
        cameras.append(write(camera));
    return QJsonDocument(QJsonObject{{QStringLiteral("id"), status.id},
                                     {QStringLiteral("name"), status.name},
                                     {QStringLiteral("version"), status.version},
                                     {QStringLiteral("boot_id"), status.bootId},
                                     {QStringLiteral("time_us"), static_cast<qint64>(toMicros(status.time))},
                                     {QStringLiteral("clock_synchronized"), status.clockSynchronized},
                                     {QStringLiteral("clock_uncertainty_us"),
                                      static_cast<qint64>(status.clockUncertainty.count())},
                                     {QStringLiteral("settings_version"), static_cast<qint64>(status.settingsVersion)},
                                     {QStringLiteral("http_url"), status.httpUrl},
                                     {QStringLiteral("spool"), status.spool},
                                     {QStringLiteral("capabilities"), QJsonArray::fromStringList(status.capabilities)},
                                     {QStringLiteral("cameras"), cameras}})
        .toJson(QJsonDocument::Compact);
}

Result<AgentStatus> parseAgentStatus(const QByteArray &json)
{
    const auto document = JsonReader::document(json);
    if (!document)
        return fail(document.error());
    std::optional<Error> error;
    JsonReader reader(*document, error);
    AgentStatus status;
    status.id = reader.id(QLatin1String("id"));
    status.name = reader.label(QLatin1String("name"), kMaxName);
    if (status.name.isEmpty())
        status.name = status.id;
    status.version = reader.text(QLatin1String("version"));
    status.bootId = reader.text(QLatin1String("boot_id"));
    status.time = reader.time(QLatin1String("time_us"));
    status.clockSynchronized = reader.boolean(QLatin1String("clock_synchronized"), false);
    status.clockUncertainty =
        microseconds{reader.integer(QLatin1String("clock_uncertainty_us"), 0, kMaxUncertaintyUs, Presence::Optional)};
    status.settingsVersion = static_cast<std::uint32_t>(reader.integer(
        QLatin1String("settings_version"), 0, std::numeric_limits<std::uint32_t>::max(), Presence::Optional));
    status.httpUrl = reader.text(QLatin1String("http_url"), Presence::Optional);
    status.spool = reader.text(QLatin1String("spool"), Presence::Optional);
    status.capabilities = reader.texts(QLatin1String("capabilities"), Presence::Optional);
    reader.objects(QLatin1String("cameras"), [&status](JsonReader &each) { status.cameras.append(readCamera(each)); });
    if (error)
        return fail(*error);
    return status;
}

QByteArray toJson(const Online &online)
{
    QJsonObject out{{QStringLiteral("online"), online.online}};
    if (!online.bootId.isEmpty()) {
        out.insert(QStringLiteral("boot_id"), online.bootId);
        out.insert(QStringLiteral("time_us"), static_cast<qint64>(toMicros(online.time)));
    }
    return QJsonDocument(out).toJson(QJsonDocument::Compact);
}

Result<Online> parseOnline(const QByteArray &json)
{
    const auto document = JsonReader::document(json);
    if (!document)
        return fail(document.error());
    std::optional<Error> error;
    JsonReader reader(*document, error);
    Online online;
    online.online = reader.boolean(QLatin1String("online"), false);
    // The last will was written before the connection: it knows no time, and needs none.
    const Presence presence = online.online ? Presence::Required : Presence::Optional;
    online.bootId = reader.text(QLatin1String("boot_id"), presence);
    online.time = reader.time(QLatin1String("time_us"), presence);
    if (error)
        return fail(*error);
    return online;
}

} // namespace vedette::protocol
