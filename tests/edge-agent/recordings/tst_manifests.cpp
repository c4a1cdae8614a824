// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/manifests.h"

#include "edge-agent/recordings/segment_recovery.h"
#include "tests/edge-agent/recordings/failing_disk.h"
#include "tests/edge-agent/recordings/manifest_fixture.h"

#include <QTemporaryDir>
#include <QTest>

#include <cerrno>

using namespace vedette;
using namespace vedette::agent;
using protocol::GapReason;
using protocol::Manifest;
using protocol::RecordingState;
using std::chrono::seconds;

class TestManifests : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_dir;
    std::optional<CatalogRows> m_rows;
    std::unique_ptr<Manifests> m_manifests;
    test::FailingDisk m_disk;

    QString fileOf(const protocol::SegmentName &name) const { return m_dir->filePath(name.path()); }
    RecordedSegment record(int first, bool known = true) { return test::realSegment(m_dir->path(), first, known); }
    bool list(const RecordedSegment &segment)
    {
        const auto lane = m_rows->makeLane(test::kGate);
        return lane && m_rows->putSegment(lane->number, toRecording(segment, RecordingState::Finished), true).has_value();
    }
    Status write(const RecordedSegment &segment) { return m_manifests->write(toRecording(segment, RecordingState::Finished), *segment.hashes); }
    bool put(const RecordedSegment &segment) { return list(segment) && write(segment).has_value(); }
    StoredManifest stored(const protocol::SegmentName &name)
    {
        auto read = readManifest(m_dir->path(), name);
        if (!read)
            qFatal("%s", qPrintable(read.error().text()));
        return *read;
    }
    bool workToTheEnd()
    {
        for (int i = 0; i < 1000; ++i) {
            const auto more = m_manifests->work();
            if (!more || !*more)
                return more.has_value();
        }
        return false;
    }

