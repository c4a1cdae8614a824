// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/tile_state.h"

#include <QTest>

using namespace vedette;
using namespace vedette::live;
using protocol::StageState;

namespace {

constexpr MonoTime kNow = monoFromMicros(1'000'000'000);
constexpr MonoTime kBefore = monoFromMicros(900'000'000);

} // namespace

Q_DECLARE_METATYPE(vedette::live::TileState)
Q_DECLARE_METATYPE(vedette::protocol::StageState)

class tst_TileState : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void limitOfStaleness_data();
    void limitOfStaleness();
    void withoutAnyPicture_data();
    void withoutAnyPicture();
    void withPictures_data();
    void withPictures();
    void aLife();
    void packetsWithoutNewCaptureTimesAreStale();
    void samePicturesAreUnchangedAndLive();
    void aSinglePictureIsNeverLive();
};

void tst_TileState::limitOfStaleness_data()
{
    QTest::addColumn<int>("interval");
    QTest::addColumn<int>("limit");
    QTest::newRow("unknown") << 0 << 2000;
    QTest::newRow("50 frames/s") << 20 << 2000;
    QTest::newRow("2 s is still the larger") << 666 << 2000;
    QTest::newRow("1 frame/s") << 1000 << 3000;
    QTest::newRow("1 frame in 20 s") << 20'000 << 60'000;
}

void tst_TileState::limitOfStaleness()
{
    QFETCH(int, interval);
    QFETCH(int, limit);
    QCOMPARE(staleAfter(milliseconds{interval}), milliseconds{limit});
}

void tst_TileState::withoutAnyPicture_data()
{
    QTest::addColumn<TileState>("current");
    QTest::addColumn<StageState>("stage");
    QTest::addColumn<TileState>("next");
    using enum TileState;
    const std::pair<const char *, StageState> stages[]{{"idle", StageState::Idle}, {"starting", StageState::Starting},
                                                       {"running", StageState::Running}, {"waiting", StageState::Waiting},
                                                       {"stopped", StageState::Stopped}};
    const std::pair<const char *, TileState> states[]{{"connecting", Connecting}, {"live", Live}, {"stale", Stale}, {"offline", Offline}};
    for (const auto &[stateName, state] : states) {
        for (const auto &[stageName, stage] : stages) {
            const bool gaveUp = stage == StageState::Waiting || stage == StageState::Stopped;
            const bool stays = state == Offline && stage != StageState::Idle;
            QTest::addRow("%s, %s", stateName, stageName) << state << stage << (gaveUp || stays ? Offline : Connecting);
        }
    }
}

void tst_TileState::withoutAnyPicture()
{
    QFETCH(TileState, current);
    QFETCH(StageState, stage);
    QFETCH(TileState, next);
    ReceiverState receiver;
    receiver.stage = stage;
    const TileCondition condition = nextTileCondition({current, kBefore}, receiver, kNow);
    QCOMPARE(condition.state, next);
    QCOMPARE(condition.since, current == next ? kBefore : kNow);
}

void tst_TileState::withPictures_data()
{
    QTest::addColumn<int>("interval");
    QTest::addColumn<int>("ageMs");
    QTest::addColumn<TileState>("next");
    using enum TileState;
    QTest::newRow("just now") << 50 << 0 << Live;
    QTest::newRow("at the limit") << 50 << 2000 << Live;
    QTest::newRow("past it") << 50 << 2001 << Stale;
    QTest::newRow("a slow stream, between pictures") << 5000 << 14'999 << Live;
    QTest::newRow("a slow stream, past it") << 5000 << 15'001 << Stale;
    QTest::newRow("a minute") << 50 << 60'000 << Stale;
    QTest::newRow("more") << 50 << 60'001 << Offline;
    QTest::newRow("a very slow stream is live when a minute old") << 30'000 << 61'000 << Live;
}

void tst_TileState::withPictures()
{
    QFETCH(int, interval);
    QFETCH(int, ageMs);
    QFETCH(TileState, next);
    using enum TileState;
    for (const StageState stage : {StageState::Idle, StageState::Starting, StageState::Running, StageState::Waiting, StageState::Stopped}) {
        for (const TileState current : {Connecting, Live, Stale, Offline}) {
            ReceiverState receiver;
            receiver.stage = stage; // whether packets come says nothing about the picture
            receiver.frameInterval = milliseconds{interval};
            receiver.lastNewCapture = kNow - milliseconds{ageMs};
            const TileCondition condition = nextTileCondition({current, kBefore}, receiver, kNow);
            QCOMPARE(condition.state, next);
            if (next == Live)
                QCOMPARE(condition.since, current == Live ? kBefore : kNow);
            else
                QCOMPARE(condition.since, receiver.lastNewCapture);
        }
    }
}

