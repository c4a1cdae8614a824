// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/picture_change.h"

#include "core/media/decoder.h"
#include "core/media/demuxer.h"
#include "tests/core/media/media_fixture.h"

#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::media;
using namespace vedette::test;

namespace {

constexpr int kWidth = 640;
constexpr int kHeight = 360;

Frame noisy(unsigned seed, double sigma, int spotX = -1, int spotY = 0)
{
    FrameBuffer buffer(kWidth, kHeight);
    std::minstd_rand random(seed);
    std::normal_distribution<double> noise(0, sigma);
    for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
            const bool spot = spotX >= 0 && x >= spotX && x < spotX + 8 && y >= spotY && y < spotY + 8;
            const double value = 60 + (x / 16 + y / 16) % 8 * 10 + (spot ? 80 : 0) + noise(random);
            buffer.plane(0)[y * buffer.stride(0) + x] = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
        }
    }
    return buffer.release(MonoTime{}, microseconds{0});
}

bool sameInAllPhases(const Frame &a, const Frame &b)
{
    for (unsigned phase = 0; phase < 8; ++phase) {
        if (!looksSame(a, b, phase))
            return false;
    }
    return true;
}

std::vector<Frame> decodedClip(const QString &line)
{
    QTemporaryDir dir;
    const QString file = dir.filePath(QStringLiteral("clip.mkv"));
    std::vector<Frame> frames;
    if (!makeClip(line, file))
        return frames;
    Demuxer::Options options;
    options.live = false;
    const auto demuxer = Demuxer::open(file, options, {});
    if (!demuxer)
        return frames;
    const auto decoder = Decoder::create((*demuxer)->info());
    while (const auto packet = (*demuxer)->read({})) {
        const auto out = (*decoder)->decode(*packet);
        if (out)
            frames.insert(frames.end(), out->begin(), out->end());
    }
    return frames;
}

} // namespace

class TestPictureChange : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void noiseIsNoChange();
    void aSpotIs();
    void otherPictures();
    void codingIsNoChange_data();
    void codingIsNoChange();
    void slowMotionIsFound();
};

void TestPictureChange::noiseIsNoChange()
{
    QVERIFY(sameInAllPhases(noisy(1, 0), noisy(1, 0)));
    for (unsigned seed = 2; seed < 12; ++seed)
        QVERIFY(sameInAllPhases(noisy(1, 3), noisy(seed, 3)));
}

void TestPictureChange::aSpotIs()
{
    for (int i = 0; i < 50; ++i)
        QVERIFY(!sameInAllPhases(noisy(1, 0), noisy(1, 0, i * 12, i * 7)));
}

void TestPictureChange::otherPictures()
{
    const Frame picture = noisy(1, 0);
    QVERIFY(!looksSame(picture, Frame{}, 0));
    QVERIFY(!looksSame(Frame{}, Frame{}, 0));
    QVERIFY(!looksSame(picture, flatPicture(320, 192, {60, 128, 128}), 0));
    QVERIFY(looksSame(flatPicture(320, 192, {60, 128, 128}), flatPicture(320, 192, {60, 128, 128}), 5));
    QVERIFY(!looksSame(flatPicture(320, 192, {60, 128, 128}), flatPicture(320, 192, {70, 128, 128}), 5));
    QVERIFY(looksSame(flatPicture(2, 2, {60, 128, 128}), flatPicture(2, 2, {60, 128, 128}), 1));
}

void TestPictureChange::codingIsNoChange_data()
{
    QTest::addColumn<QString>("line");
    const QString still = QStringLiteral("-f lavfi -i smptebars=size=640x360:rate=20:duration=4 ");
    QTest::newRow("H.264, short groups") << still + QStringLiteral("-pix_fmt yuv420p -c:v libx264 -preset ultrafast -tune zerolatency -b:v 500k -g 10");
    QTest::newRow("H.265") << still + QStringLiteral("-pix_fmt yuv420p -c:v libx265 -preset ultrafast -x265-params log-level=error:keyint=10 -b:v 500k");
    QTest::newRow("10 bit") << still + QStringLiteral("-pix_fmt yuv420p10le -c:v libx264 -preset ultrafast -g 10");
    QTest::newRow("4:2:2") << still + QStringLiteral("-pix_fmt yuv422p -c:v libx264 -preset ultrafast -g 10");
    QTest::newRow("MJPEG") << still + QStringLiteral("-c:v mjpeg -q:v 8");
    QTest::newRow("a lens cap") << QStringLiteral("-f lavfi -i color=c=#101010:size=640x360:rate=20:duration=4 -vf noise=alls=6:allf=t ")
            + QStringLiteral("-pix_fmt yuv420p -c:v libx264 -preset ultrafast -tune zerolatency -b:v 500k -g 20");
}

void TestPictureChange::codingIsNoChange()
{
    QFETCH(QString, line);
    const auto frames = decodedClip(line);
    QVERIFY2(frames.size() >= 70, qPrintable(QString::number(frames.size())));
    for (std::size_t i = 20; i < frames.size(); ++i)
        QVERIFY2(sameInAllPhases(frames[10], frames[i]), qPrintable(QString::number(i)));
}

void TestPictureChange::slowMotionIsFound()
{
    // A square of 12 pixels that moves by 20 pixels a second over a grey wall.
    const auto frames = decodedClip(QStringLiteral("-f lavfi -i color=c=gray:size=640x360:rate=20:duration=4 -f lavfi -i color=c=white:size=12x12:rate=20:duration=4 "
                                                   "-filter_complex overlay=x=20*t:y=100 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -tune zerolatency -b:v 500k"));
    QVERIFY(frames.size() >= 70);
    for (std::size_t i = 0; i + 25 < frames.size(); i += 5)
        QVERIFY(!sameInAllPhases(frames[i], frames[i + 25]));
}

QTEST_GUILESS_MAIN(TestPictureChange)
#include "tst_picture_change.moc"
