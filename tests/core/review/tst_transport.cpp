// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/review/transport.h"

#include "core/base/compat.h"
#include "core/recordings/folder_source.h"
#include "core/recordings/library.h"
#include "core/review/camera_lane.h"
#include "tests/core/recordings/recorded_files.h"

#include <QDateTime>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::review;
using namespace std::chrono;

namespace {

const protocol::RecordingLane kGate{QStringLiteral("gate"), QStringLiteral("main")};

/// A real player and a folder with five seconds that end now.
struct Bench {
    QTemporaryDir dir;
    SystemClock clock;
    UtcTime from = floor<milliseconds>(clock.utcNow()) - seconds{5};
    recordings::Library library{clock};
    recordings::Player player{library, clock};
    ReviewModel model{clock};
    Transport transport{model, library, player};

    Bench()
    {
        const QDateTime start = QDateTime::fromMSecsSinceEpoch(toMicros(from) / 1000, compat::kUtc);
        const QString path = dir.filePath(QStringLiteral("camera-gate/%1/%2_camera-gate.mp4").arg(start.toString(QStringLiteral("yyyyMMdd")), start.toString(QStringLiteral("HHmmss"))));
        if (!test::writeSegment(path, {from, 100}))
            qFatal("file");
        std::vector<std::unique_ptr<LaneSource>> lanes;
        lanes.push_back(std::make_unique<CameraLane>(library, kGate, QStringLiteral("Gate")));
        model.setLanes(std::move(lanes));
        library.add(std::make_shared<recordings::FolderSource>(dir.path(), clock));
        player.setLanes({kGate});
    }
};

} // namespace

class TestTransport : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void playingUpToTheEdgeBecomesLive()
    {
        Bench b;
        QSignalSpy live(&b.model, &ReviewModel::liveWanted);
        b.model.seek(b.from + milliseconds{4200});
        QTRY_COMPARE_WITH_TIMEOUT(b.transport.summary().inStep, 1, 10'000);
        QVERIFY(b.player.playing());
        QVERIFY(!b.model.atLiveEdge());
        const UtcTime before = b.player.position();
        QTRY_VERIFY_WITH_TIMEOUT(b.model.atLiveEdge(), 10'000);
        QCOMPARE(live.size(), 1);
        QVERIFY(b.player.position() >= before); // nothing was sought
        QVERIFY(b.transport.summary().behind.has_value());
    }

    void pausedStaysWhereItIs()
    {
        Bench b;
        b.model.seek(b.from + seconds{2});
        QTRY_COMPARE_WITH_TIMEOUT(b.transport.summary().inStep, 1, 10'000);
        b.transport.pause();
        const UtcTime at = b.player.position();
        QTRY_COMPARE_WITH_TIMEOUT(b.model.cursor(), at, 5'000);
        QVERIFY(!b.model.atLiveEdge());
        b.transport.stepPictures(1);
        QTRY_COMPARE_WITH_TIMEOUT(b.player.position() > at && b.player.position() <= at + test::kPictureTime, true, 10'000);
        QVERIFY(!b.player.playing());
    }

    void theHeadFollowsThePlayer()
    {
        Bench b;
        b.model.seek(b.from + seconds{1});
        QTRY_VERIFY_WITH_TIMEOUT(b.model.cursor() > b.from + milliseconds{1300}, 10'000);
        b.transport.setRate(0.5);
        QVERIFY(b.player.playing());
        b.transport.jump(-milliseconds{300});
        QVERIFY(b.player.playing()); // scrubbing never stops it
        QCOMPARE(b.player.rate(), 0.5);
    }

    void nothingRecordedIsAGap()
    {
        Bench b;
        QTRY_VERIFY_WITH_TIMEOUT(!b.library.lanes().isEmpty(), 10'000);
        b.model.seek(b.from - hours{1});
        QTRY_COMPARE_WITH_TIMEOUT(b.transport.summary().lanes, 1, 5'000);
        b.transport.pause();
        b.model.seek(b.from - hours{1});
        QTRY_COMPARE_WITH_TIMEOUT(b.transport.summary().gaps, 1, 10'000);
        QCOMPARE(b.transport.summary().inStep, 0);
    }
};

QTEST_GUILESS_MAIN(TestTransport)
#include "tst_transport.moc"
