// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/metrics.h"

#include <functional>

namespace vedette::agent {

class HttpServer;

/// Offers what shows the agent as a whole: /health (the process answers), /ready (every camera has a fresh picture),
/// /metrics and /api/v1/status. The functions are called on the main thread; broker may be empty without one: its state is
/// key "broker" of /ready. The status is the same JSON as over MQTT.
void addStatusRoutes(HttpServer &server, std::function<protocol::AgentStatus()> status,
                     std::function<protocol::StageStatus()> broker, std::function<MetricsInput()> metrics);

} // namespace vedette::agent
