// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/encoder.h"

#include "core/media/decoder.h"
#include "core/media/jpeg_encoder.h"
#include "core/media/scaler.h"
#include "tests/core/media/media_fixture.h"

#include <QTest>

using namespace vedette;
using namespace vedette::media;

namespace {

EncoderConfig config(int width = 320, int height = 192)
{
    EncoderConfig c;
    c.width = width;
    c.height = height;
    c.framerate = 20;
    c.bitrateKbps = 800;
    c.keyFrameInterval = 10;
    return c;
}

} // namespace

class TestEncoder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void onePictureInOneOut_data();
    void onePictureInOneOut();
    void keyFramesComeOnTime();
    void keyFrameOnRequest();
    void parameterSetsAreKnownAtOnce();
    void keepsTheBitrate();
    void changesTheBitrateInMidStream();
    void profiles_data();
    void profiles();
    void convertsOtherSizes();
    void colourOfThePictureIsSignalled();
    void repeatedTimesAreSpread();
    void refusesBadValues_data();
    void refusesBadValues();
};

void TestEncoder::onePictureInOneOut_data()
{
    QTest::addColumn<QString>("preset");
    QTest::addColumn<int>("threads");
    QTest::newRow("ultrafast") << QStringLiteral("ultrafast") << 0;
    QTest::newRow("veryfast, 1 thread") << QStringLiteral("veryfast") << 1;
    QTest::newRow("veryfast, 2 threads") << QStringLiteral("veryfast") << 2;
    QTest::newRow("medium") << QStringLiteral("medium") << 1;
}

