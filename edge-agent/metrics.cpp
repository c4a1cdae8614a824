// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/metrics.h"

#include "edge-agent/camera_health.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
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

using CameraValue = std::function<double(const protocol::CameraStatus &, const CameraFigures &)>;

Labels labels(const protocol::CameraStatus &camera, Labels more = {})
{
    more.insert(more.begin(), {"camera_id", camera.id.toStdString()});
    return more;
}

void addCameras(Families &families, const MetricsInput &input, const char *name, const char *help, MetricType type, const CameraValue &value)
{
    MetricFamily family{name, help, type, {}};
    for (qsizetype i = 0; i < input.status.cameras.size(); ++i) {
        const protocol::CameraStatus &camera = input.status.cameras[i];
        addValue(family, value(camera, input.figures[i]), labels(camera));
    }
    families.push_back(std::move(family));
}

void addCameras(Families &families, const MetricsInput &input)
{
    using protocol::CameraStatus;
    using Figures = CameraFigures;
    const auto gauge = [&](const char *name, const char *help, const CameraValue &value) {
        addCameras(families, input, name, help, MetricType::Gauge, value);
    };
    const auto counter = [&](const char *name, const char *help, const CameraValue &value) {
        addCameras(families, input, name, help, MetricType::Counter, value);
    };
    gauge("camera_stream_connected", "1 while new pictures of the camera arrive, else 0.",
          [](const CameraStatus &c, const Figures &) { return isFresh(c) ? 1.0 : 0.0; });
    counter("camera_ffmpeg_restarts_total", "Times that a failed part of the pipeline (source or encoder) was started again.",
            [](const CameraStatus &, const Figures &f) { return static_cast<double>(f.sourceRestarts + f.encoderRestarts); });
    counter("camera_frames_captured_total", "Pictures taken from the source.",
            [](const CameraStatus &c, const Figures &) { return static_cast<double>(c.framesCaptured); });
    counter("camera_frames_encoded_total", "Pictures encoded or passed through.",
            [](const CameraStatus &c, const Figures &) { return static_cast<double>(c.framesEncoded); });
    counter("camera_frames_dropped_total", "Pictures dropped between source and stream.",
            [](const CameraStatus &c, const Figures &) { return static_cast<double>(c.framesDropped); });
    counter("camera_segments_recorded_total", "Recorded files that were finished.",
            [](const CameraStatus &, const Figures &f) { return static_cast<double>(f.recording.segments); });
    counter("camera_recording_bytes_total", "Bytes written to recorded files.",
            [](const CameraStatus &, const Figures &f) { return static_cast<double>(f.recording.bytes); });
    counter("camera_recording_dropped_total", "Pictures and units of sound for which the disk was too slow.",
            [](const CameraStatus &, const Figures &f) { return static_cast<double>(f.recording.dropped); });
    counter("camera_recording_failures_total", "Times that the disk made recording stop.",
            [](const CameraStatus &, const Figures &f) { return static_cast<double>(f.recording.failures); });
    gauge("camera_recording_preroll_bytes", "Bytes of pictures and sound in memory that a trigger or a schedule would record.",
          [](const CameraStatus &, const Figures &f) { return static_cast<double>(f.recording.preRollBytes); });
    counter("camera_recording_preroll_dropped_total", "Pictures for which that memory had no room.",
            [](const CameraStatus &, const Figures &f) { return static_cast<double>(f.recording.preRollDropped); });
    gauge("camera_frame_age_seconds", "Age of the newest encoded picture; before the first, time since the agent's start.",
          [](const CameraStatus &, const Figures &f) { return static_cast<double>(f.age.count()) / 1e6; });
    gauge("camera_clock_synchronized", "1 while the camera's capture times are known, else 0.",
          [&input](const CameraStatus &, const Figures &) { return input.status.clockSynchronized ? 1.0 : 0.0; });
    gauge("camera_clock_uncertainty_seconds", "What the clock of the camera's capture times may be off by.",
          [&input](const CameraStatus &, const Figures &) { return static_cast<double>(input.status.clockUncertainty.count()) / 1e6; });
}

