// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/options.h"

#include <QFile>

namespace vedette::app {

namespace {

constexpr qint64 kMaxPasswordFile = 4096;

auto invalid(const QString &sentence)
{
    return fail(ErrorKind::InvalidInput, sentence);
}

Result<int> number(const QString &option, const QString &value, int minimum, int maximum)
{
    bool ok = false;
    const int result = value.toInt(&ok);
    if (!ok || result < minimum || result > maximum)
        return invalid(QStringLiteral("%1 needs a whole number from %2 to %3, not '%4'.").arg(option).arg(minimum).arg(maximum).arg(value));
    return result;
}

Result<Secret> readPassword(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorKind::NotFound, QStringLiteral("The password file '%1' cannot be read: %2.").arg(path, file.errorString()));
    const QByteArray line = file.read(kMaxPasswordFile).split('\n').first().trimmed();
    if (line.isEmpty())
        return invalid(QStringLiteral("The password file '%1' is empty.").arg(path));
    return Secret(QString::fromUtf8(line));
}

Result<ThemeMode> themeNamed(const QString &value)
{
    if (value == QStringLiteral("dark"))
        return ThemeMode::Dark;
    if (value == QStringLiteral("light"))
        return ThemeMode::Light;
    if (value == QStringLiteral("system"))
        return ThemeMode::System;
    return invalid(QStringLiteral("--theme is dark, light or system, not '%1'.").arg(value));
}

Result<RendererMode> renderer(const QString &value)
{
    if (const auto mode = rendererNamed(value))
        return *mode;
    return invalid(QStringLiteral("--renderer is auto, software or opengl, not '%1'.").arg(value));
}

Result<bool> hardware(const QString &value)
{
    if (value == QStringLiteral("auto") || value == QStringLiteral("off"))
        return value == QStringLiteral("auto");
    return invalid(QStringLiteral("--hardware-decoding is auto or off, not '%1'.").arg(value));
}

Status applyAddress(Options &options, const QString &option, const QString &value, Address::Kind kind)
{
    const auto address = parseAddress(value);
    if (!address)
        return fail(ErrorKind::InvalidInput, QStringLiteral("%1: %2").arg(option, address.error().detail));
    if (address->kind != kind)
        return invalid(kind == Address::Kind::Agent
                           ? QStringLiteral("--agent needs the agent's URL such as http://HOST:8083, not '%1'.").arg(value)
                           : QStringLiteral("--server needs HOST or HOST:PORT of a broker, not '%1'.").arg(value));
    if (!options.addresses.contains(*address))
        options.addresses << *address;
    return {};
}

template <typename T, typename U>
Status store(const Result<T> &value, U &target)
{
    if (!value)
        return fail(value.error());
    target = *value;
    return {};
}

Status apply(Options &options, const QString &option, const QString &value)
{
    if (option == QStringLiteral("--server"))
        return applyAddress(options, option, value, Address::Kind::Server);
    if (option == QStringLiteral("--agent"))
        return applyAddress(options, option, value, Address::Kind::Agent);
    if (option == QStringLiteral("--theme"))
        return store(themeNamed(value), options.theme);
    if (option == QStringLiteral("--renderer"))
        return store(renderer(value), options.renderer);
    if (option == QStringLiteral("--hardware-decoding"))
        return store(hardware(value), options.hardware);
    if (option == QStringLiteral("--user"))
        options.user = value;
    else if (option == QStringLiteral("--password-file"))
        return store(readPassword(value), options.password);
    else if (option == QStringLiteral("--recordings"))
        options.recordings << value;
    else if (option == QStringLiteral("--report"))
        options.reportDir = value;
    else if (option == QStringLiteral("--seconds"))
        return store(number(option, value, 1, 1'000'000), options.reportSeconds);
    else if (option == QStringLiteral("--cameras"))
        return store(number(option, value, 1, 1000), options.reportCameras);
    return {};
}

} // namespace

Result<Options> parseOptions(const QStringList &arguments)
{
    static const QStringList known{QStringLiteral("--server"), QStringLiteral("--agent"), QStringLiteral("--theme"),
                                   QStringLiteral("--renderer"), QStringLiteral("--hardware-decoding"),
                                   QStringLiteral("--user"), QStringLiteral("--password-file"), QStringLiteral("--report"),
                                   QStringLiteral("--recordings"), QStringLiteral("--seconds"), QStringLiteral("--cameras")};
    Options options;
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        QString option = arguments[i];
        if (option == QStringLiteral("--help") || option == QStringLiteral("-h")) {
            options.help = true;
            continue;
        }
        if (option == QStringLiteral("--play")) {
            options.reportPlayback = true;
            continue;
        }
        if (option == QStringLiteral("--version")) {
            options.version = true;
            continue;
        }
        QString value;
        const qsizetype equals = option.indexOf(QLatin1Char('='));
        const bool joined = option.startsWith(QStringLiteral("--")) && equals > 0;
        if (joined) {
            value = option.mid(equals + 1);
            option.truncate(equals);
        }
        if (!known.contains(option))
            return invalid(QStringLiteral("Unknown argument '%1'. See vedette --help.").arg(redact(option)));
        if (!joined) {
            if (i + 1 >= arguments.size())
                return invalid(QStringLiteral("%1 needs a value. See vedette --help.").arg(option));
            value = arguments[++i];
        }
        if (value.isEmpty())
            return invalid(QStringLiteral("%1 needs a value. See vedette --help.").arg(option));
        if (const Status status = apply(options, option, value); !status)
            return fail(status.error());
    }
    if (!options.user.isEmpty() && options.password.isEmpty())
        return invalid(QStringLiteral("--user needs --password-file as well."));
    if (options.user.isEmpty() && !options.password.isEmpty())
        return invalid(QStringLiteral("--password-file needs --user as well."));
    return options;
}

QString usageText()
{
    return QStringLiteral(
        "usage: vedette [--server HOST[:PORT]]... [--agent URL]... [options]\n"
        "\n"
        "  --server HOST[:PORT]   a server with an MQTT broker (1883; mqtts://HOST uses TLS on 8883)\n"
        "  --agent URL            one agent by its HTTP port, such as http://127.0.0.1:8083\n"
        "  --recordings PLACE     recordings in a folder (an SD card out of a Pi, an export), or those of MediaMTX's\n"
        "                         playback server, http://HOST:9996 (repeatable)\n"
        "  --user NAME            user name at the broker, with\n"
        "  --password-file FILE   the password as its first line\n"
        "  --theme WORD           dark, light or system\n"
        "  --renderer WORD        what draws the wall: auto (OpenGL where a GPU is behind it), software or opengl\n"
        "  --hardware-decoding WORD  auto (where it opens) or off\n"
        "  --version, --help\n"
        "\n"
        "Addresses, theme, renderer and hardware decoding are remembered. Without an address the remembered ones are used.\n");
}

} // namespace vedette::app
