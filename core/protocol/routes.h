// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace vedette::protocol::routes {

/// Paths of the agent's HTTP port (ARCHITECTURE.md, Wire).
inline constexpr auto kHealth = "/health";
inline constexpr auto kReady = "/ready";
inline constexpr auto kMetrics = "/metrics";
inline constexpr auto kStatus = "/api/v1/status";
inline constexpr auto kSamples = "/api/v1/samples";   ///< ?since=SEQUENCE&spool=ID&limit=N
inline constexpr auto kCameraStatus = "/camera/status";      ///< for dashboards that exist
inline constexpr auto kCameraStream = "/camera/stream.mjpg"; ///< of the first camera
inline constexpr auto kCommand = "/api/v1/command";   ///< POST CommandRequest
inline constexpr auto kCoverage = "/api/v1/coverage";     ///< ?camera=&stream=&from=&to=
inline constexpr auto kRecordings = "/api/v1/recordings"; ///< ?camera=&stream=&from=&to=&after=&limit=
inline constexpr auto kProtections = "/api/v1/protections"; ///< ?camera=
inline constexpr auto kBookmarks = "/api/v1/bookmarks";   ///< ?camera=&from=&to=
inline constexpr auto kWebrtcConfig = "/webrtc/config";
inline constexpr auto kWebrtcToken = "/webrtc/token";
inline constexpr int kDefaultPort = 8083;

/// "/live/<camera>/<stream>.<suffix>"
inline QString live(const QString &camera, const QString &stream, const QString &suffix)
{
    return QStringLiteral("/live/%1/%2.%3").arg(camera, stream, suffix);
}

/// "/recordings/<id>", see SegmentName::id().
inline QString recording(const QString &id)
{
    return QStringLiteral("/recordings/") + id;
}

/// "/recordings/<id>/manifest", see Manifest.
inline QString manifest(const QString &id)
{
    return recording(id) + QStringLiteral("/manifest");
}

/// "/recordings/<id>/thumb.jpg", ?t=&width=
inline QString thumbnail(const QString &id)
{
    return recording(id) + QStringLiteral("/thumb.jpg");
}

} // namespace vedette::protocol::routes
