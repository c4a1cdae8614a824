// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/encode/picture_size.h"

#include <QTest>

using namespace vedette::agent;

class TestPictureSize : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fits_data();
    void fits();
};

void TestPictureSize::fits_data()
{
    QTest::addColumn<QSize>("source");
    QTest::addColumn<QSize>("limit");
    QTest::addColumn<QSize>("result");
    QTest::newRow("no limit") << QSize(1920, 1080) << QSize(0, 0) << QSize(1920, 1080);
    QTest::newRow("smaller stays") << QSize(640, 360) << QSize(1280, 720) << QSize(640, 360);
    QTest::newRow("halved") << QSize(2560, 1440) << QSize(1280, 720) << QSize(1280, 720);
    QTest::newRow("portrait keeps its shape") << QSize(1080, 1920) << QSize(1280, 720) << QSize(404, 720);
    QTest::newRow("odd") << QSize(641, 359) << QSize(0, 0) << QSize(640, 358);
    QTest::newRow("width only") << QSize(1920, 1080) << QSize(960, 0) << QSize(960, 540);
    QTest::newRow("tiny") << QSize(8, 2000) << QSize(1280, 720) << QSize(16, 720);
}

void TestPictureSize::fits()
{
    QFETCH(QSize, source);
    QFETCH(QSize, limit);
    QFETCH(QSize, result);
    const PictureSize size = fitInside({source.width(), source.height()}, {limit.width(), limit.height()});
    QCOMPARE(QSize(size.width, size.height), result);
}

QTEST_GUILESS_MAIN(TestPictureSize)
#include "tst_picture_size.moc"
