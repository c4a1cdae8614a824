// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/secret.h"

#include <QByteArray>
#include <QList>

namespace vedette::net {

/// Answers a server's challenge: Digest (RFC 7616 with SHA-256 or MD5, qop auth or none) when offered, Basic (RFC 7617)
/// otherwise. Not thread-safe.
class RtspAuth {
public:
    RtspAuth(QString user, Secret password) : m_user(std::move(user)), m_password(std::move(password)) {}

    bool hasCredentials() const { return !m_user.isEmpty() || !m_password.isEmpty(); }
    /// challenges: values of WWW-Authenticate. False when none can be answered.
    bool take(const QList<QByteArray> &challenges);
    /// Value of Authorization for this request; empty before a challenge was taken.
    QByteArray header(const QByteArray &method, const QByteArray &uri);

private:
    enum class Scheme : std::uint8_t { None, Basic, Md5, Sha256 };

    QString m_user;
    Secret m_password;
    Scheme m_scheme = Scheme::None;
    QByteArray m_realm;
    QByteArray m_nonce;
    QByteArray m_opaque;
    bool m_qop = false;
    unsigned m_count = 0;
};

} // namespace vedette::net
