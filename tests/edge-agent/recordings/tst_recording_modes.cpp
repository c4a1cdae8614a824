// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/recorder.h"

#include "tests/edge-agent/recordings/recorder_fixture.h"

#include <QTest>

using namespace vedette;
using namespace vedette::agent;
using protocol::GapReason;
using protocol::StageState;
using settings::RecordingMode;
using test::PictureStream;
using test::Recording;
using Told = test::ToldRecording::Told;

namespace {

constexpr std::chrono::seconds kLong{900};

RecordingGate::Rules byTrigger(int pre, int post)
{
    return {RecordingMode::Trigger, {}, std::chrono::seconds{pre}, std::chrono::seconds{post}};
}

/// Picture 0 is captured at 14:13:20 UTC.
RecordingGate::Rules bySchedule(const char *text)
{
    return {RecordingMode::Schedule, settings::WeekSchedule::parse(QLatin1String(text), QTimeZone::utc()).value(), {}, {}};
}

/// Of both kinds of pictures that are n intervals after the base, the clock as well.
void moveTo(Recording &r, int n)
{
    r.clock.advance(PictureStream::arrived(n) - r.clock.now());
}

bool waitForFinished(Recording &r, std::size_t count)
{
    return r.told.waitFor([count](const Told &told) { return told.finished.size() == count; });
}

/// Until the recorder has in memory what it has of these pictures.
bool waitForHeld(Recording &r, int from, int to)
{
    PreRoll held(r.gate.preRoll());
    for (int n = from; n < to; ++n) {
        held.push(r.stream.picture(n));
        held.expire(PictureStream::arrived(n));
    }
    return QTest::qWaitFor([&] { return r.tee->readerCounts().front().queued == 0 && r.recorder->counts().preRollBytes == held.bytes(); });
}

} // namespace

