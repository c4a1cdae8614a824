// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/worker.h"
#include "core/live/path_ladder.h"
#include "core/media/frame.h"
#include "core/media/hardware_devices.h"
#include "core/media/packet.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <stop_token>

namespace vedette::live {

/// What a Reception tells. Every call comes on its Worker; ended() is the last one and comes exactly once.
class ReceptionSink {
public:
    virtual ~ReceptionSink() = default;
    virtual void opened(quint64 reception, const media::StreamInfo &info) = 0;
    /// Decoder::description(), whenever it changes.
    virtual void decodedBy(quint64 reception, const QString &decoder) = 0;
    virtual void received(quint64 reception, const media::Packet &packet) = 0;
    /// So many network packets never came.
    virtual void lost(quint64 reception, std::uint64_t count) = 0;
    virtual void undecodable(quint64 reception, std::uint64_t count) = 0;
    /// catchingUp: one of the pictures that the server had kept and sent at once at the beginning.
    virtual void decoded(quint64 reception, media::Frame frame, bool catchingUp) = 0;
    virtual void ended(quint64 reception, const Error &error) = 0;
};

/// One try of one path: opens, reads and decodes on one Worker until it fails or is told to give up. Retry policy lives
/// in StreamReceiver. Owned by StreamReceiver on the main thread; giveUp() and finished() are thread-safe.
class Reception {
public:
    static constexpr milliseconds kOpenTimeout{5000};
    static constexpr milliseconds kReadTimeout{5000};

    /// hardware: that may decode; null: software only.
    Reception(quint64 id, StreamPath path, std::shared_ptr<media::HardwareDevices> hardware, const Clock &clock, ReceptionSink &sink);
    ~Reception();
    Reception(const Reception &) = delete;
    Reception &operator=(const Reception &) = delete;

    quint64 id() const { return m_id; }
    const StreamPath &path() const { return m_path; }
    /// Asks without waiting; why becomes the error of ended(). The first reason stays.
    void giveUp(const Error &why);
    /// ended() has been called: destroying does not wait any more.
    bool finished() const { return m_finished; }

private:
    void run(std::stop_token workerStop);
    Status receive(std::stop_token stop);

    const quint64 m_id;
    const StreamPath m_path;
    const std::shared_ptr<media::HardwareDevices> m_hardware;
    const Clock &m_clock;
    ReceptionSink &m_sink;
    std::mutex m_mutex; // guards m_why
    std::optional<Error> m_why;
    std::stop_source m_interrupt;
    std::atomic<bool> m_finished{false};
    Worker m_worker; // last: it uses all above
};

} // namespace vedette::live
