// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/camera_recorders.h"

namespace vedette::agent {

QList<RecordingLane> recordedLanes(const QList<settings::CameraSettings> &cameras)
{
    QList<RecordingLane> lanes;
    for (const settings::CameraSettings &camera : cameras) {
        if (camera.recording.main)
            lanes.append({camera.id, QStringLiteral("main")});
        if (camera.recording.sub)
            lanes.append({camera.id, QStringLiteral("sub")});
    }
    return lanes;
}

CameraRecorders::CameraRecorders(const settings::CameraSettings &camera, const RecordingPlace &place, const Clock &clock,
                                 const std::shared_ptr<media::PacketTee> &main, const std::shared_ptr<media::PacketTee> &sub, const Callbacks &callbacks)
{
    for (const RecordingLane &lane : recordedLanes({camera})) {
        const bool isMain = lane.stream == QLatin1String("main");
        const QString stage = isMain ? QStringLiteral("recording") : QStringLiteral("recording/sub");
        auto entry = std::make_unique<Entry>(lane.stream, camera.id, stage, clock);
        if (place.sink) {
            Recorder::Options options{lane, place.length, reportTo(entry->stage), callbacks.whyQuiet,
                                      [ask = callbacks.needKeyFrame, stream = lane.stream] { ask(stream); }};
            entry->recorder = std::make_unique<Recorder>(std::move(options), SegmentPlace{linuxSegmentDisk(), clock, place.folder}, isMain ? main : sub, *place.sink);
        } else {
            entry->stage.set(protocol::StageState::Stopped, place.why, std::nullopt);
        }
        m_entries.push_back(std::move(entry));
    }
}

void CameraRecorders::start()
{
    for (const auto &each : m_entries) {
        if (each->recorder)
            each->recorder->start();
    }
}

void CameraRecorders::requestStop()
{
    for (const auto &each : m_entries) {
        if (each->recorder)
            each->recorder->requestStop();
    }
}

void CameraRecorders::stop()
{
    requestStop();
    for (const auto &each : m_entries) {
        if (each->recorder)
            each->recorder->stop();
    }
}

QList<protocol::StageStatus> CameraRecorders::stages() const
{
    QList<protocol::StageStatus> stages;
    for (const auto &each : m_entries)
        stages.append(each->stage.status());
    return stages;
}

Recorder::Counts CameraRecorders::counts() const
{
    Recorder::Counts sum;
    for (const auto &each : m_entries) {
        const Recorder::Counts counts = each->recorder ? each->recorder->counts() : Recorder::Counts{};
        sum.segments += counts.segments;
        sum.bytes += counts.bytes;
        sum.frames += counts.frames;
        sum.dropped += counts.dropped;
        sum.failures += counts.failures;
    }
    return sum;
}

QStringList CameraRecorders::silent(MonoTime now) const
{
    QStringList streams;
    for (const auto &each : m_entries) {
        if (each->recorder && each->recorder->pulse().silent(now))
            streams.append(each->stream);
    }
    return streams;
}

} // namespace vedette::agent
