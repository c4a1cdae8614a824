// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/http/http_wire.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QStringDecoder>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>

namespace vedette::agent {
namespace {

int statusOf(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::InvalidInput: return 400;
    case ErrorKind::NotFound: return 404;
    case ErrorKind::Denied: return 403;
    case ErrorKind::Unavailable: return 503;
    case ErrorKind::Timeout: return 504;
    case ErrorKind::Corrupt: return 500;
    case ErrorKind::Unsupported: return 501;
    case ErrorKind::Cancelled: return 503;
    case ErrorKind::Internal: return 500;
    }
    return 500;
}

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<QString> percentDecoded(const QByteArray &text)
{
    QByteArray bytes;
    bytes.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            bytes.append(text[i]);
            continue;
        }
        if (i + 2 >= text.size() || hexDigit(text[i + 1]) < 0 || hexDigit(text[i + 2]) < 0)
            return std::nullopt;
        bytes.append(static_cast<char>(hexDigit(text[i + 1]) * 16 + hexDigit(text[i + 2])));
        i += 2;
    }
    if (bytes.contains('\0'))
        return std::nullopt;
    QStringDecoder decoder(QStringDecoder::Utf8);
    const QString decoded = decoder(bytes);
    return decoder.hasError() ? std::nullopt : std::optional<QString>(decoded);
}

} // namespace

std::optional<HttpTarget> parseTarget(const QByteArray &target)
{
    if (!target.startsWith('/'))
        return std::nullopt;
    const qsizetype mark = target.indexOf('?');
    const QByteArray path = mark < 0 ? target : target.left(mark);
    HttpTarget parsed;
    for (const QByteArray &part : path.mid(1).split('/')) {
        const auto segment = percentDecoded(part);
        if (!segment)
            return std::nullopt;
        parsed.segments.append(*segment);
    }
    parsed.path = QLatin1Char('/') + parsed.segments.join(QLatin1Char('/'));
    if (mark < 0)
        return parsed;
    for (const QByteArray &pair : target.mid(mark + 1).split('&')) {
        if (pair.isEmpty())
            continue;
        const qsizetype equals = pair.indexOf('=');
        const auto key = percentDecoded(equals < 0 ? pair : pair.left(equals));
        const auto value = percentDecoded(equals < 0 ? QByteArray() : pair.mid(equals + 1));
        if (!key || !value)
            return std::nullopt;
        parsed.query.insert(*key, *value);
    }
    return parsed;
}

bool isLoopbackHost(const QByteArray &host)
{
    QByteArray name = host.trimmed().toLower();
    QByteArray port;
    if (name.startsWith('[')) {
        const qsizetype end = name.indexOf(']');
        if (end < 0)
            return false;
        port = name.mid(end + 1);
        name = name.mid(1, end - 1);
    } else if (const qsizetype colon = name.indexOf(':'); colon >= 0) {
        port = name.mid(colon);
        name = name.left(colon);
    }
    if (!port.isEmpty()) {
        bool ok = false;
        port.mid(1).toUShort(&ok);
        if (!port.startsWith(':') || !ok)
            return false;
    }
    if (name == "localhost")
        return true;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(name.toStdString(), error);
    return !error && address.is_loopback();
}

bool isJson(const QByteArray &contentType)
{
    const qsizetype end = contentType.indexOf(';');
    return (end < 0 ? contentType : contentType.left(end)).trimmed().toLower() == "application/json";
}

Result<std::int64_t> queryNumber(const HttpRequest &request, const QString &name, std::int64_t fallback, std::int64_t low, std::int64_t high)
{
    const auto found = request.query.constFind(name);
    if (found == request.query.constEnd())
        return fallback;
    bool ok = false;
    const qint64 value = found->toLongLong(&ok);
    // toLongLong also takes blanks and a sign.
    const bool digits = !found->isEmpty() && std::all_of(found->begin(), found->end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
    if (ok && digits && value >= low && value <= high)
        return value;
    return fail(ErrorKind::InvalidInput, QStringLiteral("%1: \"%2\" is not a whole number from %3 to %4.")
                                             .arg(name, found->left(40)).arg(low).arg(high));
}

HttpResponse errorResponse(int status, const Error &error)
{
    const QJsonObject inner{{QStringLiteral("kind"), toString(error.kind)}, {QStringLiteral("detail"), error.text()}};
    HttpResponse response;
    response.status = status;
    if (status == 503)
        response.headers.insert("Retry-After", "1"); // s, RFC 9110, 10.2.3
    response.body = QJsonDocument(QJsonObject{{QStringLiteral("error"), inner}}).toJson(QJsonDocument::Compact);
    return response;
}

HttpResponse errorResponse(const Error &error)
{
    return errorResponse(statusOf(error.kind), error);
}

QByteArray serialize(const HttpHead &head)
{
    namespace http = boost::beast::http;
    const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(head.status)));
    QByteArray text = "HTTP/1.1 " + QByteArray::number(head.status) + ' '
        + QByteArray(reason.data(), static_cast<qsizetype>(reason.size())) + "\r\n";
    if (!head.contentType.isEmpty())
        text += "Content-Type: " + head.contentType + "\r\n";
    for (auto it = head.headers.begin(); it != head.headers.end(); ++it)
        text += it.key() + ": " + it.value() + "\r\n";
    if (head.length && head.status != 304) // there it would be that of the whole: RFC 9110, 8.6
        text += "Content-Length: " + QByteArray::number(*head.length) + "\r\n";
    if (head.chunked)
        text += "Transfer-Encoding: chunked\r\n";
    if (!head.headers.contains("Cache-Control"))
        text += "Cache-Control: no-store\r\n"; // what is live is old at once
    text += "X-Content-Type-Options: nosniff\r\n";
    text += head.keepAlive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    return text;
}

QByteArray chunk(const QByteArray &bytes)
{
    return QByteArray::number(bytes.size(), 16) + "\r\n" + bytes + "\r\n";
}

} // namespace vedette::agent