void TestEncoder::onePictureInOneOut()
{
    QFETCH(QString, preset);
    QFETCH(int, threads);
    EncoderConfig c = config();
    c.preset = preset;
    c.threads = threads;
    auto encoder = Encoder::create(c);
    QVERIFY(encoder);
    for (int i = 0; i < 30; ++i) {
        Frame frame = test::movingPicture(320, 192, i, microseconds{1'000'000 + i * 50'000});
        frame.capture = test::stampOf(i);
        const MonoTime before = SystemClock{}.now();
        const auto packets = (*encoder)->encode(frame, false);
        QVERIFY(packets);
        QCOMPARE(packets->size(), 1U);
        const Packet &packet = *packets->front();
        QCOMPARE(packet.pts, microseconds{1'000'000 + i * 50'000});
        QCOMPARE(packet.dts, packet.pts); // no B-frames
        QVERIFY(packet.capture == test::stampOf(i));
        QVERIFY(packet.arrival >= before);
        QCOMPARE(packet.key, containsKeyFrame(Codec::H264, packet.data));
        QCOMPARE(packet.data[0], std::uint8_t{0});
    }
}

void TestEncoder::keyFramesComeOnTime()
{
    const auto packets = test::encodePictures(35);
    QCOMPARE(packets.size(), 35U);
    for (std::size_t i = 0; i < packets.size(); ++i) {
        QCOMPARE(packets[i]->key, i % 10 == 0);
        QCOMPARE(!extractParameterSets(Codec::H264, packets[i]->data).empty(), packets[i]->key);
        int user = 0;
        forEachNal(packets[i]->data, [&](std::span<const std::uint8_t> nal) { user += (nal[0] & 0x1F) == 6 ? 1 : 0; });
        QCOMPARE(user, 0); // x264's own SEI would cost bytes and say nothing
    }
}

void TestEncoder::keyFrameOnRequest()
{
    auto encoder = Encoder::create(config());
    QVERIFY(encoder);
    std::vector<int> keys;
    for (int i = 0; i < 20; ++i) {
        const auto packets = (*encoder)->encode(test::movingPicture(320, 192, i, microseconds{i * 50'000}), i == 4);
        QVERIFY(packets && packets->size() == 1);
        if (packets->front()->key)
            keys.push_back(i);
    }
    QCOMPARE(keys, (std::vector<int>{0, 4, 14}));
}

void TestEncoder::parameterSetsAreKnownAtOnce()
{
    auto encoder = Encoder::create(config());
    QVERIFY(encoder);
    const StreamInfo info = (*encoder)->info();
    QVERIFY(info.codec == Codec::H264);
    QCOMPARE(info.width, 320);
    QCOMPARE(info.height, 192);
    QCOMPARE(info.framerate, 20.0);
    QVERIFY(!info.parameterSets.empty());
    const auto packets = (*encoder)->encode(test::movingPicture(320, 192, 0, microseconds{0}), false);
    QVERIFY(packets && packets->size() == 1);
    QCOMPARE(extractParameterSets(Codec::H264, packets->front()->data), info.parameterSets);
}

void TestEncoder::keepsTheBitrate()
{
    EncoderConfig c = config(640, 368);
    c.bitrateKbps = 1000;
    auto encoder = Encoder::create(c);
    QVERIFY(encoder);
    std::size_t bytes = 0;
    for (int i = 0; i < 200; ++i) { // ten seconds, the first two for settling
        const auto packets = (*encoder)->encode(test::movingPicture(640, 368, i, microseconds{i * 50'000}), false);
        QVERIFY(packets && packets->size() == 1);
        bytes += i >= 40 ? packets->front()->data.size() : 0;
    }
    const double kbps = static_cast<double>(bytes) * 8 / 8 / 1000;
    QVERIFY2(kbps > 700 && kbps < 1100, qPrintable(QString::number(kbps)));
}

void TestEncoder::changesTheBitrateInMidStream()
{
    EncoderConfig c = config(640, 368);
    c.keyFrameInterval = 1000;
    c.bitrateKbps = 1000;
    auto encoder = Encoder::create(c);
    QVERIFY(encoder.has_value());
    int keys = 0;
    const auto second = [&](int from) { // kbit/s over two seconds, the first of three left to settle
        std::size_t bytes = 0;
        for (int i = 0; i < 60; ++i) {
            const auto packets = (*encoder)->encode(test::movingPicture(640, 368, from + i, microseconds{(from + i) * 50'000}), false);
            for (const PacketPtr &packet : *packets) {
                bytes += i >= 20 ? packet->data.size() : 0;
                keys += packet->key ? 1 : 0;
            }
        }
        return static_cast<double>(bytes) * 8 / 2 / 1000;
    };
    const double before = second(0);
    const media::Bytes sets = (*encoder)->info().parameterSets;
    QVERIFY((*encoder)->setBitrate(300));
    const double low = second(60);
    QVERIFY((*encoder)->setBitrate(1000));
    const double again = second(120);
    QVERIFY2(before > 650 && before < 1300, qPrintable(QString::number(before)));
    QVERIFY2(low > 150 && low < 450, qPrintable(QString::number(low)));
    QVERIFY2(again > 650 && again < 1300, qPrintable(QString::number(again)));
    QCOMPARE(keys, 1);
    QCOMPARE((*encoder)->info().parameterSets, sets);
    QCOMPARE(toString((*encoder)->setBitrate(1).error().kind), QStringLiteral("invalid_input"));
}

void TestEncoder::profiles_data()
{
    QTest::addColumn<QString>("profile");
    QTest::addColumn<int>("idc"); // profile_idc of the SPS (ITU-T H.264, A.2)
    QTest::newRow("baseline") << QStringLiteral("baseline") << 66;
    QTest::newRow("main") << QStringLiteral("main") << 77;
    QTest::newRow("high") << QStringLiteral("high") << 100;
}

void TestEncoder::profiles()
{
    QFETCH(QString, profile);
    QFETCH(int, idc);
    EncoderConfig c = config();
    c.preset = QStringLiteral("medium");
    c.profile = profile;
    const auto encoder = Encoder::create(c);
    QVERIFY(encoder.has_value());
    const Bytes &sets = (*encoder)->info().parameterSets;
    QVERIFY(sets.size() > 5 && (sets[4] & 0x1f) == 7);
    QCOMPARE(static_cast<int>(sets[5]), idc);
}

void TestEncoder::convertsOtherSizes()
{
    auto encoder = Encoder::create(config());
    QVERIFY(encoder);
    for (const int width : {640, 320, 100}) {
        const auto packets = (*encoder)->encode(test::movingPicture(width, width / 2, 1, microseconds{(2000 - width) * 1000}), true);
        QVERIFY(packets && packets->size() == 1);
        auto decoder = Decoder::create((*encoder)->info());
        const auto frames = (*decoder)->decode(packets->front());
        QVERIFY(frames && frames->size() == 1);
        QCOMPARE(frames->front().width, 320);
        QCOMPARE(frames->front().height, 192);
    }
}

void TestEncoder::colourOfThePictureIsSignalled()
{
    // A JPEG is BT.601 in full range; what comes out is limited range and must say which matrix it has.
    const Frame source = test::flatPicture(320, 192, {63, 102, 240});
    const auto jpeg = JpegEncoder().encode(source, 100);
    QVERIFY(jpeg);
    StreamInfo info;
    info.codec = Codec::Mjpeg;
    auto jpegDecoder = Decoder::create(info);
    auto packet = std::make_shared<Packet>();
    packet->data = *jpeg;
    packet->key = true;
    const auto pictures = (*jpegDecoder)->decode(packet);
    QVERIFY(pictures && pictures->size() == 1);

    auto encoder = Encoder::create(config());
    QVERIFY(encoder);
    const Bytes before = (*encoder)->info().parameterSets;
    Scaler scaler;
    std::array<std::array<std::uint8_t, 4>, 2> seen{};
    std::array<std::uint8_t, 320 * 192 * 4> screen{};
    int number = 0;
    for (const Frame &picture : {source, pictures->front()}) {
        Frame timed = picture;
        timed.pts = microseconds{number * 50'000};
        const auto packets = (*encoder)->encode(timed, false);
        QVERIFY(packets && packets->size() == 1);
        QVERIFY(packets->front()->key);
        auto decoder = Decoder::create((*encoder)->info());
        const auto frames = (*decoder)->decode(packets->front());
        QVERIFY(frames && frames->size() == 1);
        QVERIFY(scaler.toBgrx(frames->front(), screen.data(), 320 * 4, 320, 192));
        std::copy_n(screen.data() + (96 * 320 + 160) * 4, 4, seen[static_cast<std::size_t>(number++)].begin());
    }
    QVERIFY((*encoder)->info().parameterSets != before);
    for (std::size_t i = 0; i < 3; ++i)
        QVERIFY2(qAbs(seen[0][i] - seen[1][i]) <= 6, qPrintable(QStringLiteral("%1 %2").arg(seen[0][i]).arg(seen[1][i])));
}

void TestEncoder::repeatedTimesAreSpread()
{
    auto encoder = Encoder::create(config());
    QVERIFY(encoder);
    microseconds last{-1};
    for (const int ms : {100, 100, 90, 200}) {
        const auto packets = (*encoder)->encode(test::movingPicture(320, 192, ms, microseconds{ms * 1000}), false);
        QVERIFY(packets && packets->size() == 1);
        QVERIFY(packets->front()->pts > last);
        last = packets->front()->pts;
    }
    QCOMPARE(last, microseconds{200'000});
    QVERIFY(!(*encoder)->encode(Frame{}, false));
}

void TestEncoder::refusesBadValues_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<double>("framerate");
    QTest::addColumn<int>("kbps");
    QTest::addColumn<int>("interval");
    QTest::addColumn<QString>("preset");
    QTest::addColumn<QString>("named");
    const QString veryfast = QStringLiteral("veryfast");
    QTest::newRow("odd width") << 321 << 192 << 20.0 << 800 << 10 << veryfast << QStringLiteral("321x192");
    QTest::newRow("no height") << 320 << 0 << 20.0 << 800 << 10 << veryfast << QStringLiteral("320x0");
    QTest::newRow("too large") << 9000 << 9000 << 20.0 << 800 << 10 << veryfast << QStringLiteral("9000");
    QTest::newRow("no framerate") << 320 << 192 << 0.0 << 800 << 10 << veryfast << QStringLiteral("framerate");
    QTest::newRow("no number") << 320 << 192 << qQNaN() << 800 << 10 << veryfast << QStringLiteral("framerate");
    QTest::newRow("no bitrate") << 320 << 192 << 20.0 << 0 << 10 << veryfast << QStringLiteral("bitrate");
    QTest::newRow("interval") << 320 << 192 << 20.0 << 800 << -1 << veryfast << QStringLiteral("interval");
    QTest::newRow("preset") << 320 << 192 << 20.0 << 800 << 10 << QStringLiteral("warp") << QStringLiteral("warp");
}

void TestEncoder::refusesBadValues()
{
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(double, framerate);
    QFETCH(int, kbps);
    QFETCH(int, interval);
    QFETCH(QString, preset);
    QFETCH(QString, named);
    EncoderConfig c = config(width, height);
    c.framerate = framerate;
    c.bitrateKbps = kbps;
    c.keyFrameInterval = interval;
    c.preset = preset;
    const auto encoder = Encoder::create(c);
    QVERIFY(!encoder);
    QCOMPARE(toString(encoder.error().kind), QStringLiteral("invalid_input"));
    QVERIFY2(encoder.error().detail.contains(named), qPrintable(encoder.error().detail));
}

QTEST_GUILESS_MAIN(TestEncoder)
#include "tst_encoder.moc"
