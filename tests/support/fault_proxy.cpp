// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fault_proxy.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <deque>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace vedette::test {
namespace {

constexpr std::size_t kChunk = 16 * 1024;
/// So small that the sender of a slow or stalled direction soon feels it.
constexpr int kReceiveBuffer = 32 * 1024;

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

Status systemError(const char *what)
{
    return fail(ErrorKind::Unavailable, QString::fromLatin1(what) + QStringLiteral(": ") + QString::fromLocal8Bit(std::strerror(errno)));
}

void tune(int fd)
{
    const int one = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
}

void closeByReset(int fd)
{
    const linger now{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

} // namespace

/// One direction of one connection.
struct FaultProxy::Pipe {
    struct Chunk {
        MonoTime due;
        std::vector<char> bytes;
        std::size_t done = 0;
    };

    Direction direction;
    int from = -1;
    int to = -1;
    std::deque<Chunk> chunks;
    std::size_t buffered = 0;
    std::uint64_t taken = 0;     ///< bytes read from the sender
    MonoTime lastDue{};
    bool ended = false;          ///< the sender said FIN
    bool endPassed = false;
    double allowance = 0;        ///< bytes that bytesPerSecond lets in now
    MonoTime allowanceAt{};
    bool wantRead = false;
    bool wantWrite = false;
};

struct FaultProxy::Connection {
    int client = -1;
    int server = -1;
    bool connecting = true;
    bool dead = false;
    bool reset = false;
    Pipe pipes[2];

    ~Connection()
    {
        for (const int fd : {client, server}) {
            if (reset)
                closeByReset(fd);
            ::close(fd);
        }
    }
};

FaultProxy::FaultProxy() = default;

FaultProxy::~FaultProxy()
{
    stop();
}

Status FaultProxy::listen(std::uint16_t port)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int one = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer); // inherited, so in the handshake
    sockaddr_in address = loopback(port);
    socklen_t size = sizeof address;
    if (::bind(fd, reinterpret_cast<sockaddr *>(&address), size) < 0 || ::listen(fd, 64) < 0
        || ::getsockname(fd, reinterpret_cast<sockaddr *>(&address), &size) < 0) {
        const Status failed = systemError("fault proxy");
        ::close(fd);
        return failed;
    }
    m_port = ntohs(address.sin_port);
    m_listenFd = fd;
    return {};
}

Status FaultProxy::start(std::uint16_t serverPort, std::uint16_t port)
{
    stop();
    m_serverPort = serverPort;
    if (auto listening = listen(port); !listening)
        return listening;
    m_wakeFd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    m_worker = Worker("fault-proxy", [this](std::stop_token token) { run(token); });
    return {};
}

void FaultProxy::stop()
{
    m_worker.stop();
    m_connections.clear();
    m_open = 0;
    for (int *fd : {&m_listenFd, &m_wakeFd}) {
        if (*fd >= 0)
            ::close(*fd);
        *fd = -1;
    }
}

void FaultProxy::wake()
{
    if (m_wakeFd < 0)
        return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto size = ::write(m_wakeFd, &one, sizeof one);
}

void FaultProxy::setFault(Direction direction, const Fault &fault)
{
    {
        std::lock_guard lock(m_mutex);
        m_faults[static_cast<int>(direction)] = fault;
    }
    wake();
}

Fault FaultProxy::fault(Direction direction) const
{
    std::lock_guard lock(m_mutex);
    return m_faults[static_cast<int>(direction)];
}

void FaultProxy::clear()
{
    {
        std::lock_guard lock(m_mutex);
        m_faults[0] = m_faults[1] = Fault{};
        m_refuse = false;
    }
    wake();
}

void FaultProxy::setRefuse(bool refuse)
{
    {
        std::lock_guard lock(m_mutex);
        m_refuse = refuse;
    }
    wake();
}

void FaultProxy::cutAll(bool byReset)
{
    {
        std::lock_guard lock(m_mutex);
        m_cutAll = true;
        m_cutByReset = byReset;
    }
    wake();
}

