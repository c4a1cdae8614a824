// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/catalog_private.h"

#include "core/base/directory_lock.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QSet>
#include <QSysInfo>

#include <utility>

namespace vedette::agent {
namespace {

constexpr milliseconds kAliveEvery{60'000};
constexpr milliseconds kTryAgain{5'000};
constexpr milliseconds kMakeRoomEvery{10'000};
constexpr milliseconds kMendEvery{10'000};
constexpr milliseconds kRenameEvery{2'000};
constexpr milliseconds kMeasureEvery{10'000};
constexpr milliseconds kIdle{2'000};
constexpr milliseconds kLookEvery{2'000};
constexpr milliseconds kBetweenPieces{200};     ///< at most 20 MB/s are read beside what is recorded
constexpr milliseconds kLookForMissing{60'000}; ///< manifests
constexpr milliseconds kDisk{300'000}; ///< a disk may hang so long before the thread counts as silent

/// The lock file there is this process's own: only the catalog beside it was removed.
bool holdsFolder(const QString &folder)
{
    qint64 process = 0;
    QString host;
    QString program;
    const QLockFile there(folder + u'/' + QLatin1String(Catalog::kLockName));
    return there.getLockInfo(&process, &host, &program) && process == QCoreApplication::applicationPid() && host == QSysInfo::machineHostName();
}

} // namespace

void Catalog::Private::run(std::stop_token stop)
{
    while (!stop.stop_requested()) {
        pulse.beat(config.now().mono, kDisk);
        const milliseconds idle = manifestsMissing ? kBetweenPieces : kIdle;
        if (auto task = tasks.pop(stop, waiting.empty() ? idle : kTryAgain))
            work(std::move(*task));
        while (auto task = tasks.tryPop())
            work(std::move(*task));
        const LedgerTime now = config.now();
        if (now.known && now.mono >= nextAlive) {
            nextAlive = now.mono + kAliveEvery;
            waiting.push_back([this](Ledger &) { return noteRunning(false); });
        }
        followFolder(now.mono);
        if (now.mono >= nextTry)
            commit();
        if (now.mono >= nextRoom && config.retention != RetentionRules{})
            makeRoom(now);
        if (now.mono >= nextMeasure && !broken) {
            nextMeasure = now.mono + kMeasureEvery;
            measure(now);
        }
        if (now.mono >= nextMend && waiting.empty() && !torn.empty()) {
            nextMend = now.mono + kMendEvery;
            mendTorn();
        }
        if (waiting.empty() && !broken && config.clockRuns && now.mono >= nextRename)
            renameKnown(now);
        if (waiting.empty() && (manifestsMissing || now.mono >= nextManifest))
            makeManifests(now);
    }
    while (auto task = tasks.tryPop())
        work(std::move(*task));
    commit();
    pulse.rest();
}

void Catalog::Private::work(Task task)
{
    if (auto *write = std::get_if<Write>(&task)) {
        waiting.push_back(std::move(*write));
        if (waiting.size() > kMostWaiting) {
            waiting.pop_front();
            ++lost;
        }
        return;
    }
    commit(); // an answer knows what was told before it was asked
    std::get<Question>(task)(rows, ledger);
}

void Catalog::Private::commit()
{
    if (waiting.empty())
        return;
    Status written = broken ? fail(ErrorKind::Corrupt, QStringLiteral("the catalog is damaged")) : write();
    if (!written && written.error().kind == ErrorKind::Corrupt) {
        startAfresh(written.error());
        if (!broken)
            written = write();
    }
    if (!written && !std::exchange(refused, true))
        qCWarning(lcCatalog).noquote() << "The catalog cannot be written and tries again:" << written.error().text();
    // Most likely the disk is full: the ballast's room is for this, and for removing files.
    if (!written && retention.dropBallast()) {
        nextRoom = {};
        written = write();
    }
    if (written && std::exchange(refused, false))
        qCInfo(lcCatalog).noquote() << "The catalog is written again.";
    nextTry = written ? MonoTime{} : config.now().mono + kTryAgain;
}

void Catalog::Private::makeRoom(const LedgerTime &now)
{
    const auto gone = retention.enforce(now.known ? now.utc : UtcTime{});
    if (!gone)
        qCWarning(lcCatalog).noquote() << "Retention tries again:" << gone.error().text();
    else if (*gone > 0) {
        expired += static_cast<std::uint64_t>(*gone);
        qCInfo(lcCatalog).noquote() << QStringLiteral("%1 recordings were removed by the rules of retention.").arg(*gone);
    }
    // A full round is followed by the next at once, with what was told in between.
    nextRoom = gone && *gone == Retention::kMostAtOnce ? MonoTime{} : now.mono + kMakeRoomEvery;
}

/// Files that a disk error tore get their end once the disk takes it; those without a picture go.
void Catalog::Private::mendTorn()
{
    for (auto each = torn.begin(); each != torn.end();) {
        const auto mended = repairSegment(rows, config.folder, config.recover, each->second);
        if (!mended && passes(mended.error()))
            return;
        each = !mended || *mended ? torn.erase(each) : std::next(each);
    }
    if (const auto removed = removeCondemned(rows, config.folder); !removed)
        qCWarning(lcCatalog).noquote() << "Files without a picture wait:" << removed.error().text();
}

/// Segments of unknown time whose time is known now.
void Catalog::Private::renameKnown(const LedgerTime &now)
{
    const Status learnt = renaming.learn(config.clockRuns());
    const auto renamed = learnt ? renaming.work() : fail(learnt.error());
    const auto removed = renamed ? removeCondemned(rows, config.folder) : fail(renamed.error());
    if (!removed)
        qCWarning(lcCatalog).noquote() << "Recordings of unknown time wait for their names:" << removed.error().text();
    else if (*renamed > 0)
        qCInfo(lcCatalog).noquote() << QStringLiteral("%1 recordings of unknown time have the names of their times now.").arg(*renamed);
    nextRename = renamed && *renamed == SegmentRenaming::kMostAtOnce ? MonoTime{} : now.mono + kRenameEvery;
}

void Catalog::Private::makeManifests(const LedgerTime &now)
{
    const auto more = manifests.work();
    if (!more)
        qCWarning(lcCatalog).noquote() << "A manifest waits:" << more.error().text();
    manifestsMissing = more.value_or(false);
    nextManifest = now.mono + kLookForMissing;
}

/// A manifest that cannot be written holds up no account: it is made later, from the file.
Status Catalog::Private::finishSegment(const RecordedSegment &segment, bool complete, const LedgerTime &now)
{
    if (const Status done = ledger.segmentFinished(segment, complete, now); !done || !complete)
        return done;
    const bool hashed = segment.hashes && segment.hashes->whole();
    const Status written = hashed ? manifests.write(toRecording(segment, protocol::RecordingState::Finished), *segment.hashes) : Status();
    if (!written && written.error().kind == ErrorKind::Corrupt)
        return written;
    if (!written) {
        qCWarning(lcCatalog).noquote() << "The manifest of" << segment.name.id() << "waits:" << written.error().text();
        nextManifest = config.now().mono + kMendEvery;
    }
    return {};
}

Status Catalog::Private::write()
{
    auto transaction = store::Transaction::begin(rows.database());
    if (!transaction)
        return fail(transaction.error());
    for (const Write &each : waiting) {
        if (const Status done = writeOne(each); !done)
            return done;
    }
    if (const Status done = transaction->commit(); !done)
        return done;
    waiting.clear();
    return {};
}

/// A change that can never be written must not hold up those behind it.
Status Catalog::Private::writeOne(const Write &each)
{
    if (const Status begun = rows.database().execute("SAVEPOINT change"); !begun)
        return begun;
    const Status done = each(ledger);
    if (!done && (passes(done.error()) || done.error().kind == ErrorKind::Corrupt))
        return done;
    if (!done) {
        ++lost;
        qCCritical(lcCatalog).noquote() << "A change of the catalog is lost:" << done.error().text();
        if (const Status undone = rows.database().execute("ROLLBACK TO change"); !undone)
            return undone;
    }
    return rows.database().execute("RELEASE change");
}

/// The file broke while in use: it is set aside and made again from the files. What waits is written into the new one.
void Catalog::Private::startAfresh(const Error &damage)
{
    broken = true;
    {
        const CatalogRows closed = std::move(rows);
    }
    const auto movedTo = store::Database::setAside(path());
    auto fresh = CatalogRows::open(path());
    if (!fresh) {
        qCCritical(lcCatalog).noquote() << "The catalog is damaged and cannot be made again:" << fresh.error().wrap(damage.text()).text();
        return;
    }
    rows = std::move(*fresh);
    broken = false;
    qCWarning(lcCatalog).noquote() << "The catalog was damaged, set aside to" << movedTo.value_or(QString()) << "and made again from the files -" << damage.text();
    if (const Status filled = refill(); !filled)
        qCCritical(lcCatalog).noquote() << "The new catalog cannot be filled:" << filled.error().text();
}

/// Whose folder is removed, or whose disk is changed, goes on in what is there then.
void Catalog::Private::followFolder(MonoTime now)
{
    if (now < nextLook)
        return;
    nextLook = now + kLookEvery;
    if (broken || !rows.database().moved() || !QFileInfo(config.folder).isDir())
        return;
    const Status taken = takePlace();
    const bool said = std::exchange(moved, !taken);
    if (taken)
        qCWarning(lcCatalog).noquote() << "The folder" << config.folder << "is another one; recordings go on there.";
    else if (!said)
        qCWarning(lcCatalog).noquote() << "The folder" << config.folder << "is another one and cannot be used yet:" << taken.error().text();
}

/// An empty folder gets what is known, with its files as lost; a catalog that lies there is the account of that disk.
Status Catalog::Private::takePlace()
{
    if (const Status held = holdsFolder(config.folder) ? Status() : lockAgain(); !held)
        return held;
    if (!QFileInfo::exists(path())) {
        for (const char *rest : {"-wal", "-shm"})
            QFile::remove(path() + QLatin1String(rest)); // would be taken for the new one's
        if (const Status copied = rows.database().copyTo(path()); !copied)
            return copied;
    }
    auto there = CatalogRows::open(path());
    if (!there)
        return fail(there.error());
    rows = std::move(*there);
    return refill();
}

Status Catalog::Private::lockAgain()
{
    const QString what = QStringLiteral("recordings folder");
    {
        const auto free = lockDirectory(config.folder, QLatin1String(kLockName), what);
        if (!free)
            return fail(free.error());
    }
    lock.reset(); // removes the file of that name, so only now that it is nobody else's
    auto locked = lockDirectory(config.folder, QLatin1String(kLockName), what);
    if (!locked)
        return fail(locked.error());
    lock = std::move(*locked);
    return {};
}

Status Catalog::Private::refill()
{
    manifests.beginAnew();
    manifestsMissing = true;
    std::map<QString, RecordedSegment> open;
    {
        std::lock_guard guard(mutex);
        open = progress;
    }
    QSet<QString> inUse;
    for (const auto &[id, segment] : open)
        inUse.insert(id);
    if (const auto repaired = repairCatalog(rows, config.folder, config.recover, inUse); !repaired)
        return fail(repaired.error());
    for (const auto &[id, segment] : open) {
        if (const Status opened = ledger.segmentOpened(segment, config.now()); !opened)
            return opened;
    }
    if (const Status taken = takeBackProtections(); !taken)
        return taken;
    return noteRunning(false);
}

} // namespace vedette::agent
