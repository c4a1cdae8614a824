// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/segment_file.h"

#include "tests/edge-agent/recordings/failing_disk.h"
#include "tests/support/manual_clock.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <cerrno>

using namespace vedette;
using namespace vedette::agent;

namespace {

const QString kPath = QStringLiteral("camera-gate/20261121/141500_camera-gate.mp4");

std::span<const std::uint8_t> bytesOf(const QByteArray &text)
{
    return {reinterpret_cast<const std::uint8_t *>(text.constData()), static_cast<std::size_t>(text.size())};
}

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestSegmentFile : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void writesAndSyncs();
    void isNeverWrittenTwice();
    void followsNoLink();
    void doesNotMakeTheRecordingsFolder();
    void everyFailureIsTold_data();
    void everyFailureIsTold();
    void noticesThatItWasRemoved();
    void aFullDiskIsAFullDisk();
};

/// Short writes included; the kernel has each write at once; folders, file and modes are right.
void TestSegmentFile::writesAndSyncs()
{
    const QTemporaryDir dir;
    test::ManualClock clock;
    test::FailingDisk disk;
    disk.limitWrites(1000);
    auto file = SegmentFile::create(disk, clock, dir.path(), kPath);
    QVERIFY(file);
    QCOMPARE(disk.syncs(), 3); // above the two folders, and of the last
    const QByteArray text(3500, 'x');
    QVERIFY((*file)->write(bytesOf(text)));
    QCOMPARE(contents(dir.filePath(kPath)), text);
    QVERIFY((*file)->keep());
    QCOMPARE(disk.syncs(), 3);
    clock.advance(SegmentFile::kSyncEvery);
    QVERIFY((*file)->keep());
    QVERIFY((*file)->keep());
    QCOMPARE(disk.syncs(), 4);
    QVERIFY((*file)->close());
    QCOMPARE(disk.syncs(), 6);
    QCOMPARE((*file)->bytes(), 3500U);
    file->reset();
    QCOMPARE(disk.open(), 0);
    const auto beyond = QFile::WriteGroup | QFile::ExeGroup | QFile::ReadOther | QFile::WriteOther | QFile::ExeOther;
    QVERIFY(!(QFile::permissions(dir.filePath(kPath)) & beyond));
}

void TestSegmentFile::isNeverWrittenTwice()
{
    const QTemporaryDir dir;
    test::ManualClock clock;
    QVERIFY((*SegmentFile::create(linuxSegmentDisk(), clock, dir.path(), kPath))->write(bytesOf("old")));
    const auto second = SegmentFile::create(linuxSegmentDisk(), clock, dir.path(), kPath);
    QVERIFY(!second);
    QCOMPARE(second.error().number, EEXIST);
    QCOMPARE(contents(dir.filePath(kPath)), QByteArray("old"));
}

void TestSegmentFile::followsNoLink()
{
    const QTemporaryDir dir;
    const QTemporaryDir other;
    test::ManualClock clock;
    QVERIFY(QFile::link(other.path(), dir.filePath(QStringLiteral("camera-gate"))));
    QVERIFY(!SegmentFile::create(linuxSegmentDisk(), clock, dir.path(), kPath));
    QVERIFY(QDir(other.path()).isEmpty());
}

void TestSegmentFile::doesNotMakeTheRecordingsFolder()
{
    const QTemporaryDir dir;
    test::ManualClock clock;
    const auto file = SegmentFile::create(linuxSegmentDisk(), clock, dir.filePath(QStringLiteral("unmounted")), kPath);
    QVERIFY(!file);
    QCOMPARE(file.error().number, ENOENT);
    QVERIFY2(file.error().error().text().contains(QLatin1String("unmounted")), qPrintable(file.error().error().text()));
    QVERIFY(!QFileInfo::exists(dir.filePath(QStringLiteral("unmounted"))));
}

void TestSegmentFile::everyFailureIsTold_data()
{
    QTest::addColumn<int>("number");
    QTest::addColumn<int>("reason");
    QTest::newRow("full") << ENOSPC << static_cast<int>(protocol::GapReason::DiskFull);
    QTest::newRow("over quota") << EDQUOT << static_cast<int>(protocol::GapReason::DiskFull);
    QTest::newRow("broken") << EIO << static_cast<int>(protocol::GapReason::IoError);
    QTest::newRow("read-only") << EROFS << static_cast<int>(protocol::GapReason::IoError);
}

/// Call N fails, for N = 1 … all of them: it is told with its errno, no descriptor stays, and the next try works.
void TestSegmentFile::everyFailureIsTold()
{
    QFETCH(int, number);
    QFETCH(int, reason);
    test::ManualClock clock;
    int last = 1;
    for (int n = 1; n <= last; ++n) {
        const QTemporaryDir dir;
        test::FailingDisk disk;
        disk.failAt(n, number);
        std::optional<DiskError> error;
        {
            auto file = SegmentFile::create(disk, clock, dir.path(), kPath);
            const auto after = [&](DiskResult<void> result) {
                if (!result && !error)
                    error = result.error();
                return !error;
            };
            if (!file)
                error = file.error();
            else if (after((*file)->write(bytesOf("abc")))) {
                clock.advance(SegmentFile::kSyncEvery);
                if (after((*file)->keep()))
                    after((*file)->close());
            }
        }
        QCOMPARE(disk.open(), 0);
        if (!error) {
            QVERIFY(disk.calls() < n && n > 10); // every call has failed once
            return;
        }
        QCOMPARE(error->number, number);
        QCOMPARE(static_cast<int>(error->reason()), reason);
        QVERIFY(!error->what.isEmpty());
        disk.heal();
        QVERIFY(SegmentFile::create(disk, clock, dir.path(), kPath + u'2'));
        last = n + 1;
    }
    QFAIL("the calls never end");
}

void TestSegmentFile::noticesThatItWasRemoved()
{
    const QTemporaryDir dir;
    test::ManualClock clock;
    auto file = SegmentFile::create(linuxSegmentDisk(), clock, dir.path(), kPath);
    QVERIFY((*file)->write(bytesOf("abc")));
    QVERIFY(QDir(dir.filePath(QStringLiteral("camera-gate"))).removeRecursively());
    QVERIFY((*file)->write(bytesOf("abc"))); // the kernel says nothing
    clock.advance(SegmentFile::kSyncEvery);
    const auto kept = (*file)->keep();
    QVERIFY(!kept);
    QCOMPARE(kept.error().number, ENOENT);
    QVERIFY(!(*file)->close());
}

/// The kernel's own ENOSPC: /dev/full.
void TestSegmentFile::aFullDiskIsAFullDisk()
{
    if (!QFileInfo::exists(QStringLiteral("/dev/full")))
        QSKIP("no /dev/full");
    SegmentDisk &disk = linuxSegmentDisk();
    const OpenFile full(disk, disk.openAt(-1, "/dev/full", 1, 0));
    const DiskError error{static_cast<int>(-disk.write(full.get(), bytesOf("x"))), QStringLiteral("a file cannot be written")};
    QCOMPARE(error.number, ENOSPC);
    QVERIFY(error.reason() == protocol::GapReason::DiskFull);
    QVERIFY2(error.error().text().contains(QLatin1String("No space left")), qPrintable(error.error().text()));
}

QTEST_GUILESS_MAIN(TestSegmentFile)
#include "tst_segment_file.moc"
