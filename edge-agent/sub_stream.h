// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/pulse.h"
#include "core/base/worker.h"
#include "core/settings/agent_settings.h"
#include "edge-agent/camera_stages.h"
#include "edge-agent/encode/encode_worker.h"
#include "edge-agent/publish/mjpeg_feed.h"

#include <functional>

namespace vedette::agent {

/// The small stream of one camera: the pictures of its main stream, scaled and encoded on threads of their own, and only
/// while somebody reads it; the first waits up to kPoll longer. Main thread, except tee() and setFramerate().
class SubStream {
public:
    static constexpr milliseconds kPoll{100};
    static constexpr milliseconds kLinger{12'000}; ///< after the last reader: longer than a publisher's pause

    using OpenPictures = std::function<std::unique_ptr<PictureSupply>()>;

    /// open: makes where the pictures come from, called and used on the feeding thread.
    SubStream(const settings::CameraSettings &camera, const Clock &clock, OpenPictures open);

    void start();
    void requestStop();
    /// Idempotent.
    void stop();

    const std::shared_ptr<media::PacketTee> &tee() const { return m_tee; }
    PictureSize limit() const { return {m_settings.width, m_settings.height}; }
    /// Of the main stream.
    void setFramerate(double framerate);
    EncodeWorker &encoder() { return m_encode; }
    bool silent(MonoTime now) const { return m_pulse.silent(now) || m_encode.pulse().silent(now); } ///< a thread owes a sign of life
    protocol::StageStatus stage() const { return m_stage.status(); }
    protocol::StreamStatus stream() const;

private:
    void feed(std::stop_token stop);
    bool isDue(const media::Frame &frame);

    const settings::CameraSettings m_settings; ///< of the camera, with size, rate and bit rate of this stream
    const Clock &m_clock;
    const OpenPictures m_open;
    const std::shared_ptr<media::PacketTee> m_tee = std::make_shared<media::PacketTee>();
    StageRecord m_stage;
    std::atomic<double> m_framerate{0};
    microseconds m_due{0}; ///< pts from which on a picture is taken; feeding thread
    Pulse m_pulse; ///< of the feeding thread
    EncodeWorker m_encode;
    Worker m_feed; ///< after what it feeds
};

} // namespace vedette::agent
