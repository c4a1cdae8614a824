// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/secret.h"

#include <QHash>
#include <QJsonArray>

namespace vedette::settings {

/// A LiveKit server as LIVEKIT_HOST, LIVEKIT_API_KEY, LIVEKIT_API_SECRET and LIVEKIT_ICE_SERVERS name it.
struct LiveKitSettings {
    QString url;            ///< as browsers reach it: ws:// or wss://
    QString apiUrl;         ///< the same as http:// or https://
    QString apiKey;
    Secret apiSecret;
    QJsonArray iceServers;  ///< of RTCIceServer; may be empty
};

/// host: in place of LIVEKIT_HOST; may be empty. InvalidInput names the variable that is missing or wrong; iceServers are
/// addresses with commas between, or JSON.
Result<LiveKitSettings> readLiveKit(const QHash<QString, QString> &environment, const QString &host = {});

} // namespace vedette::settings
