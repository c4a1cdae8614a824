// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/barcode.h"

#include "core/media/decoder.h"
#include "core/media/encoder.h"
#include "core/media/scaler.h"
#include "edge-agent/capture/test_scene.h"

#include <QTest>

using namespace vedette;
using namespace vedette::agent;
using namespace std::chrono_literals;

namespace {

std::vector<std::uint8_t> greyPicture(int width, int height)
{
    return std::vector<std::uint8_t>(static_cast<std::size_t>(width * height), 90);
}

} // namespace

class TestBarcode : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void roundTrip_data();
    void roundTrip();
    void refusesOtherPictures();
    void refusesDamage();
    void survivesEncodingAndScaling_data();
    void survivesEncodingAndScaling();
};

void TestBarcode::roundTrip_data()
{
    QTest::addColumn<quint32>("frame");
    QTest::addColumn<qint64>("ms");
    QTest::newRow("zero") << 0U << qint64{0};
    QTest::newRow("now") << 123456U << qint64{1'790'000'000'123};
    QTest::newRow("largest") << 0xffffffffU << (qint64{1} << 48) - 1;
}

void TestBarcode::roundTrip()
{
    QFETCH(quint32, frame);
    QFETCH(qint64, ms);
    for (const auto &[width, height] : {std::pair{1280, 720}, {640, 360}, {638, 478}, {192, 108}, {3840, 2160}}) {
        auto picture = greyPicture(width, height);
        drawBarcode({frame, ms}, picture.data(), width, width, height);
        const auto read = readBarcode(picture.data(), width, width, height);
        QVERIFY2(read.has_value(), qPrintable(QStringLiteral("%1x%2").arg(width).arg(height)));
        QCOMPARE(read->frame, frame);
        QCOMPARE(read->capturedMs, ms);
    }
}

void TestBarcode::refusesOtherPictures()
{
    auto picture = greyPicture(640, 360);
    QVERIFY(!readBarcode(picture.data(), 640, 640, 360));
    QVERIFY(!readBarcode(picture.data(), 100, 100, 360));
    QVERIFY(!readBarcode(picture.data(), 640, 640, 4));
}

void TestBarcode::refusesDamage()
{
    // CRC-8 finds every single wrong cell.
    for (int cell = 0; cell < kBarcodeCells; ++cell) {
        auto picture = greyPicture(960, 540);
        drawBarcode({4711, 1'790'000'000'000}, picture.data(), 960, 960, 540);
        for (int y = 0; y < barcodeHeight(540); ++y) {
            for (int x = cell * 10; x < cell * 10 + 10; ++x) {
                auto &p = picture[static_cast<std::size_t>(y * 960 + x)];
                p = p > 128 ? 16 : 235;
            }
        }
        QVERIFY2(!readBarcode(picture.data(), 960, 960, 540), qPrintable(QString::number(cell)));
    }
}

void TestBarcode::survivesEncodingAndScaling_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("kbps");
    QTest::newRow("720p") << 1280 << 720 << 600;
    QTest::newRow("360p, low") << 640 << 360 << 150;
}

void TestBarcode::survivesEncodingAndScaling()
{
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(int, kbps);
    TestScene scene(QStringLiteral("Gate"), width, height);
    media::EncoderConfig config;
    config.width = width;
    config.height = height;
    config.framerate = 20;
    config.bitrateKbps = kbps;
    config.preset = QStringLiteral("ultrafast");
    auto encoder = media::Encoder::create(config);
    QVERIFY(encoder.has_value());
    auto decoder = media::Decoder::create((*encoder)->info());
    QVERIFY(decoder.has_value());
    media::Scaler scaler;
    int read = 0;
    for (std::uint64_t n = 0; n < 40; ++n) {
        CaptureStamp stamp;
        stamp.run = 1;
        stamp.sequence = n;
        stamp.captured = utcFromMicros(1'790'000'000'000'000 + static_cast<std::int64_t>(n) * 50'000);
        const microseconds pts{static_cast<std::int64_t>(n) * 50'000};
        auto packets = (*encoder)->encode(scene.draw(stamp, MonoTime{pts}).release(MonoTime{pts}, pts), false);
        QVERIFY(packets.has_value());
        QCOMPARE(packets->size(), 1U);
        auto frames = (*decoder)->decode(packets->front());
        QVERIFY(frames.has_value());
        for (const media::Frame &frame : *frames) {
            for (const int divisor : {1, 2, 3}) {
                auto scaled = scaler.toYuv420(frame, width / divisor / 2 * 2, height / divisor / 2 * 2);
                QVERIFY(scaled.has_value());
                const auto code = readBarcode(scaled->planes[0], scaled->strides[0], scaled->width, scaled->height);
                QVERIFY2(code.has_value(), qPrintable(QStringLiteral("picture %1, 1/%2").arg(n).arg(divisor)));
                QCOMPARE(code->frame, static_cast<std::uint32_t>(n));
                QCOMPARE(code->capturedMs, 1'790'000'000'000 + static_cast<std::int64_t>(n) * 50);
                ++read;
            }
        }
    }
    QCOMPARE(read, 120);
}

QTEST_GUILESS_MAIN(TestBarcode)
#include "tst_barcode.moc"
