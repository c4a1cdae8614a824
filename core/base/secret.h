// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace vedette {

/// A password, token or key. It converts to nothing by itself: reveal() is the only way out and
/// easy to find. Reentrant.
class Secret {
public:
    Secret() = default;
    explicit Secret(QString value) : m_value(std::move(value)) {}

    const QString &reveal() const { return m_value; }
    bool isEmpty() const { return m_value.isEmpty(); }
    bool operator==(const Secret &) const = default;

private:
    QString m_value;
};

/// The text with the user part of every URL in it ("scheme://user:password@host") replaced by
/// "…@", and the values of query parameters named token, key, secret, jwt, pass, password, passphrase,
/// user or streamid (SRT: it holds them) by "…". A password that wrongly holds '/', '?' or '#' is hidden, too, up to the last '@' of the
/// word. Used before every log sink, status and error sentence.
QString redact(const QString &text);

} // namespace vedette
