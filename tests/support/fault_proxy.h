// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/worker.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <vector>

namespace vedette::test {

/// What is wrong with one direction of every connection, those that exist included. Byte positions count from the
/// connection's start in that direction.
struct Fault {
    milliseconds delay{0};
    milliseconds jitter{0};                   ///< added to delay, 0 to this; the order is kept
    bool stall = false;                       ///< nothing passes; the connection stays
    std::optional<std::uint64_t> cutAt;       ///< this many bytes pass, then both sides are closed
    bool cutByReset = false;                  ///< cut by RST instead of FIN
    std::optional<std::uint64_t> corruptAt;   ///< this byte arrives with all its bits inverted
    std::uint64_t bytesPerSecond = 0;         ///< slow reader: the sender sees its window fill; 0 no limit
};

/// A TCP proxy on a free port of 127.0.0.1 between a real client and a real server, whose faults can be changed while
/// connections run. Thread-safe; the sockets live on a Worker inside.
class FaultProxy {
public:
    enum class Direction : std::uint8_t { ToServer, ToClient };

    /// Bytes of one direction that may wait for their delay; a full buffer stops reading.
    static constexpr std::size_t kMaxBuffered = 4 << 20;

    FaultProxy();
    ~FaultProxy();
    FaultProxy(const FaultProxy &) = delete;
    FaultProxy &operator=(const FaultProxy &) = delete;

    /// The server is on 127.0.0.1. port 0: a free one.
    Status start(std::uint16_t serverPort, std::uint16_t port = 0);
    void stop();
    std::uint16_t port() const { return m_port; }

    void setFault(Direction direction, const Fault &fault);
    Fault fault(Direction direction) const;
    void clear();
    /// Refuses new connections (nobody listens) until told otherwise. Those that exist go on.
    void setRefuse(bool refuse);
    /// Ends all connections, politely or by RST.
    void cutAll(bool byReset = false);

    std::uint64_t accepted() const { return m_accepted; }
    std::size_t open() const { return m_open; }
    /// Bytes delivered over all connections.
    std::uint64_t passed(Direction direction) const { return m_passed[static_cast<int>(direction)]; }

private:
    struct Connection;
    struct Pipe;

    void run(const std::stop_token &stop);
    void wake();
    void applyListening();
    void accept();
    int pollTimeout(MonoTime now) const;
    void serve(Connection &connection, MonoTime now);
    void read(Connection &connection, Pipe &pipe, const Fault &fault, MonoTime now);
    void write(Connection &connection, Pipe &pipe, const Fault &fault, MonoTime now);
    Status listen(std::uint16_t port);

    mutable std::mutex m_mutex; // guards the next four
    Fault m_faults[2];
    bool m_refuse = false;
    bool m_cutAll = false;
    bool m_cutByReset = false;

    std::atomic<std::uint64_t> m_accepted{0};
    std::atomic<std::uint64_t> m_passed[2]{};
    std::atomic<std::size_t> m_open{0};
    std::atomic<std::uint16_t> m_port = 0;
    std::uint16_t m_serverPort = 0;
    int m_wakeFd = -1;

    // Only the Worker's thread, once it runs:
    int m_listenFd = -1;
    std::vector<std::unique_ptr<Connection>> m_connections;
    std::minstd_rand m_random{1};
    SystemClock m_clock;
    Worker m_worker;
};

} // namespace vedette::test
