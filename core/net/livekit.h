// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/secret.h"

#include <QJsonObject>
#include <QString>

namespace vedette::net {

inline constexpr auto kCreateIngressPath = "/twirp/livekit.Ingress/CreateIngress";

/// The HMAC-SHA-256 of "HEADER.CLAIMS" in base64url (RFC 7515).
QByteArray signHs256(const QByteArray &text, const Secret &secret);
/// A LiveKit access token (JWT, HS256): grants become its "video" claim, good from now for ttl.
QString liveKitToken(const QString &apiKey, const Secret &apiSecret, const QString &identity, const QJsonObject &grants, UtcTime now,
                     std::chrono::seconds ttl);
/// What may be done with the token of the ingress API.
QJsonObject ingressGrants();
/// May watch this room and nothing else.
QJsonObject viewerGrants(const QString &room);

/// livekit.CreateIngressRequest as Twirp's JSON: RTMP into the room, as a participant of that name.
QByteArray createIngressRequest(const QString &room, const QString &name);
struct LiveKitIngress {
    QString url;         ///< "rtmp://HOST/x"
    Secret streamKey;
};
/// livekit.IngressInfo; Corrupt names what is missing.
Result<LiveKitIngress> parseIngress(const QByteArray &json);

} // namespace vedette::net
