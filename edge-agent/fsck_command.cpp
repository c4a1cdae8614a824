// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/fsck_command.h"

#include "core/base/directory_lock.h"
#include "edge-agent/recordings/catalog.h"
#include "edge-agent/recordings/catalog_check.h"
#include "edge-agent/recordings/evidence_check.h"
#include "edge-agent/recordings/segment_recovery.h"

#include <QCommandLineParser>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
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

/// A key for machines, what it counts for people.
struct Counter {
    const char *key;
    int count;
    const char *words;
};

QList<Counter> countersOf(const CatalogCheck &check, bool sizes)
{
    QList<Counter> counters{{"lost", check.lost, "listed without a file"},
                            {"unlisted", check.unlisted, "files not listed"},
                            {"incomplete", check.incomplete, "not finished"},
                            {"condemned", check.condemned, "waiting to be removed"},
                            {"manifests_lost", check.withoutManifest, "listed without their manifest"}};
    if (sizes)
        counters.append({"wrong_size", check.wrongSize, "of another size than listed"});
    counters.append({"foreign", check.foreign, "files of others"});
    return counters;
}

QList<Counter> countersOf(const EvidenceCheck &check)
{
    return {{"segments", check.segments, "recordings hashed"},
            {"fragments", check.fragments, "fragments of them"},
            {"manifests", check.manifests, "manifests read"},
            {"without_manifest", check.without, "recordings without a manifest yet"},
            {"faults", static_cast<int>(check.faults.size()), "not as their manifests say"}};
}

void tell(const QList<Counter> &counters)
{
    for (const Counter &each : counters)
        say(stdout, QStringLiteral("  %1 %2").arg(each.count, 8).arg(QLatin1String(each.words)));
}

void tell(const CatalogCheck &check, const std::optional<EvidenceCheck> &evidence, bool sizes)
{
    say(stdout, QStringLiteral("%1 recordings listed, %2 files").arg(check.rows).arg(check.files));
    tell(countersOf(check, sizes));
    for (const QString &example : check.examples)
        say(stdout, example);
    if (!evidence)
        return;
    tell(countersOf(*evidence));
    for (const EvidenceFault &fault : evidence->faults)
        say(stdout, fault.path + QStringLiteral(": ") + fault.sentence);
}

QJsonObject toJson(const EvidenceFault &fault)
{
    QJsonObject object{{QStringLiteral("path"), fault.path}, {QStringLiteral("detail"), fault.sentence}};
    if (!fault.segment)
        return object;
    object.insert(QStringLiteral("kind"), toString(fault.segment->kind));
    if (fault.segment->fragment > 0)
        object.insert(QStringLiteral("fragment"), fault.segment->fragment);
    if (fault.segment->from)
        object.insert(QStringLiteral("captured_us"), static_cast<qint64>(toMicros(*fault.segment->from)));
    return object;
}

void tellJson(const CatalogCheck &check, const std::optional<EvidenceCheck> &evidence, bool sizes)
{
    const auto insert = [](QJsonObject &object, const QList<Counter> &counters) {
        for (const Counter &each : counters)
            object.insert(QLatin1String(each.key), each.count);
    };
    QJsonObject object{{QStringLiteral("good"), check.good() && (!evidence || evidence->good())},
                       {QStringLiteral("rows"), check.rows},
                       {QStringLiteral("files"), check.files},
                       {QStringLiteral("examples"), QJsonArray::fromStringList(check.examples)}};
    insert(object, countersOf(check, sizes));
    if (evidence) {
        QJsonObject hashes;
        insert(hashes, countersOf(*evidence));
        QJsonArray faults;
        for (const EvidenceFault &each : evidence->faults)
            faults.append(toJson(each));
        hashes.insert(QStringLiteral("faults"), faults);
        object.insert(QStringLiteral("hashes"), hashes);
    }
    say(stdout, QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact)));
}

Status repair(CatalogRows &rows, const QString &folder, bool sizes, std::FILE *out)
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
    say(out, QStringLiteral("repaired: %1 finished, %2 listed, %3 marked as lost, %4 removed, %5 cannot be read")
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
                       {QStringLiteral("hashes"), QStringLiteral("Compare hashes, too, and sizes: reads every file, and the chain of manifests.")},
                       {QStringLiteral("json"), QStringLiteral("One JSON object on standard output.")},
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
    const bool catalogued = QFileInfo::exists(catalog);
    if (!catalogued && QDir(folder).entryList({QStringLiteral("camera-*")}, QDir::Dirs).isEmpty())
        return refuse(QStringLiteral("There is no %1: this is no folder of recordings, or its disk is not mounted.").arg(catalog));
    const auto lock = lockDirectory(folder, QLatin1String(Catalog::kLockName), QStringLiteral("recordings folder"));
    if (!lock)
        return refuse(lock.error().text());
    auto rows = CatalogRows::open(catalog);
    if (!rows)
        return refuse(rows.error().text());
    const bool json = parser.isSet(QStringLiteral("json"));
    std::FILE *const words = json ? stderr : stdout;
    const QString anew = QStringLiteral("--repair or the agent's next start lists all files anew.");
    if (const QString aside = rows->database().setAsideTo(); !aside.isEmpty())
        say(words, QStringLiteral("The catalog was damaged and set aside to %1; ").arg(aside) + anew);
    else if (!catalogued)
        say(words, QStringLiteral("There was no %1; ").arg(catalog) + anew);

    const bool hashes = parser.isSet(QStringLiteral("hashes"));
    const bool sizes = hashes || parser.isSet(QStringLiteral("sizes"));
    const auto depth = sizes ? CheckDepth::Sizes : CheckDepth::Names;
    auto check = checkCatalog(*rows, folder, depth);
    if (!check)
        return refuse(check.error().text());
    std::optional<EvidenceCheck> evidence;
    if (hashes) {
        auto checked = checkEvidence(*rows, folder);
        if (!checked)
            return refuse(checked.error().text());
        evidence = std::move(*checked);
    }
    json ? tellJson(*check, evidence, sizes) : tell(*check, evidence, sizes);
    const bool proven = !evidence || evidence->good();
    if (check->good() || !parser.isSet(QStringLiteral("repair")))
        return check->good() && proven ? kGood : kBad;
    if (check->mostIsLost() && !parser.isSet(QStringLiteral("yes")))
        return refuse(QStringLiteral("Nothing was changed: %1 of %2 recordings would be marked as lost. Is this the right disk? If it is, say --yes.")
                          .arg(check->lost).arg(check->rows));
    if (const Status repaired = repair(*rows, folder, sizes, words); !repaired)
        return refuse(repaired.error().text());
    check = checkCatalog(*rows, folder, depth);
    if (!check)
        return refuse(check.error().text());
    return check->good() && proven ? kGood : kBad;
}

} // namespace vedette::agent
