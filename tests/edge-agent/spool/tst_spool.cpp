// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/spool/spool.h"

#include "core/store/database.h"
#include "tests/support/manual_clock.h"
#include "tests/support/process.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <csignal>
#include <cstdio>
#include <limits>
#include <malloc.h>

using namespace vedette;
using agent::Spool;
using agent::SpoolConfig;
using protocol::Sample;

namespace {

constexpr std::uint64_t kGap = Spool::kStartGap;
constexpr milliseconds kWriterCommit{100};

Sample sampleAt(const Clock &clock, double value = 1)
{
    Sample sample;
    sample.time = clock.utcNow();
    sample.values = {{QStringLiteral("z_last"), value}, {QStringLiteral("a_first"), -value}};
    return sample;
}

QList<quint64> sequences(const QList<Sample> &samples)
{
    QList<quint64> out;
    for (const Sample &sample : samples)
        out.append(sample.sequence);
    return out;
}

/// The child of the kill test: says each number after it was given, until it is killed.
int writeUntilKilled(const QString &path)
{
    const SystemClock clock;
    SpoolConfig config;
    config.path = path;
    config.commitEvery = kWriterCommit;
    const auto spool = Spool::open(config, clock);
    if (!spool)
        return 1;
    QTimer timer;
    QObject::connect(&timer, &QTimer::timeout, &timer, [&] {
        const Sample row = (*spool)->append(sampleAt(clock));
        std::printf("%llu %lld\n", static_cast<unsigned long long>(row.sequence),
                    static_cast<long long>(toMicros(clock.now())));
        std::fflush(stdout);
    });
    timer.start(milliseconds{2});
    return QCoreApplication::exec();
}

} // namespace

class TestSpool : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_dir;
    test::ManualClock m_clock;

    QString path() const { return m_dir->filePath(QStringLiteral("spool.db")); }
    std::unique_ptr<Spool> open(const SpoolConfig &given = {})
    {
        SpoolConfig config = given;
        config.path = path();
        auto spool = Spool::open(config, m_clock);
        if (!spool)
            qFatal("%s", qPrintable(spool.error().text()));
        return std::move(*spool);
    }
    /// What another process sees, that is what is committed.
    std::int64_t committed() const
    {
        constexpr std::string_view none[] = {"", ""};
        auto database = store::Database::open(path(), none);
        auto query = database->prepare("SELECT count(*) FROM samples");
        return query && query->step().value_or(false) ? query->integer(0) : -1;
    }

