// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QByteArray>

#include <array>
#include <memory>
#include <optional>
#include <span>

#include <sys/socket.h>

namespace vedette::net {

/// The two UDP ports of one RTP media (RFC 3550, 11: RTP on an even one, RTCP on the next). Only what comes from the
/// server's address is taken. Never waits: the user polls the descriptors. Thread-bound to its user.
class UdpPorts {
public:
    static constexpr int kRtp = 0;
    static constexpr int kRtcp = 1;
    static constexpr milliseconds kRoom{20};
    static constexpr int kReceiveBuffer = 2 << 20; ///< bytes asked for: a key frame comes at once; the kernel may give less

    /// On the address that the server is reached from. Unavailable when no pair is free.
    static Result<std::unique_ptr<UdpPorts>> bind(const sockaddr_storage &local, const sockaddr_storage &peer);
    ~UdpPorts();
    UdpPorts(const UdpPorts &) = delete;
    UdpPorts &operator=(const UdpPorts &) = delete;

    int firstPort() const { return m_port; }
    std::array<int, 2> descriptors() const { return m_sockets; }
    /// Where packets and reports go.
    void setPeerPorts(int rtp, int rtcp) { m_peerPorts = {rtp, rtcp}; }
    /// Of one that receives: opens the way through an address translation in between (RFC 6263, 4.1 in spirit).
    void openWay();
    /// The next datagram of a port; its size, or empty when there is none now.
    std::optional<std::size_t> receive(int which, std::span<char> buffer);
    /// As far as the network takes it; waits for room in the socket's buffer for at most kRoom.
    void send(int which, const QByteArray &bytes);

private:
    UdpPorts() = default;
    bool open(const sockaddr_storage &local);
    void close();

    std::array<int, 2> m_sockets{-1, -1};
    std::array<int, 2> m_peerPorts{0, 0};
    sockaddr_storage m_peer{};
    int m_port = 0;
};

} // namespace vedette::net
