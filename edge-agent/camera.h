// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/duration_histogram.h"
#include "core/media/packet_tee.h"
#include "core/protocol/status.h"
#include "core/settings/agent_settings.h"
#include "edge-agent/camera_recorders.h"
#include "edge-agent/camera_targets.h"
#include "edge-agent/capture/test_faults.h"
#include "edge-agent/publish/live_routes.h"

#include <memory>

namespace vedette::agent {

class CaptureClock;

/// What the cameras share with the agent; references only, all outlive every Camera.
struct CameraEnvironment {
    const Clock &clock;
    CaptureClock &captureClock;
    std::uint32_t settingsVersion = 0;
    RecordingPlace recording{};
};

/// What is counted of one stream of a camera.
struct StreamFigures {
    QString name;                     ///< "main" or "sub"
    MjpegFeed::Counts mjpeg;
    std::uint64_t encoded = 0;        ///< pictures encoded here
    std::uint64_t encoderRestarts = 0;
};

/// What is counted of a camera beside its status.
struct CameraFigures {
    std::uint64_t sourceRestarts = 0;
    std::uint64_t encoderRestarts = 0;
    DurationHistogram::Reading encodeTimes;
    microseconds age{0};              ///< of the newest encoded picture; before the first, of the camera
    QList<TargetFigures> targets;
    QList<StreamFigures> streams;
    Recorder::Counts recording;
    std::optional<std::uint64_t> soundUnits; ///< AAC units that the camera gave; empty for a source without sound
};

/// One camera's whole pipeline: source → (encoder) → tee → publishers and recorders, each stage with its own Worker, state and
/// back-off. Main thread, except tee(), which is thread-safe.
class Camera {
public:
    Camera(const settings::CameraSettings &settings, const QString &relayUrl, const CameraEnvironment &environment);
    ~Camera();

    void start();
    /// Asks every worker without waiting, so that many cameras stop at the same time. Idempotent.
    void requestStop();
    /// At most 2 s. Idempotent.
    void stop();

    const QString &id() const;
    const std::shared_ptr<media::PacketTee> &tee() const;
    /// Pictures and stages now; streams[].urls is left to the agent, which knows the addresses.
    protocol::CameraStatus status() const;
    CameraFigures figures() const;
    /// Names of its threads that owe a sign of life.
    QStringList silentThreads() const;
    /// The next encoded picture of the stream ("main" or "sub") is a key frame; Unsupported for a passed-through one.
    Status requestKeyFrame(const QString &stream = QStringLiteral("main"));
    /// Without a restart, until the agent ends. InvalidInput for a bit rate that the settings would not take; others as
    /// requestKeyFrame().
    Status setBitrate(const QString &stream, int kbps);
    /// Controls of the camera itself, without a restart, until the agent ends: see SourceControls::change(). What is set now.
    Result<QJsonObject> setControls(const QJsonObject &given);
    /// Its recorded streams, to trigger and to pause.
    CameraRecorders &recorders();
    /// Unsupported for any source but test.
    Status injectFault(TestFault fault, milliseconds duration);
    MjpegFeed::Counts mjpegCounts() const;
    /// For addLiveRoutes(); NotFound for a stream that it has not; to be used at once, while the camera lives.
    Result<LiveCamera> live(const QString &stream) const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::agent