constexpr std::array kStates{protocol::StageState::Idle, protocol::StageState::Starting, protocol::StageState::Running,
                             protocol::StageState::Waiting, protocol::StageState::Stopped};

void addStages(Families &families, const MetricsInput &input)
{
    MetricFamily running{"camera_stage_running", "1 while this stage of the camera's pipeline runs, else 0.", MetricType::Gauge, {}};
    MetricFamily restarts{"camera_stage_restarts_total", "Times that this stage was started again after a failure.", MetricType::Counter, {}};
    MetricFamily times{"camera_encode_seconds", "Time to encode one picture.", MetricType::Histogram, {}};
    for (qsizetype i = 0; i < input.status.cameras.size(); ++i) {
        const protocol::CameraStatus &camera = input.status.cameras[i];
        const CameraFigures &figures = input.figures[i];
        for (const protocol::StageStatus &stage : camera.stages)
            addValue(running, stage.state == protocol::StageState::Running ? 1 : 0, labels(camera, {{"stage", stage.stage.toStdString()}}));
        addValue(restarts, static_cast<double>(figures.sourceRestarts), labels(camera, {{"stage", "source"}}));
        addValue(restarts, static_cast<double>(figures.encoderRestarts), labels(camera, {{"stage", "encoder"}}));
        prometheus::ClientMetric histogram;
        histogram.label = labels(camera);
        std::uint64_t sum = 0;
        for (std::size_t bucket = 0; bucket < figures.encodeTimes.counts.size(); ++bucket) {
            sum += figures.encodeTimes.counts[bucket];
            const bool last = bucket == DurationHistogram::kBounds.size();
            histogram.histogram.bucket.push_back({sum, last ? std::numeric_limits<double>::infinity()
                                                            : static_cast<double>(DurationHistogram::kBounds[bucket].count()) / 1e6});
        }
        histogram.histogram.sample_count = sum;
        histogram.histogram.sample_sum = static_cast<double>(figures.encodeTimes.sum.count()) / 1e6;
        times.metric.push_back(std::move(histogram));
    }
    families.push_back(std::move(running));
    families.push_back(std::move(restarts));
    families.push_back(std::move(times));
}

void addStreams(Families &families, const MetricsInput &input)
{
    const auto add = [&](const char *name, const char *help, MetricType type, const std::function<double(const StreamFigures &)> &value) {
        MetricFamily family{name, help, type, {}};
        for (qsizetype i = 0; i < input.status.cameras.size(); ++i) {
            for (const StreamFigures &stream : input.figures[i].streams)
                addValue(family, value(stream), labels(input.status.cameras[i], {{"stream", stream.name.toStdString()}}));
        }
        families.push_back(std::move(family));
    };
    add("camera_mjpeg_readers", "Clients that read this stream as Motion JPEG now.", MetricType::Gauge,
        [](const StreamFigures &stream) { return static_cast<double>(stream.mjpeg.readers); });
    add("camera_mjpeg_frames_total", "Pictures made into JPEG for them.", MetricType::Counter,
        [](const StreamFigures &stream) { return static_cast<double>(stream.mjpeg.encoded); });
    add("camera_stream_frames_encoded_total", "Pictures of this stream that were encoded here.", MetricType::Counter,
        [](const StreamFigures &stream) { return static_cast<double>(stream.encoded); });
    add("camera_stream_encoder_restarts_total", "Times that this stream's encoder was started again after a failure.", MetricType::Counter,
        [](const StreamFigures &stream) { return static_cast<double>(stream.encoderRestarts); });
}

/// Not a number: not known now.
template <typename Value>
double orUnknown(const std::optional<Value> &value)
{
    return value ? static_cast<double>(*value) : std::numeric_limits<double>::quiet_NaN();
}

