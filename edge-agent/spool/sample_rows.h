// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/protocol/sample.h"
#include "core/store/database.h"

#include <QHash>

#include <functional>
#include <optional>

namespace vedette::agent {

/// The tables of the spool: rows of samples, the names of their series, and a few facts. Values are kept as (series
/// number, double) pairs, 10 bytes each, so that 30 days at 1 Hz stay far below 1 GiB. Thread-bound, like its database.
class SampleRows {
public:
    /// A corrupt file is set aside and a new one made.
    static Result<SampleRows> open(const QString &path);

    store::Database &database() { return m_database; }
    const store::Database &database() const { return m_database; }

    Status insert(const protocol::Sample &sample, bool sent);
    Status setSent(std::uint64_t sequence);
    /// Rows with first < sequence <= last, oldest first, until each returns false.
    Status select(std::uint64_t first, std::uint64_t last, bool onlyUnsent,
                  const std::function<bool(protocol::Sample)> &each);

    /// Up to limit of the oldest rows; returns how many went.
    Result<std::int64_t> removeOldest(int limit);
    /// Up to limit rows measured before this time; rows of unknown time go when all before them went.
    Result<std::int64_t> removeBefore(UtcTime time, int limit);
    /// When the newest row of known time was measured.
    Result<std::optional<UtcTime>> newestTime();
    Result<std::uint64_t> lastSequence();

    Result<std::optional<QString>> fact(const QString &key);
    Status setFact(const QString &key, const QString &value);

    /// Call after a rollback: names of series written in the transaction are gone.
    Status readSeries();

private:
    explicit SampleRows(store::Database database) : m_database(std::move(database)) {}
    Result<int> seriesNumber(const QString &key);
    Result<QByteArray> pack(const protocol::Sample &sample);
    Result<protocol::Sample> unpack(const store::Statement &row) const;

    store::Database m_database;
    QHash<QString, int> m_numbers;
    QHash<int, QString> m_keys;
};

} // namespace vedette::agent
