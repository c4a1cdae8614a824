// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/spool/sample_rows.h"

#include <QtEndian>

#include <algorithm>
#include <array>
#include <limits>

namespace vedette::agent {
namespace {

constexpr std::array<std::string_view, 1> kMigrations{R"(
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE series (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
CREATE TABLE samples (
    sequence INTEGER PRIMARY KEY,
    time_us INTEGER NOT NULL,
    time_known INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    numbers BLOB NOT NULL
);
CREATE INDEX samples_unsent ON samples (sequence) WHERE sent = 0;
CREATE INDEX samples_by_time ON samples (time_us) WHERE time_known = 1;
)"};

constexpr qsizetype kNumberBytes = 2;
constexpr qsizetype kValueBytes = kNumberBytes + 8;
constexpr int kMaxSeries = std::numeric_limits<std::uint16_t>::max();

std::int64_t signedSequence(std::uint64_t sequence)
{
    return static_cast<std::int64_t>(std::min<std::uint64_t>(sequence, std::numeric_limits<std::int64_t>::max()));
}

} // namespace

Result<SampleRows> SampleRows::open(const QString &path)
{
    auto database = store::Database::open(path, kMigrations);
    if (!database)
        return fail(database.error());
    // SQLite's own 2 MiB fill over hours and look like a leak; rows are appended, and what is read again is the kernel's to keep.
    if (const Status small = database->execute("PRAGMA cache_size=-256"); !small)
        return fail(small.error());
    SampleRows rows(std::move(*database));
    if (const Status read = rows.readSeries(); !read)
        return fail(read.error());
    return rows;
}

Status SampleRows::readSeries()
{
    m_numbers.clear();
    m_keys.clear();
    auto query = m_database.prepare("SELECT number, key FROM series");
    if (!query)
        return fail(query.error());
    return query->each([&]() -> Result<bool> {
        const auto number = static_cast<int>(query->integer(0));
        m_numbers.insert(query->text(1), number);
        m_keys.insert(number, query->text(1));
        return true;
    });
}

Result<int> SampleRows::seriesNumber(const QString &key)
{
    if (const auto known = m_numbers.constFind(key); known != m_numbers.constEnd())
        return *known;
    const int number = static_cast<int>(m_numbers.size()) + 1;
    if (number > kMaxSeries)
        return fail(ErrorKind::InvalidInput,
                    QStringLiteral("the spool holds %1 series; %2 is too much").arg(kMaxSeries).arg(key));
    auto insert = m_database.prepare("INSERT INTO series (number, key) VALUES (?, ?)");
    if (!insert)
        return fail(insert.error());
    if (const Status done = insert->bind(1, std::int64_t{number}).bind(2, key).run(); !done)
        return fail(done.error());
    m_numbers.insert(key, number);
    m_keys.insert(number, key);
    return number;
}

Result<QByteArray> SampleRows::pack(const protocol::Sample &sample)
{
    QByteArray out(sample.values.size() * kValueBytes, Qt::Uninitialized);
    char *at = out.data();
    for (const auto &[key, value] : sample.values) {
        const auto number = seriesNumber(key);
        if (!number)
            return fail(number.error());
        qToBigEndian(static_cast<quint16>(*number), at);
        qToBigEndian(value, at + kNumberBytes);
        at += kValueBytes;
    }
    return out;
}

Result<protocol::Sample> SampleRows::unpack(const store::Statement &row) const
{
    protocol::Sample sample;
    sample.sequence = static_cast<std::uint64_t>(row.integer(0));
    sample.time = utcFromMicros(row.integer(1));
    sample.timeKnown = row.integer(2) != 0;
    const QByteArray numbers = row.blob(3);
    if (numbers.size() % kValueBytes != 0)
        return fail(ErrorKind::Corrupt, QStringLiteral("row %1 of the spool is damaged").arg(sample.sequence));
    for (const char *at = numbers.constData(); at != numbers.constData() + numbers.size(); at += kValueBytes) {
        const auto key = m_keys.constFind(qFromBigEndian<quint16>(at));
        if (key == m_keys.constEnd())
            return fail(ErrorKind::Corrupt, QStringLiteral("row %1 of the spool names no series").arg(sample.sequence));
        sample.values.append({*key, qFromBigEndian<double>(at + kNumberBytes)});
    }
    return sample;
}

Status SampleRows::insert(const protocol::Sample &sample, bool sent)
{
    const auto numbers = pack(sample);
    if (!numbers)
        return fail(numbers.error());
    auto insert =
        m_database.prepare("INSERT INTO samples (sequence, time_us, time_known, sent, numbers) VALUES (?, ?, ?, ?, ?)");
    if (!insert)
        return fail(insert.error());
    return insert->bind(1, signedSequence(sample.sequence))
        .bind(2, toMicros(sample.time))
        .bind(3, std::int64_t{sample.timeKnown})
        .bind(4, std::int64_t{sent})
        .bind(5, *numbers)
        .run();
}

Status SampleRows::setSent(std::uint64_t sequence)
{
    auto update = m_database.prepare("UPDATE samples SET sent = 1 WHERE sequence = ?");
    if (!update)
        return fail(update.error());
    return update->bind(1, signedSequence(sequence)).run();
}

Status SampleRows::select(std::uint64_t first, std::uint64_t last, bool onlyUnsent,
                          const std::function<bool(protocol::Sample)> &each)
{
    auto query = m_database.prepare(onlyUnsent ? "SELECT sequence, time_us, time_known, numbers FROM samples "
                                                 "WHERE sent = 0 AND sequence > ? AND sequence <= ? ORDER BY sequence"
                                               : "SELECT sequence, time_us, time_known, numbers FROM samples "
                                                 "WHERE sequence > ? AND sequence <= ? ORDER BY sequence");
    if (!query)
        return fail(query.error());
    query->bind(1, signedSequence(first)).bind(2, signedSequence(last));
    return query->each([&]() -> Result<bool> {
        auto sample = unpack(*query);
        if (!sample)
            return fail(sample.error());
        return each(std::move(*sample));
    });
}

Result<std::int64_t> SampleRows::removeOldest(int limit)
{
    auto remove = m_database.prepare(
        "DELETE FROM samples WHERE sequence IN (SELECT sequence FROM samples ORDER BY sequence LIMIT ?)");
    if (!remove)
        return fail(remove.error());
    if (const Status done = remove->bind(1, std::int64_t{limit}).run(); !done)
        return fail(done.error());
    return m_database.changes();
}

Result<std::int64_t> SampleRows::removeBefore(UtcTime time, int limit)
{
    auto old = m_database.prepare("DELETE FROM samples WHERE sequence IN "
                                  "(SELECT sequence FROM samples WHERE time_known = 1 AND time_us < ? LIMIT ?)");
    if (!old)
        return fail(old.error());
    if (const Status done = old->bind(1, toMicros(time)).bind(2, std::int64_t{limit}).run(); !done)
        return fail(done.error());
    std::int64_t removed = m_database.changes();
    if (removed == limit)
        return removed;
    auto undated =
        m_database.prepare("DELETE FROM samples WHERE sequence IN "
                           "(SELECT sequence FROM samples WHERE time_known = 0 AND sequence < "
                           "(SELECT min(sequence) FROM samples NOT INDEXED WHERE time_known = 1) AND ? LIMIT ?)");
    if (!undated)
        return fail(undated.error());
    if (const Status done = undated->bind(1, removed).bind(2, std::int64_t{limit} - removed).run(); !done)
        return fail(done.error());
    return removed + m_database.changes();
}

Result<std::optional<UtcTime>> SampleRows::newestTime()
{
    auto query = m_database.prepare(
        "SELECT time_us FROM samples NOT INDEXED WHERE time_known = 1 ORDER BY sequence DESC LIMIT 1");
    if (!query)
        return fail(query.error());
    const auto row = query->step();
    if (!row)
        return fail(row.error());
    return *row ? std::optional(utcFromMicros(query->integer(0))) : std::nullopt;
}

Result<std::uint64_t> SampleRows::lastSequence()
{
    auto query = m_database.prepare("SELECT max(sequence) FROM samples");
    if (!query)
        return fail(query.error());
    if (const auto row = query->step(); !row)
        return fail(row.error());
    return static_cast<std::uint64_t>(query->integer(0));
}

Result<std::optional<QString>> SampleRows::fact(const QString &key)
{
    auto query = m_database.prepare("SELECT value FROM facts WHERE key = ?");
    if (!query)
        return fail(query.error());
    const auto row = query->bind(1, key).step();
    if (!row)
        return fail(row.error());
    return *row ? std::optional(query->text(0)) : std::nullopt;
}

Status SampleRows::setFact(const QString &key, const QString &value)
{
    auto insert = m_database.prepare(
        "INSERT INTO facts (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
    if (!insert)
        return fail(insert.error());
    return insert->bind(1, key).bind(2, value).run();
}

} // namespace vedette::agent
