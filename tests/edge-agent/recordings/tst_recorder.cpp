// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/recorder.h"

#include "tests/edge-agent/recordings/recorder_fixture.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <cerrno>

using namespace vedette;
using namespace vedette::agent;
using protocol::GapReason;
using protocol::StageState;
using test::Recording;
using Told = test::ToldRecording::Told;

class TestRecorder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void bordersLoseAndDoubleNothing();
    void aBorderAsksForItsKeyFrame();
    void aKillCostsLessThanASecond();
    void anotherSizeIsAnotherSegment();
    void anotherRunIsAnotherSegment_data();
    void anotherRunIsAnotherSegment();
    void aHoleIsAGap();
    void silenceIsAGapWithItsReason();
    void aSlowDiskIsAnOverload();
    void everyDiskErrorIsToldAndSurvived_data();
    void everyDiskErrorIsToldAndSurvived();
    void unknownTimesAreNumbered();
    void aTakenNameGetsItsRun();
    void twoTakenNamesGetANumber();
};

/// Each picture is in exactly one file, cut at key frames at borders of UTC, one segment ending where the next begins.
void TestRecorder::bordersLoseAndDoubleNothing()
{
    Recording r;
    QVERIFY(r.started);
    r.write(0, 20 * 21);
    QVERIFY(r.told.waitFor([](const Told &all) { return all.opened.size() == 11; }));
    r.recorder->stop();
    const Told told = r.told.told();
    QCOMPARE(told.finished.size(), 11U);
    QCOMPARE(told.gaps.size(), 2U); // starting, stopped
    QVERIFY(told.gaps.back().reason == GapReason::AgentStopped && told.gaps.back().from == told.finished.back().to);
    std::uint64_t next = 0;
    for (std::size_t i = 0; i < told.finished.size(); ++i) {
        const RecordedSegment &segment = told.finished[i];
        const auto stamps = test::stampsIn(r.file(segment));
        QCOMPARE(stamps.size(), segment.frames);
        for (const CaptureStamp &stamp : stamps)
            QCOMPARE(stamp.sequence, next++);
        QVERIFY(segment.from == stamps.front().captured);
        QVERIFY(segment.from == i * std::chrono::seconds{2} + test::PictureStream::captured(0));
        QVERIFY(segment.to == (i + 1 < told.finished.size() ? told.finished[i + 1].from : test::PictureStream::captured(20 * 21)));
        QVERIFY(segment.name.start == std::chrono::floor<std::chrono::seconds>(segment.from));
        QCOMPARE(QFileInfo(r.file(segment)).size(), static_cast<qint64>(segment.bytes));
        QVERIFY(segment.codec == media::Codec::H264 && segment.width == 320 && segment.height == 192 && !segment.sound);
    }
    QCOMPARE(next, 20U * 21U);
    QCOMPARE(r.recorder->counts().segments, 11U);
    QCOMPARE(r.recorder->counts().frames, 20U * 21U);
}

/// Where no key frame would come soon, one is asked for, once; until it comes the segment goes on.
void TestRecorder::aBorderAsksForItsKeyFrame()
{
    Recording r;
    for (int n = 0; n < 60; ++n) {
        auto late = std::make_shared<media::Packet>(*r.stream.picture(n));
        late->capture->captured += milliseconds{200}; // key frames lie 200 ms behind the borders
        r.tee->write(late);
    }
    QVERIFY(r.told.waitFor([](const Told &all) { return all.opened.size() == 2; }));
    r.recorder->stop();
    QCOMPARE(r.asked.load(), 1);
    QCOMPARE(r.told.told().finished[0].frames, 40U);
}

/// At any moment all but the newest half second and two pictures is in the file, as another reader sees it.
void TestRecorder::aKillCostsLessThanASecond()
{
    Recording r(std::chrono::seconds{900});
    for (int n = 0; n < 100; ++n) {
        r.write(n, n + 1);
        if (n >= 12)
            QVERIFY(r.waitForPictures(static_cast<std::uint64_t>(n - 11)));
    }
    const RecordedSegment open = r.told.told().progressed.back();
    QCOMPARE(QFileInfo(r.file(open)).size(), static_cast<qint64>(open.bytes));
    QCOMPARE(test::stampsIn(r.file(open)).size(), open.frames);
    QVERIFY(open.to == test::PictureStream::captured(static_cast<int>(open.frames)));
}

