// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/livekit.h"

#include <QJsonDocument>
#include <QMessageAuthenticationCode>

namespace vedette::net {
namespace {

QByteArray base64Url(const QByteArray &bytes)
{
    return bytes.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

QByteArray part(const QJsonObject &object)
{
    return base64Url(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

} // namespace

QByteArray signHs256(const QByteArray &text, const Secret &secret)
{
    return base64Url(QMessageAuthenticationCode::hash(text, secret.reveal().toUtf8(), QCryptographicHash::Sha256));
}

QString liveKitToken(const QString &apiKey, const Secret &apiSecret, const QString &identity, const QJsonObject &grants, UtcTime now,
                     std::chrono::seconds ttl)
{
    const qint64 from = toMicros(now) / 1'000'000;
    const QByteArray text = part({{QStringLiteral("alg"), QStringLiteral("HS256")}, {QStringLiteral("typ"), QStringLiteral("JWT")}}) + '.'
        + part({{QStringLiteral("iss"), apiKey},
                {QStringLiteral("sub"), identity},
                {QStringLiteral("nbf"), from},
                {QStringLiteral("exp"), from + static_cast<qint64>(ttl.count())},
                {QStringLiteral("video"), grants}});
    return QString::fromLatin1(text + '.' + signHs256(text, apiSecret));
}

QJsonObject ingressGrants()
{
    return {{QStringLiteral("ingressAdmin"), true}};
}

QJsonObject viewerGrants(const QString &room)
{
    return {{QStringLiteral("roomJoin"), true},
            {QStringLiteral("room"), room},
            {QStringLiteral("canSubscribe"), true},
            {QStringLiteral("canPublish"), false},
            {QStringLiteral("canPublishData"), false}};
}

QByteArray createIngressRequest(const QString &room, const QString &name)
{
    return QJsonDocument(QJsonObject{{QStringLiteral("input_type"), QStringLiteral("RTMP_INPUT")},
                                     {QStringLiteral("name"), name},
                                     {QStringLiteral("room_name"), room},
                                     {QStringLiteral("participant_identity"), name},
                                     {QStringLiteral("participant_name"), name}})
        .toJson(QJsonDocument::Compact);
}

Result<LiveKitIngress> parseIngress(const QByteArray &json)
{
    const QJsonObject object = QJsonDocument::fromJson(json).object();
    const auto text = [&object](const char *snake, const char *camel) {
        const QString value = object.value(QLatin1String(snake)).toString();
        return value.isEmpty() ? object.value(QLatin1String(camel)).toString() : value; // protobuf's JSON may be either
    };
    LiveKitIngress ingress{text("url", "url"), Secret(text("stream_key", "streamKey"))};
    if (ingress.url.isEmpty() || ingress.streamKey.isEmpty())
        return fail(ErrorKind::Corrupt, QStringLiteral("the answer holds no %1").arg(ingress.url.isEmpty() ? QStringLiteral("url") : QStringLiteral("stream_key")));
    return ingress;
}

} // namespace vedette::net
