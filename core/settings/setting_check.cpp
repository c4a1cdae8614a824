// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/setting_check.h"

#include "core/base/secret.h"
#include "core/protocol/ids.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace vedette::settings {
namespace {

constexpr qsizetype kMaxText = 4096;

tl::unexpected<Error> refuse(const QString &sentence)
{
    return fail(ErrorKind::InvalidInput, sentence);
}

QString kindOf(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::Bool:
        return QStringLiteral("true or false");
    case QJsonValue::Double:
        return QStringLiteral("a number");
    case QJsonValue::String:
        return QStringLiteral("a text");
    case QJsonValue::Array:
        return QStringLiteral("a list");
    case QJsonValue::Object:
        return QStringLiteral("a table");
    default:
        return QStringLiteral("a date");
    }
}

tl::unexpected<Error> wrongType(const QString &wanted, const QJsonValue &value)
{
    return refuse(QStringLiteral("must be %1, not %2").arg(wanted, kindOf(value)));
}

QString shownText(const QString &text)
{
    return redact(text.left(60)).simplified();
}

Result<QJsonValue> checkInteger(const Setting &setting, const QJsonValue &value)
{
    if (!value.isDouble())
        return wrongType(QStringLiteral("an integer"), value);
    const double number = value.toDouble();
    if (!std::isfinite(number) || number != std::floor(number))
        return refuse(QStringLiteral("is %1; it must be an integer").arg(number));
    const bool listed = setting.choices.isEmpty() || QString(setting.choices).split(u'|').contains(QString::number(number, 'f', 0));
    if (number < setting.minimum || number > setting.maximum || !listed)
        return refuse(QStringLiteral("is %1; allowed are %2").arg(number, 0, 'f', 0).arg(allowedText(setting)));
    return QJsonValue(static_cast<qint64>(number));
}

Result<QJsonValue> checkNumber(const Setting &setting, const QJsonValue &value)
{
    if (!value.isDouble())
        return wrongType(QStringLiteral("a number"), value);
    const double number = value.toDouble();
    if (!std::isfinite(number) || number < setting.minimum || number > setting.maximum)
        return refuse(QStringLiteral("is %1; allowed are %2").arg(number).arg(allowedText(setting)));
    return value;
}

/// Nothing of a URL is repeated: its user part may hold a password that no pattern finds.
Result<QJsonValue> checkUrl(const Setting &setting, const QString &url)
{
    if (url.isEmpty())
        return QJsonValue(url);
    const QStringList schemes = QString(setting.choices).split(u'|');
    const bool known = std::any_of(schemes.begin(), schemes.end(), [&url](const QString &scheme) {
        return url.startsWith(scheme + QStringLiteral("://"), Qt::CaseInsensitive);
    });
    if (!known)
        return refuse(
            QStringLiteral("is not a URL that begins with %1://").arg(schemes.join(QStringLiteral(":// or "))));
    if (std::any_of(url.begin(), url.end(),
                    [](QChar c) { return c.isSpace() || c.category() == QChar::Other_Control; }))
        return refuse(QStringLiteral("holds a space or control character; write it as %20 or leave it out"));
    // The authority ends at the first '/', '?' or '#'; only its last '@' may be one that was not written as %40.
    const QString authority = url.section(QStringLiteral("://"), 1).section(QRegularExpression(QStringLiteral("[/?#]")), 0, 0);
    if (authority.count(u'@') > 1)
        return refuse(QStringLiteral("holds more than one '@'; write '@', ':' and '/' in a password as %40, %3A and %2F"));
    const QString host = hostOf(url);
    const qsizetype colon = host.lastIndexOf(u':');
    const bool hasPort = colon > host.lastIndexOf(u']');
    if ((hasPort ? host.left(colon) : host).isEmpty())
        return refuse(QStringLiteral("names no host"));
    if (!hasPort && url.startsWith(QLatin1String("srt://"), Qt::CaseInsensitive))
        return refuse(QStringLiteral("names no port; SRT has no usual one"));
    if (hasPort) {
        bool number = false;
        const int port = QStringView(host).sliced(colon + 1).toInt(&number);
        if (!number || port < 1 || port > 65535)
            return refuse(QStringLiteral(
                "has no valid port after the host; write '@', ':' and '/' in a password as %40, %3A and %2F"));
    }
    return QJsonValue(url);
}

Result<QJsonValue> checkText(const Setting &setting, const QString &text)
{
    const qsizetype most = setting.type == Type::Text && setting.maximum > 0 ? static_cast<qsizetype>(setting.maximum) : kMaxText;
    if (text.size() > most)
        return refuse(QStringLiteral("is longer than %1 characters").arg(most));
    if (text.contains(QChar(u'\0')))
        return refuse(QStringLiteral("holds a NUL character"));
    if (setting.type == Type::Text && std::any_of(text.begin(), text.end(), [](QChar c) { return c.category() == QChar::Other_Control; }))
        return refuse(QStringLiteral("holds a line end or another control character"));
    switch (setting.type) {
    case Type::Choice:
        if (QString(setting.choices).split(u'|').contains(text))
            return QJsonValue(text);
        return refuse(QStringLiteral("is \"%1\"; allowed are %2").arg(shownText(text), allowedText(setting)));
    case Type::Id:
        if (const Status good = protocol::checkId(text); !good)
            return refuse(good.error().detail);
        return QJsonValue(text);
    case Type::Url:
        return checkUrl(setting, text);
    default:
        return QJsonValue(text);
    }
}

