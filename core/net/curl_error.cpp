// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/curl_error.h"

#include "core/base/secret.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace vedette::net {
namespace {

constexpr qsizetype kMaxDetail = 512; // characters of another program's words

} // namespace

void initialiseCurl()
{
    static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)done;
}

Error curlError(CURLcode code, const char *detail)
{
    const QString why = QString::fromUtf8(detail && *detail ? detail : curl_easy_strerror(code));
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return {ErrorKind::Timeout, QStringLiteral("no answer in time"), nullptr};
    case CURLE_COULDNT_RESOLVE_HOST: return {ErrorKind::Unavailable, QStringLiteral("the host's name is not known"), nullptr};
    case CURLE_COULDNT_CONNECT:
        return {ErrorKind::Unavailable, QStringLiteral("the connection is refused or the host cannot be reached"), nullptr};
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR: return {ErrorKind::Unavailable, QStringLiteral("the connection has broken off"), nullptr};
    case CURLE_URL_MALFORMAT: return {ErrorKind::InvalidInput, QStringLiteral("not an address"), nullptr};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return {ErrorKind::Denied, QStringLiteral("the certificate is not trusted: ") + why, nullptr};
    case CURLE_SSL_CONNECT_ERROR:
        return {ErrorKind::Unavailable, QStringLiteral("no TLS connection comes about: ") + why, nullptr};
    default: return {ErrorKind::Unavailable, QString::fromUtf8(curl_easy_strerror(code)), nullptr};
    }
}

Error httpError(long status, const QByteArray &body)
{
    QString text = QStringLiteral("the server answered %1").arg(status);
    // An agent's {"error":{"detail":…}}, MediaMTX's {"error":"…"}.
    const QJsonValue said = QJsonDocument::fromJson(body).object().value(QLatin1String("error"));
    const QString detail = said.isString() ? said.toString() : said.toObject().value(QLatin1String("detail")).toString();
    if (!detail.isEmpty())
        text += QStringLiteral(": ") + redact(detail.left(kMaxDetail)).simplified();
    switch (status) {
    case 400:
    case 422: return {ErrorKind::InvalidInput, text, nullptr};
    case 401:
    case 403: return {ErrorKind::Denied, text, nullptr};
    case 404: return {ErrorKind::NotFound, text, nullptr};
    default: return {ErrorKind::Unavailable, text, nullptr};
    }
}

} // namespace vedette::net