void TestRecorder::anotherSizeIsAnotherSegment()
{
    Recording r(std::chrono::seconds{900});
    r.write(0, 20);
    QVERIFY(r.waitForPictures(10));
    const test::PictureStream large(640, 352);
    r.tee->setInfo(large.info);
    for (int n = 20; n < 40; ++n)
        r.tee->write(large.picture(n));
    QVERIFY(r.told.waitFor([](const Told &all) { return all.opened.size() == 2; }));
    r.recorder->stop();
    const Told told = r.told.told();
    QCOMPARE(told.finished.size(), 2U);
    QCOMPARE(told.finished[0].frames, 20U);
    QCOMPARE(told.finished[1].frames, 20U);
    QCOMPARE(told.finished[1].width, 640);
    QVERIFY(told.finished[0].to == told.finished[1].from);
}

void TestRecorder::anotherRunIsAnotherSegment_data()
{
    QTest::addColumn<int>("at");
    QTest::addColumn<int>("recorded");
    QTest::newRow("at a key frame") << 20 << 20;
    QTest::newRow("within a group") << 25 << 10; // up to the next key frame there is a gap
}

void TestRecorder::anotherRunIsAnotherSegment()
{
    QFETCH(int, at);
    QFETCH(int, recorded);
    Recording r(std::chrono::seconds{900});
    r.write(0, at, 7);
    r.write(at, 40, 8);
    QVERIFY(r.told.waitFor([](const Told &all) { return all.opened.size() == 2; }));
    r.recorder->stop();
    const Told told = r.told.told();
    QCOMPARE(told.finished.size(), 2U);
    QCOMPARE(told.finished[0].frames, static_cast<std::uint64_t>(at));
    QCOMPARE(told.finished[1].frames, static_cast<std::uint64_t>(recorded));
    QCOMPARE(told.finished[1].name.run, 8U);
    QCOMPARE(told.gaps.size(), at == 20 ? 2U : 3U);
    QCOMPARE(r.asked.load(), at == 20 ? 0 : 1);
    if (at != 20)
        QVERIFY(told.gaps[1].reason == GapReason::ClockStep && told.gaps[1].from == told.finished[0].to);
}

/// Capture times that jump end a segment where they do; the rest of the group is left out.
void TestRecorder::aHoleIsAGap()
{
    Recording r(std::chrono::seconds{900});
    r.write(0, 15);
    r.write(75, 100);
    QVERIFY(r.told.waitFor([](const Told &all) { return all.opened.size() == 2; }));
    r.recorder->stop();
    const Told told = r.told.told();
    QCOMPARE(told.finished[0].frames, 15U);
    QCOMPARE(told.finished[1].frames, 20U); // from 80, a key frame
    QVERIFY(told.gaps[1].reason == GapReason::SourceStalled);
    QVERIFY(told.gaps[1].from == test::PictureStream::captured(15));
    QVERIFY(told.finished[1].from == test::PictureStream::captured(80));
}

