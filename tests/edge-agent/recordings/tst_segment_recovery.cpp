// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/segment_recovery.h"

#include "tests/core/media/mp4_boxes.h"
#include "tests/edge-agent/recordings/failing_disk.h"
#include "tests/edge-agent/recordings/recorder_fixture.h"
#include "tests/support/manual_clock.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cerrno>
#include <random>

using namespace vedette;
using namespace vedette::agent;

class TestSegmentRecovery : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void everyCutIsMadeWhole();
    void afterWholeFragmentsZerosAreCut();
    void aFinishedFileIsOnlyRead();
    void damageIsLeftAlone();
    void whatIsNoSegmentIsLeftAlone();
    void damagedBytesNeverCrash();
    void everyDiskErrorIsToldAndCanBeRepeated();

private:
    void put(const QByteArray &bytes);
    QByteArray contents() const;
    Result<RecordedSegment> recover() { return recoverSegment(linuxSegmentDisk(), m_path, m_whole.name); }

    QTemporaryDir m_dir;
    QString m_path = m_dir.filePath(QStringLiteral("segment.mp4"));
    RecordedSegment m_whole;
    QByteArray m_open;     ///< four fragments of ten pictures
    QByteArray m_finished; ///< with the index
    QList<qsizetype> m_ends;
};