void FaultProxy::run(const std::stop_token &stop)
{
    const std::stop_callback waker(stop, [this] { wake(); });
    std::vector<pollfd> fds;
    while (!stop.stop_requested()) {
        applyListening();
        const MonoTime before = m_clock.now();
        for (const auto &connection : m_connections)
            serve(*connection, before);
        std::erase_if(m_connections, [](const auto &c) { return c->dead; });
        m_open = m_connections.size();

        fds.clear();
        fds.push_back({m_wakeFd, POLLIN, 0});
        fds.push_back({m_listenFd, POLLIN, 0}); // a negative one is passed over
        for (const auto &connection : m_connections) {
            Pipe &up = connection->pipes[0];
            Pipe &down = connection->pipes[1];
            const bool connecting = connection->connecting;
            const auto events = [](bool in, bool out) { return static_cast<short>((in ? POLLIN : 0) | (out ? POLLOUT : 0)); };
            const short client = connecting ? short(0) : events(up.wantRead, down.wantWrite);
            const short server = connecting ? short(POLLOUT) : events(down.wantRead, up.wantWrite);
            // Hang-ups are told even unasked: who wants nothing is left out, or this would spin.
            if (client != 0)
                fds.push_back({connection->client, client, 0});
            if (server != 0)
                fds.push_back({connection->server, server, 0});
        }
        ::poll(fds.data(), fds.size(), pollTimeout(m_clock.now()));
        if (fds[0].revents != 0) {
            std::uint64_t ignored = 0;
            [[maybe_unused]] const auto size = ::read(m_wakeFd, &ignored, sizeof ignored);
        }
        if (fds[1].revents & POLLIN)
            accept();
    }
}

void FaultProxy::applyListening()
{
    bool refuse = false;
    bool cut = false;
    bool byReset = false;
    {
        std::lock_guard lock(m_mutex);
        refuse = m_refuse;
        cut = std::exchange(m_cutAll, false);
        byReset = m_cutByReset;
    }
    if (refuse && m_listenFd >= 0) {
        ::close(m_listenFd);
        m_listenFd = -1;
    } else if (!refuse && m_listenFd < 0) {
        (void)listen(m_port); // tried again in the next round when the port is not free
    }
    for (const auto &connection : m_connections) {
        if (cut) {
            connection->dead = true;
            connection->reset = byReset;
        }
    }
}

void FaultProxy::accept()
{
    const int client = ::accept4(m_listenFd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0)
        return;
    ++m_accepted;
    auto connection = std::make_unique<Connection>();
    connection->client = client;
    connection->server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    tune(client);
    tune(connection->server);
    const sockaddr_in address = loopback(m_serverPort);
    if (::connect(connection->server, reinterpret_cast<const sockaddr *>(&address), sizeof address) < 0 && errno != EINPROGRESS)
        connection->dead = connection->reset = true;
    connection->pipes[0] = Pipe{Direction::ToServer, connection->client, connection->server};
    connection->pipes[1] = Pipe{Direction::ToClient, connection->server, connection->client};
    m_connections.push_back(std::move(connection));
}

