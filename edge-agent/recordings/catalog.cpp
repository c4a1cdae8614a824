// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/catalog.h"

#include "core/base/directory_lock.h"
#include "edge-agent/recordings/catalog_private.h"

#include <QDir>

Q_LOGGING_CATEGORY(lcCatalog, "vedette.recordings")

namespace vedette::agent {
namespace {

using protocol::GapReason;
using protocol::Recording;

QString bootFact() { return QStringLiteral("boot_id"); }
QString stoppedFact() { return QStringLiteral("stopped"); } ///< "1" after a stop on purpose
QString aliveFact() { return QStringLiteral("alive_us"); }

} // namespace

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
    if (const Status finished = renaming.finish(); !finished)
        return finished;
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
    if (const Status taken = d->takeBackProtections(); !taken)
        qCCritical(lcCatalog).noquote() << "What was protected is not any more:" << taken.error().text();
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
    d->tell([this, segment, complete, now = d->config.now()](Ledger &) {
        const Status done = d->finishSegment(segment, complete, now);
        if (done && !complete && d->torn.size() < kMostWaiting) // the next start mends the rest
            d->torn.insert({segment.name.id(), segment.name});
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
    d->ask([this, id = name.id(), answer = std::move(answer)](CatalogRows &, Ledger &) {
        const auto row = d->read(d->renaming.segmentEver(id));
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

std::uint64_t Catalog::expired() const
{
    return d->expired;
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
