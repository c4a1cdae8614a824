// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/decoder.h"

#include "core/media/demuxer.h"
#include "tests/core/media/media_fixture.h"

#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace vedette;
using namespace vedette::media;

namespace {

/// Mean absolute difference of the luma to what was encoded.
double lumaError(const Frame &frame, int number)
{
    const Frame wanted = test::movingPicture(frame.width, frame.height, number, microseconds{0});
    double sum = 0;
    for (int y = 0; y < frame.height; ++y) {
        for (int x = 0; x < frame.width; ++x)
            sum += std::abs(frame.planes[0][y * frame.strides[0] + x] - wanted.planes[0][y * wanted.strides[0] + x]);
    }
    return sum / frame.width / frame.height;
}

PacketPtr damaged(const PacketPtr &packet, std::uint32_t seed, int flips)
{
    auto copy = std::make_shared<Packet>(*packet);
    std::minstd_rand random(seed);
    for (int i = 0; i < flips; ++i)
        copy->data[random() % copy->data.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
    return copy;
}

std::vector<PacketPtr> readAll(const QString &path, StreamInfo &info)
{
    Demuxer::Options options;
    options.live = false;
    std::vector<PacketPtr> packets;
    auto demuxer = Demuxer::open(path, options, {});
    if (!demuxer)
        return packets;
    info = (*demuxer)->info();
    for (auto packet = (*demuxer)->read({}); packet; packet = (*demuxer)->read({}))
        packets.push_back(*packet);
    return packets;
}

} // namespace

class TestDecoder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void onePictureInOneOut();
    void startsOnlyAtAKeyFrame();
    void withholdsAfterALostPacket();
    void withholdsInOtherStreams_data();
    void withholdsInOtherStreams();
    void withholdsAfterADamagedPacket();
    void sizeChangesInMidStream();
    void bFramesKeepOrderAndTimes_data();
    void bFramesKeepOrderAndTimes();
    void otherCodecs_data();
    void otherCodecs();
    void randomDamageNeverCrashes();
    void refusesAnUnknownCodec();
    void resetStartsAgain();
};

