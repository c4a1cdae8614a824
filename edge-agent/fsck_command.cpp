// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/fsck_command.h"

#include "core/base/directory_lock.h"
#include "edge-agent/recordings/catalog.h"
#include "edge-agent/recordings/catalog_check.h"
#include "edge-agent/recordings/segment_recovery.h"

#include <QCommandLineParser>
#include <QDir>
#include <QFileInfo>
#include <QLockFile>

#include <cstdio>

namespace vedette::agent {
namespace {

constexpr int kGood = 0;
constexpr int kBad = 1;
constexpr int kBadInput = 2;

void say(std::FILE *stream, const QString &line)
{
    std::fprintf(stream, "%s\n", line.toUtf8().constData());
    std::fflush(stream);
}

int refuse(const QString &sentence)
{
    say(stderr, sentence);
    return kBadInput;
}

void tell(const CatalogCheck &check, bool sizes)
{
    say(stdout, QStringLiteral("%1 recordings listed, %2 files").arg(check.rows).arg(check.files));
    const auto line = [](int count, const char *what) { say(stdout, QStringLiteral("  %1 %2").arg(count, 8).arg(QLatin1String(what))); };
    line(check.lost, "listed without a file");
    line(check.unlisted, "files not listed");
    line(check.incomplete, "not finished");
    line(check.condemned, "waiting to be removed");
    if (sizes)
        line(check.wrongSize, "of another size than listed");
    line(check.foreign, "files of others");
    for (const QString &example : check.examples)
        say(stdout, example);
}

Status repair(CatalogRows &rows, const QString &folder, bool sizes)
{
    if (sizes) {
        if (const auto doubted = doubtSizes(rows, folder); !doubted)
            return fail(doubted.error());
    }
    const auto report = repairCatalog(rows, folder, [](const QString &file, const protocol::SegmentName &name) {
        return recoverSegment(linuxSegmentDisk(), file, name);
    });
    if (!report)
        return fail(report.error());
    say(stdout, QStringLiteral("repaired: %1 finished, %2 listed, %3 marked as lost, %4 removed, %5 cannot be read")
                    .arg(report->recovered).arg(report->adopted).arg(report->lost).arg(report->removed).arg(report->unreadable));
    return {};
}

} // namespace

int runFsck(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Compares the catalog in a folder of recordings with its files. Stop the agent first."));
    parser.addPositionalArgument(QStringLiteral("folder"), QStringLiteral("The folder of recordings, with catalog.db in it."));
    const QCommandLineOption help = parser.addHelpOption();
    parser.addOptions({{QStringLiteral("sizes"), QStringLiteral("Compare sizes, too: asks the file system for each file.")},
                       {QStringLiteral("repair"), QStringLiteral("Finish, list, mark as lost and remove what does not agree, as each start of the agent does.")},
                       {QStringLiteral("yes"), QStringLiteral("Also where more than half of what is listed would be marked as lost.")}});
    if (!parser.parse(QStringList{QStringLiteral("vedette-agent fsck")} + arguments))
        return refuse(parser.errorText());
    if (parser.isSet(help)) {
        say(stdout, parser.helpText());
        return kGood;
    }
    const QString folder = QDir(parser.positionalArguments().value(0)).absolutePath();
    const QString catalog = folder + u'/' + QLatin1String(Catalog::kFileName);
    if (parser.positionalArguments().size() != 1)
        return refuse(QStringLiteral("Give fsck one folder of recordings; --help explains it."));
    if (!QFileInfo::exists(catalog))
        return refuse(QStringLiteral("There is no %1: this is no folder of recordings, or its disk is not mounted.").arg(catalog));
    const auto lock = lockDirectory(folder, QLatin1String(Catalog::kLockName), QStringLiteral("recordings folder"));
    if (!lock)
        return refuse(lock.error().text());
    auto rows = CatalogRows::open(catalog);
    if (!rows)
        return refuse(rows.error().text());
    if (const QString aside = rows->database().setAsideTo(); !aside.isEmpty())
        say(stdout, QStringLiteral("The catalog was damaged and set aside to %1; --repair or the agent's next start lists all files anew.").arg(aside));

    const bool sizes = parser.isSet(QStringLiteral("sizes"));
    const auto depth = sizes ? CheckDepth::Sizes : CheckDepth::Names;
    auto check = checkCatalog(*rows, folder, depth);
    if (!check)
        return refuse(check.error().text());
    tell(*check, sizes);
    if (check->good() || !parser.isSet(QStringLiteral("repair")))
        return check->good() ? kGood : kBad;
    if (check->mostIsLost() && !parser.isSet(QStringLiteral("yes")))
        return refuse(QStringLiteral("Nothing was changed: %1 of %2 recordings would be marked as lost. Is this the right disk? If it is, say --yes.")
                          .arg(check->lost).arg(check->rows));
    if (const Status repaired = repair(*rows, folder, sizes); !repaired)
        return refuse(repaired.error().text());
    check = checkCatalog(*rows, folder, depth);
    if (!check)
        return refuse(check.error().text());
    return check->good() ? kGood : kBad;
}

} // namespace vedette::agent
