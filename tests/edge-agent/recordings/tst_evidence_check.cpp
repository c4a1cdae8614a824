// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/evidence_check.h"

#include "edge-agent/recordings/catalog_check.h"
#include "edge-agent/recordings/catalog_repair.h"
#include "edge-agent/recordings/retention_rows.h"
#include "tests/core/media/mp4_boxes.h"
#include "tests/edge-agent/recordings/manifest_fixture.h"

#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::agent;
using evidence::SegmentFault;
using protocol::RecordingState;

class TestEvidenceCheck : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_dir;
    std::optional<CatalogRows> m_rows;
    QList<RecordedSegment> m_segments;

    QString mediaOf(int n) const { return m_dir->filePath(m_segments[n].name.path()); }
    QString manifestOf(int n) const { return m_dir->filePath(m_segments[n].name.manifestPath()); }
    QList<EvidenceFault> faults()
    {
        const auto check = checkEvidence(*m_rows, m_dir->path());
        if (!check)
            qFatal("%s", qPrintable(check.error().text()));
        return check->faults;
    }

private Q_SLOTS:
    void init()
    {
        m_rows.reset();
        m_segments.clear();
        m_dir = std::make_unique<QTemporaryDir>();
        auto rows = CatalogRows::open(m_dir->filePath(QStringLiteral("catalog.db")));
        QVERIFY(rows);
        m_rows.emplace(std::move(*rows));
        Manifests manifests(*m_rows, m_dir->path(), linuxSegmentDisk());
        const auto lane = m_rows->makeLane(test::kGate);
        for (int n = 0; n < 4; ++n) {
            m_segments.append(test::realSegment(m_dir->path(), 40 * n));
            const auto row = toRecording(m_segments.last(), RecordingState::Finished);
            QVERIFY(m_rows->putSegment(lane->number, row, true));
            QVERIFY(manifests.write(row, *m_segments.last().hashes));
        }
    }

    void whole()
    {
        const auto check = checkEvidence(*m_rows, m_dir->path());
        QVERIFY(check && check->good());
        QVERIFY(check->segments == 4 && check->fragments == 16 && check->manifests == 4 && check->without == 0);
    }
    void aFlippedBitIsNamed()
    {
        const auto ends = test::readMp4(test::contentsOf(mediaOf(1))).fragmentEnds;
        QVERIFY(test::flip(mediaOf(1), ends[2] - 10));
        const auto found = faults();
        QCOMPARE(found.size(), 1);
        QCOMPARE(found[0].path, m_segments[1].name.path());
        QVERIFY(found[0].segment && found[0].segment->kind == SegmentFault::Kind::Pictures && found[0].segment->fragment == 3);
        QVERIFY(found[0].segment->from == test::PictureStream::captured(60));
        QVERIFY(found[0].sentence.startsWith(QLatin1String("fragment 3 of 2026-09-21T14:13:23.000Z:")));
    }
    void aRemovedManifest()
    {
        QVERIFY(QFile::remove(manifestOf(1)));
        const auto found = faults();
        QCOMPARE(found.size(), 1);
        QCOMPARE(found[0].path, QStringLiteral("gate/main"));
        QVERIFY(found[0].sentence.startsWith(QLatin1String("manifest 2 of ")) && found[0].sentence.endsWith(QLatin1String("is missing")));
        const auto check = checkCatalog(*m_rows, m_dir->path(), CheckDepth::Sizes);
        QVERIFY(check && !check->good());
        QCOMPARE(check->withoutManifest, 1);
    }
    /// The last of the chain: only the catalog can tell.
    void theLastManifestRemoved()
    {
        QVERIFY(QFile::remove(manifestOf(3)));
        QCOMPARE(faults().size(), 1);
    }
    void aChangedManifest()
    {
        QByteArray json = test::contentsOf(manifestOf(2));
        QVERIFY(json.contains("\"settings_version\":0"));
        json.replace("\"settings_version\":0", "\"settings_version\":1");
        QFile file(manifestOf(2));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(json) == json.size());
        file.close();
        const auto found = faults();
        QCOMPARE(found.size(), 1);
        QVERIFY(found[0].sentence.startsWith(QLatin1String("manifest 3 of ")));
    }
    void aDamagedManifest()
    {
        QVERIFY(QFile::resize(manifestOf(2), 100));
        const auto found = faults();
        QCOMPARE(found.size(), 2); // and the chain lacks it
        QCOMPARE(found[0].path, m_segments[2].name.manifestPath());
    }
    void swappedMedia()
    {
        QVERIFY(QFile::remove(mediaOf(0)));
        QVERIFY(QFile::copy(mediaOf(1), mediaOf(0)));
        const auto found = faults();
        QCOMPARE(found.size(), 4);
        QVERIFY(found[0].segment->fragment == 1 && found[0].path == m_segments[0].name.path());
    }
    /// What a rule removed is no fault, neither media nor, later, manifest.
    void whatRulesRemoved()
    {
        QVERIFY(RetentionRows(*m_rows).expire(m_segments[0].name, QStringLiteral("age")));
        QVERIFY(RetentionRows(*m_rows).expire(m_segments[1].name, QStringLiteral("age")));
        QVERIFY(removeCondemned(*m_rows, m_dir->path()));
        QVERIFY(!QFile::exists(mediaOf(0)) && QFile::exists(manifestOf(0)));
        QCOMPARE(faults().size(), 0);
        QVERIFY(ManifestRows(*m_rows).letGo(m_segments[1].name));
        QVERIFY(removeCondemned(*m_rows, m_dir->path()));
        QVERIFY(!QFile::exists(manifestOf(1)));
        QCOMPARE(faults().size(), 0);
        const auto check = checkCatalog(*m_rows, m_dir->path(), CheckDepth::Sizes);
        QVERIFY(check && check->good() && check->foreign == 0);
    }
};

QTEST_GUILESS_MAIN(TestEvidenceCheck)
#include "tst_evidence_check.moc"
