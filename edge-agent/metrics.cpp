// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/metrics.h"

#include "edge-agent/camera_health.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace vedette::agent {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;
using Families = std::vector<MetricFamily>;
using Labels = std::vector<prometheus::ClientMetric::Label>;

void addValue(MetricFamily &family, double value, Labels labels = {})
{
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    if (family.type == MetricType::Counter)
        metric.counter.value = value;
    else
        metric.gauge.value = value;
    family.metric.push_back(std::move(metric));
}

void add(Families &families, const char *name, const char *help, MetricType type, double value, Labels labels = {})
{
    MetricFamily family{name, help, type, {}};
    addValue(family, value, std::move(labels));
    families.push_back(std::move(family));
}

using CameraFigure = std::function<std::optional<double>(const protocol::CameraStatus &)>;

void addCameras(Families &families, const MetricsInput &input, const char *name, const char *help, MetricType type, const CameraFigure &figure)
{
    MetricFamily family{name, help, type, {}};
    for (const protocol::CameraStatus &camera : input.status.cameras) {
        if (const auto value = figure(camera))
            addValue(family, *value, {{"camera_id", camera.id.toStdString()}});
    }
    if (!family.metric.empty())
        families.push_back(std::move(family));
}

void addCameras(Families &families, const MetricsInput &input)
{
    using protocol::CameraStatus;
    addCameras(families, input, "camera_stream_connected", "1 while new pictures of the camera arrive, else 0.", MetricType::Gauge,
               [](const CameraStatus &c) { return isFresh(c) ? 1.0 : 0.0; });
    addCameras(families, input, "camera_frames_captured_total", "Pictures taken from the source.", MetricType::Counter,
               [](const CameraStatus &c) { return static_cast<double>(c.framesCaptured); });
    addCameras(families, input, "camera_frames_encoded_total", "Pictures encoded or passed through.", MetricType::Counter,
               [](const CameraStatus &c) { return static_cast<double>(c.framesEncoded); });
    addCameras(families, input, "camera_frames_dropped_total", "Pictures dropped between source and stream.", MetricType::Counter,
               [](const CameraStatus &c) { return static_cast<double>(c.framesDropped); });
    addCameras(families, input, "camera_frame_age_seconds", "Age of the newest picture; absent before the first.", MetricType::Gauge,
               [](const CameraStatus &c) -> std::optional<double> {
                   if (!c.lastFrameAgeMs)
                       return std::nullopt;
                   return static_cast<double>(*c.lastFrameAgeMs) / 1000;
               });
    MetricFamily stages{"camera_stage_running", "1 while this stage of the camera's pipeline runs, else 0.", MetricType::Gauge, {}};
    for (const CameraStatus &camera : input.status.cameras) {
        for (const protocol::StageStatus &stage : camera.stages) {
            addValue(stages, stage.state == protocol::StageState::Running ? 1 : 0,
                     {{"camera_id", camera.id.toStdString()}, {"stage", stage.stage.toStdString()}});
        }
    }
    if (!stages.metric.empty())
        families.push_back(std::move(stages));
}

/// A measured series as a metric in base units: value × factor.
struct SensorMetric {
    QLatin1String series;
    const char *name;
    const char *help;
    double factor;
};
constexpr SensorMetric kSensorMetrics[] = {
    {QLatin1String("cpu_temperature_celsius"), "agent_cpu_temperature_celsius", "Temperature of the CPU.", 1},
    {QLatin1String("cpu_load_ratio"), "agent_cpu_load_ratio", "Load of the last minute per core.", 1},
    {QLatin1String("memory_used_ratio"), "agent_memory_used_ratio", "Share of the memory in use.", 1},
    {QLatin1String("disk_used_ratio"), "agent_disk_used_ratio", "Share of the data directory's disk in use.", 1},
    {QLatin1String("uptime_seconds"), "agent_machine_uptime_seconds", "Time since the machine booted.", 1},
    {QLatin1String("temperature_celsius"), "agent_air_temperature_celsius", "Temperature of the air, by the Sense HAT.", 1},
    {QLatin1String("humidity_percent"), "agent_air_humidity_ratio", "Relative humidity of the air, by the Sense HAT.", 0.01},
    {QLatin1String("pressure_hpa"), "agent_air_pressure_pascals", "Pressure of the air, by the Sense HAT.", 100},
};

void addSensors(Families &families, const MetricsInput &input)
{
    for (const SensorMetric &metric : kSensorMetrics) {
        const auto &values = input.sample.values;
        const auto found = std::find_if(values.begin(), values.end(), [&](const auto &value) { return value.first == metric.series; });
        if (found != values.end())
            add(families, metric.name, metric.help, MetricType::Gauge, found->second * metric.factor);
    }
}

void addAgent(Families &families, const MetricsInput &input)
{
    const auto counter = [&families](const char *name, const char *help, std::uint64_t value) {
        add(families, name, help, MetricType::Counter, static_cast<double>(value));
    };
    add(families, "agent_build_info", "Always 1; the version is a label.", MetricType::Gauge, 1,
        {{"agent_id", input.status.id.toStdString()}, {"version", input.status.version.toStdString()}});
    add(families, "agent_clock_synchronized", "1 when the wall clock is synchronised, else 0.", MetricType::Gauge,
        input.status.clockSynchronized ? 1 : 0);
    add(families, "agent_clock_uncertainty_seconds", "Estimated error of the wall clock.", MetricType::Gauge,
        static_cast<double>(input.status.clockUncertainty.count()) / 1e6);
    add(families, "agent_settings_version", "Number of the settings as a whole.", MetricType::Gauge, input.status.settingsVersion);
    add(families, "agent_mqtt_connected", "1 while connected to the broker, else 0.", MetricType::Gauge, input.mqttConnected ? 1 : 0);
    add(families, "agent_http_open_connections", "HTTP connections open now.", MetricType::Gauge, input.httpOpen);
    counter("agent_mqtt_dropped_total", "Incoming MQTT messages dropped because they were too large.", input.mqttDropped);
    counter("agent_samples_published_total", "Sample rows handed to the broker.", input.samplesPublished);
    counter("agent_samples_sent_total", "Sample rows that a subscriber has.", input.samplesSent);
    counter("agent_samples_held_total", "Live sample rows left to the spool because the broker was not reached.", input.samplesHeld);
    counter("agent_commands_answered_total", "MQTT commands answered.", input.commandsAnswered);
    counter("agent_commands_refused_total", "MQTT commands refused without an answer.", input.commandsRefused);
    counter("agent_http_requests_total", "HTTP requests received.", input.httpRequests);
    counter("agent_http_refused_total", "HTTP connections refused because there were too many.", input.httpRefused);
    counter("agent_http_stalled_total", "HTTP connections cut because the client did not read.", input.httpStalled);
}

} // namespace

QByteArray metricsText(const MetricsInput &input)
{
    Families families;
    addAgent(families, input);
    addSensors(families, input);
    addCameras(families, input);
    return QByteArray::fromStdString(prometheus::TextSerializer().Serialize(families));
}

} // namespace vedette::agent
