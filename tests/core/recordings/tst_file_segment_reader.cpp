// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/file_segment_reader.h"

#include "tests/core/media/memory_bytes.h"
#include "tests/core/recordings/recorded_pictures.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::recordings;
using test::kRecorded;
using test::recordedPictures;

namespace {

constexpr microseconds kInterval{50'000};

std::unique_ptr<SegmentReader> openBytes(const QByteArray &bytes, SegmentClaim claim = {})
{
    claim.name = QStringLiteral("clip");
    auto reader = FileSegmentReader::open(std::make_unique<test::MemoryBytes>(bytes), std::move(claim), {});
    return reader ? std::move(*reader) : nullptr;
}

std::vector<CaptureStamp> stampsOf(SegmentReader &reader)
{
    std::vector<CaptureStamp> out;
    while (auto unit = reader.read({})) {
        if (!media::isSound((*unit)->codec))
            out.push_back((*unit)->capture.value_or(CaptureStamp{}));
    }
    return out;
}

test::RecordedStream joined(test::RecordedStream first, const test::RecordedStream &second)
{
    const microseconds shift = first.packets.back()->pts + kInterval;
    for (const media::PacketPtr &packet : second.packets) {
        auto moved = std::make_shared<media::Packet>(*packet);
        moved->pts += shift;
        moved->dts += shift;
        first.packets.push_back(std::move(moved));
    }
    return first;
}

} // namespace

class TestFileSegmentReader : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void takesTheTimesOfThePictures()
    {
        SegmentClaim claim;
        claim.from = kRecorded - milliseconds{400}; // a name tells whole seconds
        claim.by = QStringLiteral("the file's name");
        const auto reader = openBytes(test::segmentOf(recordedPictures({.count = 40, .from = kRecorded, .firstNumber = 100})), claim);
        QVERIFY(reader);
        QCOMPARE(reader->remark(), QString());
        const auto stamps = stampsOf(*reader);
        QCOMPARE(stamps.size(), std::size_t{40});
        for (std::size_t i = 0; i < stamps.size(); ++i) {
            QCOMPARE(stamps[i].sequence, 100 + i);
            QCOMPARE(stamps[i].captured, kRecorded + static_cast<int>(i) * kInterval);
            QVERIFY(stamps[i].known);
        }
    }

    void saysWhereItsNameIsWrong()
    {
        SegmentClaim claim;
        claim.from = kRecorded + std::chrono::seconds{63};
        claim.by = QStringLiteral("the manifest");
        const auto reader = openBytes(test::segmentOf(recordedPictures({.count = 10})), claim);
        QVERIFY(reader);
        QCOMPARE(reader->remark(), QStringLiteral("the manifest says 2026-11-21 14:01:03.000, its pictures say 2026-11-21 14:00:00.000"));
        QCOMPARE(stampsOf(*reader).front().captured, kRecorded);
    }

    void correctsARunByItsManifest()
    {
        SegmentClaim claim;
        claim.from = kRecorded;
        claim.clockRuns = {{.run = 7, .offset = milliseconds{-250}, .uncertainty = milliseconds{3}, .since = kRecorded + milliseconds{500}},
                           {.run = 8, .offset = std::chrono::hours{1}, .since = kRecorded}};
        const auto reader = openBytes(test::segmentOf(recordedPictures({.count = 20})), claim);
        QVERIFY(reader);
        const auto stamps = stampsOf(*reader);
        QCOMPARE(stamps[9].captured, kRecorded + 9 * kInterval);
        QCOMPARE(stamps[10].captured, kRecorded + 10 * kInterval - milliseconds{250});
        QCOMPARE(stamps[10].uncertainty, microseconds{3'000});
    }

    void takesTheClaimWherePicturesTellNothing()
    {
        SegmentClaim claim;
        claim.from = kRecorded;
        claim.known = false;
        const auto reader = openBytes(test::segmentOf(recordedPictures({.count = 20, .sei = false})), claim);
        QVERIFY(reader);
        QVERIFY(reader->seek(kRecorded + milliseconds{700}, {}));
        const auto stamps = stampsOf(*reader);
        QCOMPARE(stamps.size(), std::size_t{10});
        QCOMPARE(stamps[0].captured, kRecorded + 10 * kInterval);
        QVERIFY(!stamps[0].known);
    }

    /// An hour was cut out of it, and its own times do not know.
    void findsAMomentBehindAStepOfTheClock()
    {
        const auto later = kRecorded + std::chrono::hours{1};
        const auto stream = joined(recordedPictures({.count = 40}), recordedPictures({.count = 40, .from = later, .firstNumber = 40}));
        const auto reader = openBytes(test::segmentOf(stream));
        QVERIFY(reader);
        const auto sequenceAt = [&](UtcTime at) {
            const auto unit = reader->seek(at, {}) ? reader->read({}) : Result<media::PacketPtr>(fail(ErrorKind::Internal, {}));
            return unit ? static_cast<int>((*unit)->capture->sequence) : -1;
        };
        for (int round = 0; round < 2; ++round) {
            QCOMPARE(sequenceAt(kRecorded + milliseconds{1'100}), 20);
            QCOMPARE(sequenceAt(later + milliseconds{1'100}), 60);
            QCOMPARE(sequenceAt(later), 40);
            QCOMPARE(sequenceAt(kRecorded + std::chrono::minutes{30}), 30);
            QCOMPARE(sequenceAt(kRecorded - std::chrono::minutes{30}), 0);
            QCOMPARE(sequenceAt(later + std::chrono::minutes{30}), 70);
        }
    }

    /// Leading pictures of an open GOP need one that is not there.
    void leavesOutWhatLeadsToASoughtKeyFrame()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("open.mp4"));
        QVERIFY(test::makeClip(QStringLiteral("-f lavfi -i testsrc2=size=320x240:rate=25:duration=6 -c:v libx264 -preset veryfast "
                                              "-x264-params open-gop=1:keyint=25:bframes=3:scenecut=0 -pix_fmt yuv420p"), path));
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        SegmentClaim claim;
        claim.from = kRecorded;
        const auto reader = openBytes(file.readAll(), claim);
        QVERIFY(reader);
        QVERIFY(reader->seek(kRecorded + milliseconds{3'500}, {}));
        const auto stamps = stampsOf(*reader);
        QVERIFY(stamps.size() > 20);
        for (std::size_t i = 1; i < 20; ++i)
            QVERIFY(stamps[i].captured > stamps[0].captured);
        QVERIFY(stamps[0].captured <= kRecorded + milliseconds{3'500});
    }
};

QTEST_GUILESS_MAIN(TestFileSegmentReader)
#include "tst_file_segment_reader.moc"
