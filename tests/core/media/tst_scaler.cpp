// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/scaler.h"

#include "core/media/decoder.h"
#include "core/media/demuxer.h"
#include "core/media/jpeg_encoder.h"
#include "tests/core/media/media_fixture.h"
#include "tests/support/similarity.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <cstdlib>

using namespace vedette;
using namespace vedette::media;

namespace {

using Rgb = std::array<int, 3>;

/// Rows exactly as long as needed, so that a sanitizer sees any write past the end; 16-byte aligned.
struct Screen {
    Screen(int w, int h) : width(w), height(h), stride((w * 4 + 15) / 16 * 16), bytes(static_cast<std::size_t>(stride) * h)
    {
        data.reset(static_cast<std::uint8_t *>(std::aligned_alloc(16, bytes)));
        std::fill_n(data.get(), bytes, std::uint8_t{0xEE});
    }
    Rgb at(int x, int y) const
    {
        const std::uint8_t *p = data.get() + y * stride + x * 4;
        return {p[2], p[1], p[0]};
    }
    struct Free {
        void operator()(void *p) const { std::free(p); }
    };
    int width;
    int height;
    int stride;
    std::size_t bytes;
    std::unique_ptr<std::uint8_t, Free> data;
};

/// Rec. 601 and 709, written out from their luma coefficients, independent of swscale.
Rgb expected(std::array<std::uint8_t, 3> yuv, bool hd, bool full)
{
    const double kr = hd ? 0.2126 : 0.299;
    const double kb = hd ? 0.0722 : 0.114;
    const double y = full ? yuv[0] / 255.0 : (yuv[0] - 16) / 219.0;
    const double u = (yuv[1] - 128) / (full ? 255.0 : 224.0);
    const double v = (yuv[2] - 128) / (full ? 255.0 : 224.0);
    const double r = y + 2 * (1 - kr) * v;
    const double b = y + 2 * (1 - kb) * u;
    const double g = (y - kr * r - kb * b) / (1 - kr - kb);
    const auto clip = [](double value) { return static_cast<int>(std::lround(std::clamp(value, 0.0, 1.0) * 255)); };
    return {clip(r), clip(g), clip(b)};
}

bool near(const Rgb &a, const Rgb &b, int tolerance)
{
    for (std::size_t i = 0; i < 3; ++i) {
        if (std::abs(a[i] - b[i]) > tolerance)
            return false;
    }
    return true;
}

QByteArray text(const Rgb &a, const Rgb &b)
{
    return QStringLiteral("got %1 %2 %3, wanted %4 %5 %6").arg(a[0]).arg(a[1]).arg(a[2]).arg(b[0]).arg(b[1]).arg(b[2]).toUtf8();
}

/// One decoded picture of a flat colour with the tags that ffmpeg was told to write.
Frame decodedFlat(const QString &dir, const QString &size, const QString &tags, const QString &colour)
{
    const QString path = dir + QStringLiteral("/flat.mkv");
    if (!test::makeClip(QStringLiteral("-f lavfi -i color=c=%1:s=%2:r=5:d=1 -frames:v 1 %3").arg(colour, size, tags), path))
        return {};
    Demuxer::Options options;
    options.live = false;
    auto demuxer = Demuxer::open(path, options, {});
    auto decoder = demuxer ? Decoder::create((*demuxer)->info()) : fail(demuxer.error());
    if (!decoder)
        return {};
    const auto packet = (*demuxer)->read({});
    auto frames = packet ? (*decoder)->decode(*packet) : fail(packet.error());
    std::vector<Frame> all = frames ? *frames : std::vector<Frame>{};
    const auto rest = (*decoder)->flush();
    all.insert(all.end(), rest.begin(), rest.end());
    return all.empty() ? Frame{} : all.front();
}

/// Grey as the mean of the luma under each target pixel, limited range to full.
std::vector<double> areaMean(const Frame &frame, int width, int height)
{
    std::vector<double> out;
    for (int ty = 0; ty < height; ++ty) {
        const double top = double(ty) * frame.height / height, bottom = double(ty + 1) * frame.height / height;
        for (int tx = 0; tx < width; ++tx) {
            const double left = double(tx) * frame.width / width, right = double(tx + 1) * frame.width / width;
            double sum = 0;
            for (int y = int(top); y < bottom && y < frame.height; ++y) {
                const double high = std::min<double>(y + 1, bottom) - std::max<double>(y, top);
                for (int x = int(left); x < right && x < frame.width; ++x)
                    sum += frame.planes[0][y * frame.strides[0] + x] * high * (std::min<double>(x + 1, right) - std::max<double>(x, left));
            }
            out.push_back(std::clamp((sum / ((right - left) * (bottom - top)) - 16) * 255 / 219, 0.0, 255.0));
        }
    }
    return out;
}

} // namespace

