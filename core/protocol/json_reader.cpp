// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/json_reader.h"

#include "core/protocol/ids.h"
#include "core/protocol/time_range.h"

#include <QJsonDocument>

#include <cmath>
#include <limits>

namespace vedette::protocol {

Result<QJsonObject> JsonReader::document(const QByteArray &json)
{
    if (json.size() > kMaxBytes)
        return fail(ErrorKind::InvalidInput,
                    QStringLiteral("the JSON has %1 bytes; at most %2 are read").arg(json.size()).arg(kMaxBytes));
    QJsonParseError problem{};
    const QJsonDocument document = QJsonDocument::fromJson(json, &problem); // refuses nesting deeper than 1024
    if (problem.error != QJsonParseError::NoError)
        return fail(ErrorKind::InvalidInput,
                    QStringLiteral("not JSON: %1 at byte %2").arg(problem.errorString()).arg(problem.offset));
    if (!document.isObject())
        return fail(ErrorKind::InvalidInput, QStringLiteral("the JSON is not an object"));
    return document.object();
}

JsonReader::JsonReader(const QJsonObject &object, std::optional<Error> &error, QString path)
    : m_object(object), m_error(error), m_path(std::move(path))
{
}

QString JsonReader::text(QLatin1String key, Presence presence)
{
    const QString value = find(key, presence, QJsonValue::String, "a text").toString();
    if (value.size() > kMaxText) {
        refuse(key, QStringLiteral("is longer than %1 characters").arg(kMaxText));
        return {};
    }
    return value;
}

QString JsonReader::label(QLatin1String key, qsizetype most)
{
    QString value = find(key, Presence::Optional, QJsonValue::String, "a text").toString();
    if (value.size() <= most)
        return value;
    value.truncate(value[most - 2].isHighSurrogate() ? most - 2 : most - 1);
    return value + QChar(0x2026);
}

QString JsonReader::id(QLatin1String key)
{
    const QString value = find(key, Presence::Required, QJsonValue::String, "a text").toString();
    if (m_error)
        return {};
    if (const Status good = checkId(value); !good)
        refuse(key, good.error());
    return value;
}

bool JsonReader::boolean(QLatin1String key, bool fallback, Presence presence)
{
    return find(key, presence, QJsonValue::Bool, "true or false").toBool(fallback);
}

std::int64_t JsonReader::integer(QLatin1String key, std::int64_t minimum, std::int64_t maximum, Presence presence)
{
    const QJsonValue value = find(key, presence, QJsonValue::Double, "an integer");
    if (value.isUndefined())
        return minimum;
    // toInteger() gives the default for a fraction or a number beyond 64 bits: two defaults tell them from a value.
    const std::int64_t integer = value.toInteger(0);
    if (integer == 0 && value.toInteger(1) == 1) {
        refuse(key, QStringLiteral("must be an integer"));
        return minimum;
    }
    if (integer < minimum || integer > maximum) {
        refuse(key, QStringLiteral("is %1; allowed are %2 to %3").arg(integer).arg(minimum).arg(maximum));
        return minimum;
    }
    return integer;
}

double JsonReader::number(QLatin1String key, double minimum, double maximum, Presence presence)
{
    const QJsonValue value = find(key, presence, QJsonValue::Double, "a number");
    if (value.isUndefined())
        return minimum;
    const double number = value.toDouble();
    if (!std::isfinite(number) || number < minimum || number > maximum) {
        refuse(key, QStringLiteral("is %1; allowed are %2 to %3").arg(number).arg(minimum).arg(maximum));
        return minimum;
    }
    return number;
}

UtcTime JsonReader::time(QLatin1String key, Presence presence)
{
    return utcFromMicros(integer(key, 0, kMaxTimeMicros, presence));
}

UtcTime JsonReader::moment(QLatin1String key)
{
    if (!m_object.value(key).isString())
        return time(key);
    const auto moment = timeFromText(text(key));
    if (!moment)
        refuse(key, moment.error());
    return moment.value_or(UtcTime{});
}

QStringList JsonReader::texts(QLatin1String key, Presence presence)
{
    QStringList out;
    const QJsonArray values = array(key, presence);
    for (qsizetype i = 0; i < values.size(); ++i) {
        const QJsonValue value = values.at(i);
        if (!value.isString() || value.toString().size() > kMaxText) {
            refuse(QStringLiteral("%1[%2]").arg(key).arg(i),
                   QStringLiteral("must be a text of at most %1 characters").arg(kMaxText));
            return {};
        }
        out.append(value.toString());
    }
    return out;
}

QJsonObject JsonReader::object(QLatin1String key, Presence presence)
{
    return find(key, presence, QJsonValue::Object, "an object").toObject();
}

void JsonReader::objects(QLatin1String key, const std::function<void(JsonReader &)> &each, Presence presence)
{
    const QJsonArray values = array(key, presence);
    for (qsizetype i = 0; i < values.size() && !m_error; ++i) {
        const QString name = QStringLiteral("%1[%2]").arg(key).arg(i);
        if (!values.at(i).isObject()) {
            refuse(name, QStringLiteral("must be an object"));
            return;
        }
        JsonReader reader(values.at(i).toObject(), m_error, pathOf(name));
        each(reader);
    }
}

bool JsonReader::has(QLatin1String key) const
{
    const QJsonValue value = m_object.value(key);
    return !value.isUndefined() && !value.isNull();
}

void JsonReader::refuse(const QString &key, const QString &predicate)
{
    if (!m_error)
        m_error = Error{ErrorKind::InvalidInput, pathOf(key) + u' ' + predicate, nullptr};
}

void JsonReader::refuse(const QString &key, const Error &why)
{
    if (!m_error)
        m_error = Error{ErrorKind::InvalidInput, pathOf(key) + QStringLiteral(": ") + why.detail, nullptr};
}

QString JsonReader::pathOf(const QString &key) const
{
    return m_path.isEmpty() ? key : m_path + u'.' + key;
}

QJsonValue JsonReader::find(QLatin1String key, Presence presence, QJsonValue::Type type, const char *typeName)
{
    const QJsonValue value = m_object.value(key);
    if (value.type() == type)
        return value;
    if (!has(key)) {
        if (presence == Presence::Required)
            refuse(key, QStringLiteral("is missing"));
    } else {
        refuse(key, QStringLiteral("must be %1").arg(QLatin1String(typeName)));
    }
    return QJsonValue(QJsonValue::Undefined);
}

QJsonArray JsonReader::array(QLatin1String key, Presence presence)
{
    return find(key, presence, QJsonValue::Array, "a list").toArray();
}

} // namespace vedette::protocol
