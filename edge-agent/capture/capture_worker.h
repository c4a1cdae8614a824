// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/backoff.h"
#include "core/base/pulse.h"
#include "core/base/worker.h"
#include "core/protocol/status.h"
#include "edge-agent/capture/source_factory.h"

#include <atomic>
#include <mutex>
#include <optional>

namespace vedette::agent {

/// Where the pictures go; called on the capture thread, never blocking.
struct CaptureSinks {
    std::function<void(double framerate)> opened;
    std::function<void(double framerate)> framerate; ///< learnt, or changed, while it is open
    std::function<void(media::Frame)> frame;
    std::function<void(const media::StreamInfo &)> streamInfo;
    std::function<void(media::PacketPtr)> packet;
    /// The source's stage; nextTry only when waiting. Any state may come twice.
    std::function<void(protocol::StageState, const QString &reason, std::optional<milliseconds> nextTry)> stage;
};

/// The capture thread of one camera: opens its source, reads it, and after a failure opens it again, for ever, with a
/// back-off that is short while the source gave pictures lately. A refused password is tried again only every
/// kDeniedPause: cameras lock out; a camera of this machine at least every kLocal, so that it is back soon after it was
/// plugged in. Owned and started by the main thread.
///
///   Starting ─open, first picture─▶ Running ─error, interrupt()─▶ Waiting ─back-off─▶ (opens again) ─▶ Running | Waiting
///                                      └─showStalled()─▶ Waiting ─picture─▶ Running      refused: Stopped ─60 s─▶ (opens)
class CaptureWorker {
public:
    static constexpr milliseconds kDeniedPause{60'000};
    static constexpr milliseconds kLocal{3'000};
    static constexpr milliseconds kLasted{10'000}; ///< a source that ran so long begins its back-off anew
    static constexpr milliseconds kLively{2'000};  ///< longest back-off until no picture has come for kLasted

    CaptureWorker(const settings::CameraSettings &settings, const SourceContext &context, CaptureSinks sinks);

    void start();
    void requestStop();
    /// Idempotent.
    void stop();

    /// Ends the open source as failed for this reason; it is opened again after its back-off. Thread-safe.
    void interrupt(const QString &reason);
    /// Shows the source as waiting without ending it, until its next picture. Thread-safe.
    void showStalled(const QString &reason, milliseconds nextTry);

    /// All thread-safe.
    std::uint64_t captured() const { return m_captured; }
    std::uint64_t repeated() const { return m_repeated; } ///< pictures that the source gave again, and nobody got
    bool repeating() const { return m_repeating; }        ///< the last one was
    const Pulse &pulse() const { return m_pulse; }
    std::uint64_t restarts() const { return m_restarts; } ///< times that the source was opened again
    /// Empty while no source is open; since it was opened when it gave no picture yet.
    std::optional<microseconds> silence() const;
    std::optional<microseconds> newestAge() const; ///< empty before the first picture ever
    double framerate() const { return m_framerate; }

private:
    void run(std::stop_token stop);
    /// One life of a source, up to its failure.
    Error runOnce(std::stop_token attempt);
    Error readFrames(media::FrameSource &source, std::stop_token attempt);
    Error readPackets(media::PacketSource &source, std::stop_token attempt);
    milliseconds pauseAfter(const Error &error, MonoTime begun, Backoff &backoff) const;
    void beatReading(MonoTime now);
    void noteCaptured();
    void noteFramerate(double framerate);

    const settings::CameraSettings m_settings;
    const SourceContext m_context;
    const CaptureSinks m_sinks;
    std::atomic<std::uint64_t> m_captured{0};
    std::atomic<std::uint64_t> m_restarts{0};
    std::atomic<std::uint64_t> m_repeated{0};
    std::atomic<bool> m_repeating{false};
    std::atomic<bool> m_shownStalled{false};
    Pulse m_pulse;
    std::atomic<std::int64_t> m_alive{0};  ///< MonoTime of opening or the newest picture; 0: no source is open
    std::atomic<std::int64_t> m_newest{0}; ///< MonoTime; 0: none
    std::atomic<double> m_framerate{0};
    std::mutex m_mutex; // guards the two below
    std::stop_source m_attempt{std::nostopstate};
    QString m_interruptReason;
    Worker m_worker;
};

} // namespace vedette::agent