std::size_t distance(const QString &a, const QString &b)
{
    std::vector<std::size_t> row(static_cast<std::size_t>(b.size()) + 1);
    for (std::size_t j = 0; j < row.size(); ++j)
        row[j] = j;
    for (qsizetype i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 1; j < row.size(); ++j) {
            const std::size_t above = row[j];
            const std::size_t same = diagonal + (a[i] == b[static_cast<qsizetype>(j) - 1] ? 0 : 1);
            row[j] = std::min({same, above + 1, row[j - 1] + 1});
            diagonal = above;
        }
    }
    return row.back();
}

/// First and last index of the user part with its '@', relative to the URL; empty when there is none.
std::pair<qsizetype, qsizetype> userPart(const QString &url)
{
    const qsizetype begin = url.indexOf(QStringLiteral("://")) + 3;
    qsizetype end = begin;
    while (end < url.size() && url[end] != u'/' && url[end] != u'?' && url[end] != u'#')
        ++end;
    const qsizetype at = QStringView(url).sliced(begin, end - begin).lastIndexOf(u'@');
    return {begin, at < 0 ? begin : begin + at + 1};
}

} // namespace

Result<QJsonValue> checkOnly(const Setting &setting, const QJsonValue &value)
{
    switch (setting.type) {
    case Type::Boolean:
        return value.isBool() ? Result<QJsonValue>(value) : wrongType(QStringLiteral("true or false"), value);
    case Type::Integer:
        return checkInteger(setting, value);
    case Type::Number:
        return checkNumber(setting, value);
    default:
        return value.isString() ? checkText(setting, value.toString())
                                : wrongType(QStringLiteral("a text in quotes"), value);
    }
}

Result<QJsonValue> valueFromText(const Setting &setting, const QString &text)
{
    switch (setting.type) {
    case Type::Boolean:
        if (text == QLatin1String("true") || text == QLatin1String("false"))
            return QJsonValue(text == QLatin1String("true"));
        return refuse(QStringLiteral("is \"%1\"; allowed are true and false").arg(shownText(text)));
    case Type::Integer:
    case Type::Number: {
        bool good = false;
        const double number = text.toDouble(&good);
        if (!good)
            return refuse(QStringLiteral("is \"%1\"; allowed are %2").arg(shownText(text), allowedText(setting)));
        return checkOnly(setting, number);
    }
    default:
        return checkOnly(setting, text);
    }
}

QString environmentName(const Setting &setting)
{
    return QStringLiteral("VEDETTE_") + QString(setting.key).toUpper().replace(u'.', u'_');
}

QString allowedText(const Setting &setting)
{
    QStringList words = setting.choices.isEmpty() ? QStringList() : QString(setting.choices).split(u'|');
    const auto listed = [&words] {
        const QString last = words.takeLast();
        return words.join(QStringLiteral(", ")) + QStringLiteral(" or ") + last;
    };
    switch (setting.type) {
    case Type::Boolean:
        return QStringLiteral("true or false");
    case Type::Integer:
        if (!words.isEmpty())
            return listed();
        return QStringLiteral("%1 to %2").arg(setting.minimum, 0, 'f', 0).arg(setting.maximum, 0, 'f', 0);
    case Type::Number:
        return QStringLiteral("%1 to %2").arg(setting.minimum).arg(setting.maximum);
    case Type::Choice:
        return listed();
    case Type::Url:
        return words.join(QStringLiteral(":// or ")) + QStringLiteral("://");
    case Type::Id:
        return QStringLiteral("1 to 32 of a-z, 0-9 and '-'");
    case Type::Text:
        return setting.maximum > 0 ? QStringLiteral("at most %1 characters").arg(setting.maximum, 0, 'f', 0) : QString();
    default:
        return {};
    }
}

QString typeName(Type type)
{
    switch (type) {
    case Type::Boolean:
        return QStringLiteral("true/false");
    case Type::Integer:
        return QStringLiteral("integer");
    case Type::Number:
        return QStringLiteral("number");
    case Type::Text:
        return QStringLiteral("text");
    case Type::Choice:
        return QStringLiteral("choice");
    case Type::Path:
        return QStringLiteral("path");
    case Type::Url:
        return QStringLiteral("URL");
    case Type::Id:
        return QStringLiteral("id");
    case Type::Secret:
        return QStringLiteral("secret");
    }
    return {};
}

QString suggestion(const QString &written, const QStringList &candidates)
{
    QString nearest;
    auto best = static_cast<std::size_t>(std::max<qsizetype>(2, std::min<qsizetype>(written.size(), 60) / 3)) + 1;
    for (const QString &candidate : candidates) {
        // "id" at the top of the file: agent.id was meant.
        const bool lastPart = candidate.endsWith(u'.' + written);
        const std::size_t d = lastPart ? 1 : distance(written.left(60), candidate);
        if (d < best && d < static_cast<std::size_t>(candidate.size())) {
            best = d;
            nearest = candidate;
        }
    }
    return nearest.isEmpty() ? QString() : QStringLiteral(" (did you mean %1?)").arg(nearest);
}

QString hostOf(const QString &url)
{
    const qsizetype begin = userPart(url).second;
    qsizetype end = begin;
    while (end < url.size() && url[end] != u'/' && url[end] != u'?' && url[end] != u'#')
        ++end;
    return url.sliced(begin, end - begin);
}

QString withoutUser(const QString &url)
{
    const auto [begin, end] = userPart(url);
    return QString(url).remove(begin, end - begin);
}

bool hasUser(const QString &url)
{
    const auto [begin, end] = userPart(url);
    return begin != end;
}

QString withoutTrailingSlash(QString url)
{
    while (url.endsWith(u'/') && !url.endsWith(QLatin1String("://")))
        url.chop(1);
    return url;
}

} // namespace vedette::settings
