// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/database.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <sys/stat.h>
#include <unistd.h>

using namespace vedette;
using namespace vedette::store;

namespace {

constexpr std::array<std::string_view, 1> kFirst{"CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c REAL, d BLOB)"};
constexpr std::array<std::string_view, 2> kSecond{
    kFirst[0], "ALTER TABLE t ADD COLUMN e INTEGER DEFAULT 7; CREATE INDEX i ON t (b)"};
constexpr std::array<std::string_view, 2> kBroken{kFirst[0], "CREATE TABLE u (x); NONSENSE"};

std::int64_t number(Database &database, std::string_view sql)
{
    auto query = database.prepare(sql);
    return query && query->step().value_or(false) ? query->integer(0) : -1;
}

QByteArray content(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void overwrite(const QString &path, qint64 at, const QByteArray &bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadWrite) || !file.seek(at) || file.write(bytes) != bytes.size())
        qFatal("cannot damage the file of the test");
}

} // namespace

class TestDatabase : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_dir;
    QString path() const { return m_dir->filePath(QStringLiteral("x.db")); }
    QStringList files() const { return QDir(m_dir->path()).entryList(QDir::Files); }
    /// A file with enough rows to fill many pages.
    void makeLarge()
    {
        auto database = Database::open(path(), kFirst);
        QVERIFY(database);
        QVERIFY(database->execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
                                  "INSERT INTO t (a, b) SELECT i, hex(zeroblob(100)) FROM n"));
    }

