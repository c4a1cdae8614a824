// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/worker.h"
#include "edge-agent/recordings/catalog.h"
#include "edge-agent/recordings/manifests.h"
#include "edge-agent/recordings/segment_renaming.h"

#include <QLockFile>
#include <QLoggingCategory>

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <variant>

Q_DECLARE_LOGGING_CATEGORY(lcCatalog)

namespace vedette::agent {

/// What catalog.cpp and catalog_worker.cpp share. After the start everything but what is guarded or atomic belongs to the
/// catalog's thread.
struct Catalog::Private {
    using Write = std::function<Status(Ledger &)>;
    using Question = std::function<void(CatalogRows &, Ledger &)>;
    using Task = std::variant<Write, Question>;

    Private(CatalogConfig config_, CatalogRows rows_, std::unique_ptr<QLockFile> lock_)
        : config(std::move(config_)), lock(std::move(lock_)), rows(std::move(rows_)), ledger(rows),
          manifests(rows, config.folder, *config.disk), retention(rows, config.folder, config.retention, config.freeSpace)
    {
    }

    QString path() const { return config.folder + u'/' + QLatin1String(kFileName); }
    Status start();
    Result<protocol::GapReason> reasonOfTheGap();
    Result<std::optional<UtcTime>> lastAlive();
    Status noteRunning(bool stopped);

    void run(std::stop_token stop);
    void work(Task task);
    void commit();
    void makeRoom(const LedgerTime &now);
    void mendTorn();
    void measure(const LedgerTime &now);
    Result<LaneFigures> measure(const LaneRow &lane, UtcTime now);
    void makeManifests(const LedgerTime &now);
    void renameKnown(const LedgerTime &now);
    Status finishSegment(const RecordedSegment &segment, bool complete, const LedgerTime &now);
    Status write();
    Status writeOne(const Write &each);
    void startAfresh(const Error &damage);
    Status refill();
    void followFolder(MonoTime now);
    Status takePlace();
    Status lockAgain();
    Status takeBackProtections();
    /// Also a damage that only a reader sees is one.
    template <typename Value>
    Result<Value> read(Result<Value> result)
    {
        if (!result && result.error().kind == ErrorKind::Corrupt)
            startAfresh(result.error());
        return result;
    }

    void tell(Write write) { tasks.push(std::move(write)); }
    /// Readers leave room for what recorders tell: a disk that hangs must not cost rows because somebody keeps asking.
    void ask(Question question)
    {
        if (tasks.count().size < kMostQuestions)
            tasks.push(std::move(question));
    }
    std::optional<protocol::Recording> openOf(const RecordingLane &lane) const;
    protocol::Recording current(protocol::Recording row) const;
    Result<protocol::RecordingPage> page(const RecordingLane &lane, RecordingQuery query, const QString &after);

    const CatalogConfig config;
    std::unique_ptr<QLockFile> lock;
    CatalogRows rows;
    Ledger ledger;
    Manifests manifests;
    SegmentRenaming renaming{rows, config.folder, manifests};
    MonoTime nextRename{};
    Retention retention;
    RepairReport report;

    BoundedQueue<Task> tasks{"catalog", kMostWaiting};
    std::deque<Write> waiting; ///< taken from the queue, not yet committed
    std::atomic<std::uint64_t> lost{0}; ///< changes that could not be written; any thread
    MonoTime nextTry{};
    MonoTime nextAlive{};
    MonoTime nextRoom{};
    MonoTime nextMend{};
    MonoTime nextMeasure{};
    MonoTime nextLook{};  ///< whether the folder is still the same
    MonoTime nextManifest{};
    bool manifestsMissing = true; ///< the next piece is due as soon as nothing else is
    std::map<QString, protocol::SegmentName> torn; ///< left incomplete by disk errors, by id
    std::atomic<std::uint64_t> expired{0}; ///< any thread
    bool broken = false;  ///< damaged and not yet made again
    bool refused = false; ///< said in the log
    bool moved = false;   ///< the folder is not the one that was opened; said in the log

    mutable std::mutex mutex;              // guards progress and measured
    RecordingFigures measured;
    std::map<QString, RecordedSegment> progress; ///< open segments, by id
    Pulse pulse;
    Worker worker;
};

/// The disk or its file system refuses, which passes; anything else is wrong with this row.
inline bool passes(const Error &error)
{
    return error.kind == ErrorKind::Unavailable || error.kind == ErrorKind::Denied;
}

} // namespace vedette::agent
