// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/settings/livekit_settings.h"
#include "edge-agent/http/http_server.h"

namespace vedette::agent {

/// The life of a viewer's token.
inline constexpr std::chrono::minutes kViewerToken{10};

/// Offers /webrtc/config and /webrtc/token: where the room is, and a token that may watch it and nothing else. Without
/// LiveKit both answer 404 and say why. Before HttpServer::start(); clock outlives the server.
void addWebrtcRoutes(HttpServer &server, const Result<settings::LiveKitSettings> &liveKit, const QString &room, const Clock &clock);

} // namespace vedette::agent
