// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace vedette::store {

/// A prepared statement; columns from 0 and parameters from 1 as in SQLite. Thread-bound to its database, which
/// outlives it. A failed bind is reported by the next step() or run().
class Statement {
public:
    ~Statement();
    Statement(Statement &&other) noexcept;
    Statement &operator=(Statement &&) = delete;

    Statement &bind(int parameter, std::int64_t value);
    Statement &bind(int parameter, double value);
    Statement &bind(int parameter, const QString &value);
    Statement &bind(int parameter, const QByteArray &value);
    Statement &bindNull(int parameter);
    /// True while there is a row.
    Result<bool> step();
    /// For each row that is left; row returns false when it wants no more, or an error that ends it.
    Status each(const std::function<Result<bool>()> &row);
    /// What read makes of each row that is left.
    template <typename Value>
    Result<QList<Value>> all(const std::function<Result<Value>()> &read)
    {
        QList<Value> values;
        const Status done = each([&]() -> Result<bool> {
            auto value = read();
            if (!value)
                return fail(value.error());
            values.append(std::move(*value));
            return true;
        });
        return done ? Result<QList<Value>>(std::move(values)) : fail(done.error());
    }
    /// Runs to the end and resets.
    Status run();
    void reset();

    std::int64_t integer(int column) const;
    double real(int column) const;
    QString text(int column) const;
    QByteArray blob(int column) const;
    bool isNull(int column) const;

private:
    friend class Database;
    explicit Statement(sqlite3_stmt *statement) : m_statement(statement) {}
    void note(int code);
    Error error(int code) const;

    sqlite3_stmt *m_statement;
    int m_bindError = 0;
};

/// One SQLite file. WAL, synchronous FULL, foreign keys on. Thread-bound to its user.
class Database {
public:
    enum class Sync : std::uint8_t { Full, Normal };

    /// Opens or makes the file (0600), checks it and brings it to the newest schema: migrations[i] lifts version i to
    /// i + 1 in one transaction (PRAGMA user_version). A corrupt file is renamed to NAME.corrupt-<UTC time> and a new one
    /// made: see setAsideTo(). Unsupported when the file is of a newer version; Denied or Unavailable for file errors.
    static Result<Database> open(const QString &path, std::span<const std::string_view> migrations, Sync sync = Sync::Full);
    ~Database();
    Database(Database &&other) noexcept;
    Database &operator=(Database &&other) noexcept;

    /// Where the corrupt predecessor went; empty when there was none.
    const QString &setAsideTo() const { return m_setAsideTo; }

    Result<Statement> prepare(std::string_view sql);
    Status execute(std::string_view sql);
    /// Rows changed by the last statement.
    std::int64_t changes() const;
    /// On disk, with the write-ahead log.
    std::int64_t fileBytes() const;
    /// Pages in use; deleted rows no longer count, though the file may still hold their room.
    Result<std::int64_t> usedBytes();
    /// Gives room of deleted rows back to the file system.
    Status shrink();
    /// Its path leads to another file, or to none: the folder was removed, or another disk lies there. What is open stays
    /// whole and writable.
    bool moved() const;
    /// Writes all of it to a new file, which is synced. InvalidInput when the file exists.
    Status copyTo(const QString &path);
    /// PRAGMA quick_check over the whole file: Corrupt when it finds something.
    Status check();

    /// Renames the file and its log to NAME.corrupt-<UTC time>; returns the new name. Close the database first.
    static Result<QString> setAside(const QString &path);

private:
    Database(sqlite3 *handle, QString path) : m_handle(handle), m_path(std::move(path)) {}
    static Result<Database> connect(const QString &path);
    Status prepareFile(std::span<const std::string_view> migrations, Sync sync);
    Status migrate(std::span<const std::string_view> migrations);
    Result<std::int64_t> number(std::string_view sql);

    sqlite3 *m_handle;
    QString m_path;
    std::pair<std::uint64_t, std::uint64_t> m_file{}; ///< device and inode that m_path led to
    QString m_setAsideTo;
};

/// BEGIN IMMEDIATE; rolls back unless committed. The database stays where it is meanwhile (not moved).
class Transaction {
public:
    static Result<Transaction> begin(Database &database);
    ~Transaction();
    Transaction(Transaction &&other) noexcept;
    Transaction &operator=(Transaction &&) = delete;
    Status commit();

private:
    explicit Transaction(Database &database) : m_database(&database) {}
    Database *m_database;
};

} // namespace vedette::store
