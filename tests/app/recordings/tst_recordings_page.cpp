// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/recordings_page.h"

#include "app/recordings/go_to_popup.h"
#include "app/recordings/note_popup.h"
#include "app/recordings/timeline_card.h"
#include "app/recordings/timeline_widget.h"
#include "app/recordings/transport_bar.h"
#include "app/widgets/theme.h"
#include "core/recordings/folder_source.h"
#include "core/recordings/library.h"
#include "tests/core/recordings/recorded_files.h"
#include "tests/support/manual_clock.h"

#include <QAction>
#include <QApplication>
#include <QCalendarWidget>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::app;
using namespace std::chrono;

namespace {

constexpr UtcTime kZero{seconds{1'795'270'500}}; // 2026-11-21T14:15:00Z, a Saturday

/// A folder with files of two cameras, and ten minutes later somebody who looks at it.
struct Bench {
    QTemporaryDir dir;
    test::ManualClock clock;
    std::unique_ptr<recordings::Library> library;
    std::unique_ptr<recordings::Player> player;
    std::unique_ptr<review::ReviewModel> model;
    std::unique_ptr<RecordingsPage> page;

    explicit Bench(bool files = true, bool source = true)
    {
        clock.stepUtc(kZero + minutes{10} - clock.utcNow());
        const auto write = [this](const char *name, UtcTime from, int pictures) {
            const QString path = dir.filePath(QLatin1String(name));
            return test::writeSegment(path, {from, pictures}) && test::makeOld(path);
        };
        if (files && !(write("camera-gate/20261121/141500_camera-gate.mp4", kZero, 100)
                       && write("camera-gate/20261121/141510_camera-gate.mp4", kZero + seconds{10}, 100)
                       && write("camera-yard/20261121/141500_camera-yard.mp4", kZero, 100)
                       && write("camera-yard/20261121/141500_camera-yard_sub.mp4", kZero, 20)))
            qFatal("files");
        library = std::make_unique<recordings::Library>(clock);
        player = std::make_unique<recordings::Player>(*library, clock);
        model = std::make_unique<review::ReviewModel>(clock);
        model->setZone(QTimeZone::utc());
        page = std::make_unique<RecordingsPage>(*library, *player, *model, new QWidget);
        QObject::connect(page.get(), &RecordingsPage::lanesChanged, page.get(), [this] {
            QList<protocol::RecordingLane> lanes;
            for (const RecordingsPage::PageLane &each : page->lanes())
                lanes << each.lane;
            player->setLanes(lanes);
        });
        page->resize(1280, 720);
        page->show();
        (void)QTest::qWaitForWindowExposed(page.get());
        if (source)
            library->add(std::make_shared<recordings::FolderSource>(dir.path(), clock));
    }
    bool ready()
    {
        const auto recorded = [this] {
            return page->lanes().size() == 2 && model->strip(0, model->axis(1000)).coverage(kZero, kZero + seconds{5}) == 1.0;
        };
        return QTest::qWaitFor(recorded, 10'000);
    }
    void key(const QString &text)
    {
        for (QAction *action : page->keyActions()) {
            if (action->text() == text)
                return action->trigger();
        }
        qFatal("no key %s", qPrintable(text));
    }
    template <typename T>
    T *child(const char *name = nullptr) const
    {
        return page->findChild<T *>(name ? QLatin1String(name) : QString());
    }
};

} // namespace

class TestRecordingsPage : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QApplication::setFont(bodyFont(QFont()));
        QApplication::setPalette(Theme::dark().palette());
        qApp->setStyleSheet(Theme::dark().styleSheet(1));
    }

    void aLaneForEachCamera()
    {
        Bench b;
        QVERIFY(b.ready());
        QCOMPARE(b.page->lanes().at(0).lane, (protocol::RecordingLane{QStringLiteral("gate"), QStringLiteral("main")}));
        QCOMPARE(b.page->lanes().at(1).lane.stream, QStringLiteral("main"));
        QCOMPARE(b.model->selectedLane(), QStringLiteral("gate/main"));
        // Between two files is a gap, from the end of the one to the start of the other.
        const auto detail = b.model->lane(0).detail(kZero + seconds{7});
        QVERIFY(detail);
        QVERIFY(detail->kind == review::SpanKind::Gap);
        QCOMPARE(detail->from, kZero + seconds{5});
        QCOMPARE(detail->to, kZero + seconds{10});
    }

    void seekingAndLive()
    {
        Bench b;
        QVERIFY(b.ready());
        QVERIFY(b.model->atLiveEdge());
        b.model->seek(kZero + seconds{2});
        QCOMPARE(b.player->position(), kZero + seconds{2});
        QVERIFY(b.player->playing()); // it moved before, so it goes on
        b.page->transport().pause();
        b.model->seek(kZero + seconds{3});
        QVERIFY(!b.player->playing());
        b.key(QStringLiteral("Back 1 s"));
        QCOMPARE(b.player->position(), kZero + seconds{2});
        b.key(QStringLiteral("Play, pause"));
        b.key(QStringLiteral("Forward 5 s"));
        QVERIFY(b.player->playing()); // scrubbing never stops it
        b.key(QStringLiteral("Live edge"));
        QVERIFY(b.model->atLiveEdge());
        QVERIFY(b.clock.utcNow() - b.player->position() <= seconds{2});
        QCOMPARE(b.player->rate(), 1.0);
        b.key(QStringLiteral("Pause"));
        QVERIFY(!b.model->atLiveEdge());
        QVERIFY(!b.player->playing());
    }

    void restsWhileNobodyLooks()
    {
        Bench b;
        QVERIFY(b.ready());
        QVERIFY(b.player->playing()); // at the live edge from the start
        b.page->hide();
        QVERIFY(!b.player->playing());
        QVERIFY(b.model->atLiveEdge());
        b.clock.advance(minutes{1});
        b.page->show();
        QVERIFY(b.player->playing());
        QVERIFY(b.clock.utcNow() - b.player->position() <= seconds{2});
        b.page->transport().pause();
        b.page->hide();
        b.page->show();
        QVERIFY(!b.player->playing()); // as it was left
    }

    void shuttle()
    {
        Bench b;
        QVERIFY(b.ready());
        b.model->seek(kZero + seconds{2});
        b.page->transport().pause();
        b.key(QStringLiteral("Faster"));
        QCOMPARE(b.player->rate(), 1.0);
        b.key(QStringLiteral("Faster"));
        b.key(QStringLiteral("Faster"));
        QCOMPARE(b.player->rate(), 4.0);
        b.key(QStringLiteral("Pause"));
        b.key(QStringLiteral("Slower, then backward"));
        QCOMPARE(b.player->rate(), -1.0);
        b.key(QStringLiteral("Slower, then backward"));
        QCOMPARE(b.player->rate(), -2.0);
        for (int i = 0; i < 20; ++i)
            b.page->transport().shuttle(1);
        QCOMPARE(b.player->rate(), 32.0);
        for (int i = 0; i < 20; ++i)
            b.page->transport().shuttle(-1);
        QCOMPARE(b.player->rate(), -16.0);
    }

    void emptyStates()
    {
        Bench nothing(false, false);
        QTRY_COMPARE(nothing.page->emptySentence(), QStringLiteral("There is no source of recordings yet."));
        QSignalSpy folder(nothing.page.get(), &RecordingsPage::openFolderWanted);
        for (QPushButton *button : nothing.page->findChildren<QPushButton *>()) {
            if (button->text() == QStringLiteral("Open a folder…"))
                button->click();
        }
        QCOMPARE(folder.size(), 1);
        Bench none(false);
        QTRY_COMPARE(none.page->emptySentence(), QStringLiteral("Nothing has been recorded by folder %1.").arg(none.dir.path()));

        Bench b;
        QVERIFY(b.ready());
        QTRY_VERIFY(b.page->emptySentence().isEmpty());
        b.model->seek(kZero - days{38});
        b.page->transport().pause();
        QTRY_COMPARE(b.page->emptySentence(), QStringLiteral("No recording on 14 October. Nearest: 21 November 14:15."));
        b.model->seek(kZero + minutes{5});
        QTRY_COMPARE(b.page->emptySentence(), QStringLiteral("No recording at 14:20:00. Nearest: 14:15:14."));
        for (QPushButton *button : b.page->findChildren<QPushButton *>()) {
            if (button->text() == QStringLiteral("Go to 14:15:14"))
                button->click();
        }
        QCOMPARE(b.model->cursor(), kZero + seconds{14});
        QTRY_VERIFY(b.page->emptySentence().isEmpty());
    }

    void gapsAndMarks()
    {
        Bench b;
        QVERIFY(b.ready());
        b.model->seek(kZero + seconds{2});
        b.key(QStringLiteral("Next gap"));
        QCOMPARE(b.model->cursor(), kZero + seconds{5});
        b.page->setMarks(QStringLiteral("yard"), {{QStringLiteral("1"), review::LaneMark::Kind::Bookmark, kZero + seconds{3}, {}, QStringLiteral("Van")},
                                                  {QStringLiteral("2"), review::LaneMark::Kind::Bookmark, kZero + seconds{4}, {}, {}}});
        b.key(QStringLiteral("Previous bookmark or event"));
        QCOMPARE(b.model->cursor(), kZero + seconds{4});
        b.key(QStringLiteral("Previous bookmark or event"));
        QCOMPARE(b.model->cursor(), kZero + seconds{3});
        b.key(QStringLiteral("Previous bookmark or event"));
        QCOMPARE(b.model->cursor(), kZero + seconds{3});
        b.key(QStringLiteral("Next bookmark or event"));
        QCOMPARE(b.model->cursor(), kZero + seconds{4});
        QSignalSpy removals(b.page.get(), &RecordingsPage::removeBookmarkWanted);
        b.model->show(kZero, kZero + seconds{20}, 1000);
        b.key(QStringLiteral("Remove the bookmark")); // of gate, which has none
        QCOMPARE(removals.size(), 0);
        b.model->selectLane(QStringLiteral("yard/main"));
        b.key(QStringLiteral("Remove the bookmark"));
        QCOMPARE(removals.size(), 1);
        QCOMPARE(removals.front(), (QVariantList{QStringLiteral("yard"), QStringLiteral("2")}));
    }

    void goTo()
    {
        Bench b;
        QVERIFY(b.ready());
        b.key(QStringLiteral("Go to a time"));
        auto *popup = b.child<GoToPopup>();
        QVERIFY(popup->isVisible());
        auto *field = popup->findChild<QLineEdit *>();
        field->setText(QStringLiteral("half past"));
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(popup->isVisible()); // with the reason
        field->setText(QStringLiteral("14:15:03.5"));
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(!popup->isVisible());
        QCOMPARE(b.model->cursor(), kZero + milliseconds{3500});
        QVERIFY(b.page->timeline().axis().shows(b.model->cursor()));
        QVERIFY(b.player->playing());
        // Where nothing is recorded one is told so, and not taken to where something is.
        b.key(QStringLiteral("Go to a time"));
        field->setText(QStringLiteral("14:18"));
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(!b.player->playing());
        QCOMPARE(b.model->cursor(), kZero + minutes{3});
        QTRY_COMPARE(b.page->emptySentence(), QStringLiteral("No recording at 14:18:00. Nearest: 14:15:14."));
        // Days with recordings are marked.
        b.key(QStringLiteral("Go to a time"));
        QSet<QDate> days;
        QTRY_VERIFY((days = b.library->daysWith({b.page->lanes().at(0).lane}, popup->firstShown(), popup->lastShown(), QTimeZone::utc())).contains(QDate(2026, 11, 21)));
        QCOMPARE(days.size(), 1);
    }

    void bookmarkAndProtectLeaveByTheirSignals()
    {
        Bench b;
        QVERIFY(b.ready());
        QSignalSpy bookmarks(b.page.get(), &RecordingsPage::bookmarkWanted), protections(b.page.get(), &RecordingsPage::protectWanted);
        b.model->seek(kZero + seconds{2});
        b.page->transport().pause();
        b.key(QStringLiteral("Bookmark"));
        auto *popup = b.child<NotePopup>();
        popup->findChild<QLineEdit *>()->setText(QStringLiteral("Forklift"));
        QTest::keyClick(popup->findChild<QLineEdit *>(), Qt::Key_Return);
        QCOMPARE(bookmarks.size(), 1);
        QCOMPARE(bookmarks.front().at(0).toStringList(), QStringList{QStringLiteral("gate")});
        QCOMPARE(bookmarks.front().at(1).value<UtcTime>(), kZero + seconds{2});
        QCOMPARE(bookmarks.front().at(2).toString(), QStringLiteral("Forklift"));

        auto *bar = b.child<TransportBar>();
        QTRY_VERIFY(!bar->protectButton()->isEnabled());
        b.model->setRange(review::ReviewModel::Range{kZero, kZero + seconds{4}});
        QTRY_VERIFY(bar->protectButton()->isEnabled());
        qobject_cast<QPushButton *>(bar->protectButton())->click();
        QTest::keyClick(popup->findChild<QLineEdit *>(), Qt::Key_Return);
        QCOMPARE(protections.size(), 0); // a reason is needed
        QVERIFY(popup->isVisible());
        popup->findChild<QLineEdit *>()->setText(QStringLiteral("Accident"));
        const auto boxes = popup->findChildren<QComboBox *>();
        QCOMPARE(boxes.size(), 2);
        boxes.at(0)->setCurrentIndex(1);
        boxes.at(1)->setCurrentIndex(1);
        QTest::keyClick(popup->findChild<QLineEdit *>(), Qt::Key_Return);
        QCOMPARE(protections.size(), 1);
        QCOMPARE(protections.front().at(0).toStringList(), (QStringList{QStringLiteral("gate"), QStringLiteral("yard")}));
        QCOMPARE(protections.front().at(3).toString(), QStringLiteral("Accident"));
        QCOMPARE(protections.front().at(4).toInt(), 30);
    }

    void aRealPictureUnderThePointer()
    {
        Bench b;
        QVERIFY(b.ready());
        TimelineWidget &timeline = b.page->timeline();
        b.model->show(kZero - seconds{5}, kZero + seconds{20}, timeline.axis().width());
        const int x = timeline.width() - timeline.axis().width() + int(timeline.axis().pixelOf(kZero + seconds{2}));
        const QPoint point(x, 28 + 15);
        QMouseEvent event(QEvent::MouseMove, point, timeline.mapToGlobal(point), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
        QApplication::sendEvent(&timeline, &event);
        QVERIFY(timeline.card());
        QTRY_VERIFY_WITH_TIMEOUT(!timeline.card()->thumbnail().isNull(), 10'000);
        QCOMPARE(timeline.card()->thumbnail().size(), QSize(160, 96));
    }

    void loopWantsARange()
    {
        Bench b;
        QVERIFY(b.ready());
        b.key(QStringLiteral("Loop the range"));
        QVERIFY(!b.player->loop());
        b.model->setRange(review::ReviewModel::Range{kZero + seconds{1}, kZero + seconds{4}});
        b.key(QStringLiteral("Loop the range"));
        QVERIFY(b.player->loop().has_value());
        QCOMPARE(b.player->position(), kZero + seconds{1});
        QVERIFY(b.player->playing());
        b.key(QStringLiteral("Loop the range"));
        QVERIFY(!b.player->loop());
    }
};

QTEST_MAIN(TestRecordingsPage)
#include "tst_recordings_page.moc"