private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }

    void hoursOfRowsCostNoMemory()
    {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("a sanitizer has a heap of its own");
#endif
        constexpr int kRows = 6 * 3600;
        constexpr qint64 kMost = 512 * 1024;
        auto spool = open();
        const auto used = [] { return static_cast<qint64>(::mallinfo2().uordblks); };
        const qint64 before = used();
        for (int row = 1; row <= kRows; ++row) {
            (void)spool->append(sampleAt(m_clock));
            m_clock.advance(milliseconds{1'000});
            if (row % 600 == 0)
                QVERIFY(spool->commit());
        }
        QVERIFY(QFileInfo(path()).size() > 2 * kMost); // more than may stay in memory
        QVERIFY2(used() - before < kMost, qPrintable(QString::number(used() - before)));
    }
    void rowsComeBackAsTheyWere()
    {
        auto spool = open();
        QCOMPARE(spool->lastSequence(), 0U);
        Sample undated = sampleAt(m_clock, 0.1);
        undated.timeKnown = false;
        const Sample first = spool->append(undated);
        const Sample second = spool->append(sampleAt(m_clock, 1e-300));
        QCOMPARE(first.sequence, 1U);
        QCOMPARE(second.sequence, 2U);
        QCOMPARE(spool->lastSequence(), 2U);
        for (int pass = 0; pass < 2; ++pass) { // from memory, then from disk
            const auto rows = spool->since(0, 10);
            QVERIFY2(rows, rows ? "" : qPrintable(rows.error().text()));
            QCOMPARE(sequences(*rows), (QList<quint64>{1, 2}));
            QCOMPARE(rows->at(0).values, undated.values);
            QCOMPARE(rows->at(1).values[0].second, 1e-300);
            QVERIFY(!rows->at(0).timeKnown && rows->at(1).timeKnown);
            QCOMPARE(toMicros(rows->at(0).time), toMicros(undated.time));
            QVERIFY(spool->commit());
        }
    }

    void sinceAndItsLimits()
    {
        auto spool = open();
        for (int i = 0; i < 10; ++i) {
            spool->append(sampleAt(m_clock));
            if (i == 4)
                QVERIFY(spool->commit());
        }
        QCOMPARE(sequences(*spool->since(3, 4)), (QList<quint64>{4, 5, 6, 7})); // across disk and memory
        QCOMPARE(sequences(*spool->since(0, 3)), (QList<quint64>{1, 2, 3}));
        QCOMPARE(sequences(*spool->since(8, 100)), (QList<quint64>{9, 10}));
        QVERIFY(spool->since(10, 100)->isEmpty());
        QVERIFY(spool->since(std::numeric_limits<std::uint64_t>::max(), 100)->isEmpty());
        QVERIFY(spool->since(0, 0)->isEmpty());
        QVERIFY(spool->since(0, -1)->isEmpty());
    }

    void rowsAreCommittedByTime()
    {
        SpoolConfig config;
        config.commitEvery = milliseconds{5000};
        auto spool = open(config);
        for (int i = 0; i < 5; ++i) {
            spool->append(sampleAt(m_clock));
            m_clock.advance(milliseconds{1000});
        }
        QCOMPARE(committed(), 0);
        spool->append(sampleAt(m_clock)); // 5 s after the first
        QCOMPARE(committed(), 5);
        spool.reset(); // a clean stop keeps everything
        QCOMPARE(committed(), 6);
    }

    void rowsAreCommittedWithoutAnother()
    {
        SpoolConfig config;
        config.commitEvery = milliseconds{20};
        auto spool = open(config);
        spool->append(sampleAt(m_clock));
        QTRY_COMPARE(committed(), 1);
        spool->markSent(1);
        QTRY_VERIFY(spool->unsent(0, 9, 9)->isEmpty());
    }

    void sentAndUnsent()
    {
        auto spool = open();
        for (int i = 0; i < 6; ++i)
            spool->append(sampleAt(m_clock));
        spool->markSent(2);
        QCOMPARE(sequences(*spool->unsent(0, 6, 10)), (QList<quint64>{1, 3, 4, 5, 6}));
        QVERIFY(spool->commit());
        QCOMPARE(sequences(*spool->unsent(0, 6, 10)), (QList<quint64>{1, 3, 4, 5, 6}));
        spool->markSent(3);      // committed already; the mark is not
        spool->markSent(99'999); // nobody's
        QCOMPARE(sequences(*spool->unsent(0, 6, 10)), (QList<quint64>{1, 4, 5, 6}));
        QCOMPARE(sequences(*spool->unsent(1, 5, 10)), (QList<quint64>{4, 5}));
        QCOMPARE(sequences(*spool->unsent(0, 6, 2)), (QList<quint64>{1, 4}));
        QCOMPARE(spool->since(0, 10)->size(), 6); // sent rows stay
        spool.reset();
        spool = open();
        QCOMPARE(sequences(*spool->unsent(0, 6, 10)), (QList<quint64>{1, 4, 5, 6}));
    }

    void numbersGoOnAMillionHigherAtEachStart()
    {
        auto spool = open();
        const QString id = spool->id();
        QVERIFY(!id.isEmpty());
        spool->append(sampleAt(m_clock));
        spool.reset();
        spool = open();
        QCOMPARE(spool->id(), id);
        QCOMPARE(spool->lastSequence(), 1U);
        QCOMPARE(spool->append(sampleAt(m_clock)).sequence, 1 + kGap);
        spool.reset();
        spool = open(); // gives no number
        spool.reset();
        spool = open();
        QVERIFY(spool->append(sampleAt(m_clock)).sequence >= 3 * kGap);
    }

    void numbersGoOnAfterEverythingWasPruned()
    {
        SpoolConfig config;
        config.maxBytes = 1;
        auto spool = open(config);
        for (int i = 0; i < 3; ++i)
            spool->append(sampleAt(m_clock));
        QCOMPARE(spool->prune().value(), 3);
        QVERIFY(spool->since(0, 10)->isEmpty());
        spool.reset();
        spool = open();
        QVERIFY(spool->append(sampleAt(m_clock)).sequence >= 3 + kGap);
    }

    void aNewFileHasANewId()
    {
        const QString id = open()->id();
        QVERIFY(QFile::remove(path()));
        QVERIFY(open()->id() != id);
    }

    void aDamagedFileIsSetAside()
    {
        const QString id = open()->id();
        QFile file(path());
        QVERIFY(file.open(QIODevice::ReadWrite));
        file.write(QByteArray(8192, 'x'));
        file.close();
        auto spool = open();
        QVERIFY(spool->id() != id);
        QCOMPARE(spool->append(sampleAt(m_clock)).sequence, 1U);
        QCOMPARE(QDir(m_dir->path()).entryList({QStringLiteral("spool.db.corrupt-*")}).size(), 1);
    }

    void aFileDamagedWhileInUseIsReplaced()
    {
        auto spool = open();
        const QString id = spool->id();
        for (int i = 0; i < 300; ++i)
            spool->append(sampleAt(m_clock));
        QVERIFY(spool->commit());
        spool.reset(); // the log goes into the file
        spool = open();
        constexpr std::string_view none[] = {"", ""};
        auto other = store::Database::open(path(), none);
        QFile file(path());
        QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(4096));
        file.write(QByteArray(file.size() - 4096, '\xee'));
        file.close();
        QVERIFY(other->execute("PRAGMA user_version = 1")); // a change by another makes the spool read its pages anew
        spool->append(sampleAt(m_clock, 42));
        const Status done = spool->commit();
        QVERIFY2(done, done ? "" : qPrintable(done.error().text()));
        QVERIFY(spool->id() != id);
        const auto rows = spool->since(0, 10);
        QCOMPARE(sequences(*rows), (QList<quint64>{1})); // what was in memory goes on
        QCOMPARE(rows->first().values[0].second, 42.0);
        QCOMPARE(spool->lastSequence(), 1U);
    }

    void oldRowsGo()
    {
        SpoolConfig config;
        config.maxDays = 30;
        auto spool = open(config);
        for (int day = 0; day < 40; ++day) {
            spool->append(sampleAt(m_clock));
            m_clock.advance(std::chrono::hours(24));
        }
        QCOMPARE(spool->prune().value(), 9); // 39 to 31 days before the newest; exactly 30 stays
        QCOMPARE(spool->since(0, 1)->first().sequence, 10U);
        QCOMPARE(spool->prune().value(), 0);
    }

    void aWrongClockRemovesNothing()
    {
        auto spool = open();
        for (int i = 0; i < 10; ++i)
            spool->append(sampleAt(m_clock));
        m_clock.stepUtc(std::chrono::hours(24 * 365 * 12)); // no known row says so
        QCOMPARE(spool->prune().value(), 0);
        Sample undated = sampleAt(m_clock);
        undated.timeKnown = false;
        spool->append(undated);
        QCOMPARE(spool->prune().value(), 0);
        spool->append(sampleAt(m_clock));
        QCOMPARE(spool->prune().value(), 11); // and the undated one before it
        QCOMPARE(spool->since(0, 10)->size(), 1);
    }

    void aRefusingDiskCostsTheOldestRows()
    {
        auto spool = open();
        constexpr std::string_view none[] = {"", ""};
        auto other = store::Database::open(path(), none);
        auto held = store::Transaction::begin(*other); // nobody else can write now
        for (int i = 0; i < Spool::kMaxPending + 5; ++i)
            spool->append(sampleAt(m_clock));
        QCOMPARE(spool->dropped(), 5U);
        QVERIFY(!spool->commit());
        QCOMPARE(spool->since(0, 1)->first().sequence, 6U);
        {
            const auto released = std::move(*held);
        }
        QVERIFY(spool->commit());
        QCOMPARE(committed(), Spool::kMaxPending);
    }

    void sizeIsKept()
    {
        SpoolConfig config;
        config.maxBytes = 400'000;
        auto spool = open(config);
        for (int i = 0; i < 20'000; ++i) {
            spool->append(sampleAt(m_clock));
            if (i % 1000 == 999)
                QVERIFY(spool->commit());
        }
        QCOMPARE(spool->dropped(), 0U);
        const std::int64_t removed = spool->prune().value();
        QVERIFY(removed > 0 && removed < 20'000);
        const auto rows = spool->since(0, 30'000);
        QCOMPARE(rows->size(), 20'000 - removed);
        QCOMPARE(rows->last().sequence, 20'000U);
        QCOMPARE(rows->first().sequence, static_cast<std::uint64_t>(removed) + 1);
        spool.reset();
        QVERIFY2(QFileInfo(path()).size() < 600'000, qPrintable(QString::number(QFileInfo(path()).size())));
    }

    void aRowOfADayIsSmall()
    {
        auto spool = open();
        for (int i = 0; i < 1800; ++i) {
            Sample sample = sampleAt(m_clock);
            sample.values.clear();
            for (const auto &series : protocol::seriesTable())
                sample.values.append({series.key, i * 0.1});
            m_clock.advance(milliseconds{1000});
            spool->append(sample);
        }
        spool.reset();
        const qint64 month = QFileInfo(path()).size() * 2 * 24 * 30;
        QVERIFY2(month < 1LL << 30, qPrintable(QString::number(month)));
    }

    void thePathIsNamedWhenItCannotBeUsed()
    {
        SpoolConfig config;
        config.path = QStringLiteral("/proc/nowhere/spool.db");
        const auto spool = Spool::open(config, m_clock);
        QVERIFY(!spool);
        QVERIFY2(spool.error().text().contains(QLatin1String("/proc/nowhere")), qPrintable(spool.error().text()));
    }

    void killed()
    {
        QSet<quint64> given;
        for (int round = 0; round < 3; ++round) {
            test::ChildProcess writer;
            QVERIFY(writer.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--write"), path()}));
            QVERIFY(test::waitUntil([&] { return writer.out().count('\n') >= 200; }, milliseconds{20'000}));
            writer.kill();
            QVERIFY(writer.waitForEnd(milliseconds{5000}));
            QList<std::pair<quint64, qint64>> said; // sequence, when
            const QByteArray out = writer.out();
            for (const QByteArray &line : out.left(out.lastIndexOf('\n')).split('\n')) {
                const QList<QByteArray> words = line.split(' ');
                said.append({words[0].toULongLong(), words[1].toLongLong()});
            }
            const SystemClock clock;
            SpoolConfig config;
            config.path = path();
            const auto spool = Spool::open(config, clock);
            QVERIFY2(spool, spool ? "" : qPrintable(spool.error().text()));
            QVERIFY((*spool)->id().size() == 32);
            QSet<quint64> kept;
            const auto rows = (*spool)->since(0, 1'000'000);
            for (const Sample &row : *rows)
                kept.insert(row.sequence);
            qint64 lost = 0;
            for (const auto &[sequence, when] : said) {
                QVERIFY2(!given.contains(sequence), "a number was given twice");
                given.insert(sequence);
                if (!kept.contains(sequence))
                    lost = std::max(lost, said.last().second - when);
            }
            QVERIFY2(!kept.isEmpty(), "nothing was committed");
            // The commit itself takes time on a busy machine.
            QVERIFY2(lost <= microseconds{kWriterCommit}.count() + 1'000'000, qPrintable(QString::number(lost)));
            QVERIFY(!given.contains((*spool)->append(sampleAt(clock)).sequence));
        }
    }
};

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() == 3 && arguments[1] == QLatin1String("--write"))
        return writeUntilKilled(arguments[2]);
    TestSpool test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_spool.moc"