class TestRecordingModes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aTriggerRecordsFromBeforeIt()
    {
        Recording r(kLong, byTrigger(2, 3));
        r.write(0, 101);
        QVERIFY(r.told.waitForGap(GapReason::NoTrigger));
        QVERIFY(r.told.told().gaps.back().from == PictureStream::captured(0));
        QVERIFY(waitForHeld(r, 0, 101));
        moveTo(r, 100);
        QVERIFY(r.gate.trigger(r.clock.now()));
        r.write(101, 200);
        QVERIFY(r.told.waitFor([](const Told &told) { return !told.finished.empty() && told.stages.back().state == StageState::Idle; }));
        const Told told = r.told.told();
        // Two seconds before picture 101 lies 61, in the group of 60; the last wanted one is 160, and 170 the next key frame.
        QVERIFY(told.finished[0].from == PictureStream::captured(60) && told.finished[0].to == PictureStream::captured(170));
        const auto stamps = test::stampsIn(r.file(told.finished[0]));
        QCOMPARE(stamps.size(), 110U);
        for (std::size_t i = 0; i < stamps.size(); ++i)
            QCOMPARE(stamps[i].sequence, 60 + i);
        QVERIFY(told.gaps.back().reason == GapReason::NoTrigger && told.gaps.back().from == PictureStream::captured(170));
        QVERIFY(told.stages.back().state == StageState::Idle && told.stages.back().reason == QLatin1String("no trigger now"));
        QVERIFY(r.asked >= 1); // for the end
    }

    void anotherTriggerProlongs()
    {
        Recording r(kLong, byTrigger(0, 3));
        r.write(0, 1);
        QVERIFY(r.told.waitForGap(GapReason::NoTrigger));
        QVERIFY(r.gate.trigger(r.clock.now()));
        r.write(1, 41);
        moveTo(r, 40);
        QVERIFY(r.gate.trigger(r.clock.now()));
        r.write(41, 140);
        QVERIFY(waitForFinished(r, 1));
        QVERIFY(r.told.told().finished[0].from == PictureStream::captured(0) && r.told.told().finished[0].to == PictureStream::captured(110));
        // What is recorded already is not recorded again, however long the pre-roll.
        QVERIFY(waitForHeld(r, 110, 140));
        moveTo(r, 140);
        QVERIFY(r.gate.trigger(r.clock.now()));
        r.write(140, 160);
        QVERIFY(r.told.waitFor([](const Told &told) { return told.opened.size() == 2; }));
        QVERIFY(r.told.told().opened[1].from == PictureStream::captured(130));
    }

    void aTriggerBehindARecordingDoublesNothing()
    {
        Recording r(kLong, byTrigger(60, 1));
        r.write(0, 1);
        QVERIFY(r.told.waitForGap(GapReason::NoTrigger));
        QVERIFY(r.gate.trigger(r.clock.now()));
        r.write(1, 50);
        QVERIFY(waitForFinished(r, 1));
        moveTo(r, 49);
        QVERIFY(r.gate.trigger(r.clock.now()));
        r.write(50, 100);
        QVERIFY(waitForFinished(r, 2));
        QVERIFY(r.told.told().finished[0].to == r.told.told().finished[1].from);
    }

    /// Of a camera that is gone by the time of the trigger, what it saw last.
    void aTriggerOfALostCameraRecordsWhatWasBefore()
    {
        Recording r(kLong, byTrigger(10, 5));
        r.write(0, 40);
        QVERIFY(r.told.waitForGap(GapReason::NoTrigger));
        QVERIFY(waitForHeld(r, 0, 40));
        moveTo(r, 80);
        QVERIFY(r.gate.trigger(r.clock.now()));
        QVERIFY(r.told.waitForGap(GapReason::SourceLost));
        QCOMPARE(r.told.told().finished.size(), 1U);
        QCOMPARE(r.told.told().finished[0].frames, 40U);
        QCOMPARE(r.recorder->counts().preRollBytes, 0U);
    }

    void whatIsTooOldIsNoPreRoll()
    {
        Recording r(kLong, byTrigger(2, 5));
        r.write(0, 40);
        QVERIFY(r.told.waitForGap(GapReason::NoTrigger));
        QVERIFY(waitForHeld(r, 0, 40));
        moveTo(r, 4000);
        QVERIFY(r.gate.trigger(r.clock.now()));
        QVERIFY(r.told.waitForGap(GapReason::SourceLost));
        QVERIFY(r.told.told().opened.empty());
    }

    void aScheduleBeginsWithinTheGroup()
    {
        Recording r(kLong, bySchedule("14:14-14:15"));
        for (int n = 780; n < 820; ++n) {
            auto late = std::make_shared<media::Packet>(*r.stream.picture(n));
            late->capture->captured += milliseconds{200}; // so that no group begins with the minute
            r.tee->write(late);
        }
        QVERIFY(r.told.waitFor([](const Told &told) { return told.opened.size() == 1; }));
        QVERIFY(r.told.told().gaps.back().reason == GapReason::NotScheduled);
        QVERIFY(r.told.told().opened[0].from == PictureStream::captured(790) + milliseconds{200});
    }

    void aScheduleEndsWithAKeyFrame()
    {
        Recording r(kLong, bySchedule("14:14-14:15"));
        for (int n = 1980; n < 2012; ++n) {
            auto late = std::make_shared<media::Packet>(*r.stream.picture(n));
            late->capture->captured += milliseconds{200};
            r.tee->write(late);
        }
        QVERIFY(waitForFinished(r, 1));
        QCOMPARE(r.told.told().finished[0].frames, 20U); // the end lies before 1996
        QVERIFY(r.told.waitForGap(GapReason::NotScheduled));
        QVERIFY(r.told.told().gaps.back().from == PictureStream::captured(2000) + milliseconds{200});
        QCOMPARE(r.asked.load(), 1);
    }

    void ofAnUnknownTimeAScheduleSaysNothing()
    {
        Recording r(kLong, bySchedule("03:00-03:01"));
        r.write(0, 20, 7, false);
        QVERIFY(r.told.waitFor([](const Told &told) { return told.opened.size() == 1; }));
        r.write(20, 41, 8, true);
        QVERIFY(r.told.waitForGap(GapReason::NotScheduled));
        QCOMPARE(r.told.told().finished.size(), 1U);
    }

    /// So that the account learns the time of a gap that began before it was known.
    void anotherRunTellsTheGapAgain()
    {
        Recording r(kLong, byTrigger(1, 1));
        r.write(0, 20, 7, false);
        QVERIFY(r.told.waitForGap(GapReason::NoTrigger));
        r.write(20, 40, 8, true);
        QVERIFY(r.told.waitFor([](const Told &told) { return told.gaps.size() == 3; }));
        QVERIFY(r.told.told().gaps.back().reason == GapReason::NoTrigger && r.told.told().gaps.back().from == PictureStream::captured(20));
    }

    void aPauseLeavesNothingBehind()
    {
        Recording r(kLong, {});
        r.write(0, 15);
        QVERIFY(r.told.waitFor([](const Told &told) { return told.opened.size() == 1; }));
        QTRY_COMPARE(r.tee->readerCounts().front().queued, 0U);
        r.gate.setPaused(true);
        r.write(15, 55);
        QVERIFY(r.told.waitForGap(GapReason::PausedByOperator));
        QVERIFY(r.told.waitFor([](const Told &told) { return told.stages.back().reason == QLatin1String("paused by an operator"); }));
        QTRY_COMPARE(r.tee->readerCounts().front().queued, 0U);
        QCOMPARE(r.recorder->counts().preRollBytes, 0U);
        QVERIFY(r.told.told().gaps.back().from == PictureStream::captured(15)); // at once
        QVERIFY(!r.gate.trigger(r.clock.now()));
        r.gate.setPaused(false);
        r.write(55, 80);
        QVERIFY(r.told.waitFor([](const Told &told) { return told.opened.size() == 2; }));
        QVERIFY(r.told.told().opened[1].from == PictureStream::captured(60));
    }

    void preRollBeginsWithAKeyFrame()
    {
        PreRoll roll(std::chrono::seconds{10});
        for (int n = 5; n < 30; ++n) // from within a group
            roll.push(test::pictures().picture(n));
        QVERIFY(!roll.empty());
        const auto packets = roll.take();
        QCOMPARE(packets.size(), 20U);
        QVERIFY(packets.front()->key && roll.empty() && roll.bytes() == 0);
    }

    void preRollIsBoundedInBytesByWholeGroups()
    {
        std::size_t group = 0;
        for (int n = 0; n < 10; ++n)
            group += test::pictures().picture(n)->data.size();
        PreRoll roll(std::chrono::seconds{3600}, group * 5 / 2);
        for (int n = 0; n < 200; ++n) {
            roll.push(test::pictures().picture(n));
            roll.expire(PictureStream::arrived(n));
            QVERIFY(roll.bytes() <= group * 5 / 2);
        }
        const auto packets = roll.take();
        QVERIFY(packets.front()->key);
        QCOMPARE(roll.dropped() + packets.size(), 200U);
        PreRoll tooSmall(std::chrono::seconds{3600}, group / 2); // not even a group
        for (int n = 0; n < 20; ++n)
            tooSmall.push(test::pictures().picture(n));
        QVERIFY(tooSmall.empty() || tooSmall.take().front()->key);
        QVERIFY(tooSmall.dropped() > 0);
    }
};

QTEST_GUILESS_MAIN(TestRecordingModes)
#include "tst_recording_modes.moc"
