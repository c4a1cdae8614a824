// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/picture_rate.h"

#include <QTest>

#include <cmath>

using namespace vedette;
using namespace vedette::agent;

class TestPictureRate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void measures_data()
    {
        QTest::addColumn<double>("rate");
        for (const double rate : {0.2, 1.0, 12.5, 15.0, 25.0, 29.97, 30.0, 60.0, 120.0})
            QTest::newRow(qPrintable(QString::number(rate))) << rate;
    }
    void measures()
    {
        QFETCH(double, rate);
        PictureRate measured;
        QCOMPARE(measured.perSecond(), 0.0);
        for (int i = 0; i < 40; ++i)
            measured.add(microseconds{std::llround(i * 1e6 / rate)});
        QCOMPARE(measured.perSecond(), rate);
    }

    void theFirstPicturesSuffice()
    {
        PictureRate measured;
        for (int i = 0; i < 4; ++i)
            measured.add(milliseconds{i * 2000});
        QCOMPARE(measured.perSecond(), 0.5);
    }

    void reorderedPictures()
    {
        PictureRate measured;
        for (int group = 0; group < 12; ++group) {
            for (const int place : {3, 1, 2})
                measured.add(milliseconds{(group * 3 + place) * 40});
        }
        QCOMPARE(measured.perSecond(), 25.0);
    }

    void jitterDoesNotShowButAnotherRateDoes()
    {
        PictureRate measured;
        int at = 0;
        for (int i = 0; i < 200; ++i) {
            at += 40 + (i % 3 - 1) * 8;
            measured.add(milliseconds{at});
            if (i > 40)
                QCOMPARE(measured.perSecond(), 25.0);
        }
        for (int i = 0; i < 40; ++i) {
            at += 100;
            measured.add(milliseconds{at});
        }
        QCOMPARE(measured.perSecond(), 10.0);
    }

    void aGapOrRepeatedTimesDoNotMatter()
    {
        PictureRate measured;
        int at = 0;
        for (int i = 0; i < 60; ++i) {
            at += i % 20 == 19 ? 3000 : 50;
            measured.add(milliseconds{at});
            measured.add(milliseconds{at});
        }
        QCOMPARE(measured.perSecond(), 20.0);
    }

    void timeStampsThatBeginAnew()
    {
        PictureRate measured;
        for (int i = 0; i < 200; ++i) {
            measured.add(milliseconds{i % 70 * 50 + i / 70 * 17}); // interleaved, they would look denser
            QVERIFY(i < 3 || measured.perSecond() == 20.0);
        }
    }
};

QTEST_GUILESS_MAIN(TestPictureRate)
#include "tst_picture_rate.moc"
