// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/vedettectl.h"

#include "app/ctl/fleet_command.h"
#include "app/ctl/folder_command.h"
#include "app/ctl/recordings_command.h"
#include "app/ctl/send_command.h"
#include "app/ctl/watch_command.h"

#include <iterator>

namespace vedette::app {

namespace {

struct Subcommand {
    const char *name;
    const char *help;
    int (*run)(const QStringList &arguments, Surroundings &around);
};

constexpr Subcommand kSubcommands[] = {
    {"fleet", "Shows agents and cameras with their states.", &runFleet},
    {"watch", "Receives and decodes one stream as a tile does, and measures it.", &runWatch},
    {"recordings", "Lists what a camera has recorded.", &runRecordings},
    {"coverage", "Says which seconds of a camera are recorded, and why others are not.", &runCoverage},
    {"folder", "Lists what is recorded in a folder of this machine, and what is wrong with it.", &runFolder},
    {"command", "Sends one command to an agent or a camera.", &runCommand},
};

QString helpText()
{
    QString text = QStringLiteral("vedettectl %1: the Vedette console without pixels\n\n"
                                  "Usage: vedettectl SUBCOMMAND [options]\n\n")
                       .arg(QStringLiteral(VEDETTE_VERSION));
    for (const Subcommand &sub : kSubcommands)
        text += QStringLiteral("  %1 %2\n").arg(QLatin1String(sub.name), -10).arg(QLatin1String(sub.help));
    text += QStringLiteral("\nvedettectl SUBCOMMAND --help tells more. Exit codes: 0 done, 1 failed, 2 wrong arguments.");
    return text;
}

} // namespace

int runVedettectl(const QStringList &arguments, Surroundings &around)
{
    if (arguments.isEmpty()) {
        print(around.err, helpText());
        return kBadUsage;
    }
    const QString &first = arguments.first();
    if (first == QStringLiteral("--help") || first == QStringLiteral("-h")) {
        print(around.out, helpText());
        return kDone;
    }
    if (first == QStringLiteral("--version") || first == QStringLiteral("-v")) {
        print(around.out, QStringLiteral("vedettectl ") + QStringLiteral(VEDETTE_VERSION));
        return kDone;
    }
    for (const Subcommand &sub : kSubcommands) {
        if (first == QLatin1String(sub.name))
            return sub.run(arguments.mid(1), around);
    }
    return badUsage(around, QStringLiteral("there is no subcommand \"%1\" (see: vedettectl --help)").arg(first));
}

} // namespace vedette::app