void tst_TileState::aLife()
{
    ReceiverState receiver;
    TileCondition tile;
    const auto at = [&](int ms) {
        tile = nextTileCondition(tile, receiver, kNow + milliseconds{ms});
        return tile.state;
    };
    receiver.stage = StageState::Starting;
    QCOMPARE(at(0), TileState::Connecting);
    QCOMPARE(tile.since, kNow);
    receiver.stage = StageState::Running;
    receiver.lastNewCapture = kNow + milliseconds{300};
    QCOMPARE(at(310), TileState::Live);
    QCOMPARE(at(1000), TileState::Live);
    QCOMPARE(tile.since, kNow + milliseconds{310});
    receiver.stage = StageState::Waiting;
    QCOMPARE(at(2300), TileState::Live);
    QCOMPARE(at(2301), TileState::Stale);
    QCOMPARE(tile.since, kNow + milliseconds{300});
    receiver.lastNewCapture = kNow + milliseconds{9000};
    QCOMPARE(at(9010), TileState::Live);
    QCOMPARE(at(69'010), TileState::Offline);
    receiver.lastNewCapture = kNow + milliseconds{70'000};
    QCOMPARE(at(70'000), TileState::Live);
}

void tst_TileState::packetsWithoutNewCaptureTimesAreStale()
{
    ReceiverState receiver;
    receiver.stage = StageState::Running; // packets come and decode
    receiver.lastNewCapture = kNow;
    TileCondition tile{TileState::Live, kBefore};
    tile = nextTileCondition(tile, receiver, kNow + milliseconds{2500});
    QCOMPARE(tile.state, TileState::Stale);
    QCOMPARE(tile.since, kNow);
}

void tst_TileState::samePicturesAreUnchangedAndLive()
{
    ReceiverState receiver;
    receiver.stage = StageState::Running;
    receiver.unchangedSince = kNow;
    TileCondition tile{TileState::Live, kBefore};
    for (int ms = 0; ms < 60'000; ms += 50) {
        const MonoTime now = kNow + milliseconds{ms};
        receiver.lastNewCapture = now;
        tile = nextTileCondition(tile, receiver, now);
        QVERIFY(isLive(tile.state));
        QCOMPARE(tile.state, ms < 5000 ? TileState::Live : TileState::Unchanged);
        QCOMPARE(tile.since, ms < 5000 ? kBefore : kNow);
    }
    // A stream that stops is stale, however still it stood.
    const MonoTime last = receiver.lastNewCapture;
    tile = nextTileCondition(tile, receiver, last + milliseconds{2500});
    QCOMPARE(tile.state, TileState::Stale);
    QCOMPARE(tile.since, last);
    receiver.lastNewCapture = receiver.unchangedSince = last + milliseconds{3000};
    tile = nextTileCondition(tile, receiver, receiver.lastNewCapture);
    QCOMPARE(tile.state, TileState::Live);
    QVERIFY(!isLive(TileState::Connecting) && !isLive(TileState::Stale) && !isLive(TileState::Offline));
}

void tst_TileState::aSinglePictureIsNeverLive()
{
    for (const TileState current : {TileState::Connecting, TileState::Live, TileState::Stale, TileState::Offline}) {
        ReceiverState receiver;
        receiver.stage = StageState::Running;
        receiver.snapshot = true;
        receiver.frameInterval = milliseconds{3000};
        receiver.lastNewCapture = kNow - milliseconds{100};
        TileCondition tile = nextTileCondition({current, kBefore}, receiver, kNow);
        QCOMPARE(tile.state, TileState::Stale);
        QCOMPARE(tile.since, receiver.lastNewCapture);
        // Neither while something better is tried that has given no picture.
        receiver.stage = StageState::Starting;
        receiver.path.kind = PathKind::Relay;
        QCOMPARE(nextTileCondition(tile, receiver, kNow).state, TileState::Stale);
        QCOMPARE(nextTileCondition(tile, receiver, kNow + milliseconds{60'000}).state, TileState::Offline);
        receiver.snapshot = false;
        QCOMPARE(nextTileCondition(tile, receiver, kNow).state, TileState::Live);
    }
}

QTEST_GUILESS_MAIN(tst_TileState)
#include "tst_tile_state.moc"