void TestSegmentRecovery::put(const QByteArray &bytes)
{
    QFile file(m_path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

QByteArray TestSegmentRecovery::contents() const
{
    QFile file(m_path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void TestSegmentRecovery::initTestCase()
{
    const test::ManualClock clock;
    const test::PictureStream stream(160, 96);
    const SegmentPlace place{linuxSegmentDisk(), clock, m_dir.path()};
    const auto read = [this](const RecordedSegment &segment) {
        QFile file(m_dir.filePath(segment.name.path()));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    auto writer = SegmentWriter::open(place, {QStringLiteral("gate"), QStringLiteral("main")}, stream.info, *stream.picture(0), 0);
    QVERIFY(writer);
    for (int n = 0; n < 40; ++n) {
        QVERIFY((*writer)->write(stream.picture(n)));
        if (n % 10 == 0)
            QVERIFY((*writer)->flush());
    }
    QVERIFY((*writer)->finish(std::nullopt));
    m_whole = (*writer)->segment();
    m_finished = read(m_whole);
    m_ends = test::readMp4(m_finished).fragmentEnds;
    QCOMPARE(m_ends.size(), 4);
    m_open = m_finished.left(m_ends.last());
}

/// Cut at any byte: whole again up to the last whole fragment, nothing before that changed, and again without effect.
void TestSegmentRecovery::everyCutIsMadeWhole()
{
    std::minstd_rand random(1);
    QList<qsizetype> cuts{0, 1, 7, 8, 9};
    for (const qsizetype end : m_ends)
        cuts << end - 1 << end << end + 1 << end + 8 << end + 20;
    for (int i = 0; i < 300; ++i)
        cuts << static_cast<qsizetype>(random() % static_cast<unsigned>(m_finished.size()));
    for (const qsizetype cut : cuts) {
        put(m_finished.left(cut));
        const auto recovered = recover();
        QVERIFY2(recovered, qPrintable(QStringLiteral("%1: %2").arg(cut).arg(recovered ? QString() : recovered.error().text())));
        const qsizetype whole = std::count_if(m_ends.begin(), m_ends.end(), [cut](qsizetype end) { return end <= cut; });
        QCOMPARE(recovered->frames, static_cast<std::uint64_t>(10 * whole));
        if (whole == 0) {
            QCOMPARE(contents(), m_finished.left(cut));
            continue;
        }
        const QByteArray now = contents();
        QVERIFY(now.startsWith(m_finished.left(m_ends[whole - 1])));
        QCOMPARE(recovered->bytes, static_cast<std::uint64_t>(now.size()));
        const test::Mp4File mp4 = test::readMp4(now);
        QVERIFY2(mp4.problem.isEmpty() && mp4.indexed, qPrintable(mp4.problem));
        QCOMPARE(mp4.samples.size(), 10 * whole);
        QVERIFY(recovered->from == m_whole.from);
        QVERIFY(recovered->to == test::PictureStream::captured(static_cast<int>(10 * whole)));
        QVERIFY(recovered->width == 160 && recovered->height == 96 && recovered->codec == media::Codec::H264 && !recovered->sound);
        QCOMPARE(recovered->name.run, 7U);
        const auto again = recover();
        QVERIFY(again && again->to == recovered->to && again->frames == recovered->frames);
        QCOMPARE(contents(), now);
    }
    put(m_finished.left(m_ends[1] + 100));
    QVERIFY(recover());
    QCOMPARE(test::stampsIn(m_path).size(), 20U); // as libavformat reads it
}

/// What a power cut leaves where the size was written and the data was not.
void TestSegmentRecovery::afterWholeFragmentsZerosAreCut()
{
    put(m_finished.left(m_ends[2]) + QByteArray(100'000, '\0'));
    const auto recovered = recover();
    QVERIFY(recovered);
    QCOMPARE(recovered->frames, 30U);
    QVERIFY(test::readMp4(contents()).problem.isEmpty());
    put(QByteArray(4096, '\0'));
    const auto nothing = recover();
    QVERIFY(nothing && nothing->frames == 0);
}

void TestSegmentRecovery::aFinishedFileIsOnlyRead()
{
    put(m_finished);
    test::FailingDisk disk;
    const auto read = recoverSegment(disk, m_path, m_whole.name);
    QVERIFY(read);
    QCOMPARE(disk.syncs(), 0);
    QCOMPARE(contents(), m_finished);
    QVERIFY(read->name == m_whole.name && read->from == m_whole.from && read->to == m_whole.to && read->frames == m_whole.frames && read->bytes == m_whole.bytes);
}

/// Damage with whole fragments behind it is no tail.
void TestSegmentRecovery::damageIsLeftAlone()
{
    for (const int at : {3, 4, 28, 36}) { // of the second moof: its size and type, the types of traf and tfhd
        QByteArray damaged = m_open;
        damaged[m_ends[0] + at] = static_cast<char>(damaged[m_ends[0] + at] ^ 0x5A);
        put(damaged);
        const auto recovered = recover();
        QVERIFY2(!recovered && recovered.error().kind == ErrorKind::Corrupt, qPrintable(QString::number(at)));
        QCOMPARE(contents(), damaged);
    }
}

void TestSegmentRecovery::whatIsNoSegmentIsLeftAlone()
{
    const QString plain = m_dir.filePath(QStringLiteral("plain.mp4"));
    QVERIFY(test::makeClip(QStringLiteral("-f lavfi -i testsrc2=size=160x96:rate=20 -t 1 -c:v libx264"), plain));
    QFile file(plain);
    QVERIFY(file.open(QIODevice::ReadOnly));
    for (const QByteArray &bytes : {QByteArray("text\n"), QByteArray("this is somebody's text, not a film"), file.readAll()}) {
        put(bytes);
        const auto recovered = recover();
        QVERIFY(!recovered && recovered.error().kind == ErrorKind::Corrupt);
        QCOMPARE(contents(), bytes);
    }
    const auto missing = recoverSegment(linuxSegmentDisk(), m_path + u'2', m_whole.name);
    QVERIFY(!missing);
    QFile::remove(m_path);
    QVERIFY(QFile::link(plain, m_path));
    QVERIFY(!recover()); // through no link
    QFile::remove(m_path);
}

/// Any byte changed: an answer, and never fewer bytes than the whole fragments before the damage.
void TestSegmentRecovery::damagedBytesNeverCrash()
{
    std::minstd_rand random(2);
    for (int i = 0; i < 3000; ++i) {
        QByteArray damaged = m_finished;
        // Mostly in heads, where it matters.
        const qsizetype fragment = i % 4 == 0 ? 0 : m_ends[static_cast<int>(random() % 3)];
        const qsizetype at = i % 5 == 0 ? static_cast<qsizetype>(random() % static_cast<unsigned>(damaged.size())) : fragment + static_cast<qsizetype>(random() % 400);
        damaged[at] = static_cast<char>(random());
        put(damaged);
        const auto recovered = recover();
        const qsizetype before = std::count_if(m_ends.begin(), m_ends.end(), [at](qsizetype end) { return end <= at; });
        QVERIFY(contents().size() >= (before > 0 ? m_ends[before - 1] : 0));
        if (!recovered)
            QCOMPARE(contents(), damaged);
    }
}

void TestSegmentRecovery::everyDiskErrorIsToldAndCanBeRepeated()
{
    for (int n = 1;; ++n) {
        put(m_finished.left(m_ends[2] + 50));
        test::FailingDisk disk;
        disk.limitWrites(40);
        disk.failAt(n, EIO);
        const auto recovered = recoverSegment(disk, m_path, m_whole.name);
        QCOMPARE(disk.open(), 0);
        if (recovered) {
            QVERIFY(n > 20 && disk.calls() < n);
            return;
        }
        QVERIFY2(recovered.error().detail.contains(QLatin1String("Input/output error")), qPrintable(recovered.error().text()));
        const auto again = recover();
        QVERIFY2(again, again ? "" : qPrintable(again.error().text()));
        QCOMPARE(again->frames, 30U);
        QVERIFY(test::readMp4(contents()).problem.isEmpty());
    }
}

QTEST_GUILESS_MAIN(TestSegmentRecovery)
#include "tst_segment_recovery.moc"