class TestScaler : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void limited709IsRight_data();
    void limited709IsRight();
    void tagsOfStreamsAreRespected_data();
    void tagsOfStreamsAreRespected();
    void everySizeWorks();
    void reducesLikeAnAreaFilter_data();
    void reducesLikeAnAreaFilter();
    void followsGeometryChanges();
    void yuvKeepsTimesAndShares();
    void jpegIsAPicture_data();
    void jpegIsAPicture();
    void refusesNonsense();
    void costOfATile();
};

void TestScaler::limited709IsRight_data()
{
    QTest::addColumn<int>("y");
    QTest::addColumn<int>("u");
    QTest::addColumn<int>("v");
    QTest::newRow("black") << 16 << 128 << 128;
    QTest::newRow("white") << 235 << 128 << 128;
    QTest::newRow("grey") << 126 << 128 << 128;
    QTest::newRow("red") << 63 << 102 << 240;
    QTest::newRow("green") << 173 << 42 << 26;
    QTest::newRow("blue") << 32 << 240 << 118;
    QTest::newRow("skin") << 150 << 110 << 150;
}

void TestScaler::limited709IsRight()
{
    QFETCH(int, y);
    QFETCH(int, u);
    QFETCH(int, v);
    const std::array<std::uint8_t, 3> yuv{static_cast<std::uint8_t>(y), static_cast<std::uint8_t>(u), static_cast<std::uint8_t>(v)};
    const Rgb wanted = expected(yuv, true, false);
    Scaler scaler;
    // FrameBuffer says BT.709 whatever its size.
    for (const auto &[from, to] : {std::pair{320, 320}, std::pair{320, 160}, std::pair{320, 100}, std::pair{64, 200}, std::pair{1280, 640}}) {
        const Frame frame = test::flatPicture(from, from / 2, yuv);
        Screen screen(to, to / 2);
        QVERIFY(scaler.toBgrx(frame, screen.data.get(), screen.stride, screen.width, screen.height));
        for (const auto &[x, row] : {std::pair{0, 0}, std::pair{to / 2, to / 4}, std::pair{to - 1, to / 2 - 1}}) {
            const Rgb got = screen.at(x, row);
            QVERIFY2(near(got, wanted, 2), text(got, wanted).constData());
        }
    }
}

void TestScaler::tagsOfStreamsAreRespected_data()
{
    QTest::addColumn<QString>("size");
    QTest::addColumn<QString>("tags");
    QTest::addColumn<bool>("hd");
    QTest::addColumn<bool>("full");
    const QString x264 = QStringLiteral("-pix_fmt yuv420p -c:v libx264 -qp 1 ");
    QTest::newRow("untagged SD is 601") << QStringLiteral("320x180") << x264 << false << false;
    QTest::newRow("untagged HD is 709") << QStringLiteral("1280x720") << x264 << true << false;
    QTest::newRow("SD tagged 709") << QStringLiteral("320x180") << x264 + QStringLiteral("-colorspace bt709") << true << false;
    QTest::newRow("HD tagged 601") << QStringLiteral("1280x720") << x264 + QStringLiteral("-colorspace smpte170m") << false << false;
    QTest::newRow("full range") << QStringLiteral("320x180") << x264 + QStringLiteral("-color_range pc -x264-params fullrange=on") << false << true;
    QTest::newRow("mjpeg is full range") << QStringLiteral("320x180") << QStringLiteral("-c:v mjpeg -q:v 1 -pix_fmt yuvj420p") << false << true;
}

