// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/review/review_model.h"

#include "tests/support/manual_clock.h"
#include "tests/support/scripted_lane.h"

#include <QSignalSpy>
#include <QTest>

using namespace vedette;
using namespace vedette::review;
using namespace std::chrono;

class TestReviewModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void startsLiveAndFollows()
    {
        test::ManualClock clock;
        ReviewModel model(clock);
        QVERIFY(model.atLiveEdge());
        const double x = model.axis(1000).pixelOf(model.liveEdge());
        QVERIFY2(x > 900 && x < 1000, qPrintable(QString::number(x)));
        for (int i = 0; i < 100; ++i) {
            clock.advance(milliseconds{1234});
            model.tick();
        }
        QVERIFY(qAbs(model.axis(1000).pixelOf(model.liveEdge()) - x) < 0.01);
        QCOMPARE(model.cursor(), clock.utcNow());
    }

    void scrubbingNeverBecomesLive()
    {
        test::ManualClock clock;
        ReviewModel model(clock);
        QSignalSpy live(&model, &ReviewModel::liveWanted), seeks(&model, &ReviewModel::seekWanted);
        const UtcTime edge = clock.utcNow();
        model.setScrubbing(true);
        model.seek(edge - minutes{5});
        model.seek(edge + minutes{5}); // to the right of the edge
        model.setScrubbing(false);
        QVERIFY(!model.atLiveEdge());
        QCOMPARE(model.cursor(), edge);
        clock.advance(seconds{10});
        model.tick();
        QVERIFY(!model.atLiveEdge());
        QCOMPARE(model.cursor(), edge);
        QCOMPARE(seeks.size(), 2);
        QCOMPARE(live.size(), 0);
        model.goLive();
        QVERIFY(model.atLiveEdge());
        QCOMPARE(live.size(), 1);
    }

    void aPlayerDoesNotTearTheHeadFromAHand()
    {
        test::ManualClock clock;
        ReviewModel model(clock);
        const UtcTime hand = clock.utcNow() - minutes{5};
        model.setScrubbing(true);
        model.seek(hand);
        model.follow(hand - minutes{1}, 1000);
        QCOMPARE(model.cursor(), hand);
        model.setScrubbing(false);
        model.follow(hand + milliseconds{40}, 1000);
        QCOMPARE(model.cursor(), hand + milliseconds{40});
    }

    void theViewFollowsWhatPlays()
    {
        test::ManualClock clock;
        ReviewModel model(clock);
        const UtcTime from = clock.utcNow() - hours{3};
        model.show(from, from + minutes{1}, 1000);
        model.seek(from + seconds{50});
        for (int i = 0; i < 3000; ++i) {
            model.follow(from + seconds{50} + milliseconds{40} * i, 1000);
            QVERIFY(model.axis(1000).shows(model.cursor()));
        }
        // Who looks elsewhere stays there.
        model.show(from - hours{2}, from - hours{1}, 1000);
        const TimeAxis looked = model.axis(1000);
        model.follow(from + minutes{10}, 1000);
        QCOMPARE(model.axis(1000), looked);
        // And a view that stands still while one looks at the past of a view with the live edge in it stays.
        model.goLive();
        model.seek(clock.utcNow() - seconds{20});
        const TimeAxis still = model.axis(1000);
        clock.advance(seconds{5});
        model.tick();
        QCOMPARE(model.axis(1000), still);
    }

    void rangeHasTwoEnds()
    {
        test::ManualClock clock;
        ReviewModel model(clock);
        const UtcTime at = clock.utcNow() - minutes{20};
        QSignalSpy changed(&model, &ReviewModel::rangeChanged);
        model.setRange(ReviewModel::Range{at + seconds{5}, at});
        QCOMPARE(model.range()->first, at);
        model.setRangeStart(at + seconds{2});
        QCOMPARE(model.range()->second, at + seconds{5});
        model.setRangeStart(at + seconds{60}); // behind the end: a new range begins
        QCOMPARE(model.range()->first, at + seconds{60});
        QVERIFY(model.range()->second > at + seconds{60});
        model.setRangeEnd(at);
        QCOMPARE(model.range()->second, at);
        QVERIFY(model.range()->first < at);
        QCOMPARE(changed.size(), 4);
        model.setRange(ReviewModel::Range{at, at});
        QVERIFY(!model.range());
    }

    void lanesAreAskedSeldom()
    {
        test::ManualClock clock;
        ReviewModel model(clock);
        const UtcTime now = clock.utcNow();
        LaneContent all;
        all.spans = {{now - hours{5}, now, SpanKind::OnEdge}};
        auto *lane = new test::ScriptedLane(QStringLiteral("gate"), QStringLiteral("Gate"), all);
        std::vector<std::unique_ptr<LaneSource>> lanes;
        lanes.emplace_back(lane);
        model.setLanes(std::move(lanes));
        TimeAxis axis = model.axis(1000);
        for (int i = 0; i < 490; ++i) {
            axis = axis.panned(-1);
            QVERIFY(!model.strip(0, axis).spans().empty());
        }
        QCOMPARE(lane->asked, 1);
        const auto revision = model.revision(0);
        QSignalSpy told(&model, &ReviewModel::laneChanged);
        all.spans.front().from -= hours{1}; // late data
        lane->set(all);
        QCOMPARE(told.size(), 1);
        QVERIFY(model.revision(0) > revision);
        model.strip(0, axis);
        QCOMPARE(lane->asked, 2);
    }
};

QTEST_APPLESS_MAIN(TestReviewModel)
#include "tst_review_model.moc"
