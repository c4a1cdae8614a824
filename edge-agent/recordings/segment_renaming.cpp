// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/segment_renaming.h"

#include "edge-agent/recordings/segment_file.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vedette::agent {
namespace {

using protocol::Recording;
using protocol::SegmentName;

constexpr int kMostAlike = 100; // segments that begin in one second

tl::unexpected<Error> failed(const QString &path, const char *what)
{
    return fail(DiskError{errno, QStringLiteral("%1 cannot be %2").arg(path, QLatin1String(what))}.error());
}

Status syncFolder(const QString &path)
{
    const OpenFile folder(linuxSegmentDisk(), ::open(QFile::encodeName(path).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return folder.get() >= 0 && ::fsync(folder.get()) == 0 ? Status() : Status(failed(path, "synced"));
}

/// With the folder above, which may be new, too.
Status makeFolder(const QString &path)
{
    if (::mkdir(QFile::encodeName(path).constData(), SegmentFile::kFolderMode) == 0)
        return syncFolder(QFileInfo(path).path());
    return errno == EEXIST ? Status() : Status(failed(path, "made"));
}

} // namespace

Status SegmentRenaming::finish()
{
    auto query = m_rows.database().prepare("SELECT old_id, id FROM renames WHERE done = 0");
    if (!query)
        return fail(query.error());
    using Open = std::pair<QString, QString>;
    const auto open = query->all<Open>([&]() -> Result<Open> { return Open(query->text(0), query->text(1)); });
    if (!open)
        return fail(open.error());
    for (const auto &[oldId, id] : *open) {
        const auto before = protocol::parseSegmentId(oldId);
        const auto name = protocol::parseSegmentId(id);
        if (!before || !name)
            return fail(ErrorKind::Corrupt, QStringLiteral("the catalog's renaming of \"%1\" is damaged").arg(oldId.left(80)));
        const QString file = m_folder + u'/' + name->path();
        // The second name of the same file; another file of that name is none of ours.
        struct stat first{};
        struct stat second{};
        const bool same = ::stat(QFile::encodeName(m_folder + u'/' + before->path()).constData(), &first) == 0
            && ::stat(QFile::encodeName(file).constData(), &second) == 0 && first.st_ino == second.st_ino && first.st_dev == second.st_dev;
        if (same && ::unlink(QFile::encodeName(file).constData()) != 0)
            return failed(file, "removed");
        if (same) {
            (void)QFile::remove(m_folder + u'/' + name->manifestPath()); // written before the row that was not
            if (const Status synced = syncFolder(m_folder + u'/' + name->folder()); !synced)
                return synced;
        }
        auto remove = m_rows.database().prepare("DELETE FROM renames WHERE old_id = ?");
        if (!remove)
            return fail(remove.error());
        if (const Status done = remove->bind(1, oldId).run(); !done)
            return done;
    }
    return {};
}

Status SegmentRenaming::learn(const QList<protocol::ClockRun> &runs)
{
    for (const protocol::ClockRun &each : runs) {
        auto insert = m_rows.database().prepare("INSERT OR IGNORE INTO clock_runs (run, offset_us, uncertainty_us) VALUES (?, ?, ?)");
        if (!insert)
            return fail(insert.error());
        insert->bind(1, static_cast<std::int64_t>(each.run)).bind(2, std::int64_t{each.offset.count()}).bind(3, std::int64_t{each.uncertainty.count()});
        if (const Status done = insert->run(); !done)
            return done;
    }
    return {};
}

Result<QList<SegmentRenaming::Wanted>> SegmentRenaming::wanted()
{
    auto query = m_rows.database().prepare(
        "SELECT s.id, c.run, c.offset_us, c.uncertainty_us FROM segments AS s JOIN clock_runs AS c ON c.run = s.run "
        "WHERE s.time_known = 0 AND s.state = 'finished' AND s.complete = 1 AND s.custody = 'on_edge' AND s.manifest_number IS NOT NULL ORDER BY s.number LIMIT ?");
    if (!query)
        return fail(query.error());
    query->bind(1, std::int64_t{kMostAtOnce});
    return query->all<Wanted>([&]() -> Result<Wanted> {
        return Wanted{query->text(0), {static_cast<std::uint64_t>(query->integer(1)), microseconds{query->integer(2)}, microseconds{query->integer(3)}, {}}};
    });
}

Result<int> SegmentRenaming::work()
{
    const auto all = wanted();
    if (!all)
        return fail(all.error());
    for (const Wanted &each : *all) {
        if (const Status done = rename(each); !done)
            return fail(done.error());
    }
    return static_cast<int>(all->size());
}

Result<SegmentName> SegmentRenaming::freeName(const Recording &row, UtcTime from)
{
    SegmentName name = row.name;
    name.start = std::chrono::floor<std::chrono::seconds>(from);
    name.number = 0;
    for (int i = 0; i < kMostAlike; ++i) {
        const auto other = m_rows.segment(name.id());
        if (!other)
            return fail(other.error());
        const bool taken = QFileInfo::exists(m_folder + u'/' + name.path()) || QFileInfo::exists(m_folder + u'/' + name.manifestPath());
        if (!*other && !taken)
            return name;
        name.number += std::exchange(name.taken, true) ? 1 : 0;
    }
    return fail(ErrorKind::InvalidInput, QStringLiteral("%1 segments begin in the second of %2").arg(kMostAlike).arg(name.id()));
}

Status SegmentRenaming::rename(const Wanted &wanted)
{
    const auto found = m_rows.segment(wanted.id);
    if (!found || !*found)
        return found ? Status() : fail(found.error());
    Recording row = **found;
    const SegmentName before = row.name;
    protocol::ClockRun clock = wanted.clock;
    clock.since = row.from;
    row.from += clock.offset;
    row.to += clock.offset;
    const auto name = freeName(row, row.from);
    if (!name)
        return fail(name.error());
    row.name = *name;
    auto intent = m_rows.database().prepare("INSERT OR REPLACE INTO renames (old_id, id, done) VALUES (?, ?, 0)");
    if (!intent)
        return fail(intent.error());
    if (const Status noted = intent->bind(1, before.id()).bind(2, name->id()).run(); !noted)
        return noted;

    const QString file = m_folder + u'/' + before.path();
    if (const Status made = makeFolder(m_folder + u'/' + name->folder()); !made)
        return made;
    if (::link(QFile::encodeName(file).constData(), QFile::encodeName(m_folder + u'/' + name->path()).constData()) != 0)
        return failed(file, "renamed");
    if (const Status synced = syncFolder(m_folder + u'/' + name->folder()); !synced)
        return synced;

    auto transaction = store::Transaction::begin(m_rows.database());
    if (!transaction)
        return fail(transaction.error());
    if (const Status renamed = changeRow(before, row); !renamed)
        return renamed;
    if (const Status told = m_manifests.rename(row, before, clock); !told)
        return told;
    return transaction->commit();
}

Status SegmentRenaming::changeRow(const SegmentName &before, const Recording &renamed)
{
    auto lane = m_rows.makeLane({before.camera, before.stream});
    if (!lane)
        return fail(lane.error());
    auto update = m_rows.database().prepare("UPDATE segments SET id = ?2, from_us = ?3, to_us = ?4, time_known = 1 WHERE id = ?1");
    auto note = update ? m_rows.database().prepare("UPDATE renames SET done = 1 WHERE old_id = ?") : fail(update.error());
    if (!note)
        return fail(note.error());
    update->bind(1, before.id()).bind(2, renamed.name.id()).bind(3, std::int64_t{toMicros(renamed.from)}).bind(4, std::int64_t{toMicros(renamed.to)});
    if (const Status done = update->run(); !done)
        return done;
    if (const Status done = note->bind(1, before.id()).run(); !done)
        return done;
    if (const Status claimed = m_rows.claimTime(lane->number, renamed); !claimed)
        return claimed;
    if (!lane->since || renamed.from < *lane->since) {
        lane->since = renamed.from;
        if (const Status set = m_rows.setLaneTimes(*lane); !set)
            return set;
    }
    return m_rows.condemn(before.path());
}

Result<std::optional<Recording>> SegmentRenaming::segmentEver(const QString &id)
{
    auto known = m_rows.segment(id);
    if (!known || *known)
        return known;
    auto query = m_rows.database().prepare("SELECT id FROM renames WHERE old_id = ? AND done = 1");
    const auto row = query ? query->bind(1, id).step() : fail(query.error());
    if (!row)
        return fail(row.error());
    return *row ? m_rows.segment(query->text(0)) : known;
}

} // namespace vedette::agent
