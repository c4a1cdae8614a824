// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/access.h"

#include <QFile>
#include <QRegularExpression>

namespace vedette::app {

namespace {

constexpr qint64 kMostPasswordBytes = 4096;

Status setServer(Access &access, const QString &text, const QString &origin)
{
    if (text.contains(QLatin1Char('@')))
        return fail(ErrorKind::InvalidInput, QStringLiteral("%1: names a user; say it by --user and --password-file").arg(origin));
    // A URL-like parse does the brackets of IPv6 and the range of the port.
    const QUrl url(QStringLiteral("mqtt://") + text, QUrl::StrictMode);
    const bool plain = url.path().isEmpty() && !url.hasQuery() && !url.hasFragment();
    if (!url.isValid() || url.host().isEmpty() || !plain || url.port() == 0)
        return fail(ErrorKind::InvalidInput, QStringLiteral("%1: \"%2\" is not HOST or HOST:PORT").arg(origin, text));
    access.server = url.host();
    access.port = static_cast<quint16>(url.port(access.port));
    return {};
}

Status addAgent(Access &access, const QString &text, const QString &origin)
{
    const QString withScheme = text.contains(QStringLiteral("://")) ? text : QStringLiteral("http://") + text;
    QUrl url(withScheme, QUrl::StrictMode);
    const bool http = url.scheme() == QStringLiteral("http") || url.scheme() == QStringLiteral("https");
    if (!url.isValid() || !http || url.host().isEmpty())
        return fail(ErrorKind::InvalidInput,
                    QStringLiteral("%1: \"%2\" is not an agent's address, such as http://pi-1:8083").arg(origin, redact(text)));
    access.agents.append(url);
    return {};
}

Result<Secret> passwordFrom(const QString &fileName)
{
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorKind::InvalidInput, QStringLiteral("--password-file: cannot read %1: %2").arg(fileName, file.errorString()));
    QString text = QString::fromUtf8(file.read(kMostPasswordBytes));
    // Editors end a file with a line feed; a password does not.
    while (text.endsWith(QLatin1Char('\n')) || text.endsWith(QLatin1Char('\r')))
        text.chop(1);
    if (text.isEmpty())
        return fail(ErrorKind::InvalidInput, QStringLiteral("--password-file: %1 is empty").arg(fileName));
    return Secret(text);
}

} // namespace

void addAccessOptions(QCommandLineParser &parser)
{
    const auto add = [&parser](const char *name, const char *help, const char *value) {
        parser.addOption({QString::fromLatin1(name), QString::fromLatin1(help), QString::fromLatin1(value)});
    };
    add("server", "MQTT broker of the fleet, HOST or HOST:PORT (default port 1883); also VEDETTE_SERVER.", "address");
    add("agent", "An agent's HTTP port, such as http://pi-1:8083; may be given several times; also VEDETTE_AGENT.", "url");
    add("user", "User name at the broker; also VEDETTE_MQTT_USER.", "name");
    add("password-file", "File that holds the broker password; or VEDETTE_MQTT_PASSWORD.", "file");
    add("ca-file", "Certificates to check the broker's with; implies --tls.", "file");
    parser.addOption({QStringLiteral("tls"), QStringLiteral("Talk TLS to the broker.")});
}

Result<Access> accessFrom(const QCommandLineParser &parser, const QProcessEnvironment &environment)
{
    Access access;
    const bool serverGiven = parser.isSet(QStringLiteral("server"));
    const QString server = serverGiven ? parser.value(QStringLiteral("server")) : environment.value(QStringLiteral("VEDETTE_SERVER"));
    if (serverGiven || !server.isEmpty()) {
        const Status set = setServer(access, server, serverGiven ? QStringLiteral("--server") : QStringLiteral("VEDETTE_SERVER"));
        if (!set)
            return fail(set.error());
    }
    QStringList agents = parser.values(QStringLiteral("agent"));
    QString origin = QStringLiteral("--agent");
    // What is said on the command line is all that is meant: no agent from elsewhere joins in.
    if (agents.isEmpty() && !serverGiven) {
        static const QRegularExpression separators(QStringLiteral("[\\s,]+"));
        agents = environment.value(QStringLiteral("VEDETTE_AGENT")).split(separators, Qt::SkipEmptyParts);
        origin = QStringLiteral("VEDETTE_AGENT");
    }
    for (const QString &agent : agents) {
        const Status added = addAgent(access, agent, origin);
        if (!added)
            return fail(added.error());
    }
    access.user = parser.isSet(QStringLiteral("user")) ? parser.value(QStringLiteral("user"))
                                                       : environment.value(QStringLiteral("VEDETTE_MQTT_USER"));
    if (parser.isSet(QStringLiteral("password-file"))) {
        const Result<Secret> password = passwordFrom(parser.value(QStringLiteral("password-file")));
        if (!password)
            return fail(password.error());
        access.password = *password;
    } else {
        access.password = Secret(environment.value(QStringLiteral("VEDETTE_MQTT_PASSWORD")));
    }
    access.caFile = parser.value(QStringLiteral("ca-file"));
    if (QFile file(access.caFile); parser.isSet(QStringLiteral("ca-file")) && !file.open(QIODevice::ReadOnly))
        return fail(ErrorKind::InvalidInput, QStringLiteral("--ca-file: cannot read %1: %2").arg(access.caFile, file.errorString()));
    access.tls = parser.isSet(QStringLiteral("tls")) || !access.caFile.isEmpty();
    return access;
}

} // namespace vedette::app
