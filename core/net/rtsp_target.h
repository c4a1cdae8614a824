// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/base/secret.h"

#include <QUrl>

#include <optional>

namespace vedette::net {

/// Where an RTSP address leads: what the server is asked for, the credentials for it, and what is meant for us alone.
struct RtspTarget {
    static constexpr int kMaxRedirects = 3;

    QUrl url;                   ///< without credentials and without our own query item
    QString user;
    Secret password;
    std::optional<bool> udp;    ///< by "transport=udp" or "transport=tcp" in the query

    /// InvalidInput, without a secret in it.
    static Result<RtspTarget> parse(const QString &address);
    bool isEncrypted() const { return url.scheme() == QLatin1String("rtsps"); }
    int port() const { return url.port(isEncrypted() ? 322 : 554); } ///< RFC 7826, 4.2
    /// To where an answer of 3xx sends us; redirects: how many there were before. Credentials stay with their host, and
    /// what was encrypted stays so.
    Status redirect(const QByteArray &location, int redirects);
};

} // namespace vedette::net
