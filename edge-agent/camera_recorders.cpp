// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/camera_recorders.h"

#include "core/base/secret.h"

namespace vedette::agent {

QList<RecordingLane> recordedLanes(const QList<settings::CameraSettings> &cameras)
{
    QList<RecordingLane> lanes;
    for (const settings::CameraSettings &camera : cameras) {
        if (camera.recording.main != settings::RecordingMode::Off)
            lanes.append({camera.id, QStringLiteral("main")});
        if (camera.recording.sub != settings::RecordingMode::Off)
            lanes.append({camera.id, QStringLiteral("sub")});
    }
    return lanes;
}

CameraRecorders::CameraRecorders(const settings::CameraSettings &camera, const RecordingPlace &place, const Clock &clock,
                                 const std::shared_ptr<media::PacketTee> &main, const std::shared_ptr<media::PacketTee> &sub, const Callbacks &callbacks)
    : m_camera(camera.id), m_clock(clock), m_postRoll(camera.recording.postRoll)
{
    const settings::RecordingSettings &asked = camera.recording;
    for (const RecordingLane &lane : recordedLanes({camera})) {
        const bool isMain = lane.stream == QLatin1String("main");
        const QString stage = isMain ? QStringLiteral("recording") : QStringLiteral("recording/sub");
        auto entry = std::make_unique<Entry>(lane.stream, camera.id, stage, clock);
        entry->gate = std::make_unique<RecordingGate>(
            RecordingGate::Rules{isMain ? asked.main : asked.sub, asked.schedule, asked.preRoll, asked.postRoll});
        Recorder::Options options{lane, place.length, reportTo(entry->stage), entry->gate.get(), callbacks.whyQuiet,
                                  [ask = callbacks.needKeyFrame, stream = lane.stream] { ask(stream); }};
        const SegmentPlace where{linuxSegmentDisk(), clock, place.folder};
        entry->make = [options, where, tee = isMain ? main : sub](RecorderSink &sink) { return std::make_unique<Recorder>(options, where, tee, sink); };
        if (place.sink)
            entry->recorder = entry->make(*place.sink);
        else
            entry->stage.set(protocol::StageState::Waiting, place.why, std::nullopt);
        m_entries.push_back(std::move(entry));
    }
}

void CameraRecorders::begin(RecorderSink &sink)
{
    for (const auto &each : m_entries) {
        if (each->recorder)
            continue;
        each->recorder = each->make(sink);
        if (m_started)
            each->recorder->start();
    }
}

void CameraRecorders::wait(const QString &why, milliseconds nextTry)
{
    for (const auto &each : m_entries) {
        if (!each->recorder)
            each->stage.set(protocol::StageState::Waiting, why, nextTry);
    }
}

void CameraRecorders::start()
{
    m_started = true;
    for (const auto &each : m_entries) {
        if (each->recorder)
            each->recorder->start();
    }
}

void CameraRecorders::requestStop()
{
    m_started = false;
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
        sum.preRollBytes += counts.preRollBytes;
        sum.preRollDropped += counts.preRollDropped;
    }
    return sum;
}

Result<std::vector<CameraRecorders::Entry *>> CameraRecorders::entriesOf(const QString &stream) const
{
    std::vector<Entry *> found;
    for (const auto &each : m_entries) {
        if (stream.isEmpty() || each->stream == stream)
            found.push_back(each.get());
    }
    if (!found.empty())
        return found;
    const QString what = stream.isEmpty() ? QString() : QStringLiteral("Stream %1 of ").arg(redact(stream.left(32)));
    return fail(ErrorKind::NotFound, QStringLiteral("%1amera %2 is not recorded here; [camera.recording] says what is.")
                                         .arg(stream.isEmpty() ? QStringLiteral("C") : what + u'c', m_camera));
}

Result<QStringList> CameraRecorders::trigger(const QString &stream)
{
    const auto entries = entriesOf(stream);
    if (!entries)
        return fail(entries.error());
    QStringList streams;
    std::optional<Error> why; // of a stream that is recorded by trigger, where there is one
    for (Entry *each : *entries) {
        if (!each->recorder)
            return fail(ErrorKind::Unavailable, QStringLiteral("Camera %1 is not recorded now: %2").arg(m_camera, each->stage.status().reason));
        if (const Status done = each->gate->trigger(m_clock.now()); done)
            streams.append(each->stream);
        else if (!why || why->kind == ErrorKind::Unsupported)
            why = done.error();
    }
    if (streams.isEmpty())
        return fail(why->wrap(QStringLiteral("Camera %1").arg(m_camera)));
    return streams;
}

Result<QStringList> CameraRecorders::setPaused(const QString &stream, bool paused)
{
    const auto entries = entriesOf(stream);
    if (!entries)
        return fail(entries.error());
    QStringList streams;
    for (Entry *each : *entries) {
        each->gate->setPaused(paused);
        streams.append(each->stream);
    }
    return streams;
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
