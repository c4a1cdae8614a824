// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/database.h"

#include "core/store/sqlite_error.h"

#include <QDateTime>
#include <QFile>
#include <QFileInfo>

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace vedette::store {
namespace {

constexpr int kBusyMs = 2000;
/// Larger files are not read whole at each start: a Pi reads some 40 MB/s from its card.
constexpr std::int64_t kCheckedAtOpenBytes = 64LL * 1024 * 1024;
constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

Error fileError(const QString &path, const char *action, int code)
{
    const bool denied = code == EACCES || code == EPERM || code == EROFS;
    return {denied ? ErrorKind::Denied : ErrorKind::Unavailable,
            QStringLiteral("%1 cannot be %2: %3")
                .arg(path, QLatin1String(action), QString::fromLocal8Bit(std::strerror(code))),
            nullptr};
}

/// Device and inode; both 0 where there is no file.
std::pair<std::uint64_t, std::uint64_t> fileAt(const QString &path)
{
    struct stat about{};
    return ::stat(QFile::encodeName(path).constData(), &about) == 0 ? std::pair<std::uint64_t, std::uint64_t>(about.st_dev, about.st_ino)
                                                                     : std::pair<std::uint64_t, std::uint64_t>();
}

/// Only the owner may read it; SQLite gives its log the same mode.
Status makePrivate(const QString &path)
{
    const int file = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerOnly);
    if (file < 0)
        return fail(fileError(path, "opened", errno));
    const int changed = ::fchmod(file, kOwnerOnly);
    const int code = errno;
    ::close(file);
    if (changed != 0)
        return fail(fileError(path, "made private", code));
    return {};
}

} // namespace

Result<Database> Database::open(const QString &path, std::span<const std::string_view> migrations, Sync sync)
{
    QString movedTo;
    while (true) {
        auto database = connect(path);
        if (!database)
            return fail(database.error());
        const Status prepared = database->prepareFile(migrations, sync);
        if (prepared) {
            database->m_setAsideTo = movedTo;
            return database;
        }
        if (prepared.error().kind != ErrorKind::Corrupt || !movedTo.isEmpty())
            return fail(prepared.error().wrap(path));
        database = fail(prepared.error()); // closes the file before it is renamed
        const auto moved = setAside(path);
        if (!moved)
            return fail(moved.error());
        movedTo = *moved;
    }
}

Database::~Database()
{
    sqlite3_close_v2(m_handle);
}

Database::Database(Database &&other) noexcept
    : m_handle(std::exchange(other.m_handle, nullptr)), m_path(std::move(other.m_path)), m_file(other.m_file),
      m_setAsideTo(std::move(other.m_setAsideTo))
{
}

Database &Database::operator=(Database &&other) noexcept
{
    if (this != &other) {
        sqlite3_close_v2(m_handle);
        m_handle = std::exchange(other.m_handle, nullptr);
        m_path = std::move(other.m_path);
        m_file = other.m_file;
        m_setAsideTo = std::move(other.m_setAsideTo);
    }
    return *this;
}

