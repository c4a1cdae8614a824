// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/catalog_repair.h"

#include "edge-agent/recordings/ledger.h"
#include "tests/edge-agent/recordings/recording_folder.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::agent;
using protocol::Custody;
using protocol::Recording;
using protocol::RecordingState;
using std::chrono::seconds;
using test::bytesSegment;

namespace {

constexpr std::chrono::sys_seconds kZero{seconds{1'790'000'000}};

} // namespace

class TestCatalogRepair : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_dir;
    std::optional<CatalogRows> m_rows;

    QString fileOf(const QString &path) const { return m_dir->filePath(path); }
    bool put(const RecordedSegment &segment, RecordingState state, bool complete, Custody custody = Custody::OnEdge)
    {
        const auto lane = m_rows->makeLane({segment.name.camera, segment.name.stream});
        Recording row = toRecording(segment, state);
        row.custody = custody;
        return lane && m_rows->putSegment(lane->number, row, complete).has_value();
    }
    bool writeFile(const RecordedSegment &segment, const QByteArray &bytes) { return test::writeFile(fileOf(segment.name.path()), bytes); }
    RepairReport repair(const QSet<QString> &inUse = {})
    {
        const auto report = repairCatalog(*m_rows, m_dir->path(), test::recoverBytes, inUse);
        if (!report)
            qFatal("%s", qPrintable(report.error().text()));
        return *report;
    }
    Recording row(const RecordedSegment &segment)
    {
        const auto found = m_rows->segment(segment.name.id());
        if (!found || !*found)
            qFatal("no row of %s", qPrintable(segment.name.id()));
        return **found;
    }
    bool hasRow(const RecordedSegment &segment) { return m_rows->segment(segment.name.id())->has_value(); }

private Q_SLOTS:
    void init()
    {
        m_rows.reset();
        m_dir = std::make_unique<QTemporaryDir>();
        auto rows = CatalogRows::open(m_dir->filePath(QStringLiteral("catalog.db")));
        QVERIFY(rows);
        m_rows.emplace(std::move(*rows));
    }

    void whatACrashLeftOpen()
    {
        const auto whole = bytesSegment(QStringLiteral("gate"), kZero);
        const auto empty = bytesSegment(QStringLiteral("yard"), kZero);
        const auto gone = bytesSegment(QStringLiteral("roof"), kZero);
        const auto torn = bytesSegment(QStringLiteral("door"), kZero, 30);
        const auto unreadable = bytesSegment(QStringLiteral("cell"), kZero);
        for (const auto &each : {whole, empty, gone, unreadable})
            QVERIFY(put(each, RecordingState::Open, false));
        QVERIFY(put(torn, RecordingState::Finished, false)); // a disk error while it was finished
        QVERIFY(writeFile(whole, QByteArray(25, 'p')));
        QVERIFY(writeFile(empty, {}));
        QVERIFY(writeFile(torn, QByteArray(28, 'p')));
        QVERIFY(writeFile(unreadable, "X"));
        const RepairReport report = repair();
        QCOMPARE(report.recovered, 2);
        QCOMPARE(report.removed, 1);
        QCOMPARE(report.unreadable, 1);
        QCOMPARE(report.lost, 0); // a file without a picture is no loss
        QVERIFY(row(whole).state == RecordingState::Finished);
        QCOMPARE(row(whole).frames, 25);
        QVERIFY(row(whole).to == UtcTime(kZero) + milliseconds{2500});
        QCOMPARE(row(torn).frames, 28);
        QVERIFY(!hasRow(empty) && !hasRow(gone));
        QVERIFY(!QFile::exists(fileOf(empty.name.path())));
        QVERIFY(QFile::exists(fileOf(unreadable.name.path())));
        QCOMPARE(m_rows->incompleteSegments()->size(), 1); // the unreadable one is tried again
        QVERIFY(m_rows->condemned()->isEmpty());
    }

    void rowsWithoutAFileAreLost()
    {
        const auto lost = bytesSegment(QStringLiteral("gate"), kZero, 10);
        const auto stored = bytesSegment(QStringLiteral("gate"), kZero + seconds{1}, 10);
        const auto expired = bytesSegment(QStringLiteral("gate"), kZero + seconds{2}, 10);
        const auto here = bytesSegment(QStringLiteral("gate"), kZero + seconds{3}, 10);
        QVERIFY(put(lost, RecordingState::Finished, true));
        QVERIFY(put(stored, RecordingState::Finished, true, Custody::Stored));
        QVERIFY(put(expired, RecordingState::Expired, true, Custody::Expired));
        QVERIFY(put(here, RecordingState::Finished, true));
        QVERIFY(writeFile(here, QByteArray(10, 'p')));
        QCOMPARE(repair().lost, 2);
        QVERIFY(row(lost).custody == Custody::Lost);
        QVERIFY(row(stored).custody == Custody::Stored); // it is elsewhere
        QVERIFY(row(stored).state == RecordingState::Expired);
        QVERIFY(row(expired).custody == Custody::Expired);
        QVERIFY(row(here).custody == Custody::OnEdge);
        QCOMPARE(m_rows->bytesHere().value(), 10);
        QCOMPARE(repair().lost, 0); // once
    }

    void filesWithoutARowAreTakenIn()
    {
        const auto known = bytesSegment(QStringLiteral("gate"), kZero + seconds{60});
        auto unknown = bytesSegment(QStringLiteral("gate"), kZero);
        unknown.name.start.reset();
        unknown.name.number = 3;
        auto sub = bytesSegment(QStringLiteral("gate"), kZero);
        sub.name.stream = QStringLiteral("sub");
        const auto empty = bytesSegment(QStringLiteral("yard"), kZero);
        for (const auto &each : {known, unknown, sub})
            QVERIFY(writeFile(each, QByteArray(40, 'p')));
        QVERIFY(writeFile(empty, {}));
        const QStringList foreign{QStringLiteral("camera-gate/notes.txt"), QStringLiteral("lost+found/.hidden"), QStringLiteral("camera-gate/20260921/120000_camera-yard.mp4"),
                                  QStringLiteral("camera-gate/20260921/256161_camera-gate.mp4"), QStringLiteral("camera-gate/20260921/deeper/120000_camera-gate.mp4"),
                                  QStringLiteral("120000_camera-gate.mp4"), QStringLiteral("readme.txt")};
        for (const QString &each : foreign)
            QVERIFY(test::writeFile(fileOf(each), "somebody's"));
        for (const char *ours : {"catalog.db-journal", "catalog.db.corrupt-20261121T141500Z", "catalog.lock", "ballast", "protections.json", "protections.json.aB3dEf"})
            QVERIFY(test::writeFile(fileOf(QString::fromLatin1(ours)), "ours"));
        const RepairReport report = repair();
        QCOMPARE(report.adopted, 3);
        QCOMPARE(report.removed, 1);
        QCOMPARE(report.foreign, 7);
        QCOMPARE(report.examples.size(), 5);
        for (const QString &each : foreign)
            QVERIFY2(QFile::exists(fileOf(each)), qPrintable(each));
        for (const QString &each : report.examples)
            QVERIFY2(foreign.contains(each), qPrintable(each));
        QCOMPARE(row(known).frames, 40);
        QVERIFY(row(unknown).name == unknown.name);
        const auto lane = m_rows->lane({QStringLiteral("gate"), QStringLiteral("main")});
        QVERIFY((*lane)->since == UtcTime(kZero + seconds{60})); // by what has a known time
        QCOMPARE(repair().adopted, 0);
    }

    void whatIsRecordedNowIsLeftAlone()
    {
        const auto written = bytesSegment(QStringLiteral("gate"), kZero);
        const auto begun = bytesSegment(QStringLiteral("yard"), kZero);
        QVERIFY(put(written, RecordingState::Open, false));
        QVERIFY(writeFile(written, {}));
        QVERIFY(writeFile(begun, {}));
        const RepairReport report = repair({written.name.id(), begun.name.id()});
        QCOMPARE(report.recovered + report.adopted + report.lost + report.removed, 0);
        QVERIFY(row(written).state == RecordingState::Open);
        QVERIFY(QFile::exists(fileOf(begun.name.path())));
    }

    void condemnedFilesGo()
    {
        const auto done = bytesSegment(QStringLiteral("gate"), kZero);
        QVERIFY(writeFile(done, QByteArray(40, 'p')));
        QVERIFY(m_rows->condemn(done.name.path()));
        QVERIFY(m_rows->condemn(QStringLiteral("camera-gate/20200101/000000_camera-gate.mp4"))); // removed before the crash
        const RepairReport report = repair();
        QCOMPARE(report.removed, 2);
        QCOMPARE(report.adopted, 0);
        QVERIFY(!QFile::exists(fileOf(done.name.path())));
        QVERIFY(m_rows->condemned()->isEmpty());
    }

    /// Printed, to be compared with the goal of 5 s until recording goes on.
    void tenThousandSegments()
    {
        constexpr int kSegments = 10'000;
        {
            auto transaction = store::Transaction::begin(m_rows->database());
            for (int i = 0; i < kSegments; ++i) {
                const auto each = bytesSegment(QStringLiteral("gate"), kZero + seconds{i * 900}, 1);
                QVERIFY(put(each, RecordingState::Finished, true));
                QVERIFY(writeFile(each, "p"));
            }
            QVERIFY(transaction->commit());
        }
        QVERIFY(put(bytesSegment(QStringLiteral("gate"), kZero + seconds{kSegments * 900}), RecordingState::Open, false));
        QElapsedTimer timer;
        timer.start();
        const RepairReport report = repair();
        qInfo("%d segments repaired in %lld ms", kSegments, static_cast<long long>(timer.elapsed()));
        QCOMPARE(report.lost + report.adopted + report.removed, 0);
        QCOMPARE(m_rows->bytesHere().value(), kSegments);
        // And without a single row.
        m_rows.reset();
        QVERIFY(QFile::remove(fileOf(QStringLiteral("catalog.db"))));
        auto rows = CatalogRows::open(fileOf(QStringLiteral("catalog.db")));
        QVERIFY(rows);
        m_rows.emplace(std::move(*rows));
        timer.restart();
        QCOMPARE(repair().adopted, kSegments);
        qInfo("%d files taken in in %lld ms", kSegments, static_cast<long long>(timer.elapsed()));
    }
};

QTEST_GUILESS_MAIN(TestCatalogRepair)
#include "tst_catalog_repair.moc"
