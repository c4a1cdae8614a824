// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/media/packet_tee.h"
#include "edge-agent/http/http_server.h"
#include "edge-agent/publish/mjpeg_feed.h"

#include <QString>

#include <functional>
#include <memory>
#include <optional>

namespace vedette::agent {

/// One stream of a camera as the live routes see it. All functions run on the main thread.
struct LiveCamera {
    std::shared_ptr<media::PacketTee> tee;
    std::function<MjpegReaderPtr(double rate)> mjpeg;       ///< at most rate pictures a second
    std::function<std::optional<microseconds>()> newestAge; ///< of its newest picture; empty before the first
    std::function<QString()> reason;                        ///< why there is no new one; may be empty
    bool onDemand = false;                                  ///< the tee gets packets only once somebody reads it
};
/// By id and stream ("main" or "sub"); NotFound.
using LiveCameraLookup = std::function<Result<LiveCamera>(const QString &id, const QString &stream)>;

/// A picture older than this is not shown as live.
inline constexpr milliseconds kStalePicture{10'000};

/// Offers main and sub as .au, .ts, .mjpg (?fps=) and .jpg below /live/{camera}/. While the camera gives no pictures, all
/// answer 503 with the reason; a stream that has begun waits for them. Before HttpServer::start(); the lookup outlives the
/// server. /camera/stream.mjpg is the first camera's, for dashboards that exist.
void addLiveRoutes(HttpServer &server, LiveCameraLookup lookup, const QString &firstCamera = {});

} // namespace vedette::agent