int FaultProxy::pollTimeout(MonoTime now) const
{
    if (m_listenFd < 0)
        return 20;
    microseconds wait{1'000'000};
    for (const auto &connection : m_connections) {
        for (const Pipe &pipe : connection->pipes) {
            if (!pipe.chunks.empty() && pipe.chunks.front().due > now)
                wait = std::min(wait, pipe.chunks.front().due - now);
            if (fault(pipe.direction).bytesPerSecond > 0 && !pipe.ended)
                wait = std::min(wait, microseconds{10'000});
        }
    }
    return static_cast<int>((wait.count() + 999) / 1000);
}

void FaultProxy::serve(Connection &connection, MonoTime now)
{
    if (connection.connecting && !connection.dead) {
        pollfd fd{connection.server, POLLOUT, 0};
        if (::poll(&fd, 1, 0) == 0)
            return;
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(connection.server, SOL_SOCKET, SO_ERROR, &error, &size);
        connection.connecting = false;
        if (error != 0)
            connection.dead = connection.reset = true;
    }
    for (Pipe &pipe : connection.pipes) {
        if (connection.dead)
            return;
        const Fault current = fault(pipe.direction);
        read(connection, pipe, current, now);
        write(connection, pipe, current, now);
    }
    if (connection.pipes[0].endPassed && connection.pipes[1].endPassed)
        connection.dead = true;
}

void FaultProxy::read(Connection &connection, Pipe &pipe, const Fault &fault, MonoTime now)
{
    pipe.wantRead = false;
    while (!connection.dead && !pipe.ended && !fault.stall && pipe.buffered < kMaxBuffered) {
        std::size_t size = kChunk;
        if (fault.cutAt)
            size = std::min<std::uint64_t>(size, *fault.cutAt - std::min(*fault.cutAt, pipe.taken));
        if (fault.bytesPerSecond > 0) {
            const double rate = static_cast<double>(fault.bytesPerSecond) / 1e6;
            const auto passed = pipe.allowanceAt == MonoTime{} ? microseconds{0} : now - pipe.allowanceAt;
            // At most a tenth of a second is saved up.
            pipe.allowance = std::min(pipe.allowance + static_cast<double>(passed.count()) * rate, std::max(1.0, rate * 1e5));
            pipe.allowanceAt = now;
            size = std::min(size, static_cast<std::size_t>(pipe.allowance));
        }
        if (size == 0)
            return; // cut: write() ends it; slow: pollTimeout() brings us back
        std::vector<char> bytes(size);
        const auto got = ::recv(pipe.from, bytes.data(), size, 0);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
            pipe.wantRead = true;
            return;
        }
        if (got < 0) { // what one side does, the other one sees
            connection.dead = connection.reset = true;
            return;
        }
        if (got == 0) {
            pipe.ended = true;
            return;
        }
        bytes.resize(static_cast<std::size_t>(got));
        if (fault.corruptAt && *fault.corruptAt >= pipe.taken && *fault.corruptAt < pipe.taken + bytes.size()) {
            char &byte = bytes[*fault.corruptAt - pipe.taken];
            byte = static_cast<char>(~byte);
        }
        pipe.taken += bytes.size();
        pipe.buffered += bytes.size();
        if (fault.bytesPerSecond > 0)
            pipe.allowance -= static_cast<double>(bytes.size());
        std::uniform_int_distribution<std::int64_t> jitter(0, microseconds(fault.jitter).count());
        pipe.lastDue = std::max(pipe.lastDue, now + fault.delay + microseconds{jitter(m_random)});
        pipe.chunks.push_back({pipe.lastDue, std::move(bytes)});
    }
}

void FaultProxy::write(Connection &connection, Pipe &pipe, const Fault &fault, MonoTime now)
{
    pipe.wantWrite = false;
    while (!fault.stall && !pipe.chunks.empty() && pipe.chunks.front().due <= now) {
        Pipe::Chunk &chunk = pipe.chunks.front();
        const auto sent = ::send(pipe.to, chunk.bytes.data() + chunk.done, chunk.bytes.size() - chunk.done, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
            pipe.wantWrite = true;
            return;
        }
        if (sent < 0) {
            connection.dead = connection.reset = true;
            return;
        }
        chunk.done += static_cast<std::size_t>(sent);
        pipe.buffered -= static_cast<std::size_t>(sent);
        m_passed[static_cast<int>(pipe.direction)] += static_cast<std::uint64_t>(sent);
        if (chunk.done == chunk.bytes.size())
            pipe.chunks.pop_front();
    }
    if (!pipe.chunks.empty() || fault.stall)
        return;
    if (fault.cutAt && pipe.taken >= *fault.cutAt) {
        connection.dead = true;
        connection.reset = fault.cutByReset;
    } else if (pipe.ended && !pipe.endPassed) {
        pipe.endPassed = true;
        ::shutdown(pipe.to, SHUT_WR);
    }
}

} // namespace vedette::test
