// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/manifest.h"

#include "core/protocol/json_reader.h"
#include "core/protocol/merkle.h"
#include "core/protocol/time_range.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <numeric>

namespace vedette::protocol {
namespace {

constexpr std::int64_t kMaxCount = 1LL << 53; // exact in JSON
constexpr int kMaxPixels = 65'535;
constexpr int kMaxUnits = 1'000'000;          // of a fragment
constexpr std::int64_t kMaxSettings = 0xFFFF'FFFF;
constexpr qsizetype kRunDigits = 16;

qint64 number(UtcTime time) { return static_cast<qint64>(toMicros(time)); }
qint64 number(microseconds time) { return static_cast<qint64>(time.count()); }
QString runText(std::uint64_t run) { return QString::number(run, 16).rightJustified(kRunDigits, u'0'); }

void append(QByteArray &out, std::uint64_t value, int bytes)
{
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        out.append(static_cast<char>(value >> shift & 0xFF));
}

void addLeaf(std::vector<Digest> &leaves, std::uint8_t track, std::uint32_t fragment, std::int64_t micros, const TrackHash &hash)
{
    if (hash.count == 0)
        return;
    QByteArray leaf;
    append(leaf, track, 1);
    append(leaf, fragment, 4);
    append(leaf, static_cast<std::uint64_t>(micros), 8);
    append(leaf, static_cast<std::uint64_t>(hash.count), 4);
    leaf.append(reinterpret_cast<const char *>(hash.sha256.data()), static_cast<qsizetype>(hash.sha256.size()));
    leaves.push_back(merkleLeaf(leaf));
}

// ---- writing -------------------------------------------------------------------------------------------------------

QJsonObject toJsonObject(const ManifestFragment &fragment)
{
    QJsonObject object;
    if (fragment.from)
        object.insert(QStringLiteral("from_us"), number(*fragment.from));
    if (fragment.pictures.count > 0) {
        object.insert(QStringLiteral("frames"), fragment.pictures.count);
        object.insert(QStringLiteral("video_sha256"), toHex(fragment.pictures.sha256));
    }
    if (fragment.sound.count > 0) {
        object.insert(QStringLiteral("units"), fragment.sound.count);
        object.insert(QStringLiteral("audio_sha256"), toHex(fragment.sound.sha256));
    }
    return object;
}

QJsonObject toJsonObject(const ManifestLink &link)
{
    return {{QStringLiteral("number"), static_cast<qint64>(link.number)}, {QStringLiteral("id"), link.id}, {QStringLiteral("sha256"), toHex(link.sha256)}};
}

QJsonObject toJsonObject(const ClockRun &run)
{
    return {{QStringLiteral("run"), runText(run.run)},
            {QStringLiteral("offset_us"), number(run.offset)},
            {QStringLiteral("uncertainty_us"), number(run.uncertainty)},
            {QStringLiteral("since_us"), number(run.since)}};
}

QJsonObject toJsonObject(const ManifestGap &gap)
{
    return {{QStringLiteral("from_us"), number(gap.from)}, {QStringLiteral("to_us"), number(gap.to)}, {QStringLiteral("reason"), toString(gap.reason)}};
}

template <typename Value>
QJsonArray toJsonArray(const QList<Value> &values)
{
    QJsonArray array;
    for (const Value &each : values)
        array.append(toJsonObject(each));
    return array;
}

// ---- reading -------------------------------------------------------------------------------------------------------

Digest digest(JsonReader &reader, QLatin1String key)
{
    const auto read = digestFromHex(reader.text(key));
    if (!read)
        reader.refuse(key, QStringLiteral("is not a SHA-256 in 64 hexadecimal digits"));
    return read.value_or(Digest{});
}

std::uint64_t run(JsonReader &reader)
{
    const QString text = reader.text(QLatin1String("run"));
    const std::uint64_t value = text.toULongLong(nullptr, 16);
    if (runText(value) != text)
        reader.refuse(QStringLiteral("run"), QStringLiteral("is not 16 hexadecimal digits"));
    return value;
}

TrackHash trackHash(JsonReader &reader, QLatin1String count, QLatin1String hash)
{
    if (!reader.has(count) && !reader.has(hash))
        return {};
    return {static_cast<int>(reader.integer(count, 1, kMaxUnits)), digest(reader, hash)};
}

ManifestFragment fragment(JsonReader &reader)
{
    ManifestFragment read;
    if (reader.has(QLatin1String("from_us")))
        read.from = reader.time(QLatin1String("from_us"));
    read.pictures = trackHash(reader, QLatin1String("frames"), QLatin1String("video_sha256"));
    read.sound = trackHash(reader, QLatin1String("units"), QLatin1String("audio_sha256"));
    return read;
}

ManifestLink link(JsonReader &reader)
{
    ManifestLink read{reader.integer(QLatin1String("number"), 1, kMaxCount), reader.text(QLatin1String("id")), digest(reader, QLatin1String("sha256"))};
    if (const auto name = parseSegmentId(read.id); !name)
        reader.refuse(QStringLiteral("id"), name.error());
    return read;
}

ClockRun clockRun(JsonReader &reader)
{
    return {run(reader), microseconds{reader.integer(QLatin1String("offset_us"), -kMaxTimeMicros, kMaxTimeMicros)},
            microseconds{reader.integer(QLatin1String("uncertainty_us"), 0, kMaxTimeMicros)}, reader.time(QLatin1String("since_us"))};
}

ManifestGap gap(JsonReader &reader)
{
    ManifestGap read{reader.time(QLatin1String("from_us")), reader.time(QLatin1String("to_us"))};
    if (read.to <= read.from)
        reader.refuse(QStringLiteral("to_us"), QStringLiteral("is not after from_us"));
    const auto reason = gapReasonFromString(reader.text(QLatin1String("reason")));
    if (!reason)
        reader.refuse(QStringLiteral("reason"), QStringLiteral("is none"));
    read.reason = reason.value_or(GapReason::Unknown);
    return read;
}

SegmentName name(JsonReader &reader)
{
    const QString id = reader.text(QLatin1String("id"));
    const auto parsed = parseSegmentId(id);
    if (!parsed) {
        reader.refuse(QStringLiteral("id"), parsed.error());
        return {};
    }
    SegmentName read = *parsed;
    read.run = run(reader);
    if (read.id() != id)
        reader.refuse(QStringLiteral("run"), QStringLiteral("is not that of the id"));
    for (const auto &[key, value] : {std::pair(QLatin1String("camera"), read.camera), std::pair(QLatin1String("stream"), read.stream)}) {
        if (reader.text(key) != value)
            reader.refuse(key, QStringLiteral("is not that of the id"));
    }
    if (reader.boolean(QLatin1String("time_known"), false) != read.start.has_value())
        reader.refuse(QStringLiteral("time_known"), QStringLiteral("is not as the id says"));
    return read;
}

void chain(JsonReader &reader, std::optional<Error> &error, Manifest &manifest)
{
    manifest.number = reader.integer(QLatin1String("number"), 1, kMaxCount);
    if (reader.has(QLatin1String("previous"))) {
        JsonReader previous(reader.object(QLatin1String("previous")), error, QStringLiteral("previous"));
        manifest.previous = link(previous);
        if (manifest.previous->number >= manifest.number)
            previous.refuse(QStringLiteral("number"), QStringLiteral("is not before this one's"));
    }
    reader.objects(QLatin1String("replaces"), [&](JsonReader &each) {
        manifest.replaces.append(link(each));
        if (manifest.replaces.last().number >= manifest.number)
            each.refuse(QStringLiteral("number"), QStringLiteral("is not before this one's"));
    }, Presence::Optional);
}

} // namespace

Digest fragmentsRoot(const QList<ManifestFragment> &fragments)
{
    std::vector<Digest> leaves;
    std::uint32_t number = 0;
    for (const ManifestFragment &each : fragments) {
        ++number;
        const std::int64_t micros = each.from ? std::int64_t{toMicros(*each.from)} : 0;
        addLeaf(leaves, 1, number, micros, each.pictures);
        addLeaf(leaves, 2, number, micros, each.sound);
    }
    return merkleRoot(leaves);
}

std::int64_t Manifest::frames() const
{
    return std::accumulate(fragments.begin(), fragments.end(), std::int64_t{0}, [](std::int64_t sum, const ManifestFragment &each) { return sum + each.pictures.count; });
}

QByteArray toJson(const Manifest &manifest)
{
    QJsonObject object{{QStringLiteral("version"), Manifest::kVersion},
                       {QStringLiteral("id"), manifest.name.id()},
                       {QStringLiteral("camera"), manifest.name.camera},
                       {QStringLiteral("stream"), manifest.name.stream},
                       {QStringLiteral("time_known"), manifest.name.start.has_value()},
                       {QStringLiteral("run"), runText(manifest.name.run)},
                       {QStringLiteral("from_us"), number(manifest.from)},
                       {QStringLiteral("to_us"), number(manifest.to)},
                       {QStringLiteral("codec"), manifest.codec},
                       {QStringLiteral("width_px"), manifest.width},
                       {QStringLiteral("height_px"), manifest.height},
                       {QStringLiteral("sound"), manifest.sound},
                       {QStringLiteral("bytes"), static_cast<qint64>(manifest.bytes)},
                       {QStringLiteral("sha256"), toHex(manifest.sha256)},
                       {QStringLiteral("frames"), static_cast<qint64>(manifest.frames())},
                       {QStringLiteral("settings_version"), static_cast<qint64>(manifest.settingsVersion)},
                       {QStringLiteral("clock_runs"), toJsonArray(manifest.clockRuns)},
                       {QStringLiteral("gaps"), toJsonArray(manifest.gaps)},
                       {QStringLiteral("fragments"), toJsonArray(manifest.fragments)},
                       {QStringLiteral("root"), toHex(fragmentsRoot(manifest.fragments))},
                       {QStringLiteral("number"), static_cast<qint64>(manifest.number)}};
    if (manifest.previous)
        object.insert(QStringLiteral("previous"), toJsonObject(*manifest.previous));
    if (!manifest.replaces.isEmpty())
        object.insert(QStringLiteral("replaces"), toJsonArray(manifest.replaces));
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

Result<Manifest> parseManifest(const QByteArray &json)
{
    const auto document = JsonReader::document(json);
    if (!document)
        return fail(document.error());
    std::optional<Error> error;
    JsonReader reader(*document, error);
    const std::int64_t version = reader.integer(QLatin1String("version"), 1, kMaxCount);
    if (!error && version > Manifest::kVersion)
        return fail(ErrorKind::Unsupported, QStringLiteral("version is %1; this program knows %2").arg(version).arg(Manifest::kVersion));
    Manifest manifest;
    manifest.name = name(reader);
    manifest.from = reader.time(QLatin1String("from_us"));
    manifest.to = reader.time(QLatin1String("to_us"));
    if (manifest.to < manifest.from)
        reader.refuse(QStringLiteral("to_us"), QStringLiteral("is before from_us"));
    manifest.codec = reader.text(QLatin1String("codec"));
    manifest.width = static_cast<int>(reader.integer(QLatin1String("width_px"), 0, kMaxPixels));
    manifest.height = static_cast<int>(reader.integer(QLatin1String("height_px"), 0, kMaxPixels));
    manifest.sound = reader.boolean(QLatin1String("sound"), false);
    manifest.bytes = reader.integer(QLatin1String("bytes"), 0, kMaxCount);
    manifest.sha256 = digest(reader, QLatin1String("sha256"));
    manifest.settingsVersion = static_cast<std::uint32_t>(reader.integer(QLatin1String("settings_version"), 0, kMaxSettings));
    reader.objects(QLatin1String("clock_runs"), [&](JsonReader &each) { manifest.clockRuns.append(clockRun(each)); });
    reader.objects(QLatin1String("gaps"), [&](JsonReader &each) { manifest.gaps.append(gap(each)); });
    reader.objects(QLatin1String("fragments"), [&](JsonReader &each) { manifest.fragments.append(fragment(each)); });
    if (reader.integer(QLatin1String("frames"), 0, kMaxCount) != manifest.frames())
        reader.refuse(QStringLiteral("frames"), QStringLiteral("is not what its fragments hold"));
    if (digest(reader, QLatin1String("root")) != fragmentsRoot(manifest.fragments))
        reader.refuse(QStringLiteral("root"), QStringLiteral("is not that of its fragments"));
    chain(reader, error, manifest);
    if (error)
        return fail(*error);
    return manifest;
}

} // namespace vedette::protocol
