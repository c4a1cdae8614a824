// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/tile_state.h"
#include "tests/core/live/viewer.h"
#include "tests/core/media/media_fixture.h"

#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::live;
using namespace vedette::test;

/// Real films, played in real time, as a tile sees them.
class tst_Unchanged : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aStillSceneThatMovesAgain();
    void aMovingSceneIsNeverUnchanged();
};

void tst_Unchanged::aStillSceneThatMovesAgain()
{
    QTemporaryDir dir;
    const QString film = dir.filePath(QStringLiteral("film.mkv"));
    QVERIFY(makeClip(QStringLiteral("-f lavfi -i smptebars=size=320x240:rate=20:duration=7 -f lavfi -i testsrc2=size=320x240:rate=20:duration=3 "
                                    "-filter_complex [0:v][1:v]concat=n=2:v=1 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -g 20"), film));
    Viewer viewer;
    viewer.watch({film});
    TileCondition tile;
    QList<TileState> states;
    const auto next = [&] {
        tile = nextTileCondition(tile, viewer.receiver.state(), viewer.clock.now());
        if (states.isEmpty() || states.last() != tile.state)
            states << tile.state;
        return tile.state;
    };
    QTRY_COMPARE_WITH_TIMEOUT(next(), TileState::Unchanged, 10'000);
    const ReceiverState still = viewer.receiver.state();
    QVERIFY(still.lastNewCapture - still.unchangedSince >= kUnchangedAfter);
    QCOMPARE(tile.since, still.unchangedSince);
    QTRY_COMPARE_WITH_TIMEOUT(next(), TileState::Live, 10'000);
    QCOMPARE(states, (QList<TileState>{TileState::Connecting, TileState::Live, TileState::Unchanged, TileState::Live}));
    QCOMPARE(viewer.receiver.stats().connects, std::uint64_t{1}); // not started again for it
}

void tst_Unchanged::aMovingSceneIsNeverUnchanged()
{
    QTemporaryDir dir;
    const QString film = dir.filePath(QStringLiteral("film.mkv"));
    QVERIFY(makeClip(QStringLiteral("-f lavfi -i testsrc2=size=320x240:rate=20:duration=3 -pix_fmt yuv420p -c:v libx264 -preset ultrafast"), film));
    Viewer viewer;
    viewer.watch({film});
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.stats().decoded >= 50, 10'000);
    const ReceiverState state = viewer.receiver.state();
    QVERIFY(state.lastNewCapture - state.unchangedSince < milliseconds{500});
}

QTEST_GUILESS_MAIN(tst_Unchanged)
#include "tst_unchanged.moc"
