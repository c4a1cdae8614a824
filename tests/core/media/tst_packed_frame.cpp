// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/packed_frame.h"

#include "core/media/scaler.h"

#include <QTest>

using namespace vedette;
using namespace vedette::media;

class TestPackedFrame : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void pixels();
    void refuses();
};

/// Rows with padding, each with its own luma; white at the right edge of both ranges.
void TestPackedFrame::pixels()
{
    constexpr int kStride = 40;
    Bytes bytes(kStride * 5 + 32, 0xEE);
    for (std::size_t y = 0; y < 6; ++y) {
        for (std::size_t x = 0; x < 32; x += 2) {
            bytes[y * kStride + x] = static_cast<std::uint8_t>(16 + 40 * y);
            bytes[y * kStride + x + 1] = 128;
        }
    }
    Scaler scaler;
    const Frame limited = makeYuyvFrame(bytes, {16, 6, kStride, false, false});
    QVERIFY(!limited.isNull());
    const auto planar = scaler.toYuv420(limited, 16, 6);
    QVERIFY(planar.has_value());
    for (int y = 0; y < 6; ++y)
        QCOMPARE(planar->planes[0][y * planar->strides[0] + 15], 16 + 40 * y);
    QCOMPARE(planar->planes[1][0], 128);

    const Frame full = makeYuyvFrame(bytes, {16, 6, kStride, true, true});
    const auto converted = scaler.toYuv420(full, 16, 6);
    QVERIFY(converted.has_value());
    const int luma = converted->planes[0][5 * converted->strides[0]]; // 216 of 255 in limited range
    QVERIFY2(std::abs(luma - (16 + 216 * 219 / 255)) <= 2, qPrintable(QString::number(luma)));
}

void TestPackedFrame::refuses()
{
    const Bytes bytes(32 * 6, 0);
    QVERIFY(!makeYuyvFrame(bytes, {16, 6, 32, false, false}).isNull());
    QVERIFY(makeYuyvFrame(std::span(bytes).first(191), {16, 6, 32, false, false}).isNull());
    QVERIFY(makeYuyvFrame(bytes, {16, 6, 31, false, false}).isNull());
    QVERIFY(makeYuyvFrame(bytes, {16, 7, 32, false, false}).isNull());
    QVERIFY(makeYuyvFrame(bytes, {0, 6, 32, false, false}).isNull());
    QVERIFY(makeYuyvFrame(bytes, {16, -1, 32, false, false}).isNull());
}

QTEST_GUILESS_MAIN(TestPackedFrame)
#include "tst_packed_frame.moc"