void TestDecoder::onePictureInOneOut()
{
    StreamInfo info;
    const auto packets = test::encodePictures(25, 320, 192, &info);
    QCOMPARE(packets.size(), 25U);
    auto decoder = Decoder::create(info);
    QVERIFY(decoder);
    for (int i = 0; i < 25; ++i) {
        const PacketPtr &packet = packets[static_cast<std::size_t>(i)];
        const auto frames = (*decoder)->decode(packet);
        QVERIFY(frames);
        QCOMPARE(frames->size(), 1U);
        const Frame &frame = frames->front();
        QCOMPARE(frame.width, 320);
        QCOMPARE(frame.height, 192);
        QCOMPARE(frame.pts, microseconds{i * 50'000});
        QVERIFY(frame.capture == test::stampOf(i));
        QVERIFY(frame.arrival == packet->arrival);
        QVERIFY(frame.decoded >= frame.arrival);
        QVERIFY(lumaError(frame, i) < 12);
    }
    QCOMPARE((*decoder)->errors(), 0U);
}

void TestDecoder::startsOnlyAtAKeyFrame()
{
    StreamInfo info;
    const auto packets = test::encodePictures(25, 320, 192, &info);
    auto decoder = Decoder::create(info);
    QVERIFY(decoder);
    for (std::size_t i = 3; i < 25; ++i) {
        const auto frames = (*decoder)->decode(packets[i]);
        const std::size_t shown = frames ? frames->size() : 0;
        QCOMPARE(shown, i < 10 ? 0U : 1U);
    }
}

void TestDecoder::withholdsAfterALostPacket()
{
    StreamInfo info;
    const auto packets = test::encodePictures(25, 320, 192, &info);
    auto decoder = Decoder::create(info);
    QVERIFY(decoder);
    std::vector<int> shown;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        if (i == 4)
            continue; // lost on the way
        const auto frames = (*decoder)->decode(packets[i]);
        for (const Frame &frame : frames ? *frames : std::vector<Frame>{}) {
            QVERIFY(frame.capture.has_value());
            shown.push_back(static_cast<int>(frame.capture->sequence));
            QVERIFY2(lumaError(frame, shown.back()) < 12, qPrintable(QString::number(shown.back())));
        }
    }
    const std::vector<int> wanted{0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24};
    QCOMPARE(shown, wanted);
    QVERIFY((*decoder)->errors() > 0);
}

void TestDecoder::withholdsInOtherStreams_data()
{
    QTest::addColumn<QString>("encoder");
    QTest::addColumn<int>("lost");
    QTest::addColumn<int>("next");
    QTest::newRow("h264, three references") << QStringLiteral("-c:v libx264 -bf 0 -refs 3 -g 20 -sc_threshold 0") << 8 << 20;
    QTest::newRow("h265") << QStringLiteral("-c:v libx265 -preset ultrafast -x265-params bframes=0:keyint=20:min-keyint=20:log-level=none")
                          << 8 << 20;
}

void TestDecoder::withholdsInOtherStreams()
{
    QFETCH(QString, encoder);
    QFETCH(int, lost);
    QFETCH(int, next);
    QTemporaryDir dir;
    const QString path = dir.filePath(QStringLiteral("l.mp4"));
    QVERIFY(test::makeClip(QStringLiteral("-f lavfi -i testsrc2=s=320x180:r=20:d=2 -pix_fmt yuv420p ") + encoder, path));
    StreamInfo info;
    const auto packets = readAll(path, info);
    QCOMPARE(packets.size(), 40U);
    auto decoder = Decoder::create(info);
    QVERIFY(decoder);
    std::vector<Frame> shown;
    for (int i = 0; i < 40; ++i) {
        if (i == lost)
            continue;
        const auto frames = (*decoder)->decode(packets[static_cast<std::size_t>(i)]);
        if (frames)
            shown.insert(shown.end(), frames->begin(), frames->end());
    }
    QCOMPARE(static_cast<int>(shown.size()), 40 - (next - lost));
    QCOMPARE(shown[static_cast<std::size_t>(lost)].pts, packets[static_cast<std::size_t>(next)]->pts);
}

void TestDecoder::withholdsAfterADamagedPacket()
{
    StreamInfo info;
    const auto packets = test::encodePictures(25, 320, 192, &info);
    auto decoder = Decoder::create(info);
    QVERIFY(decoder);
    std::vector<std::size_t> shown;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        PacketPtr packet = packets[i];
        if (i == 4) {
            auto cut = std::make_shared<Packet>(*packet);
            cut->data.resize(cut->data.size() / 3);
            packet = cut;
        }
        const auto frames = (*decoder)->decode(packet);
        if (frames && !frames->empty())
            shown.push_back(i);
    }
    QVERIFY(std::find(shown.begin(), shown.end(), 3U) != shown.end());
    QVERIFY(std::find(shown.begin(), shown.end(), 10U) != shown.end());
    for (std::size_t i = 4; i < 10; ++i)
        QVERIFY2(std::find(shown.begin(), shown.end(), i) == shown.end(), qPrintable(QString::number(i)));
    QVERIFY((*decoder)->errors() > 0);
}

void TestDecoder::sizeChangesInMidStream()
{
    StreamInfo info;
    const auto small = test::encodePictures(5, 320, 192, &info);
    const auto large = test::encodePictures(5, 640, 368);
    auto decoder = Decoder::create(info);
    QVERIFY(decoder);
    std::vector<int> widths;
    for (const auto &packets : {small, large, small}) {
        for (const PacketPtr &packet : packets) {
            const auto frames = (*decoder)->decode(packet);
            QVERIFY(frames);
            QCOMPARE(frames->size(), 1U);
            if (widths.empty() || widths.back() != frames->front().width)
                widths.push_back(frames->front().width);
        }
    }
    QCOMPARE(widths, (std::vector<int>{320, 640, 320}));
}

void TestDecoder::bFramesKeepOrderAndTimes_data()
{
    QTest::addColumn<QString>("encoder");
    QTest::addColumn<bool>("lowDelay");
    for (const bool low : {false, true}) {
        QTest::newRow(low ? "h264 low delay" : "h264") << QStringLiteral("-c:v libx264 -bf 3 -g 25") << low;
        QTest::newRow(low ? "h265 low delay" : "h265")
            << QStringLiteral("-c:v libx265 -preset ultrafast -x265-params bframes=3:log-level=none") << low;
    }
}