private Q_SLOTS:
    void init()
    {
        m_manifests.reset();
        m_rows.reset();
        m_dir = std::make_unique<QTemporaryDir>();
        auto rows = CatalogRows::open(m_dir->filePath(QStringLiteral("catalog.db")));
        QVERIFY(rows);
        m_rows.emplace(std::move(*rows));
        m_manifests = std::make_unique<Manifests>(*m_rows, m_dir->path(), m_disk);
    }

    void saysWhatIsInTheFile()
    {
        const RecordedSegment segment = record(0);
        const auto lane = m_rows->makeLane(test::kGate);
        QVERIFY(lane);
        LaneRow since = *lane;
        since.since = segment.from - seconds{30};
        QVERIFY(m_rows->setLaneTimes(since));
        QVERIFY(m_rows->addGap(lane->number, {segment.from - seconds{30}, segment.from - seconds{10}, GapReason::SourceLost}));
        QVERIFY(m_rows->addGap(lane->number, {segment.from - seconds{10}, segment.from, GapReason::Starting}));
        QVERIFY(put(segment));
        const StoredManifest manifest = stored(segment.name);
        const Manifest &said = manifest.manifest;
        QCOMPARE(said.name.id(), segment.name.id());
        QVERIFY(said.name.run == 7 && said.from == segment.from && said.to == segment.to);
        QVERIFY(said.codec == QLatin1String("h264") && said.width == 160 && said.height == 96 && !said.sound);
        QCOMPARE(said.frames(), 40);
        QCOMPARE(said.fragments.size(), 4);
        const QByteArray file = test::contentsOf(fileOf(segment.name));
        QCOMPARE(said.bytes, file.size());
        QVERIFY(said.sha256 == Sha256::of(file));
        QCOMPARE(said.clockRuns.size(), 1);
        QVERIFY(said.clockRuns[0] == (protocol::ClockRun{7, {}, {}, segment.from}));
        QCOMPARE(said.gaps.size(), 2);
        QVERIFY(said.gaps[0] == (protocol::ManifestGap{segment.from - seconds{30}, segment.from - seconds{10}, GapReason::SourceLost}));
        QVERIFY(said.gaps[1] == (protocol::ManifestGap{segment.from - seconds{10}, segment.from, GapReason::Starting}));
        QVERIFY(said.number == 1 && !said.previous);
        const auto row = m_rows->segment(segment.name.id());
        QVERIFY(row && *row && (*row)->manifest == manifest.sha256 && (*row)->root == fragmentsRoot(said.fragments));
    }
    void eachKnowsTheOneBefore()
    {
        const RecordedSegment first = record(0);
        const RecordedSegment second = record(40);
        const RecordedSegment unknown = record(80, false);
        for (const auto &each : {first, second, unknown})
            QVERIFY(put(each));
        const Manifest last = stored(unknown.name).manifest;
        QVERIFY(last.number == 3 && last.clockRuns.isEmpty());
        QVERIFY(last.previous == (protocol::ManifestLink{2, second.name.id(), stored(second.name).sha256}));
        QVERIFY(stored(second.name).manifest.previous == (protocol::ManifestLink{1, first.name.id(), stored(first.name).sha256}));
        QVERIFY(stored(second.name).manifest.gaps.isEmpty());
    }
    /// A commit that failed is repeated; what was written stays.
    void isNeverWrittenAnew()
    {
        const RecordedSegment segment = record(0);
        QVERIFY(put(segment));
        const QByteArray before = test::contentsOf(m_dir->filePath(segment.name.manifestPath()));
        QVERIFY(m_rows->database().execute("UPDATE segments SET manifest_number = NULL, manifest_sha256 = NULL"));
        QVERIFY(m_rows->setFact(QStringLiteral("x"), QStringLiteral("y")));
        QVERIFY(test::flip(fileOf(segment.name), 5000));
        QVERIFY(workToTheEnd());
        QCOMPARE(test::contentsOf(m_dir->filePath(segment.name.manifestPath())), before);
        const auto row = m_rows->segment(segment.name.id());
        QVERIFY(row && *row && (*row)->manifest == Sha256::of(before));
    }
    /// What its recorder could not tell is read from the file, with the same result.
    void missingOnesAreMade()
    {
        const RecordedSegment segment = record(0);
        QVERIFY(list(segment));
        QVERIFY(workToTheEnd());
        const Manifest made = stored(segment.name).manifest;
        QVERIFY(QFile::remove(m_dir->filePath(segment.name.manifestPath())));
        QVERIFY(m_rows->database().execute("UPDATE segments SET manifest_number = NULL, manifest_sha256 = NULL"));
        QVERIFY(write(segment));
        QVERIFY(stored(segment.name).manifest == made);
    }
    void tornOnesToo()
    {
        const RecordedSegment whole = record(0);
        const auto mp4 = test::contentsOf(fileOf(whole.name));
        QVERIFY(QFile::resize(fileOf(whole.name), mp4.size() * 2 / 3));
        const auto recovered = recoverSegment(linuxSegmentDisk(), fileOf(whole.name), whole.name);
        QVERIFY(recovered && recovered->frames > 0 && recovered->frames < 40);
        QVERIFY(list(*recovered));
        QVERIFY(workToTheEnd());
        const Manifest made = stored(whole.name).manifest;
        QCOMPARE(made.frames(), static_cast<qint64>(recovered->frames));
        QCOMPARE(made.fragments, whole.hashes->fragments.first(made.fragments.size()));
        QCOMPARE(made.bytes, static_cast<qint64>(recovered->bytes));
    }
    void whatIsNoSegmentHoldsUpNothing()
    {
        const RecordedSegment damaged = record(0);
        const RecordedSegment good = record(40);
        QVERIFY(QFile::resize(fileOf(damaged.name), 3000));
        const RecordedSegment gone = record(80);
        QVERIFY(QFile::remove(fileOf(gone.name)));
        for (const auto &each : {damaged, good, gone})
            QVERIFY(list(each));
        QVERIFY(workToTheEnd());
        QVERIFY(stored(good.name).manifest.number == 1);
        QVERIFY(!QFile::exists(m_dir->filePath(damaged.name.manifestPath())) && !QFile::exists(m_dir->filePath(gone.name.manifestPath())));
        m_disk.failAt(1, EIO, true);
        QVERIFY(workToTheEnd()); // neither is tried again and again: the first is not opened, the other is not there
        m_disk.heal();
    }
    /// Whatever call fails: a manifest is there as a whole or not at all, and a second try makes it.
    void everyDiskErrorIsToldAndCanBeRepeated()
    {
        for (int n = 1;; ++n) {
            init();
            const RecordedSegment segment = record(0);
            QVERIFY(list(segment));
            m_disk.failAt(n, ENOSPC);
            const Status written = write(segment);
            const bool reached = m_disk.calls() >= n;
            m_disk.heal();
            QCOMPARE(m_disk.open(), 0);
            if (!reached) {
                QVERIFY(written);
                QVERIFY(n > 5);
                return;
            }
            QVERIFY(!written && written.error().kind == ErrorKind::Unavailable);
            const auto there = readManifest(m_dir->path(), segment.name);
            QVERIFY(there || there.error().kind == ErrorKind::NotFound);
            QVERIFY(write(segment));
            QVERIFY(stored(segment.name).manifest.number == 1);
        }
    }
    /// The time of a run became known: the media is never touched, and the chain still proves what the first manifest said.
    void aRenamedOneGoesToTheEndOfTheChain()
    {
        const RecordedSegment unknown = record(0, false);
        const RecordedSegment next = record(40);
        QVERIFY(put(unknown) && put(next));
        const StoredManifest before = stored(unknown.name);
        protocol::Recording row = toRecording(unknown, RecordingState::Finished);
        const microseconds offset = seconds{-100};
        row.from += offset;
        row.to += offset;
        row.name.start = std::chrono::floor<seconds>(row.from);
        QVERIFY(QDir().mkpath(m_dir->filePath(row.name.folder())));
        QVERIFY(QFile::rename(fileOf(unknown.name), fileOf(row.name)));
        const auto lane = m_rows->makeLane(test::kGate);
        QVERIFY(lane && m_rows->removeSegment(unknown.name) && m_rows->putSegment(lane->number, row, true));
        QVERIFY(m_manifests->rename(row, unknown.name, {7, offset, microseconds{900}, unknown.from}));
        const Manifest now = stored(row.name).manifest;
        QVERIFY(now.number == 3 && now.previous->number == 2);
        QVERIFY(now.replaces == (QList<protocol::ManifestLink>{{1, unknown.name.id(), before.sha256}}));
        QVERIFY(now.fragments == before.manifest.fragments && now.sha256 == before.manifest.sha256);
        QVERIFY(now.clockRuns.size() == 1 && now.clockRuns[0].offset == offset && now.from == row.from);
        const auto condemned = m_rows->condemned();
        QVERIFY(condemned && *condemned == QStringList{unknown.name.manifestPath()});
    }
    /// A name whose manifest is still there is taken, also when its media is gone.
    void itsNameIsTaken()
    {
        const RecordedSegment segment = record(0);
        QVERIFY(put(segment));
        QVERIFY(QFile::remove(fileOf(segment.name)));
        QVERIFY(record(0).name.taken);
    }
};

QTEST_GUILESS_MAIN(TestManifests)
#include "tst_manifests.moc"
