// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/crop.h"

#include "core/media/scaler.h"

#include <QTest>

#include <vector>

using namespace vedette;
using namespace vedette::media;

namespace {

/// Its brightness says where a pixel is: 16 + x + y.
Frame slope(int width, int height)
{
    FrameBuffer buffer(width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x)
            buffer.plane(0)[y * buffer.stride(0) + x] = std::uint8_t(16 + x + y);
    }
    for (int plane : {1, 2}) {
        for (int y = 0; y < height / 2; ++y)
            std::fill_n(buffer.plane(plane) + y * buffer.stride(plane), width / 2, std::uint8_t(plane == 1 ? 90 : 200));
    }
    return buffer.release(monoFromMicros(7), microseconds(5));
}

} // namespace

class TestCrop : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aPartIsAPicture()
    {
        Frame whole = slope(64, 48);
        whole.capture = CaptureStamp{1, 2, 3, utcFromMicros(4), microseconds(0), true};
        const Frame part = crop(whole, {10, 20, 16, 12});
        QCOMPARE(part.width, 16);
        QCOMPARE(part.height, 12);
        QCOMPARE(part.pts, microseconds(5));
        QVERIFY(part.capture == whole.capture);
        QCOMPARE(int(part.planes[0][0]), 16 + 30);
        QCOMPARE(int(part.planes[0][part.strides[0] * 11 + 15]), 16 + 25 + 31);
        QCOMPARE(whole.width, 64); // untouched
        Scaler scaler;
        std::vector<std::uint32_t> pixels(std::size_t(32 * 12));
        QVERIFY(scaler.toBgrx(part, reinterpret_cast<std::uint8_t *>(pixels.data()), 32 * 4, 16, 12).has_value());
    }

    void anyPartIsMadeFit_data()
    {
        QTest::addColumn<QList<int>>("asked");
        QTest::addColumn<QSize>("size");
        QTest::newRow("between two colour samples") << QList<int>{11, 21, 16, 12} << QSize(16, 12);
        QTest::newRow("beyond the edge") << QList<int>{60, 40, 100, 100} << QSize(4, 8);
        QTest::newRow("outside") << QList<int>{500, 500, 10, 10} << QSize(2, 2);
        QTest::newRow("before it") << QList<int>{-5, -5, 10, 10} << QSize(10, 10);
        QTest::newRow("nothing") << QList<int>{0, 0, 0, -3} << QSize(1, 1);
        QTest::newRow("all") << QList<int>{0, 0, 64, 48} << QSize(64, 48);
    }

    void anyPartIsMadeFit()
    {
        QFETCH(QList<int>, asked);
        QFETCH(QSize, size);
        const Frame part = crop(slope(64, 48), {asked[0], asked[1], asked[2], asked[3]});
        QCOMPARE(QSize(part.width, part.height), size);
    }

    void coloursAreThoseOfTheWhole()
    {
        // 720 lines and more are BT.709 when they do not say; a part of them is lower.
        const Frame whole = slope(64, 720);
        const Frame part = crop(whole, {0, 0, 64, 48});
        Scaler scaler;
        std::vector<std::uint32_t> a(64 * 720), b(64 * 48);
        QVERIFY(scaler.toBgrx(whole, reinterpret_cast<std::uint8_t *>(a.data()), 64 * 4, 64, 720).has_value());
        QVERIFY(scaler.toBgrx(part, reinterpret_cast<std::uint8_t *>(b.data()), 64 * 4, 64, 48).has_value());
        QCOMPARE(b[64 * 24 + 32] & 0xffffffU, a[64 * 24 + 32] & 0xffffffU);
        QVERIFY(crop({}, {0, 0, 1, 1}).isNull());
    }
};

QTEST_GUILESS_MAIN(TestCrop)
#include "tst_crop.moc"
