// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/recording.h"

#include "core/protocol/json_reader.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <array>

namespace vedette::protocol {
namespace {

constexpr std::array kStateWords{"open", "finished", "expired"};
constexpr std::int64_t kMaxCount = 1LL << 53; // exact in JSON
constexpr int kMaxPixels = 65'535;

QJsonObject toJsonObject(const Recording &recording)
{
    QJsonObject object{{QStringLiteral("id"), recording.name.id()},
                   {QStringLiteral("from_us"), static_cast<qint64>(toMicros(recording.from))},
                   {QStringLiteral("to_us"), static_cast<qint64>(toMicros(recording.to))},
                   {QStringLiteral("time_known"), recording.name.start.has_value()},
                   {QStringLiteral("state"), toString(recording.state)},
                   {QStringLiteral("custody"), toString(recording.custody)},
                   {QStringLiteral("codec"), recording.codec},
                   {QStringLiteral("width_px"), recording.width},
                   {QStringLiteral("height_px"), recording.height},
                   {QStringLiteral("sound"), recording.sound},
                   {QStringLiteral("bytes"), static_cast<qint64>(recording.bytes)},
                   {QStringLiteral("frames"), static_cast<qint64>(recording.frames)}};
    if (recording.root)
        object.insert(QStringLiteral("root"), toHex(*recording.root));
    if (recording.manifest)
        object.insert(QStringLiteral("manifest_sha256"), toHex(*recording.manifest));
    if (!recording.expiredBy.isEmpty())
        object.insert(QStringLiteral("expired_by"), recording.expiredBy);
    return object;
}

std::optional<Digest> digest(JsonReader &reader, QLatin1String key)
{
    if (!reader.has(key))
        return std::nullopt;
    const auto read = digestFromHex(reader.text(key));
    if (!read)
        reader.refuse(key, QStringLiteral("is not a SHA-256 in 64 hexadecimal digits"));
    return read;
}

Recording read(JsonReader &reader)
{
    Recording recording;
    if (const auto name = parseSegmentId(reader.text(QLatin1String("id"))))
        recording.name = *name;
    else
        reader.refuse(QStringLiteral("id"), name.error());
    recording.from = reader.time(QLatin1String("from_us"));
    recording.to = reader.time(QLatin1String("to_us"));
    if (recording.to < recording.from)
        reader.refuse(QStringLiteral("to_us"), QStringLiteral("is before from_us"));
    if (const auto state = recordingStateFromString(reader.text(QLatin1String("state"))))
        recording.state = *state;
    else
        reader.refuse(QStringLiteral("state"), QStringLiteral("is none"));
    if (const auto custody = custodyFromString(reader.text(QLatin1String("custody"))))
        recording.custody = *custody;
    else
        reader.refuse(QStringLiteral("custody"), QStringLiteral("is none"));
    recording.codec = reader.text(QLatin1String("codec"));
    recording.width = static_cast<int>(reader.integer(QLatin1String("width_px"), 0, kMaxPixels));
    recording.height = static_cast<int>(reader.integer(QLatin1String("height_px"), 0, kMaxPixels));
    recording.sound = reader.boolean(QLatin1String("sound"), false);
    recording.bytes = reader.integer(QLatin1String("bytes"), 0, kMaxCount);
    recording.frames = reader.integer(QLatin1String("frames"), 0, kMaxCount);
    recording.root = digest(reader, QLatin1String("root"));
    recording.manifest = digest(reader, QLatin1String("manifest_sha256"));
    recording.expiredBy = reader.text(QLatin1String("expired_by"), Presence::Optional);
    return recording;
}

} // namespace

QString toString(RecordingState state)
{
    return QString::fromLatin1(kStateWords.at(static_cast<std::size_t>(state)));
}

std::optional<RecordingState> recordingStateFromString(QStringView word)
{
    const auto found = std::find_if(kStateWords.begin(), kStateWords.end(), [word](const char *each) { return word == QLatin1String(each); });
    return found == kStateWords.end() ? std::nullopt : std::optional(static_cast<RecordingState>(found - kStateWords.begin()));
}

QByteArray toJson(const RecordingPage &page)
{
    QJsonArray recordings;
    for (const Recording &each : page.recordings)
        recordings.append(toJsonObject(each));
    QJsonObject object{{QStringLiteral("camera"), page.camera}, {QStringLiteral("stream"), page.stream}, {QStringLiteral("recordings"), recordings}};
    if (!page.next.isEmpty())
        object.insert(QStringLiteral("next"), page.next);
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

Result<RecordingPage> parseRecordingPage(const QByteArray &json)
{
    const auto document = JsonReader::document(json);
    if (!document)
        return fail(document.error());
    std::optional<Error> error;
    JsonReader reader(*document, error);
    RecordingPage page;
    page.camera = reader.id(QLatin1String("camera"));
    page.stream = reader.text(QLatin1String("stream"));
    reader.objects(QLatin1String("recordings"), [&page](JsonReader &each) { page.recordings.append(read(each)); });
    page.next = reader.text(QLatin1String("next"), Presence::Optional);
    if (error)
        return fail(*error);
    return page;
}

} // namespace vedette::protocol
