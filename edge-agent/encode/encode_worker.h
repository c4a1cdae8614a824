// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/bounded_queue.h"
#include "core/base/duration_histogram.h"
#include "core/base/pulse.h"
#include "core/base/worker.h"
#include "core/media/encoder.h"
#include "core/media/packet_tee.h"
#include "core/protocol/status.h"
#include "core/settings/agent_settings.h"
#include "edge-agent/encode/burn_in.h"
#include "edge-agent/encode/picture_size.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace vedette::agent {

/// The encode thread of one camera: raw pictures in, marked packets into the tee. Pictures wait in a queue of
/// kQueue, the oldest goes first. A failed encoder is made again after a back-off; where the settings leave the choice,
/// hardware that does not open, fails or wedges is replaced at once by libx264, and what once worked is tried again after
/// kHardwareRest. The stage's reason says by what it runs. Owned by the main thread.
///
///   Starting ─first picture encoded─▶ Running ─error, interrupt()─▶ Waiting ─back-off, next picture─▶ Running | Waiting
///   release() ─no picture waits─▶ Idle ─next picture─▶ Running
class EncodeWorker {
public:
    static constexpr std::size_t kQueue = 3;
    static constexpr std::chrono::minutes kHardwareRest{10};

    using MakeEncoder = std::function<Result<std::unique_ptr<media::FrameEncoder>>(const media::EncoderConfig &)>;
    using StageReport = std::function<void(protocol::StageState, const QString &reason, std::optional<milliseconds> nextTry)>;

    EncodeWorker(const settings::CameraSettings &settings, const Clock &clock, std::shared_ptr<media::PacketTee> tee, StageReport stage,
                 MakeEncoder make = media::Encoder::create);

    void start();
    void requestStop();
    /// Idempotent.
    void stop();

    /// All thread-safe.
    void push(media::Frame frame);
    void setFramerate(double framerate) { m_framerate = framerate; }
    void setBitrate(int kbps) { m_bitrateKbps = kbps; } ///< from the next picture on, without a new encoder
    int bitrateKbps() const { return m_bitrateKbps; }
    void requestKeyFrame() { m_keyWanted = true; }
    /// Takes the encoder as failed for this reason; another one is made.
    void interrupt(const QString &reason);
    /// Gives the encoder and the cached pictures back until the next picture comes.
    void release() { m_released = true; }
    const Pulse &pulse() const { return m_pulse; }
    /// Waits until that is another one than seen; empty on time-out or stop.
    std::optional<media::Frame> newerThan(const std::optional<media::Frame> &seen, std::stop_token stop, milliseconds timeout) const;
    std::uint64_t encoded() const { return m_encoded; }
    /// Means of about the last ten pictures, in ms; empty before the first.
    struct Times {
        double captureMs = 0; ///< sensor or source to encoder
        double encodeMs = 0;
    };
    std::optional<Times> times() const;
    std::uint64_t restarts() const { return m_restarts; } ///< encoders made after a failure
    DurationHistogram::Reading encodeTimes() const { return m_encodeTimes.read(); } ///< to encode one picture
    std::uint64_t dropped() const { return m_queue.count().dropped + m_lost; }

private:
    void run(std::stop_token stop);
    Status encode(const media::Frame &frame);
    Status encodeUnlessInterrupted(const media::Frame &frame);
    Status makeEncoder(PictureSize size);
    Status openChosen(media::EncoderConfig config);
    bool mayFallBack() const;
    bool wantsHardware() const;
    void restHardware(const QString &why);
    QString detail() const;
    void announce();
    void measure(const media::Frame &frame, MonoTime begun);

    const settings::CameraSettings m_settings;
    const Clock &m_clock;
    const std::shared_ptr<media::PacketTee> m_tee;
    const StageReport m_stage;
    const MakeEncoder m_make;
    BoundedQueue<media::Frame> m_queue{"frames", kQueue};
    std::atomic<bool> m_keyWanted{false};
    std::uint64_t m_run = 0; ///< of the last picture; encoding thread
    std::atomic<bool> m_released{false};
    std::atomic<double> m_framerate{0};
    std::atomic<int> m_bitrateKbps;
    std::atomic<std::uint64_t> m_encoded{0};
    std::atomic<std::uint64_t> m_restarts{0};
    DurationHistogram m_encodeTimes;
    Pulse m_pulse;
    std::atomic<std::uint64_t> m_lost{0}; ///< came while there was no encoder, or failed in it
    mutable std::mutex m_mutex; // guards the next four
    QString m_interruptReason;
    std::optional<media::Frame> m_newest;
    mutable std::condition_variable_any m_arrived;
    std::optional<Times> m_times;

    // Encode thread only.
    std::unique_ptr<media::FrameEncoder> m_encoder;
    bool m_byHardware = false;
    bool m_hardwareWorked = false; ///< once: what was never there is not looked for again and again
    std::optional<MonoTime> m_hardwareRests; ///< until then; empty: it is tried
    QString m_whyNoHardware;
    PictureSize m_size;
    BurnIn m_burnIn;
    media::Bytes m_parameterSets; ///< as told to the tee
    double m_encoderRate = 0;
    int m_encoderKbps = 0;

    Worker m_worker;
};

} // namespace vedette::agent