void TestScaler::tagsOfStreamsAreRespected()
{
    QFETCH(QString, size);
    QFETCH(QString, tags);
    QFETCH(bool, hd);
    QFETCH(bool, full);
    QTemporaryDir dir;
    Scaler scaler;
    for (const char *colour : {"red", "white", "0x3080C0", "black"}) {
        const Frame frame = decodedFlat(dir.path(), size, tags, QLatin1String(colour));
        QVERIFY(!frame.isNull());
        // What the samples mean is judged from the decoded samples themselves.
        const std::array<std::uint8_t, 3> yuv{frame.planes[0][0], frame.planes[1][0], frame.planes[2][0]};
        const Rgb wanted = expected(yuv, hd, full);
        for (const int divisor : {1, 2, 3}) {
            Screen screen(frame.width / divisor, frame.height / divisor);
            QVERIFY(scaler.toBgrx(frame, screen.data.get(), screen.stride, screen.width, screen.height));
            const Rgb got = screen.at(screen.width / 2, screen.height / 2);
            QVERIFY2(near(got, wanted, 2), text(got, wanted).constData());
        }
        // Limited-range planes of the same picture look the same.
        const auto planes = scaler.toYuv420(frame, 64, 36);
        QVERIFY(planes);
        const Rgb same = expected({planes->planes[0][0], planes->planes[1][0], planes->planes[2][0]}, hd, false);
        QVERIFY2(near(same, wanted, 3), text(same, wanted).constData());
    }
}

void TestScaler::everySizeWorks()
{
    Scaler scaler;
    const std::array<std::uint8_t, 3> yuv{126, 128, 128};
    for (const auto &[w, h] : {std::pair{2, 2}, std::pair{4, 2}, std::pair{34, 18}, std::pair{322, 182}, std::pair{640, 360}}) {
        const Frame frame = test::flatPicture(w, h, yuv);
        for (int width = 1; width < 70; width += width < 20 ? 1 : 7) {
            for (const int height : {1, 2, 3, 7, 33}) {
                Screen screen(width, height);
                QVERIFY(scaler.toBgrx(frame, screen.data.get(), screen.stride, width, height));
                const Rgb got = screen.at(width - 1, height - 1);
                QVERIFY2(near(got, {128, 128, 128}, 2), (QStringLiteral("%1x%2 to %3x%4: ").arg(w).arg(h).arg(width).arg(height).toUtf8()
                                                         + text(got, {128, 128, 128})).constData());
                const auto planes = scaler.toYuv420(frame, width, height);
                QVERIFY(planes);
                QCOMPARE(planes->width, width);
                QCOMPARE(planes->height, height);
            }
        }
    }
}

void TestScaler::reducesLikeAnAreaFilter_data()
{
    QTest::addColumn<QSize>("size");
    for (const QSize size : {QSize(1280, 720), QSize(1100, 618), QSize(960, 540), QSize(641, 361), QSize(640, 360), QSize(320, 180), QSize(97, 55)})
        QTest::addRow("%dx%d", size.width(), size.height()) << size;
}

/// Fine lines, text-like edges and noise against the exact mean of the covered pixels: SSIM of the green channel.
void TestScaler::reducesLikeAnAreaFilter()
{
    QFETCH(QSize, size);
    constexpr int kWidth = 1920, kHeight = 1080;
    FrameBuffer buffer(kWidth, kHeight);
    std::minstd_rand random(3);
    for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
            const bool line = (x / 40 + y / 30) % 2 == 0 && (x % 5 == 0 || y % 7 == 0);
            const int smooth = 60 + int(80 * std::abs(std::sin(x / 171.0) * std::cos(y / 93.0)));
            buffer.plane(0)[y * buffer.stride(0) + x] = static_cast<std::uint8_t>((line ? 220 : smooth) + int(random() % 9));
        }
    }
    for (int plane = 1; plane < 3; ++plane)
        for (int y = 0; y < kHeight / 2; ++y)
            std::fill_n(buffer.plane(plane) + y * buffer.stride(plane), kWidth / 2, std::uint8_t{128});
    const Frame frame = buffer.release(MonoTime{}, microseconds{0});
    Scaler scaler;
    Screen screen(size.width(), size.height());
    QVERIFY(scaler.toBgrx(frame, screen.data.get(), screen.stride, screen.width, screen.height));
    const std::vector<double> wanted = areaMean(frame, size.width(), size.height());
    std::vector<double> got(wanted.size());
    for (int y = 0; y < size.height(); ++y)
        for (int x = 0; x < size.width(); ++x)
            got[std::size_t(y * size.width() + x)] = screen.at(x, y)[1];
    const double similarity = test::ssim(wanted, got, size.width(), size.height());
    QVERIFY2(similarity >= 0.98, qPrintable(QString::number(similarity)));
}

