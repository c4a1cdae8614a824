// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/json_http.h"

#include "core/base/secret.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QNetworkRequest>
#include <QPointer>

namespace vedette::net {
namespace {

constexpr auto kTooLarge = "vedetteTooLarge";

QString shown(const QUrl &url)
{
    return redact(url.toString(QUrl::RemoveUserInfo));
}

/// The one table from HTTP and Qt to our kinds.
ErrorKind kindOf(int status, QNetworkReply::NetworkError error)
{
    switch (status) {
    case 400:
    case 422:
        return ErrorKind::InvalidInput;
    case 401:
    case 403:
        return ErrorKind::Denied;
    case 404:
        return ErrorKind::NotFound;
    case 405:
    case 415:
    case 501:
        return ErrorKind::Unsupported;
    case 408:
    case 504:
        return ErrorKind::Timeout;
    default:
        break;
    }
    // Qt aborts a request whose transfer time-out passed.
    if (error == QNetworkReply::TimeoutError || error == QNetworkReply::OperationCanceledError)
        return ErrorKind::Timeout;
    if (error == QNetworkReply::ProtocolFailure || error == QNetworkReply::ProtocolInvalidOperationError)
        return ErrorKind::Corrupt;
    return ErrorKind::Unavailable;
}

/// What the agent said in {"error":{"detail":…}}; empty when it said nothing of the kind.
QString detailOf(const QByteArray &body)
{
    const QJsonValue error = QJsonDocument::fromJson(body).object().value(QLatin1String("error"));
    if (error.isUndefined()) // Twirp's
        return QJsonDocument::fromJson(body).object().value(QLatin1String("msg")).toString();
    return error.isObject() ? error.toObject().value(QLatin1String("detail")).toString() : error.toString();
}

Result<QByteArray> resultOf(QNetworkReply &reply)
{
    const QString url = shown(reply.url());
    if (reply.property(kTooLarge).toBool())
        return fail(ErrorKind::Corrupt, QStringLiteral("%1 answers with more than %2 bytes").arg(url).arg(JsonHttp::kMaxBody));
    const int status = reply.attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    const QByteArray body = reply.isOpen() ? reply.readAll() : QByteArray(); // an aborted one is closed
    if (reply.error() == QNetworkReply::NoError && status >= 300)
        return fail(ErrorKind::Unavailable, QStringLiteral("%1 answers with status %2").arg(url).arg(status));
    if (reply.error() == QNetworkReply::NoError) {
        QJsonParseError parsed{};
        QJsonDocument::fromJson(body, &parsed);
        if (parsed.error != QJsonParseError::NoError)
            return fail(ErrorKind::Corrupt, QStringLiteral("%1 does not answer with JSON: %2").arg(url, parsed.errorString()));
        return body;
    }
    const ErrorKind kind = kindOf(status, reply.error());
    const QString detail = status > 0 ? detailOf(body) : QString();
    if (!detail.isEmpty())
        return fail(kind, QStringLiteral("%1: %2").arg(url, redact(detail)));
    if (status > 0 && kind != ErrorKind::Timeout)
        return fail(kind, QStringLiteral("%1 answers with status %2").arg(url).arg(status));
    if (kind == ErrorKind::Timeout)
        return fail(kind, QStringLiteral("%1 does not answer in time").arg(url));
    return fail(kind, QStringLiteral("%1: %2").arg(url, redact(reply.errorString())));
}

void deliver(QNetworkReply *reply, QObject *context, const JsonHttp::Answer &answer)
{
    QObject::connect(reply, &QNetworkReply::downloadProgress, reply, [reply](qint64 received, qint64) {
        if (received <= JsonHttp::kMaxBody || reply->property(kTooLarge).toBool())
            return;
        reply->setProperty(kTooLarge, true);
        reply->abort();
    });
    // A destroyed context cancels the request as well: nobody wants the rest.
    QObject::connect(context, &QObject::destroyed, reply, [reply] { reply->abort(); });
    const QPointer<QObject> alive(context);
    QObject::connect(reply, &QNetworkReply::finished, reply, [reply, alive, answer] {
        reply->deleteLater();
        if (alive)
            answer(resultOf(*reply));
    });
}

QNetworkRequest requestFor(const QUrl &url, milliseconds timeout)
{
    QNetworkRequest request(url);
    request.setTransferTimeout(static_cast<int>(timeout.count()));
    // An agent never redirects; whoever does is not one, and must not send us elsewhere.
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setRawHeader("Accept", "application/json");
    return request;
}

} // namespace

JsonHttp::JsonHttp(QObject *parent) : QObject(parent), m_access(new QNetworkAccessManager(this)) {}

void JsonHttp::get(const QUrl &url, milliseconds timeout, QObject *context, Answer answer)
{
    deliver(m_access->get(requestFor(url, timeout)), context, answer);
}

void JsonHttp::post(const QUrl &url, const QByteArray &json, milliseconds timeout, QObject *context, Answer answer, const Secret &bearer)
{
    QNetworkRequest request = requestFor(url, timeout);
    if (!bearer.isEmpty())
        request.setRawHeader("Authorization", "Bearer " + bearer.reveal().toUtf8());
    request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
    deliver(m_access->post(request, json), context, answer);
}

} // namespace vedette::net
