// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QByteArray>
#include <QString>

#include <memory>
#include <span>
#include <stop_token>

#include <sys/socket.h>

namespace vedette::net {

/// One TCP or TLS connection by libcurl (names, IPv6, happy eyeballs, certificates), without policy. Blocking with a
/// deadline; every wait ends at once when stop is requested. Thread-bound to its user.
class ByteStream {
public:
    struct Options {
        QString host;
        int port = 0;
        bool tls = false;
        QString caFile;                  ///< empty: the system's store
        milliseconds timeout{5000};
    };
    /// Unavailable, Timeout, Denied (certificate), Cancelled.
    static Result<std::unique_ptr<ByteStream>> connect(const Options &options, std::stop_token stop);
    ~ByteStream();

    /// All bytes or an error.
    Status send(const QByteArray &bytes, milliseconds timeout, std::stop_token stop);
    /// What is there now, without waiting: 0 when nothing is. Unavailable when the other side closed.
    Result<std::size_t> receive(char *buffer, std::size_t size);
    /// Waits until bytes may be there, here or on one of the other descriptors. False at the time-out. Cancelled.
    Result<bool> wait(std::span<const int> others, milliseconds timeout, const std::stop_token &stop);

    sockaddr_storage localAddress() const;
    sockaddr_storage peerAddress() const;

private:
    ByteStream();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::net
