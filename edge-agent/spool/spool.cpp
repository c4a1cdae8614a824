// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/spool/spool.h"

#include "edge-agent/spool/sample_rows.h"

#include <QDir>
#include <QFileInfo>
#include <QLoggingCategory>
#include <QSet>
#include <QTimer>
#include <QUuid>

#include <deque>
#include <limits>
#include <optional>

Q_LOGGING_CATEGORY(lcSpool, "vedette.spool")

namespace vedette::agent {
namespace {

constexpr milliseconds kPruneTime{250};
constexpr int kPruneRows = 2000;
constexpr std::uint64_t kNoEnd = std::numeric_limits<std::uint64_t>::max();

struct PendingRow {
    protocol::Sample sample;
    bool sent = false;
};

QString idFact()
{
    return QStringLiteral("spool_id");
}

/// Kept beside the rows, because pruning may remove the newest of them.
QString lastFact()
{
    return QStringLiteral("last_sequence");
}

} // namespace

struct Spool::Private {
    Private(SpoolConfig config_, const Clock &clock_, SampleRows rows_)
        : config(std::move(config_)), clock(clock_), rows(std::move(rows_))
    {
    }

    Status start();
    void append(protocol::Sample sample);
    Status commit();
    Status write();
    Status startAfresh(const Error &damage);
    Result<std::int64_t> removeSome(UtcTime oldest);
    /// A damaged file is replaced at the next commit.
    tl::unexpected<Error> refuse(const Error &error);

