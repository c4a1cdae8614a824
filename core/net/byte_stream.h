// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <QByteArray>
#include <QString>

#include <memory>
#include <stop_token>

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
    /// Waits for at least one byte; returns how many came. A timeout of 0 takes only what is
    /// there. Unavailable when the other side closed, Timeout, Cancelled.
    Result<std::size_t> receive(char *buffer, std::size_t size, milliseconds timeout, std::stop_token stop);

private:
    ByteStream();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vedette::net