void TestRecorder::silenceIsAGapWithItsReason()
{
    Recording r(std::chrono::seconds{900});
    r.write(0, 20);
    QVERIFY(r.waitForPictures(10));
    // It may be about to take a picture when the clock is put forward.
    QTRY_VERIFY_WITH_TIMEOUT((r.clock.advance(Recorder::kSilence + milliseconds{1}), !r.told.told().finished.empty()), 20'000);
    QVERIFY(r.told.waitForGap(GapReason::SourceLost));
    QVERIFY(r.told.told().gaps.back().from == test::PictureStream::captured(20));
    r.quiet = GapReason::EncoderFailed;
    QVERIFY(r.told.waitForGap(GapReason::EncoderFailed));
    QVERIFY(r.told.told().stages.back().state == StageState::Idle);
    r.write(200, 220);
    QVERIFY(r.told.waitFor([](const Told &all) { return all.opened.size() == 2 && all.stages.back().state == StageState::Running; }));
    QCOMPARE(r.told.told().finished[0].frames, 20U);
}

/// While a write hangs, the queue overflows up to a key frame, and the tee goes on; what is lost is a gap.
void TestRecorder::aSlowDiskIsAnOverload()
{
    Recording r(std::chrono::seconds{900});
    r.write(0, 20);
    QVERIFY(r.waitForPictures(10));
    r.disk.hold();
    r.write(20, 40); // one of these hangs in the disk
    QVERIFY(r.disk.waitUntilHeld());
    const int many = 40 + static_cast<int>(Recorder::kQueue) + 15;
    r.write(40, many + 40);
    r.disk.release();
    QVERIFY(r.told.waitFor([](const Told &all) { return all.opened.size() == 2; }));
    r.recorder->stop();
    const Told told = r.told.told();
    QVERIFY(told.gaps[1].reason == GapReason::Overload);
    QVERIFY(told.gaps[1].from == told.finished[0].to);
    QVERIFY(told.finished[1].from > told.finished[0].to);
    QVERIFY(r.recorder->counts().dropped >= 600);
    QCOMPARE(r.recorder->counts().frames + r.recorder->counts().dropped, static_cast<std::uint64_t>(many + 40));
}

void TestRecorder::everyDiskErrorIsToldAndSurvived_data()
{
    QTest::addColumn<int>("number");
    QTest::addColumn<int>("reason");
    QTest::newRow("full") << ENOSPC << static_cast<int>(GapReason::DiskFull);
    QTest::newRow("broken") << EIO << static_cast<int>(GapReason::IoError);
}

/// Call N and all later ones fail, for N = 1 … : a gap with its reason, a stage that says it, and recording again by itself
/// once the disk works. Nobody else at the tee loses a picture.
void TestRecorder::everyDiskErrorIsToldAndSurvived()
{
    QFETCH(int, number);
    QFETCH(int, reason);
    for (int n = 1; n <= 14; ++n) {
        Recording r(std::chrono::seconds{2});
        const auto viewer = r.tee->subscribe("viewer", 1000, media::PacketTee::Start::NextKeyFrame);
        r.disk.failAt(n, number, true);
        r.write(0, 100);
        QVERIFY2(r.told.waitForGap(static_cast<GapReason>(reason)), qPrintable(QString::number(n)));
        QVERIFY(r.told.waitFor([](const Told &all) { return all.stages.back().state == StageState::Waiting; }));
        const Told failed = r.told.told();
        QVERIFY(failed.stages.back().reason.contains(number == ENOSPC ? QLatin1String("No space left") : QLatin1String("Input/output error")));
        QCOMPARE(failed.opened.size(), failed.finished.size() + failed.broken.size());
        for (const RecordedSegment &broken : failed.broken) // what was told to be there is
            QVERIFY(test::stampsIn(r.file(broken)).size() >= broken.frames);
        r.disk.heal();
        const std::size_t said = failed.stages.size();
        r.clock.advance(Recorder::kLongestPause);
        QVERIFY(r.told.waitFor([said](const Told &all) { return all.stages.size() > said; }));
        r.write(100, 120);
        QVERIFY(r.told.waitFor([&](const Told &all) { return all.opened.size() > failed.opened.size() && all.stages.back().state == StageState::Running; }));
        QCOMPARE(viewer->count().queued, 120U);
    }
}

void TestRecorder::unknownTimesAreNumbered()
{
    Recording r(std::chrono::seconds{2});
    r.write(0, 60, 0xA7, false);
    QVERIFY(r.told.waitFor([](const Told &all) { return all.opened.size() == 2; }));
    r.recorder->stop();
    const Told told = r.told.told();
    QCOMPARE(told.finished[0].name.path(), QStringLiteral("camera-gate/unknown/00000000000000a7-0.mp4"));
    QCOMPARE(told.finished[1].name.path(), QStringLiteral("camera-gate/unknown/00000000000000a7-1.mp4"));
    QVERIFY(QFileInfo::exists(r.file(told.finished[1])));
}

void TestRecorder::aTakenNameGetsItsRun()
{
    Recording r(std::chrono::seconds{2});
    const protocol::SegmentName name{QStringLiteral("gate"), QStringLiteral("main"),
                                     std::chrono::floor<std::chrono::seconds>(test::PictureStream::captured(0)), 7, 0, false};
    QVERIFY(QDir(r.dir.path()).mkpath(name.folder()));
    QFile old(r.dir.filePath(name.path()));
    QVERIFY(old.open(QIODevice::WriteOnly));
    r.write(0, 20);
    QVERIFY(r.told.waitFor([](const Told &all) { return all.opened.size() == 1; }));
    QVERIFY(r.told.told().opened[0].name.taken);
    QVERIFY(r.told.told().opened[0].name.path().endsWith(QLatin1String("_0000000000000007.mp4")));
    QCOMPARE(old.size(), 0);
}

void TestRecorder::twoTakenNamesGetANumber()
{
    Recording r;
    protocol::SegmentName name{QStringLiteral("gate"), QStringLiteral("main"),
                               std::chrono::floor<std::chrono::seconds>(test::PictureStream::captured(0)), 7, 0, false};
    QVERIFY(QDir(r.dir.path()).mkpath(name.folder()));
    for (const char *end : {"_0000000000000007.mp4", "_0000000000000007-1.mp4"}) {
        QVERIFY(QFile(r.dir.filePath(name.path())).open(QIODevice::WriteOnly));
        name.number += std::exchange(name.taken, true) ? 1 : 0;
        QVERIFY(name.path().endsWith(QLatin1String(end)));
    }
    r.write(0, 20);
    QVERIFY(r.told.waitFor([](const Told &all) { return all.opened.size() == 1; }));
    QCOMPARE(r.told.told().opened[0].name.path(), name.path());
}

QTEST_GUILESS_MAIN(TestRecorder)
#include "tst_recorder.moc"
