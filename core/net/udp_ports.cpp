// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/udp_ports.h"

#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vedette::net {
namespace {

constexpr int kBindTries = 32;
constexpr int kMaxForeign = 64; // datagrams of others thrown away at a time

socklen_t sizeOf(const sockaddr_storage &address)
{
    return address.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

int portOf(const sockaddr_storage &address)
{
    return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6 &>(address).sin6_port
                                               : reinterpret_cast<const sockaddr_in &>(address).sin_port);
}

void setPort(sockaddr_storage &address, int port)
{
    const std::uint16_t value = htons(static_cast<std::uint16_t>(port));
    if (address.ss_family == AF_INET6)
        reinterpret_cast<sockaddr_in6 &>(address).sin6_port = value;
    else
        reinterpret_cast<sockaddr_in &>(address).sin_port = value;
}

bool sameHost(const sockaddr_storage &a, const sockaddr_storage &b)
{
    if (a.ss_family != b.ss_family)
        return false;
    if (a.ss_family == AF_INET6)
        return std::memcmp(&reinterpret_cast<const sockaddr_in6 &>(a).sin6_addr, &reinterpret_cast<const sockaddr_in6 &>(b).sin6_addr,
                           sizeof(in6_addr)) == 0;
    return reinterpret_cast<const sockaddr_in &>(a).sin_addr.s_addr == reinterpret_cast<const sockaddr_in &>(b).sin_addr.s_addr;
}

} // namespace

Result<std::unique_ptr<UdpPorts>> UdpPorts::bind(const sockaddr_storage &local, const sockaddr_storage &peer)
{
    std::unique_ptr<UdpPorts> ports(new UdpPorts);
    ports->m_peer = peer;
    for (int i = 0; i < kBindTries; ++i) {
        if (ports->open(local))
            return ports;
        ports->close();
    }
    return fail(ErrorKind::Unavailable, QStringLiteral("no pair of UDP ports is free on this machine"));
}

UdpPorts::~UdpPorts()
{
    close();
}

void UdpPorts::close()
{
    for (int &socket : m_sockets) {
        if (socket >= 0)
            ::close(socket);
        socket = -1;
    }
}

bool UdpPorts::open(const sockaddr_storage &local)
{
    sockaddr_storage address = local;
    setPort(address, 0);
    for (int &socket : m_sockets) {
        socket = ::socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        socklen_t size = sizeOf(address);
        if (socket < 0 || ::bind(socket, reinterpret_cast<const sockaddr *>(&address), size) != 0
            || getsockname(socket, reinterpret_cast<sockaddr *>(&address), &size) != 0)
            return false;
        if (&socket == &m_sockets[kRtp]) {
            m_port = portOf(address);
            if (m_port % 2 != 0)
                return false;
            setPort(address, m_port + 1);
        }
    }
    const int bytes = kReceiveBuffer;
    (void)setsockopt(m_sockets[kRtp], SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    return true;
}

void UdpPorts::openWay()
{
    // An RTP header without anything, and an empty receiver report.
    send(kRtp, QByteArray("\x80\0\0\0\0\0\0\0\0\0\0\0", 12));
    send(kRtcp, QByteArray("\x80\xc9\0\x01\0\0\0\0", 8));
}

std::optional<std::size_t> UdpPorts::receive(int which, std::span<char> buffer)
{
    for (int foreign = 0; foreign < kMaxForeign; ++foreign) {
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        const ssize_t got = recvfrom(m_sockets[static_cast<std::size_t>(which)], buffer.data(), buffer.size(), 0,
                                     reinterpret_cast<sockaddr *>(&from), &size);
        if (got < 0 && (errno == EINTR || errno == ECONNREFUSED))
            continue; // the latter is about something sent before
        if (got < 0)
            return std::nullopt;
        if (sameHost(from, m_peer))
            return static_cast<std::size_t>(got);
    }
    return std::nullopt;
}

void UdpPorts::send(int which, const QByteArray &bytes)
{
    const int port = m_peerPorts[static_cast<std::size_t>(which)];
    if (port <= 0 || port > 65'535)
        return;
    sockaddr_storage to = m_peer;
    setPort(to, port);
    const int socket = m_sockets[static_cast<std::size_t>(which)];
    for (int tries = 0; tries < 2; ++tries) {
        const ssize_t sent = sendto(socket, bytes.constData(), static_cast<std::size_t>(bytes.size()), MSG_NOSIGNAL,
                                    reinterpret_cast<const sockaddr *>(&to), sizeOf(to));
        if (sent >= 0 || (errno != EAGAIN && errno != EINTR))
            return;
        pollfd ready{socket, POLLOUT, 0}; // a key frame is more than the buffer holds
        (void)poll(&ready, 1, static_cast<int>(kRoom.count()));
    }
}

} // namespace vedette::net
