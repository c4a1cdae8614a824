// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/wall_layout.h"

#include <QTest>

using namespace vedette::app;

class TestWallLayout : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void automatic_data()
    {
        QTest::addColumn<int>("count");
        QTest::addColumn<QSize>("area");
        QTest::addColumn<int>("columns");
        QTest::addColumn<int>("rows");
        QTest::newRow("one") << 1 << QSize(1320, 890) << 1 << 1;
        QTest::newRow("two, wide") << 2 << QSize(2000, 600) << 2 << 1;
        QTest::newRow("two, tall") << 2 << QSize(600, 900) << 1 << 2;
        QTest::newRow("four") << 4 << QSize(1320, 890) << 2 << 2;
        QTest::newRow("nine") << 9 << QSize(1320, 890) << 3 << 3;
        QTest::newRow("four in a strip") << 4 << QSize(1600, 250) << 4 << 1;
    }
    void automatic()
    {
        QFETCH(int, count);
        QFETCH(QSize, area);
        QFETCH(int, columns);
        QFETCH(int, rows);
        const WallShape shape = automaticShape(count, area, {}, 16.0 / 9);
        QCOMPARE(shape.columns, columns);
        QCOMPARE(shape.rows, rows);
    }

    void automaticHasTheLargestPictures()
    {
        for (int count = 1; count <= 40; ++count) {
            for (QSize area : {QSize(1320, 890), QSize(900, 500), QSize(400, 1200)}) {
                const WallShape best = automaticShape(count, area, {}, 16.0 / 9);
                QVERIFY(best.capacity() >= count);
                const qint64 pictures = pictureArea(best, count, area, {}, 16.0 / 9);
                for (int columns = 1; columns <= count; ++columns) {
                    const WallShape grid{WallShape::Kind::Grid, columns, (count + columns - 1) / columns};
                    QVERIFY(pictures >= pictureArea(grid, count, area, {}, 16.0 / 9));
                }
            }
        }
    }

    void onePlusNIsTriedToo()
    {
        const WallShape six{WallShape::Kind::OnePlusN, 3, 3};
        QCOMPARE(six.capacity(), 6);
        const auto rects = tileRects(six, QRect(0, 0, 1320, 890), {});
        QCOMPARE(rects.size(), std::size_t(6));
        QVERIFY(rects[0].width() > 1.9 * rects[1].width());
    }

    void tiesStayWithTheCurrent()
    {
        // One pixel more must not turn the wall over; a whole other window may.
        const WallShape before = automaticShape(2, QSize(1000, 1126), {}, 16.0 / 9);
        for (int width = 990; width <= 1010; ++width) {
            const qint64 kept = pictureArea(before, 2, QSize(width, 1126), {}, 16.0 / 9);
            const WallShape now = automaticShape(2, QSize(width, 1126), {}, 16.0 / 9, before);
            if (now != before)
                QVERIFY(pictureArea(now, 2, QSize(width, 1126), {}, 16.0 / 9) * 100 >= kept * 101);
        }
        QVERIFY(automaticShape(2, QSize(3000, 500), {}, 16.0 / 9, WallShape{WallShape::Kind::Grid, 1, 2}).columns == 2);
        // With one camera less there may be no empty row.
        QCOMPARE(automaticShape(1, QSize(1320, 890), {}, 16.0 / 9, WallShape{WallShape::Kind::Grid, 2, 2}).capacity(), 1);
    }

    void tilesNeitherOverlapNorLeave()
    {
        for (const WallShape &shape : {WallShape{WallShape::Kind::Grid, 3, 3}, WallShape{WallShape::Kind::Grid, 7, 2},
                                       WallShape{WallShape::Kind::OnePlusN, 4, 4}, WallShape{}}) {
            for (QSize size : {QSize(1321, 887), QSize(320, 200), QSize(60, 60)}) {
                const QRect area({5, 7}, size);
                const auto rects = tileRects(shape, area, {});
                QCOMPARE(int(rects.size()), shape.capacity());
                for (std::size_t i = 0; i < rects.size(); ++i) {
                    QVERIFY(area.contains(rects[i]));
                    for (std::size_t j = 0; j < i; ++j)
                        QVERIFY(!rects[i].intersects(rects[j]));
                }
            }
        }
    }

    void pictureIsNeverStretched()
    {
        for (QSizeF picture : {QSizeF(1280, 720), QSizeF(640, 480), QSizeF(1080, 1920)}) {
            const QRect space(10, 36, 433, 260);
            const QRect fitted = fitPicture(space, picture);
            QVERIFY(space.contains(fitted));
            QVERIFY(qAbs(fitted.width() / double(fitted.height()) - picture.width() / picture.height()) < 0.02);
            QVERIFY(fitted.width() >= space.width() - 1 || fitted.height() >= space.height() - 1);
            QVERIFY(fitted.width() % 2 == 0 && fitted.height() % 2 == 0);
        }
        QVERIFY(fitPicture(QRect(), QSizeF(16, 9)).isEmpty());
        QVERIFY(fitPicture(QRect(0, 0, 10, 10), QSizeF()).isEmpty());
    }

    void narrowTilesLayTheBarOverThePicture()
    {
        QCOMPARE(pictureSpace(QRect(0, 0, 400, 300), {}).top(), 26);
        QCOMPARE(pictureSpace(QRect(0, 0, 190, 120), {}).top(), 0);
        QCOMPARE(gutterFor(9, 1), 6);
        QCOMPARE(gutterFor(16, 1), 4);
        QCOMPARE(gutterFor(36, 2), 4);
    }

    void arrowsMoveToTheNeighbour()
    {
        const auto grid = tileRects({WallShape::Kind::Grid, 3, 2}, QRect(0, 0, 900, 600), {});
        QCOMPARE(neighbour(grid, 5, 0, Direction::Right), 1);
        QCOMPARE(neighbour(grid, 5, 1, Direction::Down), 4);
        QCOMPARE(neighbour(grid, 5, 2, Direction::Down), 2); // the cell below holds no camera
        QCOMPARE(neighbour(grid, 5, 0, Direction::Left), 0);
        QCOMPARE(neighbour(grid, 0, 0, Direction::Left), -1);
        const auto large = tileRects({WallShape::Kind::OnePlusN, 3, 3}, QRect(0, 0, 900, 600), {});
        QCOMPARE(neighbour(large, 6, 0, Direction::Right), 1);
        QCOMPARE(neighbour(large, 6, 2, Direction::Left), 0);
        QCOMPARE(neighbour(large, 6, 0, Direction::Down), 3);
    }
};

QTEST_GUILESS_MAIN(TestWallLayout)
#include "tst_wall_layout.moc"
