// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/planes.h"

#include "core/media/native_frame.h"

#include <QTest>

#include <cmath>

using namespace vedette;
using namespace vedette::media;

namespace {

Frame frameOf(AVPixelFormat format, int width, int height, const Colour &colour)
{
    return makeFrame(allocatePicture(width, height, format, colour));
}

std::array<int, 3> rgbOf(const Planes &p, std::array<int, 3> yuv)
{
    std::array<int, 3> rgb{};
    for (std::size_t row = 0; row < 3; ++row) {
        float value = p.offset[row];
        for (std::size_t column = 0; column < 3; ++column)
            value += p.matrix[row * 3 + column] * static_cast<float>(yuv[column]) / 255.0F;
        rgb[row] = static_cast<int>(std::lround(value * 255.0F));
    }
    return rgb;
}

} // namespace

class TestPlanes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Pure red, green and blue as ITU-R BT.601 and BT.709 write them.
    void colours_data()
    {
        QTest::addColumn<int>("matrix");
        QTest::addColumn<bool>("full");
        QTest::addColumn<QList<int>>("yuv");
        QTest::addColumn<QList<int>>("rgb");
        QTest::newRow("601 red") << int(AVCOL_SPC_SMPTE170M) << false << QList<int>{81, 90, 240} << QList<int>{255, 0, 0};
        QTest::newRow("601 green") << int(AVCOL_SPC_BT470BG) << false << QList<int>{145, 54, 34} << QList<int>{0, 255, 0};
        QTest::newRow("601 full blue") << int(AVCOL_SPC_SMPTE170M) << true << QList<int>{29, 255, 107} << QList<int>{0, 0, 255};
        QTest::newRow("709 red") << int(AVCOL_SPC_BT709) << false << QList<int>{63, 102, 240} << QList<int>{255, 0, 0};
        QTest::newRow("709 full green") << int(AVCOL_SPC_BT709) << true << QList<int>{182, 30, 12} << QList<int>{0, 255, 0};
        QTest::newRow("2020 red") << int(AVCOL_SPC_BT2020_NCL) << false << QList<int>{74, 97, 240} << QList<int>{255, 0, 0};
        QTest::newRow("white") << int(AVCOL_SPC_BT709) << false << QList<int>{235, 128, 128} << QList<int>{255, 255, 255};
        QTest::newRow("black") << int(AVCOL_SPC_BT709) << false << QList<int>{16, 128, 128} << QList<int>{0, 0, 0};
    }

    void colours()
    {
        QFETCH(int, matrix);
        QFETCH(bool, full);
        QFETCH(QList<int>, yuv);
        QFETCH(QList<int>, rgb);
        const auto planes = planesOf(frameOf(AV_PIX_FMT_YUV420P, 64, 64, {AVColorSpace(matrix), full}));
        QVERIFY(planes.has_value());
        const auto got = rgbOf(*planes, {yuv[0], yuv[1], yuv[2]});
        for (std::size_t i = 0; i < 3; ++i)
            QVERIFY2(std::abs(got[i] - rgb[qsizetype(i)]) <= 3, qPrintable(QStringLiteral("%1: %2").arg(i).arg(got[i])));
    }

    void layouts()
    {
        const auto odd = planesOf(frameOf(AV_PIX_FMT_YUV420P, 641, 361, {}));
        QVERIFY(odd.has_value());
        QCOMPARE(odd->planes[1].width, 321);
        QCOMPARE(odd->planes[2].height, 181);
        QCOMPARE(odd->chroma[0], 0.5F);
        const auto wide = planesOf(frameOf(AV_PIX_FMT_YUVJ422P, 640, 360, {}));
        QVERIFY(wide.has_value());
        QCOMPARE(wide->planes[1].height, 360);
        QCOMPARE(wide->chroma[1], 1.0F);
        const auto hardware = planesOf(frameOf(AV_PIX_FMT_NV12, 641, 360, {}));
        QVERIFY(hardware.has_value());
        QCOMPARE(hardware->count, 2);
        QCOMPARE(hardware->planes[1].width, 321);
        QVERIFY(hardware->planes[1].stride >= 321);
        QVERIFY(!hardware->planes[2].data);
    }

    void othersAreRefused()
    {
        QVERIFY(!planesOf(Frame{}));
        for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_GBRP, AV_PIX_FMT_GRAY8, AV_PIX_FMT_NV21, AV_PIX_FMT_YUYV422,
                                           AV_PIX_FMT_BGR0, AV_PIX_FMT_YUVA420P, AV_PIX_FMT_P010LE, AV_PIX_FMT_PAL8})
            QVERIFY2(!planesOf(frameOf(format, 64, 64, {})), qPrintable(QString::number(format)));
        QVERIFY(!planesOf(frameOf(AV_PIX_FMT_YUV420P, 64, 64, {AVCOL_SPC_YCGCO, false})));
        AvFramePtr upsideDown = allocatePicture(64, 64, AV_PIX_FMT_YUV420P, {});
        upsideDown->data[0] += std::ptrdiff_t{63} * upsideDown->linesize[0];
        upsideDown->linesize[0] = -upsideDown->linesize[0];
        QVERIFY(!planesOf(makeFrame(std::move(upsideDown))));
    }
};

QTEST_GUILESS_MAIN(TestPlanes)
#include "tst_planes.moc"
