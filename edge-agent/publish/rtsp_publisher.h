// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/worker.h"
#include "core/media/packet_tee.h"
#include "core/protocol/status.h"

#include <QString>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

namespace vedette::agent {

/// The address of a camera's stream on a relay: "rtsp://HOST:8554" and "gate" give "rtsp://HOST:8554/gate".
QString relayStreamUrl(const QString &relayUrl, const QString &camera);

/// The publish thread of one camera: pushes the tee's packets to an RTSP relay from a key frame on and connects again
/// for ever. A slow relay loses packets up to the next key frame, nobody else notices. Owned by the main thread.
class RtspPublisher {
public:
    static constexpr std::size_t kQueue = 100;            ///< packets, 5 s at 20 frames/s
    static constexpr milliseconds kTimeout{5000};         ///< to connect, and without the relay taking a byte
    static constexpr milliseconds kDeniedPause{60'000};   ///< after a refused password
    static constexpr milliseconds kLasted{10'000};        ///< a connection that held so long begins the back-off anew
    static constexpr milliseconds kSilence{8'000};        ///< without a picture the path is given back to the relay

    using StageReport = std::function<void(protocol::StageState, const QString &reason, std::optional<milliseconds> nextTry)>;

    /// url may hold a user part; it never appears in a reason.
    RtspPublisher(const QString &camera, const QString &url, const Clock &clock, std::shared_ptr<media::PacketTee> tee, StageReport stage);

    void start();
    void requestStop();
    /// Idempotent.
    void stop();

    /// Both thread-safe.
    std::uint64_t bytes() const { return m_bytes; }             ///< of pictures that the relay took
    std::uint64_t connections() const { return m_connections; } ///< made, the first one included

private:
    enum class Ended : std::uint8_t { Stop, NoPictures, StreamChanged, Failed };
    void run(std::stop_token stop);
    /// One connection, from the wait for a key frame to its end.
    Ended runOnce(std::stop_token stop);
    Ended push(media::PacketReader &reader, media::PacketPtr key, const media::StreamInfo &info, std::stop_token stop);
    Error explain(const Error &error) const;

    const QString m_camera;
    const QString m_url;
    const QString m_shownUrl;
    const Clock &m_clock;
    const std::shared_ptr<media::PacketTee> m_tee;
    const StageReport m_stage;
    std::atomic<std::uint64_t> m_bytes{0};
    std::atomic<std::uint64_t> m_connections{0};
    Error m_error; ///< why the last life failed; publish thread
    Worker m_worker;
};

} // namespace vedette::agent
