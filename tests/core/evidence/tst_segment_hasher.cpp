// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evidence/segment_hasher.h"

#include "core/evidence/segment_check.h"
#include "tests/core/evidence/evidence_fixture.h"

#include <QTest>

#include <random>

using namespace vedette;
using namespace vedette::evidence;
using protocol::Manifest;
using protocol::ManifestFragment;
using test::bytesOf;
using test::hashesOf;
using test::manifestOf;

namespace {

QStringList linesOf(const SegmentHashes &hashes)
{
    QStringList lines;
    const auto track = [](const protocol::TrackHash &hash) { return QStringLiteral(" %1 %2").arg(hash.count).arg(hash.count > 0 ? toHex(hash.sha256) : QStringLiteral("-")); };
    for (const ManifestFragment &each : hashes.fragments)
        lines.append(QStringLiteral("%1 %2").arg(lines.size() + 1).arg(each.from ? toMicros(*each.from) : 0) + track(each.pictures) + track(each.sound));
    lines.append(QStringLiteral("file ") + toHex(hashes.sha256));
    lines.append(QStringLiteral("root ") + toHex(protocol::fragmentsRoot(hashes.fragments)));
    return lines;
}

} // namespace

class TestSegmentHasher : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;

    QByteArray clip(const char *line) { return test::clip(m_dir, line); }

