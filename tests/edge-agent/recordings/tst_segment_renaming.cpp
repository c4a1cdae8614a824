// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/segment_renaming.h"

#include "edge-agent/recordings/catalog_repair.h"
#include "edge-agent/recordings/ledger.h"
#include "edge-agent/recordings/segment_recovery.h"
#include "tests/edge-agent/recordings/manifest_fixture.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace vedette;
using namespace vedette::agent;
using protocol::GapReason;
using protocol::RecordingState;
using protocol::SegmentName;

namespace {

constexpr microseconds kOffset = std::chrono::hours{5} + microseconds{250'000};
constexpr std::uint64_t kRun = 7; // of realSegment()

} // namespace

class TestSegmentRenaming : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_dir;
    std::optional<CatalogRows> m_rows;
    std::unique_ptr<Manifests> m_manifests;
    std::unique_ptr<SegmentRenaming> m_renaming;

    QString fileOf(const SegmentName &name) const { return m_dir->filePath(name.path()); }
    void open()
    {
        m_rows.reset();
        auto rows = CatalogRows::open(m_dir->filePath(QStringLiteral("catalog.db")));
        QVERIFY(rows);
        m_rows = std::move(*rows);
        m_manifests = std::make_unique<Manifests>(*m_rows, m_dir->path(), linuxSegmentDisk());
        m_renaming = std::make_unique<SegmentRenaming>(*m_rows, m_dir->path(), *m_manifests);
    }
    RecordedSegment record(int first)
    {
        const RecordedSegment segment = test::realSegment(m_dir->path(), first, false);
        const auto lane = m_rows->makeLane(test::kGate);
        const auto row = toRecording(segment, RecordingState::Finished);
        if (!lane || !m_rows->putSegment(lane->number, row, true) || !m_manifests->write(row, *segment.hashes))
            qFatal("the segment cannot be listed");
        return segment;
    }
    /// What it is called afterwards.
    static SegmentName renamed(const RecordedSegment &segment, bool taken = false)
    {
        SegmentName name = segment.name;
        name.start = std::chrono::floor<std::chrono::seconds>(segment.from + kOffset);
        name.number = 0;
        name.taken = taken;
        return name;
    }
    int work()
    {
        const Status learnt = m_renaming->learn({{kRun, kOffset, microseconds{900}, {}}});
        const auto done = learnt ? m_renaming->work() : fail(learnt.error());
        if (!done)
            qWarning("%s", qPrintable(done.error().text()));
        return done.value_or(-1);
    }
    std::optional<protocol::Recording> row(const SegmentName &name) { return m_rows->segment(name.id()).value(); }

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        open();
    }

    void theMediaGetsTheNameOfItsTime()
    {
        const RecordedSegment first = record(0);
        const RecordedSegment second = record(40);
        const QByteArray media = test::contentsOf(fileOf(first.name));
        QCOMPARE(work(), 2);
        const SegmentName name = renamed(first);
        QVERIFY(!media.isEmpty() && test::contentsOf(fileOf(name)) == media);
        QVERIFY(row(name) && !row(first.name) && row(renamed(second)));
        QVERIFY(row(name)->from == first.from + kOffset && row(name)->to == first.to + kOffset && row(name)->frames == 40);
        const auto old = m_renaming->segmentEver(first.name.id());
        QVERIFY(old && *old && (*old)->name.id() == name.id());

        QVERIFY(removeCondemned(*m_rows, m_dir->path()));
        QVERIFY(!QFileInfo::exists(fileOf(first.name)) && QFileInfo::exists(fileOf(name)));
        const auto manifest = readManifest(m_dir->path(), name);
        QVERIFY2(manifest.has_value(), manifest ? "" : qPrintable(manifest.error().text()));
        QVERIFY(manifest->manifest.from == first.from + kOffset);
        QVERIFY(manifest->manifest.clockRuns == (QList<protocol::ClockRun>{{kRun, kOffset, microseconds{900}, first.from}}));
        QCOMPARE(work(), 0);
    }

    void theAccountHasTheseSeconds()
    {
        Ledger ledger(*m_rows);
        const RecordedSegment segment = record(0);
        const UtcTime begin = segment.from + kOffset;
        const UtcTime known = begin + std::chrono::seconds{10};
        QVERIFY(ledger.gapBegan(test::kGate, begin - std::chrono::seconds{5}, GapReason::ClockUnknown, {{}, begin - std::chrono::seconds{5}, true}));
        QVERIFY(ledger.gapBegan(test::kGate, known, GapReason::SourceLost, {{}, known, true}));
        QCOMPARE(work(), 1);
        const auto account = ledger.coverage(test::kGate, begin - std::chrono::seconds{5}, known, known, std::nullopt);
        QVERIFY(account);
        QCOMPARE(account->spans.size(), 3);
        QVERIFY(!account->spans[1].gap && account->spans[1].from == begin && account->spans[1].to == segment.to + kOffset);
        QVERIFY(account->spans[2].gap == GapReason::ClockUnknown);
    }

    /// Of which no account was owed before.
    void theAccountBeginsEarlier()
    {
        const RecordedSegment segment = record(0);
        QCOMPARE(work(), 1);
        QVERIFY(m_rows->lane(test::kGate).value()->since == segment.from + kOffset);
    }

    void aTakenNameGetsItsRun()
    {
        const RecordedSegment segment = record(0);
        QVERIFY(QDir().mkpath(QFileInfo(fileOf(renamed(segment))).path()));
        QVERIFY(QFile(fileOf(renamed(segment))).open(QIODevice::WriteOnly));
        QCOMPARE(work(), 1);
        QVERIFY(row(renamed(segment, true)));
        QCOMPARE(QFileInfo(fileOf(renamed(segment))).size(), 0);
    }

    /// The second name is there, the row knows the first one.
    void aCrashInBetweenIsUndoneAndDoneAnew()
    {
        const RecordedSegment segment = record(0);
        const SegmentName name = renamed(segment);
        QVERIFY(m_rows->database().execute(QStringLiteral("INSERT INTO renames (old_id, id, done) VALUES ('%1', '%2', 0)").arg(segment.name.id(), name.id()).toStdString()));
        QVERIFY(QDir().mkpath(QFileInfo(fileOf(name)).path()));
        QCOMPARE(::link(qPrintable(fileOf(segment.name)), qPrintable(fileOf(name))), 0);
        open();
        QVERIFY(m_renaming->finish());
        QVERIFY(!QFileInfo::exists(fileOf(name)) && QFileInfo::exists(fileOf(segment.name)));
        const auto repaired = repairCatalog(*m_rows, m_dir->path(), [](const QString &file, const SegmentName &each) { return recoverSegment(linuxSegmentDisk(), file, each); });
        QVERIFY(repaired && repaired->lost == 0 && repaired->adopted == 0);
        QCOMPARE(work(), 1);
        QVERIFY(row(name) && QFileInfo::exists(fileOf(name)));
    }

    void whatIsNotOursStays()
    {
        const RecordedSegment segment = record(0);
        const SegmentName name = renamed(segment);
        QVERIFY(m_rows->database().execute(QStringLiteral("INSERT INTO renames (old_id, id, done) VALUES ('%1', '%2', 0)").arg(segment.name.id(), name.id()).toStdString()));
        QVERIFY(QDir().mkpath(QFileInfo(fileOf(name)).path()));
        QVERIFY(QFile(fileOf(name)).open(QIODevice::WriteOnly));
        QVERIFY(m_renaming->finish());
        QVERIFY(QFileInfo::exists(fileOf(name)) && QFileInfo::exists(fileOf(segment.name)));
    }

    void otherRunsWait()
    {
        record(0);
        QVERIFY(m_renaming->learn({{kRun + 1, kOffset, {}, {}}}));
        QCOMPARE(m_renaming->work().value(), 0);
    }
};

QTEST_GUILESS_MAIN(TestSegmentRenaming)
#include "tst_segment_renaming.moc"
