// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/digital_zoom.h"

#include <QTest>

using namespace vedette::app;

class TestDigitalZoom : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatLiesUnderThePointerStays()
    {
        DigitalZoom zoom;
        const QPointF pointer(0.25, 0.7);
        for (int i = 0; i < 30; ++i) {
            const DigitalZoom next = zoom.scaledAbout(pointer, 1.25);
            const QPointF before = zoom.topLeft + pointer / zoom.factor, after = next.topLeft + pointer / next.factor;
            QVERIFY((before - after).manhattanLength() < 1e-9);
            zoom = next;
        }
        QCOMPARE(zoom.factor, DigitalZoom::kMost);
        for (int i = 0; i < 60; ++i)
            zoom = zoom.scaledAbout(QPointF(0.9, 0.1), 0.8);
        QCOMPARE(zoom, DigitalZoom{}); // all the way out is the whole picture, wherever the pointer was
    }

    void thePictureIsNeverLeft()
    {
        const DigitalZoom zoom = DigitalZoom{}.scaledAbout({0.5, 0.5}, 4);
        QCOMPARE(zoom.part(), QRectF(0.375, 0.375, 0.25, 0.25));
        QCOMPARE(zoom.moved({100, 100}).part(), QRectF(0, 0, 0.25, 0.25));
        QCOMPARE(zoom.moved({-100, 0}).part(), QRectF(0.75, 0.375, 0.25, 0.25));
        // Half of what is shown to the right shows what lay left of it.
        QCOMPARE(zoom.moved({0.5, 0}).part(), QRectF(0.25, 0.375, 0.25, 0.25));
        QCOMPARE(DigitalZoom{}.moved({0.3, 0.3}), DigitalZoom{});
    }
};

QTEST_GUILESS_MAIN(TestDigitalZoom)
#include "tst_digital_zoom.moc"
