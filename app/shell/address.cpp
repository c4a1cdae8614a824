// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/address.h"

#include "core/base/secret.h"
#include "core/protocol/routes.h"

namespace vedette::app {

namespace {

constexpr quint16 kMqttPort = 1883;
constexpr quint16 kMqttTlsPort = 8883;

auto invalid(const QString &sentence)
{
    return fail(ErrorKind::InvalidInput, sentence);
}

bool isHost(const QString &host)
{
    if (host.isEmpty() || host.size() > 253)
        return false;
    for (const QChar c : host) {
        if (c.isSpace() || QStringLiteral("/?#@\\\"'<>|").contains(c))
            return false;
    }
    return true;
}

} // namespace

QString Address::text() const
{
    if (kind == Kind::Agent)
        return url.toString(QUrl::RemoveUserInfo | QUrl::StripTrailingSlash);
    const QString shownHost = host.contains(QLatin1Char(':')) ? QStringLiteral("[%1]").arg(host) : host;
    return QStringLiteral("%1%2:%3").arg(tls ? QStringLiteral("mqtts://") : QString(), shownHost).arg(port);
}

Result<Address> parseAddress(const QString &input)
{
    const QString text = input.trimmed();
    if (text.isEmpty())
        return invalid(QStringLiteral("The address is empty."));
    const QString shown = redact(text);
    const bool hasScheme = text.contains(QStringLiteral("://"));
    const QUrl url(hasScheme ? text : QStringLiteral("mqtt://") + text, QUrl::StrictMode);
    if (!url.isValid() || !isHost(url.host()))
        return invalid(QStringLiteral("'%1' is not an address. Use HOST, HOST:PORT or http://HOST:PORT.").arg(shown));
    if (!url.userInfo().isEmpty())
        return invalid(QStringLiteral("'%1' holds a user name. Use --user and --password-file instead.").arg(shown));
    const QString scheme = url.scheme().toLower();
    const int port = url.port();
    if (port == 0)
        return invalid(QStringLiteral("'%1' has port 0. Use 1 to 65535.").arg(shown));

    Address address;
    if (scheme == QStringLiteral("http") || scheme == QStringLiteral("https")
        || (!hasScheme && port == protocol::routes::kDefaultPort)) {
        address.kind = Address::Kind::Agent;
        address.url.setScheme(hasScheme ? scheme : QStringLiteral("http"));
        address.url.setHost(url.host());
        address.url.setPort(port > 0 ? port : hasScheme && scheme == QStringLiteral("https") ? 443 : protocol::routes::kDefaultPort);
        return address;
    }
    if (scheme == QStringLiteral("mqtt") || scheme == QStringLiteral("mqtts")) {
        if (url.path().size() > 1)
            return invalid(QStringLiteral("'%1' has a path. A server is only HOST or HOST:PORT.").arg(shown));
        address.kind = Address::Kind::Server;
        address.tls = scheme == QStringLiteral("mqtts");
        address.host = url.host();
        address.port = quint16(port > 0 ? port : address.tls ? kMqttTlsPort : kMqttPort);
        return address;
    }
    if (scheme == QStringLiteral("rtsp") || scheme == QStringLiteral("rtsps"))
        return invalid(QStringLiteral("'%1' is a camera. Put it into the settings of an agent (source = \"url\") and connect to the agent.").arg(shown));
    return invalid(QStringLiteral("'%1' begins with %2://, which is not known. Use HOST, HOST:PORT or http://HOST:PORT.").arg(shown, scheme));
}

} // namespace vedette::app
