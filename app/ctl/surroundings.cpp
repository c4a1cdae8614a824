// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/surroundings.h"

#include "core/base/secret.h"

#include <QIODevice>

namespace vedette::app {

void print(QIODevice &device, const QString &text)
{
    device.write(text.toUtf8());
    device.write("\n");
}

int badUsage(Surroundings &around, const QString &sentence)
{
    print(around.err, QStringLiteral("vedettectl: ") + redact(sentence));
    return kBadUsage;
}

std::optional<int> parseArguments(QCommandLineParser &parser, const QString &name, const QStringList &arguments,
                                  int positional, Surroundings &around)
{
    const QCommandLineOption help({QStringLiteral("h"), QStringLiteral("help")}, QStringLiteral("Shows this help."));
    parser.addOption(help);
    const QString program = QStringLiteral("vedettectl ") + name;
    if (!parser.parse(QStringList{program} + arguments))
        return badUsage(around, QStringLiteral("%1 (see: %2 --help)").arg(parser.errorText(), program));
    if (parser.isSet(help)) {
        // The parser names the program by its path and without the subcommand.
        const QString text = parser.helpText().trimmed();
        print(around.out, QStringLiteral("Usage: ") + program + text.mid(text.indexOf(QStringLiteral(" [options]"))));
        return kDone;
    }
    const QStringList given = parser.positionalArguments();
    if (given.size() < positional)
        return badUsage(around, QStringLiteral("%1 needs %2 more argument(s) (see: %1 --help)").arg(program).arg(positional - given.size()));
    if (given.size() > positional)
        return badUsage(around, QStringLiteral("%1 does not take the argument \"%2\" (see: %1 --help)").arg(program, given.at(positional)));
    return std::nullopt;
}

std::optional<milliseconds> secondsOf(const QCommandLineParser &parser)
{
    constexpr double day = 86'400;
    bool isNumber = false;
    const double seconds = parser.value(QStringLiteral("seconds")).toDouble(&isNumber);
    if (!isNumber || !(seconds > 0) || seconds > day)
        return std::nullopt;
    return milliseconds{static_cast<std::int64_t>(seconds * 1000 + 0.5)};
}

} // namespace vedette::app