void TestDecoder::bFramesKeepOrderAndTimes()
{
    QFETCH(QString, encoder);
    QFETCH(bool, lowDelay);
    QTemporaryDir dir;
    const QString path = dir.filePath(QStringLiteral("b.mp4"));
    QVERIFY(test::makeClip(QStringLiteral("-f lavfi -i testsrc2=s=320x180:r=25:d=3 -pix_fmt yuv420p ") + encoder, path));
    StreamInfo info;
    const auto packets = readAll(path, info);
    QCOMPARE(packets.size(), 75U);
    auto decoder = Decoder::create(info, {1, lowDelay});
    QVERIFY(decoder);
    std::vector<Frame> shown;
    for (const PacketPtr &packet : packets) {
        const auto frames = (*decoder)->decode(packet);
        QVERIFY(frames);
        shown.insert(shown.end(), frames->begin(), frames->end());
    }
    const auto rest = (*decoder)->flush();
    shown.insert(shown.end(), rest.begin(), rest.end());
    QCOMPARE(shown.size(), 75U);
    for (std::size_t i = 1; i < shown.size(); ++i) {
        QCOMPARE((shown[i].pts - shown[0].pts).count(), static_cast<std::int64_t>(i) * 40'000);
        QVERIFY(shown[i].arrival > MonoTime{});
    }
}

void TestDecoder::otherCodecs_data()
{
    QTest::addColumn<QString>("arguments");
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("codec");
    QTest::newRow("mjpeg") << QStringLiteral("-c:v mjpeg") << QStringLiteral("a.avi") << static_cast<int>(Codec::Mjpeg);
    QTest::newRow("mpeg4") << QStringLiteral("-c:v mpeg4") << QStringLiteral("a.mp4") << static_cast<int>(Codec::Other);
    QTest::newRow("vp8") << QStringLiteral("-c:v libvpx -deadline realtime") << QStringLiteral("a.webm")
                         << static_cast<int>(Codec::Other);
}

void TestDecoder::otherCodecs()
{
    QFETCH(QString, arguments);
    QFETCH(QString, file);
    QFETCH(int, codec);
    QTemporaryDir dir;
    const QString path = dir.filePath(file);
    QVERIFY(test::makeClip(QStringLiteral("-f lavfi -i testsrc2=s=320x180:r=25:d=1 ") + arguments, path));
    StreamInfo info;
    const auto packets = readAll(path, info);
    QCOMPARE(static_cast<int>(info.codec), codec);
    QCOMPARE(info.width, 320);
    auto decoder = Decoder::create(info);
    QVERIFY(decoder);
    std::size_t shown = 0;
    for (const PacketPtr &packet : packets) {
        const auto frames = (*decoder)->decode(packet);
        shown += frames ? frames->size() : 0;
    }
    shown += (*decoder)->flush().size();
    QCOMPARE(shown, 25U);
}

void TestDecoder::randomDamageNeverCrashes()
{
    StreamInfo info;
    const auto packets = test::encodePictures(20, 160, 96, &info);
    auto decoder = Decoder::create(info);
    QVERIFY(decoder);
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        for (const PacketPtr &packet : packets)
            (void)(*decoder)->decode(seed % 3 == 0 ? packet : damaged(packet, seed, static_cast<int>(seed % 17) + 1));
    }
    auto garbage = std::make_shared<Packet>();
    garbage->codec = Codec::H264;
    garbage->data = {0, 0, 1};
    (void)(*decoder)->decode(garbage);
    (*decoder)->reset();
    // And it still works.
    const auto frames = (*decoder)->decode(packets.front());
    QVERIFY(frames);
    QCOMPARE(frames->size(), 1U);
    QVERIFY(!(*decoder)->decode(nullptr));
}

void TestDecoder::refusesAnUnknownCodec()
{
    const auto none = Decoder::create(StreamInfo{});
    QVERIFY(!none);
    QCOMPARE(toString(none.error().kind), QStringLiteral("unsupported"));
    StreamInfo strange;
    strange.codec = Codec::Other;
    strange.nativeCodec = 0x7FFFFFFF;
    QVERIFY(!Decoder::create(strange));
}

void TestDecoder::resetStartsAgain()
{
    StreamInfo info;
    const auto packets = test::encodePictures(12, 320, 192, &info);
    auto decoder = Decoder::create(info);
    QVERIFY(decoder);
    QCOMPARE((*decoder)->decode(packets[0])->size(), 1U);
    (*decoder)->reset();
    const auto between = (*decoder)->decode(packets[1]);
    QVERIFY(!between || between->empty());
    const auto key = (*decoder)->decode(packets[10]);
    QVERIFY(key);
    QCOMPARE(key->size(), 1U);
    QCOMPARE(key->front().capture->sequence, 10U);
}

QTEST_GUILESS_MAIN(TestDecoder)
#include "tst_decoder.moc"