private Q_SLOTS:
    void clips_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::newRow("what the recorder writes") << test::recordedSegment();
        QTest::newRow("H.264 in avcC alone, sound") << clip("-c:v libx264 -g 10 -bf 2 -c:a aac -shortest");
        QTest::newRow("H.265 in hvcC, sound") << clip("-c:v libx265 -x265-params log-level=error:keyint=10 -tag:v hvc1 -c:a aac -shortest");
        QTest::newRow("H.265 in band") << clip("-an -c:v libx265 -x265-params log-level=error:keyint=10:repeat-headers=1 -tag:v hev1");
    }
    /// A program that shares no code with ours finds the same.
    void others_data() { clips_data(); }
    void others()
    {
        QFETCH(QByteArray, file);
        const SegmentHashes hashes = hashesOf(file);
        QVERIFY(hashes.whole());
        QVERIFY(hashes.fragments.size() > 2);
        const QString path = test::put(m_dir, file);
        QProcess python;
        python.start(QStringLiteral("python3"), {QStringLiteral(TEST_DATA_DIR "/../core/evidence/recompute.py"), path});
        QVERIFY(python.waitForFinished(60'000));
        QCOMPARE(QString::fromUtf8(python.readAllStandardError()), QString());
        QCOMPARE(QString::fromUtf8(python.readAllStandardOutput()).split(u'\n', Qt::SkipEmptyParts), linesOf(hashes));
        const auto read = hashSegment(path);
        QVERIFY(read);
        QCOMPARE(linesOf(*read), linesOf(hashes));
    }
    /// However the bytes come.
    void inAnyPieces_data() { clips_data(); }
    void inAnyPieces()
    {
        QFETCH(QByteArray, file);
        const QStringList wanted = linesOf(hashesOf(file));
        std::minstd_rand random(3);
        for (const unsigned most : {1U, 7U, 9'000U, 200'000U}) {
            SegmentHasher hasher;
            const auto bytes = bytesOf(file);
            for (std::size_t at = 0; at < bytes.size();) {
                const std::size_t count = std::min<std::size_t>(bytes.size() - at, 1 + random() % most);
                hasher.add(bytes.subspan(at, count));
                at += count;
            }
            QCOMPARE(linesOf(hasher.finish()), wanted);
        }
    }
    /// Parameter sets in the samples, in avcC or in both, access unit delimiters or none: the same hashes.
    void containersAreNeutral_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("parameter sets in avcC alone") << QByteArray("-c copy -bsf:v filter_units=remove_types=7-8");
        QTest::newRow("with delimiters") << QByteArray("-c copy -bsf:v h264_metadata=aud=insert");
        QTest::newRow("without delimiters and fillers") << QByteArray("-c copy -bsf:v filter_units=remove_types=9|12");
    }
    void containersAreNeutral()
    {
        QFETCH(QByteArray, line);
        const QByteArray recorded = test::recordedSegment();
        const QString source = test::put(m_dir, recorded);
        const QByteArray other = test::copied(m_dir, source, line);
        QVERIFY(!other.isEmpty() && other != recorded);
        const SegmentHashes wanted = hashesOf(recorded);
        const SegmentHashes found = hashesOf(other);
        QCOMPARE(found.frames, wanted.frames);
        QVERIFY(found.sha256 != wanted.sha256);
        QVERIFY(found.fragments == wanted.fragments);
    }
    void containersOfH265AreNeutral()
    {
        const QByteArray inBand = clip("-an -c:v libx265 -x265-params log-level=error:keyint=10:repeat-headers=1 -tag:v hev1");
        const QByteArray apart = test::copied(m_dir, test::put(m_dir, inBand), "-c copy -tag:v hvc1 -bsf:v filter_units=remove_types=32-34");
        QVERIFY(!apart.isEmpty() && apart != inBand);
        QVERIFY(hashesOf(apart).fragments == hashesOf(inBand).fragments);
    }
    void whatItTells()
    {
        const SegmentHashes hashes = hashesOf(test::recordedSegment());
        QCOMPARE(hashes.frames, 40);
        QCOMPARE(hashes.fragments.size(), 4);
        QVERIFY(hashes.first && hashes.first->run == 7);
        QVERIFY(hashes.fragments[2].from == utcFromMicros(1'790'000'000'000'000 + 20 * 50'000));
        QCOMPARE(hashes.uncertainty, microseconds{1'234});
    }
    /// Whatever bit is wrong is found; in a fragment's content, that fragment and no other is named.
    void everyFlippedBit_data() { clips_data(); }
    void everyFlippedBit()
    {
        QFETCH(QByteArray, file);
        const Manifest manifest = manifestOf(file);
        QVERIFY(compareSegment(manifest, hashesOf(file)).isEmpty());
        const test::Mp4File mp4 = test::readMp4(file);
        const qsizetype step = std::max<qsizetype>(1, file.size() / 400);
        int named = 0;
        for (qsizetype at = 0; at < file.size(); at += step) {
            QByteArray damaged = file;
            damaged[at] = static_cast<char>(damaged[at] ^ 1 << at % 8);
            const auto faults = compareSegment(manifest, hashesOf(damaged));
            QVERIFY2(!faults.isEmpty(), qPrintable(QStringLiteral("byte %1").arg(at)));
            const auto box = std::find_if(mp4.boxes.begin(), mp4.boxes.end(), [at](const test::Mp4Box &each) { return at >= each.begin && at < each.end; });
            if (box->type != "mdat" || at < box->body)
                continue;
            const int fragment = 1 + static_cast<int>(std::count_if(mp4.fragmentEnds.begin(), mp4.fragmentEnds.end(), [at](qsizetype end) { return end <= at; }));
            QCOMPARE(faults.first().fragment == 0 ? fragment : faults.first().fragment, fragment);
            QVERIFY(faults.first().fragment == 0 || faults.first().from == manifest.fragments[fragment - 1].from);
            named += faults.first().fragment == fragment ? 1 : 0;
        }
        QVERIFY(named > 100);
    }
    void everyCut()
    {
        const QByteArray file = test::recordedSegment();
        const Manifest manifest = manifestOf(file);
        const auto ends = test::readMp4(file).fragmentEnds;
        for (qsizetype cut = 0; cut < file.size(); cut += 97) {
            const auto faults = compareSegment(manifest, hashesOf(file.left(cut)));
            QVERIFY(!faults.isEmpty());
            const int whole = static_cast<int>(std::count_if(ends.begin(), ends.end(), [cut](qsizetype end) { return end <= cut; }));
            QCOMPARE(faults.first().fragment, whole == ends.size() ? 0 : whole + 1);
        }
    }
    /// Fragments taken out, doubled or put in another order.
    void otherFragments()
    {
        const QByteArray file = test::recordedSegment();
        const Manifest manifest = manifestOf(file);
        const auto ends = test::readMp4(file).fragmentEnds;
        const auto part = [&](int from, int to) { return file.mid(ends[from], ends[to] - ends[from]); };
        const auto first = [&](const QByteArray &changed) { return compareSegment(manifest, hashesOf(changed)).value(0); };
        const QByteArray head = file.left(ends[0]);
        const QByteArray tail = file.mid(ends[3]);
        QCOMPARE(first(head + part(1, 3) + tail).fragment, 2);
        QCOMPARE(first(head + part(1, 2) + part(0, 1) + part(2, 3) + tail).fragment, 2);
        QCOMPARE(first(head + part(0, 2) + part(1, 3) + tail).fragment, 4);
        QVERIFY(first(head + part(0, 3) + part(2, 3) + tail).kind == SegmentFault::Kind::Added);
        QVERIFY(first(head + part(0, 2)).kind == SegmentFault::Kind::Missing);
    }
    void damagedBytesNeverCrash()
    {
        const QByteArray file = test::recordedSegment();
        std::minstd_rand random(9);
        for (int i = 0; i < 300; ++i) {
            QByteArray damaged = file;
            for (int k = 0; k < 20; ++k)
                damaged[static_cast<qsizetype>(random() % static_cast<unsigned>(damaged.size()))] = static_cast<char>(random());
            QVERIFY(hashesOf(damaged).sha256 != hashesOf(file).sha256);
        }
        QVERIFY(!hashesOf({}).whole());
        QVERIFY(!hashesOf("no segment at all, but a text of some length").whole());
    }
};

QTEST_GUILESS_MAIN(TestSegmentHasher)
#include "tst_segment_hasher.moc"
