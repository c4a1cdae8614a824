// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/protection.h"

#include "core/protocol/json_reader.h"

#include <QJsonDocument>

#include <limits>

namespace vedette::protocol {
namespace {

Protection read(JsonReader &reader)
{
    Protection protection;
    protection.id = reader.integer(QLatin1String("id"), 1, std::numeric_limits<std::int64_t>::max());
    protection.lane = {reader.id(QLatin1String("camera")), reader.text(QLatin1String("stream"))};
    protection.from = reader.time(QLatin1String("from_us"));
    protection.to = reader.time(QLatin1String("to_us"));
    if (protection.to <= protection.from)
        reader.refuse(QStringLiteral("to_us"), QStringLiteral("is not after from_us"));
    protection.reason = reader.text(QLatin1String("reason"));
    protection.author = reader.text(QLatin1String("author"));
    if (reader.has(QLatin1String("expires_us")))
        protection.expires = reader.time(QLatin1String("expires_us"));
    return protection;
}

} // namespace

QJsonObject toJsonObject(const Protection &protection)
{
    QJsonObject object{{QStringLiteral("id"), static_cast<qint64>(protection.id)},
                       {QStringLiteral("camera"), protection.lane.camera},
                       {QStringLiteral("stream"), protection.lane.stream},
                       {QStringLiteral("from_us"), static_cast<qint64>(toMicros(protection.from))},
                       {QStringLiteral("to_us"), static_cast<qint64>(toMicros(protection.to))},
                       {QStringLiteral("reason"), protection.reason},
                       {QStringLiteral("author"), protection.author}};
    if (protection.expires)
        object.insert(QStringLiteral("expires_us"), static_cast<qint64>(toMicros(*protection.expires)));
    return object;
}

QByteArray toJson(const QList<Protection> &protections)
{
    QJsonArray all;
    for (const Protection &each : protections)
        all.append(toJsonObject(each));
    return QJsonDocument(QJsonObject{{QStringLiteral("protections"), all}}).toJson(QJsonDocument::Compact);
}

Result<QList<Protection>> parseProtections(const QByteArray &json)
{
    const auto document = JsonReader::document(json);
    if (!document)
        return fail(document.error());
    std::optional<Error> error;
    JsonReader reader(*document, error);
    QList<Protection> protections;
    reader.objects(QLatin1String("protections"), [&protections](JsonReader &each) { protections.append(read(each)); });
    if (error)
        return fail(*error);
    return protections;
}

} // namespace vedette::protocol
