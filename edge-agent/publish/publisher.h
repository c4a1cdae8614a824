// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/pulse.h"
#include "core/base/secret.h"
#include "core/base/worker.h"
#include "core/media/packet_tee.h"
#include "core/protocol/status.h"

#include <QString>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

namespace vedette::agent {

/// Where a publisher pushes to.
struct PublishTarget {
    QString camera;      ///< for the log and the thread's name
    QString who;         ///< begins its sentences: "The relay", "Target cloud"
    Secret url;          ///< with user, password and key
    QString shownUrl;    ///< without them
    milliseconds longestPause{30'000}; ///< between two tries
};

/// The publish thread of one target: pushes the tee's packets from a key frame on and connects again for ever. It has a
/// queue of its own, so a slow target loses packets up to the next key frame and nobody else notices. Owned by the main
/// thread.
class Publisher {
public:
    static constexpr std::size_t kQueue = 100;            ///< packets, 5 s at 20 frames/s
    static constexpr milliseconds kTimeout{5000};         ///< to connect, and without the target taking a byte
    static constexpr milliseconds kDeniedPause{60'000};   ///< after a refused password or key
    static constexpr milliseconds kLasted{10'000};        ///< a connection that held so long begins the back-off anew
    static constexpr milliseconds kSilence{8'000};        ///< without a picture the path is given back

    using StageReport = std::function<void(protocol::StageState, const QString &reason, std::optional<milliseconds> nextTry)>;

    struct Counts {
        std::uint64_t bytes = 0;       ///< of access units handed over
        std::uint64_t packets = 0;     ///< pictures
        std::uint64_t dropped = 0;     ///< pictures and units of sound that the target was too slow for
        std::uint64_t connections = 0;
        std::uint64_t failures = 0;    ///< tries and connections that failed
    };

    Publisher(PublishTarget target, const Clock &clock, std::shared_ptr<media::PacketTee> tee, StageReport stage);

    void start();
    void requestStop();
    /// Idempotent.
    void stop();
    Counts counts() const; ///< thread-safe
    const Pulse &pulse() const { return m_pulse; } ///< thread-safe

private:
    enum class Ended : std::uint8_t { Stop, NoPictures, StreamChanged, Failed };
    void run(std::stop_token stop);
    /// One connection, from the wait for a key frame to its end.
    Ended runOnce(std::stop_token stop);
    Ended push(media::PacketReader &reader, media::PacketPtr key, const media::StreamInfo &info, std::stop_token stop);
    void countDropped(const media::PacketReader &reader);
    Error explain(const Error &error) const;
    void noteCutOff(const Error &error, MonoTime begun);

    const PublishTarget m_target;
    const Clock &m_clock;
    const std::shared_ptr<media::PacketTee> m_tee;
    const StageReport m_stage;
    Error m_error; ///< why the last life failed; publish thread
    int m_cutOff = 0; ///< connections in a row that the other side ended soon; publish thread
    std::uint64_t m_droppedBefore = 0; ///< by readers of earlier connections; publish thread
    Pulse m_pulse;
    std::atomic<std::uint64_t> m_bytes{0};
    std::atomic<std::uint64_t> m_packets{0};
    std::atomic<std::uint64_t> m_dropped{0};
    std::atomic<std::uint64_t> m_connections{0};
    std::atomic<std::uint64_t> m_failures{0};
    Worker m_worker;
};

} // namespace vedette::agent
