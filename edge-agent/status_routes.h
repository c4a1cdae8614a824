// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/metrics.h"

#include <functional>

namespace vedette::agent {

class HttpServer;

/// What the routes show; all called on the main thread.
struct StatusRouteInput {
    std::function<protocol::AgentStatus()> status;
    std::function<protocol::StageStatus()> broker; ///< empty without one; its state is key "broker" of /ready
    std::function<MetricsInput()> metrics;
    std::function<QStringList()> silentThreads;
};

/// Offers what shows the agent as a whole: /health (every thread gives signs of life), /ready (every camera has a fresh
/// picture), /metrics, /api/v1/status (the same JSON as over MQTT) and /camera/status for dashboards that exist.
void addStatusRoutes(HttpServer &server, const StatusRouteInput &input);

} // namespace vedette::agent
