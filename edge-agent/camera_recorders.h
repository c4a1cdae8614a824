// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/settings/agent_settings.h"
#include "edge-agent/camera_stages.h"
#include "edge-agent/recordings/recorder.h"

#include <memory>
#include <vector>

namespace vedette::agent {

/// Where an agent records; the sink outlives every camera.
struct RecordingPlace {
    QString folder;
    std::chrono::seconds length{900};
    RecorderSink *sink = nullptr; ///< null: nothing can be recorded yet, and why
    QString why;
};

/// The recorded streams of one camera, with the stages "recording" and "recording/sub". Main thread.
class CameraRecorders {
public:
    struct Callbacks {
        std::function<protocol::GapReason()> whyQuiet;               ///< see Recorder::Options
        std::function<void(const QString &stream)> needKeyFrame;
    };
    /// sub: null where the camera has no sub stream.
    CameraRecorders(const settings::CameraSettings &camera, const RecordingPlace &place, const Clock &clock,
                    const std::shared_ptr<media::PacketTee> &main, const std::shared_ptr<media::PacketTee> &sub, const Callbacks &callbacks);

    void start();
    /// Where there was no sink: from now on there is. It outlives every camera.
    void begin(RecorderSink &sink);
    /// Why there is no sink still.
    void wait(const QString &why, milliseconds nextTry);
    void requestStop();
    /// Finishes the open segments. Idempotent.
    void stop();
    QList<protocol::StageStatus> stages() const;
    /// Of all streams together.
    Recorder::Counts counts() const;
    /// Records the stream ("main", "sub"; empty: all that are recorded by trigger) from before now on. Which streams. NotFound, Unsupported or Unavailable says why not.
    Result<QStringList> trigger(const QString &stream);
    /// Of the stream, or empty: all. NotFound where none is recorded.
    Result<QStringList> setPaused(const QString &stream, bool paused);
    std::chrono::seconds postRoll() const { return m_postRoll; }
    /// Streams whose thread owes a sign of life.
    QStringList silent(MonoTime now) const;

private:
    struct Entry {
        Entry(const QString &name, const QString &camera, const QString &stageName, const Clock &clock) : stream(name), stage(camera, stageName, clock) {}
        const QString stream;
        StageRecord stage;
        std::unique_ptr<RecordingGate> gate;
        std::function<std::unique_ptr<Recorder>(RecorderSink &)> make;
        std::unique_ptr<Recorder> recorder; ///< null: not recorded yet, the stage says why
    };
    Result<std::vector<Entry *>> entriesOf(const QString &stream) const;

    const QString m_camera;
    const Clock &m_clock;
    const std::chrono::seconds m_postRoll;
    bool m_started = false;
    std::vector<std::unique_ptr<Entry>> m_entries;
};

/// The lanes that the settings ask for.
QList<RecordingLane> recordedLanes(const QList<settings::CameraSettings> &cameras);

} // namespace vedette::agent
