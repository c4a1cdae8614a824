// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/catalog_check.h"
#include "edge-agent/recordings/catalog_repair.h"
#include "edge-agent/recordings/retention.h"
#include "edge-agent/recordings/segment_recovery.h"
#include "tests/edge-agent/recordings/manifest_fixture.h"
#include "tests/edge-agent/recordings/recording_folder.h"

#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::agent;
using protocol::Custody;
using protocol::GapReason;
using protocol::Recording;
using protocol::RecordingState;
using std::chrono::days;
using std::chrono::seconds;

/// What manifests bring back, and how long they stay.
class TestCatalogFromManifests : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_dir;
    std::optional<CatalogRows> m_rows;
    QList<RecordedSegment> m_segments;
    int m_read = 0; ///< files by recovery

    QString pathOf(const QString &path) const { return m_dir->filePath(path); }
    void openRows()
    {
        auto rows = CatalogRows::open(pathOf(QStringLiteral("catalog.db")));
        if (!rows)
            qFatal("%s", qPrintable(rows.error().text()));
        m_rows.emplace(std::move(*rows));
    }
    void loseRows()
    {
        m_rows.reset();
        for (const char *name : {"catalog.db", "catalog.db-wal", "catalog.db-shm"})
            QFile::remove(pathOf(QLatin1String(name)));
        openRows();
    }
    RepairReport repair()
    {
        m_read = 0;
        const auto report = repairCatalog(*m_rows, m_dir->path(), [this](const QString &file, const protocol::SegmentName &name) {
            ++m_read;
            return recoverSegment(linuxSegmentDisk(), file, name);
        });
        if (!report)
            qFatal("%s", qPrintable(report.error().text()));
        return *report;
    }
    std::optional<Recording> row(int n)
    {
        const auto found = m_rows->segment(m_segments[n].name.id());
        return found ? *found : std::nullopt;
    }
    QList<GapRow> gaps() { return m_rows->gaps(1, utcFromMicros(0), UtcTime::max(), 100).value_or(QList<GapRow>()); }
    bool makeManifests()
    {
        Manifests manifests(*m_rows, m_dir->path(), linuxSegmentDisk());
        for (int i = 0; i < 1000; ++i) {
            const auto more = manifests.work();
            if (!more || !*more)
                return more.has_value();
        }
        return false;
    }

