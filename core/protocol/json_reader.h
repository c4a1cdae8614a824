// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QByteArray>
#include <QJsonArray>
#include <QJsonObject>
#include <QStringList>

#include <functional>
#include <optional>

namespace vedette::protocol {

enum class Presence : std::uint8_t { Required, Optional };

/// Reads one JSON object from the network. The first thing wrong is kept and names its key path
/// ("cameras[1].streams[0].urls"); after it, and for absent optional keys, the fallback comes back.
/// Readers of nested objects share one error. Reentrant.
class JsonReader {
public:
    /// Larger documents are refused before they are parsed.
    static constexpr qsizetype kMaxBytes = 16 * 1024 * 1024;
    /// Longer texts are refused.
    static constexpr qsizetype kMaxText = 4096;

    /// The whole document as an object; InvalidInput when it is none.
    static Result<QJsonObject> document(const QByteArray &json);

    JsonReader(const QJsonObject &object, std::optional<Error> &error, QString path = {});

    QString text(QLatin1String key, Presence presence = Presence::Required);
    /// Optional words for people only: cut to so many characters, never refused for their length.
    QString label(QLatin1String key, qsizetype most);
    /// An id of an agent or a camera.
    QString id(QLatin1String key);
    bool boolean(QLatin1String key, bool fallback, Presence presence = Presence::Required);
    std::int64_t integer(QLatin1String key, std::int64_t minimum, std::int64_t maximum,
                         Presence presence = Presence::Required);
    double number(QLatin1String key, double minimum, double maximum, Presence presence = Presence::Required);
    /// Microseconds UTC.
    UtcTime time(QLatin1String key, Presence presence = Presence::Required);
    /// The same, or RFC 3339 as text: what people write.
    UtcTime moment(QLatin1String key);
    QStringList texts(QLatin1String key, Presence presence = Presence::Required);
    QJsonObject object(QLatin1String key, Presence presence = Presence::Required);
    /// Calls each for every element, which must be objects.
    void objects(QLatin1String key, const std::function<void(JsonReader &)> &each, Presence presence = Presence::Required);

    bool has(QLatin1String key) const;
    const QJsonObject &raw() const { return m_object; }
    /// Notes that this key is wrong: "PATH predicate", as "is missing".
    void refuse(const QString &key, const QString &predicate);
    /// The same by a whole sentence: "PATH: sentence".
    void refuse(const QString &key, const Error &why);
    QString pathOf(const QString &key) const;

private:
    QJsonValue find(QLatin1String key, Presence presence, QJsonValue::Type type, const char *typeName);
    QJsonArray array(QLatin1String key, Presence presence);

    QJsonObject m_object;
    std::optional<Error> &m_error;
    QString m_path;
};

} // namespace vedette::protocol