Result<Database> Database::connect(const QString &path)
{
    if (const Status made = makePrivate(path); !made)
        return fail(made.error());
    sqlite3 *handle = nullptr;
    const int code =
        sqlite3_open_v2(path.toUtf8().constData(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database(handle, path);
    if (code != SQLITE_OK)
        return fail(sqliteError(code, handle, path));
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, kBusyMs);
    database.m_file = fileAt(path);
    return database;
}

Status Database::prepareFile(std::span<const std::string_view> migrations, Sync sync)
{
    const auto version = number("PRAGMA user_version");
    if (!version)
        return fail(version.error());
    // Before anything is written: a newer program's file must stay as it is.
    if (*version < 0 || *version > static_cast<std::int64_t>(migrations.size()))
        return fail(
            ErrorKind::Unsupported,
            QStringLiteral("the file has version %1, this program knows up to %2; use the newer program or another "
                           "data directory")
                .arg(*version)
                .arg(migrations.size()));
    for (const std::string_view sql :
         {std::string_view("PRAGMA auto_vacuum=INCREMENTAL"), // only a new file takes it
          std::string_view("PRAGMA journal_mode=WAL"),
          sync == Sync::Full ? std::string_view("PRAGMA synchronous=FULL")
                             : std::string_view("PRAGMA synchronous=NORMAL"),
          std::string_view("PRAGMA foreign_keys=ON"), std::string_view("PRAGMA journal_size_limit=8388608")}) {
        if (const Status done = execute(sql); !done)
            return done;
    }
    if (fileBytes() <= kCheckedAtOpenBytes) {
        if (const Status sound = check(); !sound)
            return sound;
    }
    return migrate(migrations);
}

Status Database::migrate(std::span<const std::string_view> migrations)
{
    const auto version = number("PRAGMA user_version");
    if (!version)
        return fail(version.error());
    for (auto i = static_cast<std::size_t>(*version); i < migrations.size(); ++i) {
        auto transaction = Transaction::begin(*this);
        if (!transaction)
            return fail(transaction.error());
        if (const Status done = execute(migrations[i]); !done)
            return fail(done.error().wrap(QStringLiteral("migration to version %1").arg(i + 1)));
        if (const Status done = execute("PRAGMA user_version=" + std::to_string(i + 1)); !done)
            return done;
        if (const Status done = transaction->commit(); !done)
            return done;
    }
    return {};
}

Result<Statement> Database::prepare(std::string_view sql)
{
    if (!m_handle)
        return fail(ErrorKind::Unavailable, QStringLiteral("the database is closed"));
    sqlite3_stmt *statement = nullptr;
    const int code = sqlite3_prepare_v2(m_handle, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    if (code != SQLITE_OK)
        return fail(sqliteError(
            code, m_handle, QString::fromUtf8(sql.data(), static_cast<qsizetype>(sql.size())).left(80).simplified()));
    return Statement(statement);
}

Status Database::execute(std::string_view sql)
{
    if (!m_handle)
        return fail(ErrorKind::Unavailable, QStringLiteral("the database is closed"));
    const std::string text(sql);
    const int code = sqlite3_exec(m_handle, text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return fail(sqliteError(code, m_handle, QString::fromStdString(text).left(80).simplified()));
    return {};
}

std::int64_t Database::changes() const
{
    return sqlite3_changes64(m_handle);
}

std::int64_t Database::fileBytes() const
{
    return QFileInfo(m_path).size() + QFileInfo(m_path + QStringLiteral("-wal")).size();
}

Result<std::int64_t> Database::usedBytes()
{
    const auto pages = number("PRAGMA page_count");
    const auto free = number("PRAGMA freelist_count");
    const auto size = number("PRAGMA page_size");
    for (const auto *each : {&pages, &free, &size}) {
        if (!*each)
            return fail(each->error());
    }
    return (*pages - *free) * *size;
}

Status Database::shrink()
{
    return execute("PRAGMA incremental_vacuum");
}

bool Database::moved() const
{
    return fileAt(m_path) != m_file;
}

Status Database::copyTo(const QString &path)
{
    if (QFileInfo::exists(path))
        return fail(ErrorKind::InvalidInput, QStringLiteral("%1 exists").arg(path));
    auto copy = prepare("VACUUM INTO ?");
    return copy ? copy->bind(1, path).run() : fail(copy.error());
}

Status Database::check()
{
    auto statement = prepare("PRAGMA quick_check(1)");
    if (!statement)
        return fail(statement.error());
    const auto row = statement->step();
    if (!row)
        return fail(row.error());
    if (!*row || statement->text(0) != QLatin1String("ok"))
        return fail(ErrorKind::Corrupt, QStringLiteral("the file is damaged: %1").arg(statement->text(0).simplified()));
    return {};
}

Result<QString> Database::setAside(const QString &path)
{
    const QString stamp = QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd'T'HHmmss'Z'"));
    const QString base = path + QStringLiteral(".corrupt-") + stamp;
    QString target = base;
    for (int i = 2; QFileInfo::exists(target); ++i)
        target = QStringLiteral("%1-%2").arg(base).arg(i);
    // The log first: left behind, it would be replayed into the new file.
    for (const auto &suffix : {QStringLiteral("-wal"), QStringLiteral("-shm"), QString()}) {
        const QByteArray from = QFile::encodeName(path + suffix);
        if (::rename(from.constData(), QFile::encodeName(target + suffix).constData()) != 0 && errno != ENOENT)
            return fail(fileError(path + suffix, "set aside", errno));
    }
    return target;
}

Result<std::int64_t> Database::number(std::string_view sql)
{
    auto statement = prepare(sql);
    if (!statement)
        return fail(statement.error());
    const auto row = statement->step();
    if (!row)
        return fail(row.error());
    return *row ? statement->integer(0) : 0;
}

Result<Transaction> Transaction::begin(Database &database)
{
    if (const Status begun = database.execute("BEGIN IMMEDIATE"); !begun)
        return fail(begun.error());
    return Transaction(database);
}

Transaction::~Transaction()
{
    if (m_database)
        (void)m_database->execute("ROLLBACK"); // an error that already rolled back is no second error
}

Transaction::Transaction(Transaction &&other) noexcept : m_database(std::exchange(other.m_database, nullptr)) {}

Status Transaction::commit()
{
    if (!m_database)
        return fail(ErrorKind::Internal, QStringLiteral("the transaction is already finished"));
    if (const Status done = m_database->execute("COMMIT"); !done)
        return done;
    m_database = nullptr;
    return {};
}

} // namespace vedette::store
