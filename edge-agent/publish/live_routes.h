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

/// A camera as the live routes see it. All functions run on the main thread.
struct LiveCamera {
    std::shared_ptr<media::PacketTee> tee;
    std::function<Result<JpegPicture>()> snapshot;
    std::function<MjpegReaderPtr(double rate)> mjpeg;       ///< at most rate pictures a second
    std::function<std::optional<microseconds>()> newestAge; ///< of its newest picture; empty before the first
    std::function<QString()> reason;                        ///< why there is no new one; may be empty
};
/// By id; empty when there is no such camera.
using LiveCameraLookup = std::function<std::optional<LiveCamera>(const QString &id)>;

/// A picture older than this is not shown as live.
inline constexpr milliseconds kStalePicture{10'000};

/// Offers main.au, main.ts, main.mjpg (?fps=) and main.jpg below /live/{camera}/. While the camera gives no pictures, all
/// answer 503 with the reason; a stream that has begun waits for them. Before HttpServer::start(); the lookup outlives the
/// server. /camera/stream.mjpg is the first camera's, for dashboards that exist.
void addLiveRoutes(HttpServer &server, LiveCameraLookup lookup, const QString &firstCamera = {});

} // namespace vedette::agent
