// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayList>
#include <QFile>
#include <QTemporaryDir>

#include <algorithm>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace vedette::test {

/// The end of sd_notify(3) where systemd listens: a datagram socket in a folder of the test.
class NotifySocket {
public:
    explicit NotifySocket(const QTemporaryDir &dir)
        : m_path(QFile::encodeName(dir.filePath(QStringLiteral("notify")))),
          m_socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (m_path.size() >= qsizetype(sizeof address.sun_path))
            return;
        std::copy(m_path.begin(), m_path.end(), address.sun_path);
        m_listens = ::bind(m_socket, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    }
    ~NotifySocket() { ::close(m_socket); }
    Q_DISABLE_COPY_MOVE(NotifySocket)

    bool listens() const { return m_listens; }
    /// For NOTIFY_SOCKET.
    const QByteArray &path() const { return m_path; }
    /// Every message up to now, oldest first.
    const QByteArrayList &told()
    {
        char message[256];
        for (ssize_t size = 0; (size = ::recv(m_socket, message, sizeof message, 0)) > 0;)
            m_told.append(QByteArray(message, size));
        return m_told;
    }

private:
    const QByteArray m_path;
    const int m_socket;
    bool m_listens = false;
    QByteArrayList m_told;
};

} // namespace vedette::test