private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }

    void valuesComeBack()
    {
        auto database = Database::open(path(), kFirst);
        QVERIFY2(database, database ? "" : qPrintable(database.error().text()));
        auto insert = database->prepare("INSERT INTO t (a, b, c, d) VALUES (?, ?, ?, ?)");
        QVERIFY(insert);
        const QString text = QStringLiteral("Tür \u0000 😀");
        const QByteArray bytes("\0\xff", 2);
        QVERIFY(insert->bind(1, std::int64_t{INT64_MIN}).bind(2, text).bind(3, -0.1).bind(4, bytes).run());
        QVERIFY(
            insert->bind(1, std::int64_t{2}).bind(2, QString()).bindNull(3).bind(4, QByteArray()).run()); // reset by
                                                                                                          // run()
        auto query = database->prepare("SELECT a, b, c, d FROM t ORDER BY a");
        QVERIFY(query->step().value());
        QCOMPARE(query->integer(0), INT64_MIN);
        QCOMPARE(query->text(1), text);
        QCOMPARE(query->real(2), -0.1);
        QCOMPARE(query->blob(3), bytes);
        QVERIFY(query->step().value());
        QVERIFY(!query->isNull(1) && query->text(1).isEmpty());
        QVERIFY(query->isNull(2));
        QVERIFY(!query->isNull(3));
        QVERIFY(!query->step().value());
    }

    void badUseIsAnError()
    {
        auto database = Database::open(path(), kFirst);
        QVERIFY(!database->prepare("SELECT nonsense FROM nowhere"));
        QVERIFY(!database->execute("NONSENSE"));
        auto insert = database->prepare("INSERT INTO t (a) VALUES (?)");
        QVERIFY(!insert->bind(2, std::int64_t{1}).run()); // there is no second parameter
        insert->reset();
        QVERIFY(insert->bind(1, std::int64_t{1}).run());
        QVERIFY(!insert->run()); // a is unique
        const Database moved = std::move(*database);
        QVERIFY(database->execute("SELECT 1").error().kind == ErrorKind::Unavailable);
        QVERIFY(database->prepare("SELECT 1").error().kind == ErrorKind::Unavailable);
    }

    void pragmasAndMode()
    {
        auto database = Database::open(path(), kFirst);
        auto mode = database->prepare("PRAGMA journal_mode");
        QVERIFY(mode->step().value());
        QCOMPARE(mode->text(0), QStringLiteral("wal"));
        QCOMPARE(number(*database, "PRAGMA synchronous"), 2);
        QCOMPARE(number(*database, "PRAGMA foreign_keys"), 1);
        QCOMPARE(number(*database, "PRAGMA auto_vacuum"), 2);
        for (const QString &name : files()) {
            struct stat info {};
            QVERIFY(::stat(QFile::encodeName(m_dir->filePath(name)).constData(), &info) == 0);
            QVERIFY2((info.st_mode & 0777) == 0600, qPrintable(name));
        }
        QVERIFY(files().size() >= 2); // the log is private, too
        auto normal = Database::open(m_dir->filePath(QStringLiteral("y.db")), kFirst, Database::Sync::Normal);
        QCOMPARE(number(*normal, "PRAGMA synchronous"), 1);
    }

    void anOpenFileIsMadePrivate()
    {
        QFile file(path());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.close();
        QVERIFY(file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ReadOther));
        QVERIFY(Database::open(path(), kFirst));
        QVERIFY(!(file.permissions() & QFileDevice::ReadOther));
    }

    void migrationsRunOnceAndInOrder()
    {
        {
            auto database = Database::open(path(), kFirst);
            QVERIFY(database->execute("INSERT INTO t (a, b) VALUES (1, 'kept')"));
            QCOMPARE(number(*database, "PRAGMA user_version"), 1);
        }
        for (int i = 0; i < 2; ++i) {
            auto database = Database::open(path(), kSecond);
            QVERIFY2(database, database ? "" : qPrintable(database.error().text()));
            QCOMPARE(number(*database, "PRAGMA user_version"), 2);
            QCOMPARE(number(*database, "SELECT e FROM t WHERE b = 'kept'"), 7);
            QVERIFY(database->setAsideTo().isEmpty());
        }
    }

    void aFailedMigrationChangesNothing()
    {
        {
            QVERIFY(Database::open(path(), kFirst));
        }
        const auto failed = Database::open(path(), kBroken);
        QVERIFY(!failed);
        QVERIFY2(failed.error().text().contains(path()), qPrintable(failed.error().text()));
        auto database = Database::open(path(), kFirst);
        QVERIFY(database);
        QCOMPARE(number(*database, "PRAGMA user_version"), 1);
        QCOMPARE(number(*database, "SELECT count(*) FROM sqlite_master WHERE name = 'u'"), 0);
    }

    void aNewerFileIsRefusedAndLeftAlone()
    {
        {
            auto database = Database::open(path(), kSecond);
            QVERIFY(database->execute("PRAGMA user_version = 99"));
        }
        const QByteArray before = content(path());
        const auto refused = Database::open(path(), kSecond);
        QVERIFY(!refused);
        QVERIFY(refused.error().kind == ErrorKind::Unsupported);
        QVERIFY2(refused.error().text().contains(path()) && refused.error().text().contains(QLatin1String("99")),
                 qPrintable(refused.error().text()));
        QVERIFY(content(path()) == before);
        QCOMPARE(files(), QStringList{QStringLiteral("x.db")});
    }

    void damagedFilesAreSetAside_data()
    {
        QTest::addColumn<qint64>("at");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<qint64>("size"); // -1: as it is
        QTest::newRow("no database") << qint64{0} << QByteArray(4096, 'x') << qint64{4096};
        QTest::newRow("header") << qint64{0} << QByteArray("SQLite format 9") << qint64{-1};
        QTest::newRow("schema page") << qint64{100} << QByteArray(3000, '\xee') << qint64{-1};
        QTest::newRow("a page of rows") << qint64{4096 * 10} << QByteArray(4096, '\x77') << qint64{-1};
        QTest::newRow("half the file") << qint64{0} << QByteArray() << qint64{4096 * 20};
        QTest::newRow("one page and a bit") << qint64{0} << QByteArray() << qint64{5000};
    }
    void damagedFilesAreSetAside()
    {
        QFETCH(qint64, at);
        QFETCH(QByteArray, bytes);
        QFETCH(qint64, size);
        makeLarge();
        overwrite(path(), at, bytes);
        if (size >= 0)
            QVERIFY(QFile::resize(path(), size));
        const QByteArray damaged = content(path());
        auto database = Database::open(path(), kFirst);
        QVERIFY2(database, database ? "" : qPrintable(database.error().text()));
        QVERIFY2(database->setAsideTo().startsWith(path() + QStringLiteral(".corrupt-2")),
                 qPrintable(database->setAsideTo()));
        QCOMPARE(content(database->setAsideTo()).size(), damaged.size());
        QCOMPARE(number(*database, "SELECT count(*) FROM t"), 0);
        QVERIFY(database->execute("INSERT INTO t (a) VALUES (1)"));
    }

    void twoDamagedFilesInOneSecondAreBothKept()
    {
        for (int i = 0; i < 3; ++i) {
            makeLarge();
            overwrite(path(), 0, QByteArray(4096, 'x'));
            QVERIFY(Database::open(path(), kFirst));
        }
        QCOMPARE(files().filter(QStringLiteral(".corrupt-")).filter(QStringLiteral("-wal")).size(), 0);
        QCOMPARE(files().filter(QRegularExpression(QStringLiteral("\\.corrupt-[0-9TZ-]*$"))).size(), 3);
    }

    void anEmptyFileIsANewOne()
    {
        QFile file(path());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.close();
        const auto database = Database::open(path(), kFirst);
        QVERIFY(database);
        QVERIFY(database->setAsideTo().isEmpty());
    }

    void fileErrors()
    {
        const auto folder = Database::open(m_dir->path(), kFirst);
        QVERIFY(!folder && folder.error().kind == ErrorKind::Unavailable);
        const auto nowhere = Database::open(m_dir->filePath(QStringLiteral("no/such/x.db")), kFirst);
        QVERIFY(!nowhere && nowhere.error().kind == ErrorKind::Unavailable);
        QVERIFY(nowhere.error().text().contains(QLatin1String("no/such/x.db")));
        if (::geteuid() == 0)
            return; // root may write everywhere
        const auto denied = Database::open(QStringLiteral("/x.db"), kFirst);
        QVERIFY(!denied && denied.error().kind == ErrorKind::Denied);
    }

    void transactions()
    {
        auto database = Database::open(path(), kFirst);
        {
            auto rolledBack = Transaction::begin(*database);
            QVERIFY(rolledBack);
            QVERIFY(database->execute("INSERT INTO t (a) VALUES (1)"));
        }
        QCOMPARE(number(*database, "SELECT count(*) FROM t"), 0);
        {
            auto kept = Transaction::begin(*database);
            QVERIFY(database->execute("INSERT INTO t (a) VALUES (1)"));
            QVERIFY(!Transaction::begin(*database)); // they do not nest
            QVERIFY(kept->commit());
            QVERIFY(!kept->commit());
        }
        QCOMPARE(number(*database, "SELECT count(*) FROM t"), 1);
        {
            auto first = Transaction::begin(*database);
            const Transaction second = std::move(*first); // rolls back once, at the end of the second
            QVERIFY(database->execute("INSERT INTO t (a) VALUES (2)"));
        }
        QCOMPARE(number(*database, "SELECT count(*) FROM t"), 1);
    }

    void aLockedFileIsUnavailable()
    {
        auto one = Database::open(path(), kFirst);
        auto two = Database::open(path(), kFirst);
        auto held = Transaction::begin(*one);
        const Status blocked = two->execute("INSERT INTO t (a) VALUES (1)");
        QVERIFY(!blocked && blocked.error().kind == ErrorKind::Unavailable);
    }

    void roomOfDeletedRowsComesBack()
    {
        makeLarge();
        auto database = Database::open(path(), kFirst);
        const std::int64_t full = database->usedBytes().value();
        QVERIFY(database->execute("DELETE FROM t"));
        QVERIFY(database->usedBytes().value() < full / 4);
        QVERIFY(database->shrink());
        QVERIFY(database->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
        QVERIFY(database->fileBytes() < full / 4);
    }
};

QTEST_GUILESS_MAIN(TestDatabase)
#include "tst_database.moc"
