// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace vedette::test {

/// A TCP client that says exactly the bytes it is given. Never blocks: poll() takes what has come.
class RawClient {
public:
    explicit RawClient(int port, int receiveBuffer = 0) : m_socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        if (receiveBuffer > 0)
            ::setsockopt(m_socket, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        m_connected = ::connect(m_socket, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0;
        ::fcntl(m_socket, F_SETFL, O_NONBLOCK);
    }
    ~RawClient() { ::close(m_socket); }
    RawClient(const RawClient &) = delete;
    RawClient &operator=(const RawClient &) = delete;

    bool connected() const { return m_connected; }
    bool send(const QByteArray &bytes)
    {
        return ::send(m_socket, bytes.constData(), static_cast<std::size_t>(bytes.size()), MSG_NOSIGNAL) == bytes.size();
    }
    const QByteArray &poll()
    {
        char bytes[65536];
        for (;;) {
            const auto size = ::recv(m_socket, bytes, sizeof bytes, 0);
            if (size > 0) {
                m_received.append(bytes, size);
                continue;
            }
            if (size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
                m_closed = true;
            return m_received;
        }
    }
    bool closed()
    {
        poll();
        return m_closed;
    }
    void forget() { m_received.clear(); }
    /// Status of the first answer; 0 while none.
    int status() { return poll().startsWith("HTTP/1.1 ") ? m_received.mid(9, 3).toInt() : 0; }
    QByteArray body()
    {
        const qsizetype end = poll().indexOf("\r\n\r\n");
        return end < 0 ? QByteArray() : m_received.mid(end + 4);
    }

private:
    int m_socket;
    bool m_connected = false;
    bool m_closed = false;
    QByteArray m_received;
};

} // namespace vedette::test