void addRecordings(Families &families, const RecordingFigures &figures)
{
    MetricFamily coverage{"camera_recording_coverage_ratio", "Recorded part of the last 24 hours, as far as an account is owed.", MetricType::Gauge, {}};
    MetricFamily last{"camera_recording_last_segment_timestamp_seconds", "End of the newest closed file by its capture times; 0 before the first.", MetricType::Gauge, {}};
    for (const auto &[lane, each] : figures.lanes) {
        const Labels own{{"camera_id", lane.camera.toStdString()}, {"stream", lane.stream.toStdString()}};
        addValue(coverage, orUnknown(each.coverage), own);
        addValue(last, each.lastEnd ? static_cast<double>(toMicros(*each.lastEnd)) / 1e6 : 0, own);
    }
    families.push_back(std::move(coverage));
    families.push_back(std::move(last));
    const auto gauge = [&families](const char *name, const char *help, double value) { add(families, name, help, MetricType::Gauge, value); };
    gauge("agent_recording_disk_free_bytes", "Free space where recordings lie.", orUnknown(figures.freeBytes));
    gauge("agent_recording_disk_size_bytes", "Size of the file system where recordings lie.", orUnknown(figures.sizeBytes));
    gauge("agent_recording_stored_bytes", "Bytes of recorded files that are here.", static_cast<double>(figures.usedBytes));
    gauge("agent_recording_protected_bytes", "Bytes of these that no rule of retention removes.", static_cast<double>(figures.protectedBytes));
    gauge("agent_recording_retention_days", "Days of recordings that there is room for by the rules, at the rate of the last 24 hours.", orUnknown(figures.keepsDays));
}

void addSound(Families &families, const MetricsInput &input)
{
    MetricFamily units{"camera_audio_units_total", "AAC access units that the camera's sound gave.", MetricType::Counter, {}};
    for (qsizetype i = 0; i < input.status.cameras.size(); ++i) {
        if (const auto count = input.figures[i].soundUnits)
            addValue(units, static_cast<double>(*count), labels(input.status.cameras[i]));
    }
    families.push_back(std::move(units));
}

void addTargets(Families &families, const MetricsInput &input)
{
    const auto add = [&](const char *name, const char *help, MetricType type, const std::function<void(MetricFamily &, const TargetFigures &, const Labels &)> &fill) {
        MetricFamily family{name, help, type, {}};
        for (qsizetype i = 0; i < input.status.cameras.size(); ++i) {
            for (const TargetFigures &target : input.figures[i].targets)
                fill(family, target, labels(input.status.cameras[i], {{"target", target.name.toStdString()}}));
        }
        families.push_back(std::move(family));
    };
    const auto counter = [&](const char *name, const char *help, std::uint64_t Publisher::Counts::*figure) {
        add(name, help, MetricType::Counter, [figure](MetricFamily &family, const TargetFigures &target, const Labels &own) {
            addValue(family, static_cast<double>(target.counts.*figure), own);
        });
    };
    counter("camera_target_sent_bytes_total", "Bytes of pictures and sound that the target took.", &Publisher::Counts::bytes);
    counter("camera_target_sent_frames_total", "Pictures that the target took.", &Publisher::Counts::packets);
    counter("camera_target_dropped_frames_total", "Pictures that the target was too slow for.", &Publisher::Counts::dropped);
    counter("camera_target_connections_total", "Connections made to the target.", &Publisher::Counts::connections);
    counter("camera_target_failures_total", "Connections to the target that failed, or could not be made.", &Publisher::Counts::failures);
    add("camera_target_state", "1 for the state that the target is in, 0 for the others.", MetricType::Gauge,
        [](MetricFamily &family, const TargetFigures &target, const Labels &own) {
            for (const protocol::StageState state : kStates) {
                Labels with = own;
                with.push_back({"state", toString(state).toStdString()});
                addValue(family, target.state == state ? 1 : 0, with);
            }
        });
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
    addStages(families, input);
    addStreams(families, input);
    addSound(families, input);
    addTargets(families, input);
    addRecordings(families, input.recordings);
    return QByteArray::fromStdString(prometheus::TextSerializer().Serialize(families));
}

} // namespace vedette::agent
