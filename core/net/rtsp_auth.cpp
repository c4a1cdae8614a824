// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtsp_auth.h"

#include <QCryptographicHash>
#include <QRandomGenerator>
#include <QRegularExpression>

namespace vedette::net {
namespace {

QByteArray parameter(const QByteArray &challenge, const char *name)
{
    const QRegularExpression pattern(QStringLiteral(R"re((?:^|[\s,])%1\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+)))re")
                                         .arg(QLatin1String(name)),
                                     QRegularExpression::CaseInsensitiveOption);
    const auto match = pattern.match(QString::fromUtf8(challenge));
    static const QRegularExpression escaped(QStringLiteral(R"re(\\(.))re"));
    return (match.captured(1).isEmpty() ? match.captured(2) : match.captured(1).replace(escaped, QStringLiteral("\\1"))).toUtf8();
}

/// As a quoted-string (RFC 7230, 3.2.6).
QByteArray quoted(QByteArray text)
{
    return '"' + text.replace('\\', "\\\\").replace('"', "\\\"") + '"';
}

} // namespace

bool RtspAuth::take(const QList<QByteArray> &challenges)
{
    m_scheme = Scheme::None;
    for (const QByteArray &challenge : challenges) {
        const QByteArray lower = challenge.left(7).toLower();
        if (lower.startsWith("digest ")) {
            const QByteArray algorithm = parameter(challenge, "algorithm").toLower();
            const bool sha = algorithm == "sha-256";
            if ((!sha && !algorithm.isEmpty() && algorithm != "md5") || m_scheme == Scheme::Sha256)
                continue;
            m_scheme = sha ? Scheme::Sha256 : Scheme::Md5;
            m_realm = parameter(challenge, "realm");
            m_nonce = parameter(challenge, "nonce");
            m_opaque = parameter(challenge, "opaque");
            m_qop = parameter(challenge, "qop").toLower().split(',').contains("auth");
            m_count = 0;
        } else if (lower.startsWith("basic") && m_scheme == Scheme::None) {
            m_scheme = Scheme::Basic;
        }
    }
    return m_scheme != Scheme::None && hasCredentials();
}

QByteArray RtspAuth::header(const QByteArray &method, const QByteArray &uri)
{
    const QByteArray user = m_user.toUtf8();
    const QByteArray password = m_password.reveal().toUtf8();
    if (m_scheme == Scheme::None)
        return {};
    if (m_scheme == Scheme::Basic)
        return "Basic " + (user + ':' + password).toBase64();
    const auto algorithm = m_scheme == Scheme::Sha256 ? QCryptographicHash::Sha256 : QCryptographicHash::Md5;
    const auto hash = [&](const QByteArray &text) { return QCryptographicHash::hash(text, algorithm).toHex(); };
    const QByteArray ha1 = hash(user + ':' + m_realm + ':' + password);
    const QByteArray ha2 = hash(method + ':' + uri);
    QByteArray value = "Digest username=" + quoted(user) + ", realm=" + quoted(m_realm) + ", nonce=" + quoted(m_nonce) + ", uri=" + quoted(uri)
        + ", algorithm=" + (m_scheme == Scheme::Sha256 ? "SHA-256" : "MD5");
    if (m_qop) {
        const QByteArray count = QByteArray::number(++m_count, 16).rightJustified(8, '0');
        const QByteArray own = QByteArray::number(QRandomGenerator::system()->generate64(), 16);
        value += ", qop=auth, nc=" + count + ", cnonce=\"" + own + "\", response=\""
            + hash(ha1 + ':' + m_nonce + ':' + count + ':' + own + ":auth:" + ha2) + '"';
    } else {
        value += ", response=\"" + hash(ha1 + ':' + m_nonce + ':' + ha2) + '"';
    }
    if (!m_opaque.isEmpty())
        value += ", opaque=" + quoted(m_opaque);
    return value;
}

} // namespace vedette::net