private Q_SLOTS:
    /// Two seconds each, a gap of two seconds behind the second.
    void init()
    {
        m_rows.reset();
        m_segments.clear();
        m_dir = std::make_unique<QTemporaryDir>();
        openRows();
        Ledger ledger(*m_rows);
        Manifests manifests(*m_rows, m_dir->path(), linuxSegmentDisk());
        for (const int first : {0, 40, 120, 160}) {
            const RecordedSegment segment = test::realSegment(m_dir->path(), first);
            QVERIFY(ledger.segmentOpened(segment, {}));
            QVERIFY(ledger.segmentFinished(segment, true, {}));
            QVERIFY(manifests.write(toRecording(segment, RecordingState::Finished), *segment.hashes));
            m_segments.append(segment);
            if (first == 40)
                QVERIFY(ledger.gapBegan(test::kGate, segment.to, GapReason::SourceLost, {{}, segment.to, true}));
        }
        QCOMPARE(gaps().size(), 1);
    }

    void everythingComesBack()
    {
        QList<std::optional<Recording>> before;
        for (int n = 0; n < 4; ++n)
            before.append(row(n));
        loseRows();
        const RepairReport report = repair();
        QCOMPARE(report.adopted, 4);
        QCOMPARE(m_read, 0);
        QVERIFY(report.foreign == 0 && report.unreadable == 0);
        for (int n = 0; n < 4; ++n)
            QVERIFY(row(n) && row(n) == before[n]);
        QCOMPARE(gaps().size(), 1);
        QVERIFY(gaps()[0].from == m_segments[1].to && gaps()[0].to == m_segments[2].from && gaps()[0].reason == GapReason::SourceLost);
        const auto lane = m_rows->lane(test::kGate);
        QVERIFY(lane && *lane && (*lane)->since == m_segments[0].from);
        const auto last = ManifestRows(*m_rows).last(1);
        QVERIFY(last && *last && (*last)->number == 4);
        QVERIFY(repair().adopted == 0 && m_read == 0);
        QCOMPARE(gaps().size(), 1);
    }
    /// A catalog of before there were manifests keeps its rows and learns the hashes without reading media.
    void anOlderCatalog()
    {
        for (const char *statement : {"DROP INDEX segments_by_manifest", "DROP INDEX segments_without_manifest", "DROP INDEX segments_manifest_to_go",
                                      "UPDATE segments SET manifest_sha256 = NULL", "ALTER TABLE segments DROP COLUMN merkle_root",
                                      "ALTER TABLE segments DROP COLUMN manifest_number", "ALTER TABLE segments DROP COLUMN manifest_gone", "DROP TABLE clock_runs", "DROP TABLE renames",
                                      "PRAGMA user_version = 1"})
            QVERIFY2(m_rows->database().execute(statement), statement);
        m_rows.reset();
        openRows();
        QVERIFY(m_rows->database().setAsideTo().isEmpty());
        QVERIFY(row(3) && row(3)->frames == 40 && !row(3)->manifest && !row(3)->root);
        const RepairReport report = repair();
        QVERIFY(report.adopted == 0 && report.remembered == 0 && m_read == 0);
        QVERIFY(row(3)->manifest && row(3)->root);
        QCOMPARE(gaps().size(), 1);
        const auto last = ManifestRows(*m_rows).last(1);
        QVERIFY(last && *last && (*last)->number == 4);
    }
    /// The oldest expired; of a younger one the file is gone while an older one is here.
    void mediaThatIsGone()
    {
        QVERIFY(QFile::remove(pathOf(m_segments[0].name.path())) && QFile::remove(pathOf(m_segments[2].name.path())));
        loseRows();
        const RepairReport report = repair();
        QVERIFY(report.adopted == 2 && report.remembered == 2);
        QVERIFY(row(0)->state == RecordingState::Expired && row(0)->custody == Custody::Expired);
        QVERIFY(row(2)->state == RecordingState::Finished && row(2)->custody == Custody::Lost);
        QVERIFY(row(0)->from == m_segments[0].from && row(0)->frames == 40 && row(0)->manifest);
        QCOMPARE(gaps().size(), 1);
        QVERIFY(repair().remembered == 0);
    }
    /// Between manifest and row, and in the middle of a manifest.
    void crashes()
    {
        QVERIFY(m_rows->database().execute("UPDATE segments SET state = 'open', complete = 0, manifest_number = NULL, manifest_sha256 = NULL, merkle_root = NULL WHERE number = 4"));
        const QString half = m_segments[3].name.manifestPath() + QStringLiteral(".new");
        QVERIFY(test::writeFile(pathOf(half), "{"));
        const RepairReport report = repair();
        QVERIFY(report.recovered == 1 && report.foreign == 0);
        QCOMPARE(m_read, 0);
        QVERIFY(row(3)->manifest && row(3)->state == RecordingState::Finished);
        QVERIFY(!QFile::exists(pathOf(half)));
        const auto check = checkCatalog(*m_rows, m_dir->path(), CheckDepth::Sizes);
        QVERIFY(check && check->good() && check->foreign == 0);
    }
    /// Whoever made the file shorter: it is read as it is, and the manifest stays to tell.
    void aFileThatIsNotWhatItsManifestSays()
    {
        const QString media = pathOf(m_segments[1].name.path());
        const QByteArray manifest = test::contentsOf(pathOf(m_segments[1].name.manifestPath()));
        QVERIFY(QFile::resize(media, QFileInfo(media).size() / 2));
        loseRows();
        QVERIFY(repair().adopted == 4);
        QCOMPARE(m_read, 1);
        QVERIFY(row(1)->frames < 40 && row(1)->manifest == Sha256::of(manifest));
        QVERIFY(makeManifests());
        QCOMPARE(test::contentsOf(pathOf(m_segments[1].name.manifestPath())), manifest);
    }
    void damagedManifestsAreNoneAndForeignJsonStays()
    {
        QVERIFY(test::writeFile(pathOf(m_segments[1].name.manifestPath()), "{}"));
        const QString notes = QStringLiteral("camera-gate/20260921/notes.json");
        QVERIFY(test::writeFile(pathOf(notes), "{}"));
        loseRows();
        const RepairReport report = repair();
        QVERIFY(report.adopted == 4 && report.foreign == 1 && report.unreadable >= 1);
        QCOMPARE(m_read, 1);
        QVERIFY(row(1)->frames == 40 && !row(1)->manifest);
        QVERIFY(QFile::exists(pathOf(notes)));
    }
    /// Media goes by rule, its manifest 400 days later, and then the folder of the day.
    void manifestsOutliveTheirMedia()
    {
        const auto enforce = [this] {
            Retention retention(*m_rows, m_dir->path(), {days{1}, 0, 0, 0}, [](const QString &) -> Result<std::int64_t> { return std::int64_t{1} << 40; });
            const auto gone = retention.enforce(m_segments[0].from);
            return gone ? *gone : -1;
        };
        const auto later = [this](days after) {
            RecordedSegment newest = m_segments[3];
            newest.from += after;
            newest.to += after;
            newest.name.start = *newest.name.start + after;
            return test::writeFile(pathOf(newest.name.path()), "p") && m_rows->putSegment(1, toRecording(newest, RecordingState::Finished), true).has_value();
        };
        QVERIFY(later(days{2}));
        QCOMPARE(enforce(), 4);
        const QString folder = pathOf(m_segments[0].name.folder());
        QCOMPARE(QDir(folder).entryList({QStringLiteral("*.mp4")}).size(), 0);
        QCOMPARE(QDir(folder).entryList({QStringLiteral("*.json")}).size(), 4);
        QVERIFY(row(0)->state == RecordingState::Expired && row(0)->manifest);
        QVERIFY(later(days{399}));
        QVERIFY(enforce() >= 0);
        QCOMPARE(QDir(folder).entryList({QStringLiteral("*.json")}).size(), 4);
        QVERIFY(later(days{401}));
        QVERIFY(enforce() >= 0);
        QVERIFY(!QDir(folder).exists());
        QVERIFY(row(0)->state == RecordingState::Expired);
        QVERIFY(QDir(pathOf(QStringLiteral("camera-gate"))).exists());
        const auto check = checkCatalog(*m_rows, m_dir->path(), CheckDepth::Names);
        QVERIFY(check && check->withoutManifest == 0 && check->unlisted == 0);
    }
};

QTEST_GUILESS_MAIN(TestCatalogFromManifests)
#include "tst_catalog_from_manifests.moc"
