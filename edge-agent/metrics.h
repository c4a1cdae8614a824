// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/sample.h"
#include "core/protocol/status.h"
#include "edge-agent/camera.h"
#include "edge-agent/recordings/recording_figures.h"

#include <QByteArray>

namespace vedette::agent {

/// What /metrics shows beside the status.
struct MetricsInput {
    protocol::AgentStatus status;
    QList<CameraFigures> figures;        ///< of status.cameras, in their order
    protocol::Sample sample;             ///< the last one; empty before the first
    bool mqttConnected = false;
    std::uint64_t mqttDropped = 0;       ///< incoming messages dropped
    std::uint64_t samplesPublished = 0;
    std::uint64_t samplesSent = 0;
    std::uint64_t samplesHeld = 0;
    std::uint64_t commandsAnswered = 0;
    std::uint64_t commandsRefused = 0;
    std::uint64_t httpRequests = 0;
    std::uint64_t httpRefused = 0;
    std::uint64_t httpStalled = 0;
    int httpOpen = 0;
    RecordingFigures recordings;         ///< lanes holds each that the settings ask for
};

/// Prometheus text format 0.0.4; base units, HELP and TYPE on all, cameras by label camera_id; every series is there from the
/// start. Reentrant.
QByteArray metricsText(const MetricsInput &input);

} // namespace vedette::agent