    SpoolConfig config;
    const Clock &clock;
    mutable SampleRows rows; // reading prepares statements
    QString id;
    std::uint64_t last = 0; ///< highest number given to a row
    std::uint64_t next = 1;
    bool broken = false; ///< damaged and not yet replaced
    std::deque<PendingRow> pending;
    QSet<quint64> sentSince; ///< committed rows whose mark is not committed yet
    MonoTime firstPending{};
    std::uint64_t dropped = 0;
    QTimer timer;
};

Status Spool::Private::start()
{
    const auto known = rows.fact(idFact());
    if (!known)
        return fail(known.error());
    if (!*known) {
        id = QUuid::createUuid().toString(QUuid::Id128);
        last = 0;
        next = 1;
        return rows.setFact(idFact(), id);
    }
    id = **known;
    const auto committed = rows.lastSequence();
    if (!committed)
        return fail(committed.error());
    const auto noted = rows.fact(lastFact());
    if (!noted)
        return fail(noted.error());
    // Durable before the first number is given: a start that commits nothing has used its numbers, too.
    last = *committed;
    next = std::max<std::uint64_t>(last, noted->value_or(QString()).toULongLong()) + kStartGap;
    return rows.setFact(lastFact(), QString::number(next - 1));
}

void Spool::Private::append(protocol::Sample sample)
{
    if (pending.empty()) {
        firstPending = clock.now();
        timer.start(config.commitEvery);
    }
    pending.push_back({std::move(sample), false});
    if (pending.size() > static_cast<std::size_t>(kMaxPending)) {
        pending.pop_front();
        ++dropped;
    }
}

Status Spool::Private::commit()
{
    timer.stop();
    if (pending.empty() && sentSince.isEmpty() && !broken)
        return {};
    Status written = broken ? fail(ErrorKind::Corrupt, QStringLiteral("the spool is damaged")) : write();
    if (!written && written.error().kind == ErrorKind::Corrupt)
        written = startAfresh(written.error());
    if (!written) {
        qCWarning(lcSpool).noquote() << "the spool cannot be written and tries again:" << written.error().text();
        firstPending = clock.now();
        timer.start(config.commitEvery);
    }
    return written;
}

Status Spool::Private::write()
{
    auto transaction = store::Transaction::begin(rows.database());
    if (!transaction)
        return fail(transaction.error());
    const Status written = [this]() -> Status {
        for (const PendingRow &row : pending) {
            if (const Status done = rows.insert(row.sample, row.sent); !done)
                return done;
        }
        for (const quint64 sequence : std::as_const(sentSince)) {
            if (const Status done = rows.setSent(sequence); !done)
                return done;
        }
        return rows.setFact(lastFact(), QString::number(next - 1));
    }();
    const Status done = written ? transaction->commit() : written;
    if (!done) {
        {
            const auto rolledBack = std::move(*transaction);
        }
        if (const Status read = rows.readSeries(); !read)
            return read;
        return done;
    }
    pending.clear();
    sentSince.clear();
    return {};
}

/// The file broke while in use. Rows not committed yet get new numbers under the new id.
Status Spool::Private::startAfresh(const Error &damage)
{
    {
        const SampleRows closed = std::move(rows);
    }
    const auto movedTo = store::Database::setAside(config.path);
    auto fresh = SampleRows::open(config.path);
    if (!fresh)
        return fail(fresh.error().wrap(damage.text()));
    rows = std::move(*fresh);
    broken = false;
    qCWarning(lcSpool).noquote() << "the spool was damaged and set aside to" << movedTo.value_or(QString()) << "-"
                                 << damage.text();
    if (const Status started = start(); !started)
        return started;
    sentSince.clear();
    for (PendingRow &row : pending) {
        row.sample.sequence = last = next++;
        row.sent = false;
    }
    return write();
}

Result<std::int64_t> Spool::Private::removeSome(UtcTime oldest)
{
    const auto aged = rows.removeBefore(oldest, kPruneRows);
    if (!aged || *aged > 0)
        return aged;
    const auto used = rows.database().usedBytes();
    if (!used)
        return fail(used.error());
    return *used > config.maxBytes ? rows.removeOldest(kPruneRows) : Result<std::int64_t>(0);
}

tl::unexpected<Error> Spool::Private::refuse(const Error &error)
{
    if (error.kind == ErrorKind::Corrupt) {
        broken = true;
        timer.start(config.commitEvery);
    }
    return fail(error);
}

Spool::Spool() = default;

Spool::~Spool()
{
    if (d)
        (void)d->commit(); // logged there; nobody is left to act on it
}

Result<std::unique_ptr<Spool>> Spool::open(const SpoolConfig &config, const Clock &clock)
{
    const QString folder = QFileInfo(config.path).absolutePath();
    if (!QDir().mkpath(folder))
        return fail(ErrorKind::Denied, QStringLiteral("the folder %1 of the spool cannot be made").arg(folder));
    auto rows = SampleRows::open(config.path);
    if (!rows)
        return fail(rows.error().wrap(QStringLiteral("spool")));
    if (const QString aside = rows->database().setAsideTo(); !aside.isEmpty())
        qCWarning(lcSpool).noquote() << "the spool was damaged and set aside to" << aside;
    std::unique_ptr<Spool> spool(new Spool);
    spool->d = std::make_unique<Private>(config, clock, std::move(*rows));
    if (const Status started = spool->d->start(); !started)
        return fail(started.error().wrap(QStringLiteral("spool")));
    Private *d = spool->d.get();
    d->timer.setSingleShot(true);
    QObject::connect(&d->timer, &QTimer::timeout, &d->timer, [d] { (void)d->commit(); });
    return spool;
}

const QString &Spool::id() const
{
    return d->id;
}

std::uint64_t Spool::lastSequence() const
{
    return d->last;
}

std::uint64_t Spool::dropped() const
{
    return d->dropped;
}

protocol::Sample Spool::append(protocol::Sample sample)
{
    if (!d->pending.empty() && d->clock.now() - d->firstPending >= d->config.commitEvery)
        (void)d->commit(); // logged there, tried again with the next row
    sample.sequence = d->last = d->next++;
    d->append(sample);
    return sample;
}

void Spool::markSent(std::uint64_t sequence)
{
    for (PendingRow &row : d->pending) {
        if (row.sample.sequence == sequence) {
            row.sent = true;
            return;
        }
    }
    d->sentSince.insert(sequence);
    if (!d->timer.isActive())
        d->timer.start(d->config.commitEvery);
}

Result<QList<protocol::Sample>> Spool::since(std::uint64_t sequence, int limit) const
{
    QList<protocol::Sample> out;
    if (limit <= 0)
        return out;
    const Status read = d->rows.select(sequence, kNoEnd, false, [&out, limit](protocol::Sample sample) {
        out.append(std::move(sample));
        return out.size() < limit;
    });
    if (!read)
        return d->refuse(read.error());
    for (const PendingRow &row : d->pending) {
        if (out.size() >= limit)
            break;
        if (row.sample.sequence > sequence)
            out.append(row.sample);
    }
    return out;
}

Result<QList<protocol::Sample>> Spool::unsent(std::uint64_t first, std::uint64_t last, int limit) const
{
    QList<protocol::Sample> out;
    if (limit <= 0)
        return out;
    const Status read = d->rows.select(first, last, true, [this, &out, limit](protocol::Sample sample) {
        if (!d->sentSince.contains(sample.sequence))
            out.append(std::move(sample));
        return out.size() < limit;
    });
    if (!read)
        return d->refuse(read.error());
    for (const PendingRow &row : d->pending) {
        if (out.size() >= limit)
            break;
        if (!row.sent && row.sample.sequence > first && row.sample.sequence <= last)
            out.append(row.sample);
    }
    return out;
}

Status Spool::commit()
{
    return d->commit();
}

Result<std::int64_t> Spool::prune()
{
    if (const Status committed = d->commit(); !committed)
        return fail(committed.error());
    const auto newest = d->rows.newestTime();
    if (!newest)
        return d->refuse(newest.error());
    const UtcTime oldest = newest->value_or(UtcTime{}) - std::chrono::days(d->config.maxDays);
    const MonoTime end = d->clock.now() + kPruneTime;
    std::int64_t removed = 0;
    while (d->clock.now() < end) {
        const auto some = d->removeSome(oldest);
        if (!some)
            return d->refuse(some.error());
        if (*some == 0)
            break;
        removed += *some;
    }
    if (removed > 0) {
        if (const Status shrunk = d->rows.database().shrink(); !shrunk)
            return d->refuse(shrunk.error());
    }
    return removed;
}

} // namespace vedette::agent
