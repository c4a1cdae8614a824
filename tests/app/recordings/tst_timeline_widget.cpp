// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/timeline_card.h"
#include "app/recordings/timeline_widget.h"

#include "tests/support/manual_clock.h"
#include "tests/support/scripted_lane.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <QPainter>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

using namespace vedette;
using namespace vedette::app;
using namespace vedette::review;
using namespace std::chrono;

namespace {

constexpr int kHeads = 168, kRuler = 28;

/// 40 minutes in 1400 pixels with the live edge 94 % to the right.
struct Bench {
    test::ManualClock clock;
    ReviewModel model{clock};
    TimelineWidget widget{model, TimelineForm::Full};
    UtcTime now = clock.utcNow();

    explicit Bench(int cameras = 3)
    {
        std::vector<std::unique_ptr<LaneSource>> lanes;
        for (int i = 0; i < cameras; ++i) {
            LaneContent all;
            all.spans = {{now - hours{2}, now - minutes{20}, SpanKind::Stored},
                         {now - minutes{20}, now - minutes{15}, SpanKind::Gap},
                         {now - minutes{15}, now - minutes{8}, SpanKind::InTransit},
                         {now - minutes{8}, now, SpanKind::OnEdge}};
            lanes.push_back(std::make_unique<test::ScriptedLane>(QStringLiteral("c%1").arg(i), QStringLiteral("Camera %1").arg(i), std::move(all)));
        }
        model.setLanes(std::move(lanes));
        model.selectLane(QStringLiteral("c0"));
        model.setZone(QTimeZone::utc());
        widget.resize(kHeads + 1400, 300);
        widget.show();
        widget.setFocus();
        (void)QTest::qWaitForWindowExposed(&widget);
    }
    /// Where a moment of lane 0 is.
    QPoint at(UtcTime moment, int lane = 0) const
    {
        return {kHeads + int(widget.axis().pixelOf(moment)), kRuler + 30 * lane + 15};
    }
    QPoint ruler(UtcTime moment) const { return {kHeads + int(widget.axis().pixelOf(moment)), 8}; }
    void move(const QPoint &to, Qt::MouseButtons buttons = Qt::NoButton)
    {
        QMouseEvent event(QEvent::MouseMove, to, widget.mapToGlobal(to), Qt::NoButton, buttons, Qt::NoModifier);
        QApplication::sendEvent(&widget, &event);
    }
    void wheel(const QPoint &to, int angle)
    {
        QWheelEvent event(to, widget.mapToGlobal(to), {}, {0, angle}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QApplication::sendEvent(&widget, &event);
    }
};

} // namespace

class TestTimelineWidget : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QApplication::setFont(bodyFont(QFont()));
        QApplication::setPalette(Theme::dark().palette());
        QVERIFY(QFontInfo(QApplication::font()).pixelSize() == 13);
    }

    void wheelZoomsAboutThePointer()
    {
        Bench b;
        const QPoint point = b.at(b.now - minutes{30});
        const UtcTime under = b.widget.axis().timeAt(point.x() - kHeads);
        const TimeAxis before = b.widget.axis();
        b.wheel(point, 120);
        QVERIFY(b.widget.axis().span() < before.span());
        QCOMPARE(b.widget.axis().timeAt(point.x() - kHeads), under);
        for (int i = 0; i < 100; ++i)
            b.wheel(point, 120);
        QVERIFY(b.widget.axis().span() < milliseconds{150});
        for (int i = 0; i < 200; ++i)
            b.wheel(point, -120);
        QVERIFY(b.widget.axis().span() > days{360});
        // A touch pad turns by less than a step.
        b.model.show(before);
        for (int i = 0; i < 4; ++i)
            b.wheel(point, 30);
        const TimeAxis slow = b.widget.axis();
        b.model.show(before);
        b.wheel(point, 120);
        QCOMPARE(slow, b.widget.axis());
    }

    void dragPansAndAClickSeeks()
    {
        Bench b;
        QSignalSpy seeks(&b.model, &ReviewModel::seekWanted);
        const QPoint start = b.at(b.now - minutes{30});
        const TimeAxis before = b.widget.axis();
        QTest::mousePress(&b.widget, Qt::LeftButton, {}, start);
        b.move(start + QPoint(60, 4), Qt::LeftButton);
        b.move(start + QPoint(200, 4), Qt::LeftButton);
        QTest::mouseRelease(&b.widget, Qt::LeftButton, {}, start + QPoint(200, 4));
        QCOMPARE(b.widget.axis().left(), before.left() - before.perPixel() * 200);
        QCOMPARE(seeks.size(), 0);
        QVERIFY(b.model.atLiveEdge());

        const QPoint click = b.at(b.now - minutes{12}, 1);
        QTest::mouseClick(&b.widget, Qt::LeftButton, {}, click);
        QCOMPARE(seeks.size(), 1);
        QCOMPARE(b.model.cursor(), b.widget.axis().timeAt(click.x() - kHeads));
        QCOMPARE(b.model.selectedLane(), QStringLiteral("c1"));
        QVERIFY(!b.model.atLiveEdge());
    }

    void theRulerAndThePlayHeadScrub()
    {
        Bench b;
        QSignalSpy seeks(&b.model, &ReviewModel::seekWanted), live(&b.model, &ReviewModel::liveWanted);
        QTest::mousePress(&b.widget, Qt::LeftButton, {}, b.ruler(b.now - minutes{30}));
        QVERIFY(b.model.scrubbing());
        for (int i = 0; i < 20; ++i)
            b.move(b.ruler(b.now - minutes{30} + minutes{i}), Qt::LeftButton);
        QTest::mouseRelease(&b.widget, Qt::LeftButton, {}, b.ruler(b.now - minutes{11}));
        QCOMPARE(seeks.size(), 21);
        QVERIFY(!b.model.scrubbing());
        // By its line, from a lane, and never past now.
        const TimeAxis before = b.widget.axis();
        QTest::mousePress(&b.widget, Qt::LeftButton, {}, b.at(b.model.cursor(), 2) + QPoint(3, 0));
        QVERIFY(b.model.scrubbing());
        b.move(b.at(b.now + minutes{2}, 2), Qt::LeftButton);
        QTest::mouseRelease(&b.widget, Qt::LeftButton, {}, b.at(b.now + minutes{2}, 2));
        QCOMPARE(b.model.cursor(), b.now);
        QVERIFY(!b.model.atLiveEdge());
        QCOMPARE(live.size(), 0);
        QCOMPARE(b.widget.axis(), before);
    }

    void shiftDragSelectsAndHandlesMove()
    {
        Bench b;
        const QPoint from = b.at(b.now - minutes{30}), to = b.at(b.now - minutes{25});
        QTest::mousePress(&b.widget, Qt::LeftButton, Qt::ShiftModifier, to);
        b.move(from, Qt::LeftButton);
        QTest::mouseRelease(&b.widget, Qt::LeftButton, Qt::ShiftModifier, from);
        QVERIFY(b.model.range().has_value());
        QCOMPARE(b.model.range()->first, b.widget.axis().timeAt(from.x() - kHeads));
        QCOMPARE(b.model.range()->second, b.widget.axis().timeAt(to.x() - kHeads));
        // The handle at its end.
        const QPoint further = b.at(b.now - minutes{5});
        QTest::mousePress(&b.widget, Qt::LeftButton, {}, to);
        b.move(further, Qt::LeftButton);
        QTest::mouseRelease(&b.widget, Qt::LeftButton, {}, further);
        QCOMPARE(b.model.range()->second, b.widget.axis().timeAt(further.x() - kHeads));
        QCOMPARE(b.model.range()->first, b.widget.axis().timeAt(from.x() - kHeads));
        b.widget.showRange();
        QVERIFY(b.widget.axis().shows(b.model.range()->first) && b.widget.axis().shows(b.model.range()->second));
        QVERIFY(b.widget.axis().span() < (b.model.range()->second - b.model.range()->first) * 5 / 4);
    }

    void hoverShowsWhatIsThere()
    {
        Bench b;
        QSignalSpy pictures(&b.widget, &TimelineWidget::thumbnailWanted);
        b.move(b.at(b.now - minutes{17}));
        QVERIFY(b.widget.card());
        QCOMPARE(b.widget.card()->words().title, QStringLiteral("No recording for 5 min"));
        QCOMPARE(b.widget.card()->words().why, QStringLiteral("The camera was not there."));
        QVERIFY(b.widget.card()->words().where.startsWith(QStringLiteral("Camera 0, ")));
        QCOMPARE(pictures.size(), 0);

        b.move(b.at(b.now - minutes{30}, 2));
        QCOMPARE(b.widget.card()->words().title, QStringLiteral("Stored"));
        QCOMPARE(b.widget.card()->words().why, QStringLiteral("agent pi-gate"));
        QCOMPARE(pictures.size(), 1);
        QCOMPARE(pictures.front().at(0).toString(), QStringLiteral("c2"));
        const auto at = pictures.front().at(1).value<UtcTime>();
        QImage image(64, 36, QImage::Format_RGB32);
        image.fill(Qt::red);
        b.widget.setThumbnail(QStringLiteral("c2"), at - seconds{9}, image, {}); // an old one comes late
        QVERIFY(b.widget.card()->thumbnail().isNull());
        b.widget.setThumbnail(QStringLiteral("c2"), at, image, {});
        QCOMPARE(b.widget.card()->thumbnail(), image);

        b.move(b.at(b.now + minutes{1})); // nothing is known of the future
        QVERIFY(!b.widget.card());
    }

    void fillsAreWhereTheirTimeIs()
    {
        Bench b;
        b.model.seek(b.now - minutes{36});
        const QImage image = b.widget.grab().toImage();
        const auto part = [&](minutes ago, double down) {
            const QPoint p = b.at(b.now - ago);
            return image.pixelColor(p.x(), kRuler + 6 + int(18 * down));
        };
        const Theme &theme = Theme::dark();
        QCOMPARE(part(minutes{30}, 0.2), theme.color(Token::Stored));
        QCOMPARE(part(minutes{30}, 0.9), theme.color(Token::Stored));
        QCOMPARE(part(minutes{17}, 0.2), theme.color(Token::Panel)); // a gap is empty but for its line
        QCOMPARE(part(minutes{3}, 0.9), theme.color(Token::OnEdge));
        QCOMPARE(part(minutes{3}, 0.25), theme.color(Token::Panel));
        // The live edge, and nothing behind it.
        const int edge = kHeads + int(b.widget.axis().pixelOf(b.now));
        QCOMPARE(image.pixelColor(edge, 200), theme.color(Token::Live));
        QCOMPARE(image.pixelColor(edge + 20, kRuler + 15), theme.color(Token::Window));
    }

    void playingDrawsOnlyThePlayHead()
    {
        Bench b;
        b.model.seek(b.now - minutes{30});
        TimelinePainter painter(b.model);
        TimelinePainter::Look look;
        look.size = b.widget.size();
        look.font = b.widget.font();
        look.layout = layOutTimeline(TimelineForm::Full, look.size, look.font, b.model, 0);
        QImage image(look.size, QImage::Format_RGB32);
        QPainter on(&image);
        for (int i = 0; i < 100; ++i) {
            b.model.follow(b.now - minutes{30} + seconds{i}, 1400);
            painter.paint(on, painter.headRect(look), look);
        }
        QCOMPARE(painter.drawnAnew(), 1U);
        b.model.show(b.model.axis(1400).panned(1));
        painter.paint(on, painter.headRect(look), look);
        QCOMPARE(painter.drawnAnew(), 2U);
    }

    void manyCamerasShrinkThenScroll()
    {
        Bench b(8);
        auto heights = [&b](int index) {
            return layOutTimeline(TimelineForm::Full, b.widget.size(), b.widget.font(), b.model, 0).rows.at(std::size_t(index)).rect.height();
        };
        QCOMPARE(heights(0), 30);
        Bench many(16);
        const auto layout = layOutTimeline(TimelineForm::Full, many.widget.size(), many.widget.font(), many.model, 0);
        QCOMPARE(layout.rows.front().rect.height(), 18);
        QCOMPARE(layout.scrollMost, 16 * 18 - (300 - 28 - 38));
        const auto scrolled = layOutTimeline(TimelineForm::Full, many.widget.size(), many.widget.font(), many.model, 10'000);
        QCOMPARE(scrolled.rows.back().lane, 15);
        QCOMPARE(scrolled.rows.back().rect.bottom(), scrolled.lanes.bottom());
    }

    void theStripShowsTheSelectedAndAll()
    {
        Bench b(5);
        b.model.selectLane(QStringLiteral("c3"));
        const auto layout = layOutTimeline(TimelineForm::Strip, {1400, 124}, b.widget.font(), b.model, 0);
        QCOMPARE(layout.rows.size(), 2U);
        QCOMPARE(layout.rows[0].lane, 3);
        QCOMPARE(layout.rows[1].lane, TimelineLayout::kAllLanes);
        QCOMPARE(layOutTimeline(TimelineForm::Strip, {1400, 60}, b.widget.font(), b.model, 0).rows.size(), 1U);
        // The same view value: what one shows, the other shows.
        TimelineWidget strip(b.model, TimelineForm::Strip);
        strip.resize(900, 124);
        strip.show();
        b.wheel(b.at(b.now - minutes{10}), 240);
        QCOMPARE(strip.axis().centre(), b.widget.axis().centre());
        QVERIFY(abs(strip.axis().span() - b.widget.axis().span()) < milliseconds{5});
    }

    void menuSaysWhatCanBeDone()
    {
        Bench b;
        const std::unique_ptr<QMenu> menu(b.widget.makeMenu(b.at(b.now - minutes{17})));
        QHash<QString, QAction *> actions;
        for (QAction *action : menu->actions())
            actions.insert(action->text().section(u'\t', 0, 0).section(QStringLiteral(" ("), 0, 0), action);
        QVERIFY(menu->actions().size() <= 9);
        for (const char *text : {"Play here", "Bookmark…", "Start range", "End range", "Copy time", "Explain this gap"})
            QVERIFY2(actions.contains(QString::fromUtf8(text)) && actions[QString::fromUtf8(text)]->isEnabled(), text);
        QVERIFY(!actions[QStringLiteral("Protect range…")]->isEnabled());
        actions[QStringLiteral("Explain this gap")]->trigger();
        QCOMPARE(b.widget.card()->words().why, QStringLiteral("The camera was not there."));
        QTest::keyClick(&b.widget, Qt::Key_Escape);
        QVERIFY(!b.widget.card());
        QSignalSpy plays(&b.widget, &TimelineWidget::playWanted);
        actions[QStringLiteral("Play here")]->trigger();
        QCOMPARE(plays.size(), 1);
        QVERIFY(abs(b.model.cursor() - (b.now - minutes{17})) < seconds{3});
        actions[QStringLiteral("Copy time")]->trigger();
        QVERIFY(QDateTime::fromString(QApplication::clipboard()->text(), Qt::ISODateWithMs).isValid());
        actions[QStringLiteral("Start range")]->trigger();
        QVERIFY(b.model.range().has_value());
    }

    void marksTellTheirWords()
    {
        Bench b(1);
        LaneContent all;
        all.spans = {{b.now - hours{2}, b.now, SpanKind::Stored}};
        all.marks = {{QStringLiteral("7"), LaneMark::Kind::Bookmark, b.now - minutes{10}, {}, QStringLiteral("Forklift")},
                     {QStringLiteral("8"), LaneMark::Kind::Protection, b.now - minutes{30}, b.now - minutes{20}, QStringLiteral("Accident")}};
        static_cast<test::ScriptedLane &>(b.model.lane(0)).set(all);
        const QPoint flag = b.at(b.now - minutes{10}) + QPoint(3, 0);
        b.move(flag);
        QCOMPARE(b.widget.card()->words().more, QStringLiteral("Bookmark: Forklift"));
        QTest::mouseClick(&b.widget, Qt::LeftButton, {}, flag);
        QCOMPARE(b.model.cursor(), b.now - minutes{10}); // the moment itself
        QCOMPARE(b.widget.bookmarkAtHead()->id, QStringLiteral("7"));
        b.move(b.at(b.now - minutes{25}));
        QCOMPARE(b.widget.card()->words().more, QStringLiteral("Protected: Accident"));
        QSignalSpy lifted(&b.widget, &TimelineWidget::unprotectWanted);
        const std::unique_ptr<QMenu> menu(b.widget.makeMenu(b.at(b.now - minutes{25})));
        for (QAction *action : menu->actions()) {
            if (action->text() == QStringLiteral("Lift protection"))
                action->trigger();
        }
        QCOMPARE(lifted.size(), 1);
        QCOMPARE(lifted.front().at(1).toString(), QStringLiteral("8"));
    }

    void screenReadersSeeASlider()
    {
        Bench b;
        b.model.seek(b.now - minutes{30});
        QAccessibleInterface *seen = QAccessible::queryAccessibleInterface(&b.widget);
        QVERIFY(seen);
        QCOMPARE(seen->role(), QAccessible::Slider);
        QCOMPARE(seen->text(QAccessible::Name), QStringLiteral("Time line"));
        QVERIFY(seen->text(QAccessible::Value).contains(QLatin1Char(':')));
        QAccessibleValueInterface *value = seen->valueInterface();
        QVERIFY(value);
        QCOMPARE(value->currentValue().toDouble(), double(toMicros(b.model.cursor())) / 1e6);
        value->setCurrentValue(double(toMicros(b.now - minutes{10})) / 1e6);
        QVERIFY(abs(b.model.cursor() - (b.now - minutes{10})) < milliseconds{1});
        QVERIFY(value->minimumValue().toDouble() < value->maximumValue().toDouble());
    }

    void nothingToShowIsNoFault()
    {
        Bench b(0);
        b.move({kHeads + 300, 100});
        b.wheel({kHeads + 300, 100}, 120);
        QTest::mouseClick(&b.widget, Qt::LeftButton, {}, {kHeads + 300, 100});
        b.widget.resize(1, 1);
        b.widget.grab();
        b.widget.resize(40, 2000);
        QVERIFY(!b.widget.grab().isNull());
    }
};

QTEST_MAIN(TestTimelineWidget)
#include "tst_timeline_widget.moc"
