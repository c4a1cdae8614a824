// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/catalog.h"

#include "core/base/directory_lock.h"
#include "core/base/worker.h"

#include <QDir>
#include <QLockFile>
#include <QLoggingCategory>

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <utility>
#include <variant>

Q_LOGGING_CATEGORY(lcCatalog, "vedette.recordings")

namespace vedette::agent {
namespace {

using protocol::GapReason;
using protocol::Recording;

constexpr milliseconds kAliveEvery{60'000};
constexpr milliseconds kTryAgain{5'000};
constexpr milliseconds kIdle{2'000};

QString bootFact() { return QStringLiteral("boot_id"); }
QString stoppedFact() { return QStringLiteral("stopped"); } ///< "1" after a stop on purpose
QString aliveFact() { return QStringLiteral("alive_us"); }

using Write = std::function<Status(Ledger &)>;
using Question = std::function<void(CatalogRows &, Ledger &)>;
using Task = std::variant<Write, Question>;

/// The disk or its file system refuses, which passes; anything else is wrong with this row.
bool passes(const Error &error)
{
    return error.kind == ErrorKind::Unavailable || error.kind == ErrorKind::Denied;
}

} // namespace

struct Catalog::Private {
    Private(CatalogConfig config_, CatalogRows rows_, std::unique_ptr<QLockFile> lock_)
        : config(std::move(config_)), lock(std::move(lock_)), rows(std::move(rows_)), ledger(rows)
    {
    }

    QString path() const { return config.folder + u'/' + QLatin1String(kFileName); }
    Status start();
    Result<GapReason> reasonOfTheGap();
    Result<std::optional<UtcTime>> lastAlive();
    Status noteRunning(bool stopped);

    void run(std::stop_token stop);
    void work(Task task);
    void commit();
    Status write();
    Status writeOne(const Write &each);
    void startAfresh(const Error &damage);
    Status refill();
    /// Also a damage that only a reader sees is one.
    template <typename Value>
    Result<Value> read(Result<Value> result);

    void tell(Write write) { tasks.push(std::move(write)); }
    void ask(Question question) { tasks.push(std::move(question)); }
    std::optional<Recording> progressOf(const QString &id) const;
    std::optional<Recording> openOf(const RecordingLane &lane) const;
    Recording current(Recording row) const;
    Result<protocol::RecordingPage> page(const RecordingLane &lane, RecordingQuery query, const QString &after);

    const CatalogConfig config;
    const std::unique_ptr<QLockFile> lock;
    CatalogRows rows;
    Ledger ledger;
    RepairReport report;

    BoundedQueue<Task> tasks{"catalog", kMostWaiting};
    std::deque<Write> waiting; ///< taken from the queue, not yet committed
    std::atomic<std::uint64_t> lost{0}; ///< changes that could not be written; any thread
    MonoTime nextTry{};
    MonoTime nextAlive{};
    bool broken = false;  ///< damaged and not yet made again
    bool refused = false; ///< said in the log

    mutable std::mutex mutex;              // guards progress
    std::map<QString, RecordedSegment> progress; ///< open segments, by id
    Pulse pulse;
    Worker worker;
};

// ---- start ---------------------------------------------------------------------------------------------------------

Result<GapReason> Catalog::Private::reasonOfTheGap()
{
    const auto stopped = rows.fact(stoppedFact());
    const auto boot = stopped ? rows.fact(bootFact()) : fail(stopped.error());
    if (!boot)
        return fail(boot.error());
    if (stopped->value_or(QString()) == QLatin1String("1"))
        return GapReason::AgentStopped;
    return *boot && **boot != config.bootId ? GapReason::PowerLoss : GapReason::Unknown;
}

Result<std::optional<UtcTime>> Catalog::Private::lastAlive()
{
    const auto fact = rows.fact(aliveFact());
    if (!fact)
        return fail(fact.error());
    return *fact ? std::optional(utcFromMicros((*fact)->toLongLong())) : std::nullopt;
}

Status Catalog::Private::noteRunning(bool stopped)
{
    if (const Status set = rows.setFact(stoppedFact(), stopped ? QStringLiteral("1") : QStringLiteral("0")); !set)
        return set;
    if (const LedgerTime now = config.now(); now.known) {
        if (const Status set = rows.setFact(aliveFact(), QString::number(toMicros(now.utc))); !set)
            return set;
    }
    return rows.setFact(bootFact(), config.bootId);
}

Status Catalog::Private::start()
{
    const auto repaired = repairCatalog(rows, config.folder, config.recover);
    if (!repaired)
        return fail(repaired.error());
    report = *repaired;
    const auto reason = reasonOfTheGap();
    const auto alive = reason ? lastAlive() : fail(reason.error());
    if (!alive)
        return fail(alive.error());
    auto transaction = store::Transaction::begin(rows.database());
    if (!transaction)
        return fail(transaction.error());
    const LedgerTime now = config.now();
    if (const Status noted = ledger.interrupted(*reason, *alive, now); !noted)
        return noted;
    if (const Status set = ledger.setLanes(config.lanes, now); !set)
        return set;
    if (const Status noted = noteRunning(false); !noted)
        return noted;
    return transaction->commit();
}

Result<std::unique_ptr<Catalog>> Catalog::open(CatalogConfig config)
{
    config.folder = QDir(config.folder).absolutePath();
    auto lock = lockDirectory(config.folder, QLatin1String(kLockName), QStringLiteral("recordings folder"));
    if (!lock)
        return fail(lock.error());
    const QString where = QStringLiteral("The catalog of recordings in %1").arg(config.folder);
    auto rows = CatalogRows::open(config.folder + u'/' + QLatin1String(kFileName));
    if (!rows)
        return fail(rows.error().wrap(where));
    const QString aside = rows->database().setAsideTo();
    std::unique_ptr<Catalog> catalog(new Catalog);
    catalog->d = std::make_unique<Private>(std::move(config), std::move(*rows), std::move(*lock));
    Private *d = catalog->d.get();
    if (!aside.isEmpty())
        qCWarning(lcCatalog).noquote() << where << "was damaged, set aside to" << aside << "and made again from the files.";
    if (const Status started = d->start(); !started)
        return fail(started.error().wrap(where));
    const RepairReport &report = d->report;
    if (report.recovered + report.adopted + report.lost + report.removed > 0)
        qCInfo(lcCatalog).noquote() << QStringLiteral("Recordings repaired: %1 open ones finished, %2 files taken in, %3 files lost, %4 removed.")
                                           .arg(report.recovered).arg(report.adopted).arg(report.lost).arg(report.removed);
    if (report.foreign + report.unreadable > 0)
        qCWarning(lcCatalog).noquote() << QStringLiteral("%1 files in %2 are no recordings and were left alone, such as %3.")
                                              .arg(report.foreign + report.unreadable).arg(d->config.folder, report.examples.join(QStringLiteral(", ")));
    d->worker = Worker("catalog", [d](std::stop_token stop) { d->run(std::move(stop)); });
    return catalog;
}

Catalog::Catalog() = default;

Catalog::~Catalog()
{
    if (d)
        stop();
}

void Catalog::stop()
{
    if (!d->worker.running())
        return;
    d->worker.stop();
    Status noted = d->waiting.empty() ? Status() : fail(ErrorKind::Unavailable, QStringLiteral("%1 changes wait").arg(d->waiting.size()));
    if (noted) {
        if (auto transaction = store::Transaction::begin(d->rows.database())) {
            noted = d->noteRunning(true);
            if (noted)
                noted = transaction->commit();
        }
    }
    if (!noted)
        qCWarning(lcCatalog).noquote() << "The catalog could not note the stop:" << noted.error().text();
}

// ---- the catalog's thread ------------------------------------------------------------------------------------------

void Catalog::Private::run(std::stop_token stop)
{
    while (!stop.stop_requested()) {
        pulse.beat(config.now().mono);
        if (auto task = tasks.pop(stop, waiting.empty() ? kIdle : kTryAgain))
            work(std::move(*task));
        while (auto task = tasks.tryPop())
            work(std::move(*task));
        const LedgerTime now = config.now();
        if (now.known && now.mono >= nextAlive) {
            nextAlive = now.mono + kAliveEvery;
            waiting.push_back([this](Ledger &) { return noteRunning(false); });
        }
        if (now.mono >= nextTry)
            commit();
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
    if (written && std::exchange(refused, false))
        qCInfo(lcCatalog).noquote() << "The catalog is written again.";
    nextTry = written ? MonoTime{} : config.now().mono + kTryAgain;
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

Status Catalog::Private::refill()
{
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
    return noteRunning(false);
}

// ---- what recorders tell -------------------------------------------------------------------------------------------

void Catalog::segmentOpened(const RecordedSegment &segment)
{
    segmentProgressed(segment);
    d->tell([segment, now = d->config.now()](Ledger &ledger) { return ledger.segmentOpened(segment, now); });
}

void Catalog::segmentProgressed(const RecordedSegment &segment)
{
    std::lock_guard guard(d->mutex);
    d->progress[segment.name.id()] = segment;
}

void Catalog::segmentFinished(const RecordedSegment &segment, bool complete)
{
    d->tell([this, segment, complete, now = d->config.now()](Ledger &ledger) {
        const Status done = ledger.segmentFinished(segment, complete, now);
        if (done || !passes(done.error())) {
            std::lock_guard guard(d->mutex);
            d->progress.erase(segment.name.id());
        }
        return done;
    });
}

void Catalog::gapBegan(const RecordingLane &lane, UtcTime from, GapReason reason)
{
    d->tell([lane, from, reason, now = d->config.now()](Ledger &ledger) { return ledger.gapBegan(lane, from, reason, now); });
}

// ---- questions -----------------------------------------------------------------------------------------------------

template <typename Value>
Result<Value> Catalog::Private::read(Result<Value> result)
{
    if (!result && result.error().kind == ErrorKind::Corrupt)
        startAfresh(result.error());
    return result;
}

/// A row of an open segment as its recorder knows it now.
Recording Catalog::Private::current(Recording row) const
{
    if (row.state != protocol::RecordingState::Open)
        return row;
    std::lock_guard guard(mutex);
    const auto known = progress.find(row.name.id());
    return known == progress.end() ? row : toRecording(known->second, row.state);
}

std::optional<Recording> Catalog::Private::openOf(const RecordingLane &lane) const
{
    std::lock_guard guard(mutex);
    for (const auto &[id, segment] : progress) {
        if (segment.name.camera == lane.camera && segment.name.stream == lane.stream)
            return toRecording(segment, protocol::RecordingState::Open);
    }
    return std::nullopt;
}

void Catalog::coverage(const RecordingLane &lane, UtcTime from, UtcTime to, Answer<protocol::Coverage> answer)
{
    d->ask([this, lane, from, to, answer = std::move(answer)](CatalogRows &, Ledger &ledger) {
        answer(d->read(ledger.coverage(lane, from, to, d->config.now().utc, d->openOf(lane))));
    });
}

Result<protocol::RecordingPage> Catalog::Private::page(const RecordingLane &lane, RecordingQuery query, const QString &after)
{
    const auto row = rows.lane(lane);
    if (!row)
        return fail(row.error());
    if (!*row)
        return fail(ErrorKind::NotFound, QStringLiteral("Stream %1 of camera %2 has never been recorded here.").arg(lane.stream, lane.camera));
    query.lane = (*row)->number;
    if (!after.isEmpty()) {
        const auto last = rows.segment(after);
        if (!last)
            return fail(last.error());
        if (!*last)
            return fail(ErrorKind::NotFound, QStringLiteral("after: there is no recording %1.").arg(after));
        query.after = (*last)->name;
    }
    const auto found = rows.segments(query);
    if (!found)
        return fail(found.error());
    protocol::RecordingPage page{lane.camera, lane.stream, {}, found->size() == query.limit ? found->last().name.id() : QString()};
    for (const Recording &each : *found) {
        // The row of an open one does not know its end.
        if (const Recording recording = current(each); !each.name.start || recording.to > query.from)
            page.recordings.append(recording);
    }
    return page;
}

void Catalog::recordings(const RecordingLane &lane, std::optional<UtcTime> from, std::optional<UtcTime> to, const QString &after, int limit,
                         Answer<protocol::RecordingPage> answer)
{
    RecordingQuery query;
    query.from = from.value_or(query.from);
    query.to = to.value_or(query.to);
    query.unknownToo = !from && !to;
    query.limit = limit;
    d->ask([this, lane, query, after, answer = std::move(answer)](CatalogRows &, Ledger &) { answer(d->read(d->page(lane, query, after))); });
}

void Catalog::segment(const protocol::SegmentName &name, Answer<Recording> answer)
{
    d->ask([this, id = name.id(), answer = std::move(answer)](CatalogRows &rows, Ledger &) {
        const auto row = d->read(rows.segment(id));
        if (!row)
            answer(fail(row.error()));
        else if (!*row)
            answer(fail(ErrorKind::NotFound, QStringLiteral("There is no recording %1.").arg(id)));
        else
            answer(d->current(**row));
    });
}

const QString &Catalog::folder() const
{
    return d->config.folder;
}

const RepairReport &Catalog::repaired() const
{
    return d->report;
}

QueueCount Catalog::told() const
{
    QueueCount count = d->tasks.count();
    count.dropped += d->lost;
    return count;
}

const Pulse &Catalog::pulse() const
{
    return d->pulse;
}

} // namespace vedette::agent