void TestScaler::followsGeometryChanges()
{
    Scaler scaler;
    for (int round = 0; round < 3; ++round) {
        for (const int side : {64, 128}) {
            const Frame frame = test::flatPicture(side, side, {static_cast<std::uint8_t>(side), 128, 128});
            Screen screen(50, 50);
            QVERIFY(scaler.toBgrx(frame, screen.data.get(), screen.stride, 50, 50));
            const int wanted = expected({static_cast<std::uint8_t>(side), 128, 128}, true, false)[0];
            QVERIFY(std::abs(screen.at(25, 25)[0] - wanted) <= 2);
        }
    }
}

void TestScaler::yuvKeepsTimesAndShares()
{
    Scaler scaler;
    Frame frame = test::movingPicture(320, 192, 3, microseconds{777});
    frame.capture = test::stampOf(3);
    const auto same = scaler.toYuv420(frame, 320, 192);
    QVERIFY(same);
    QCOMPARE(same->handle.get(), frame.handle.get());
    const auto half = scaler.toYuv420(frame, 160, 96);
    QVERIFY(half);
    QCOMPARE(half->pts, microseconds{777});
    QVERIFY(half->capture == test::stampOf(3));
    QVERIFY(half->captured == frame.captured);
}

void TestScaler::jpegIsAPicture_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    for (const auto &[w, h] : {std::pair{2, 2}, std::pair{18, 10}, std::pair{322, 182}, std::pair{1280, 720}})
        QTest::addRow("%dx%d", w, h) << w << h;
}

void TestScaler::jpegIsAPicture()
{
    QFETCH(int, width);
    QFETCH(int, height);
    const std::array<std::uint8_t, 3> yuv{63, 102, 240};
    JpegEncoder encoder;
    const auto jpeg = encoder.encode(test::flatPicture(width, height, yuv), 95);
    QVERIFY2(jpeg, jpeg ? "" : qPrintable(jpeg.error().text()));
    QVERIFY(jpeg->size() > 20);
    QCOMPARE((*jpeg)[0], std::uint8_t{0xFF});
    QCOMPARE((*jpeg)[1], std::uint8_t{0xD8});
    QCOMPARE(QByteArray(reinterpret_cast<const char *>(jpeg->data()) + 6, 4), QByteArray("JFIF"));

    StreamInfo info;
    info.codec = Codec::Mjpeg;
    auto decoder = Decoder::create(info);
    QVERIFY(decoder);
    auto packet = std::make_shared<Packet>();
    packet->data = *jpeg;
    packet->codec = Codec::Mjpeg;
    packet->key = true;
    const auto frames = (*decoder)->decode(packet);
    QVERIFY(frames);
    QCOMPARE(frames->size(), 1U);
    QCOMPARE(frames->front().width, width);
    QCOMPARE(frames->front().height, height);
    // BT.709 in, and the JPEG (BT.601, full range) still shows the same red.
    Screen screen(width, height);
    Scaler scaler;
    QVERIFY(scaler.toBgrx(frames->front(), screen.data.get(), screen.stride, width, height));
    const Rgb got = screen.at(width / 2, height / 2);
    const Rgb wanted = expected(yuv, true, false);
    QVERIFY2(near(got, wanted, 5), text(got, wanted).constData());

    const Frame busy = test::movingPicture(320, 192, 1, microseconds{0});
    QVERIFY(encoder.encode(busy, 10)->size() < encoder.encode(busy, 90)->size()); // another size and quality on the way
    QCOMPARE(*encoder.encode(busy, 90), *encoder.encode(busy, 90)); // nothing of the picture before is left
}

void TestScaler::refusesNonsense()
{
    Scaler scaler;
    Screen screen(16, 16);
    QVERIFY(!scaler.toBgrx(Frame{}, screen.data.get(), screen.stride, 16, 16));
    const Frame frame = test::flatPicture(16, 16, {16, 128, 128});
    QVERIFY(!scaler.toBgrx(frame, screen.data.get(), screen.stride, 0, 16));
    QVERIFY(!scaler.toBgrx(frame, screen.data.get(), 60, 16, 16));
    QVERIFY(!scaler.toBgrx(frame, nullptr, screen.stride, 16, 16));
    QVERIFY(!scaler.toYuv420(frame, -1, 16));
    QVERIFY(!JpegEncoder().encode(Frame{}, 80));
}

void TestScaler::costOfATile()
{
    const Frame frame = test::movingPicture(1920, 1080, 1, microseconds{0});
    Screen screen(640, 360);
    Scaler scaler;
    QBENCHMARK {
        QVERIFY(scaler.toBgrx(frame, screen.data.get(), screen.stride, 640, 360));
    }
}

QTEST_GUILESS_MAIN(TestScaler)
#include "tst_scaler.moc"
