// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/catalog_check.h"

#include "edge-agent/recordings/catalog_repair.h"
#include "edge-agent/recordings/ledger.h"
#include "tests/edge-agent/recordings/recording_folder.h"

#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::agent;
using protocol::RecordingState;
using std::chrono::seconds;

class TestCatalogCheck : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    std::optional<CatalogRows> m_rows;

    bool put(int number, RecordingState state, bool complete, int bytes, int onDisk)
    {
        const auto segment = test::bytesSegment(QStringLiteral("gate"), std::chrono::sys_seconds{seconds{1'790'000'000 + number}}, bytes);
        const auto lane = m_rows->makeLane({QStringLiteral("gate"), QStringLiteral("main")});
        const bool written = onDisk < 0 || test::writeFile(m_dir.filePath(segment.name.path()), QByteArray(onDisk, 'p'));
        return written && lane && m_rows->putSegment(lane->number, toRecording(segment, state), complete);
    }
    CatalogCheck check(CheckDepth depth)
    {
        const auto checked = checkCatalog(*m_rows, m_dir.path(), depth);
        if (!checked)
            qFatal("%s", qPrintable(checked.error().text()));
        return *checked;
    }

private Q_SLOTS:
    /// Each kind of disagreement once, told without a change, then mended but for what nobody can mend.
    void everyKind()
    {
        auto rows = CatalogRows::open(m_dir.filePath(QStringLiteral("catalog.db")));
        QVERIFY(rows);
        m_rows.emplace(std::move(*rows));
        QVERIFY(check(CheckDepth::Sizes).good());
        for (int i = 0; i < 5; ++i)
            QVERIFY(put(i, RecordingState::Finished, true, 10, 10));
        QVERIFY(put(10, RecordingState::Finished, true, 10, 9));   // another size
        QVERIFY(put(11, RecordingState::Finished, true, 10, -1));  // lost
        QVERIFY(put(12, RecordingState::Open, false, 0, 7));       // left open
        QVERIFY(put(13, RecordingState::Expired, true, 10, -1));   // as it should be
        QVERIFY(test::writeFile(m_dir.filePath(QStringLiteral("camera-yard/20260921/120000_camera-yard.mp4")), "ppp")); // not listed
        QVERIFY(test::writeFile(m_dir.filePath(QStringLiteral("camera-yard/notes.txt")), "mine"));
        const QString condemned = QStringLiteral("camera-gate/20200101/000000_camera-gate.mp4");
        QVERIFY(test::writeFile(m_dir.filePath(condemned), "p"));
        QVERIFY(m_rows->condemn(condemned));

        const CatalogCheck names = check(CheckDepth::Names);
        QCOMPARE(names.rows, 8);
        QCOMPARE(names.files, 9);
        QCOMPARE(names.lost, 1);
        QCOMPARE(names.unlisted, 1);
        QCOMPARE(names.incomplete, 1);
        QCOMPARE(names.condemned, 1);
        QCOMPARE(names.foreign, 1);
        QCOMPARE(names.wrongSize, 0);
        QVERIFY(!names.good() && !names.mostIsLost());
        QVERIFY2(names.examples.contains(QStringLiteral("foreign: camera-yard/notes.txt")), qPrintable(names.examples.join(u'\n')));
        const CatalogCheck sizes = check(CheckDepth::Sizes);
        QCOMPARE(sizes.wrongSize, 1);
        QCOMPARE(sizes.lost, 1); // nothing was changed

        QCOMPARE(doubtSizes(*m_rows, m_dir.path()).value(), 1);
        QVERIFY(repairCatalog(*m_rows, m_dir.path(), test::recoverBytes));
        const CatalogCheck mended = check(CheckDepth::Sizes);
        QVERIFY2(mended.good(), qPrintable(mended.examples.join(u'\n')));
        QCOMPARE(mended.rows, 8); // the lost one went, the file that was not listed came
        QCOMPARE(mended.foreign, 1);
    }

    void theWrongDisk()
    {
        CatalogCheck check;
        check.rows = 10;
        check.lost = 5;
        QVERIFY(!check.mostIsLost());
        check.lost = 6;
        QVERIFY(check.mostIsLost());
    }
};

QTEST_GUILESS_MAIN(TestCatalogCheck)
#include "tst_catalog_check.moc"
