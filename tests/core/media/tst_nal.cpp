// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/nal.h"

#include "core/media/sps.h"
#include "tests/core/media/media_fixture.h"

#include <QTest>

using namespace vedette;
using namespace vedette::media;

namespace {

Bytes concat(std::initializer_list<Bytes> parts)
{
    Bytes out;
    for (const Bytes &part : parts)
        out.insert(out.end(), part.begin(), part.end());
    return out;
}

const Bytes kAud{0, 0, 0, 1, 9, 0xF0};
const Bytes kSps{0, 0, 0, 1, 0x67, 0x42, 0xC0, 0x1E, 0x55};
const Bytes kPps{0, 0, 1, 0x68, 0xCE, 0x3C, 0x80};
const Bytes kIdr{0, 0, 1, 0x65, 0x88, 0x80, 0, 0, 3, 1, 0x77};
const Bytes kSlice{0, 0, 0, 1, 0x41, 0x9A, 0x21, 0x6C};

std::vector<unsigned> types(Codec codec, const Bytes &unit)
{
    std::vector<unsigned> out;
    forEachNal(unit, [&](std::span<const std::uint8_t> nal) {
        out.push_back(codec == Codec::H265 ? nal[0] >> 1 & 0x3FU : nal[0] & 0x1FU);
    });
    return out;
}

} // namespace

class TestNal : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void splitsAccessUnits();
    void findsKeyFrames();
    void extractsParameterSets();
    void userDataRoundTrip_data();
    void userDataRoundTrip();
    void escapesEveryZeroRun();
    void placesSeiBeforeThePicture();
    void replacesOnlyItsOwnSei();
    void keepsPicturesBitIdentical();
    void readsSequences();
    void readsTheFrameRate_data();
    void readsTheFrameRate();
    void anyBytesAreSafe();
};

void TestNal::splitsAccessUnits()
{
    const Bytes unit = concat({kAud, kSps, kPps, Bytes{0, 0, 0}, kIdr, Bytes{0, 0}});
    std::vector<Bytes> nals;
    forEachNal(unit, [&](std::span<const std::uint8_t> nal) { nals.emplace_back(nal.begin(), nal.end()); });
    QCOMPARE(nals.size(), 4U);
    QCOMPARE(nals[0], (Bytes{9, 0xF0}));
    QCOMPARE(nals[2], (Bytes{0x68, 0xCE, 0x3C, 0x80}));
    QCOMPARE(nals[3], Bytes(kIdr.begin() + 3, kIdr.end()));
}

void TestNal::findsKeyFrames()
{
    QVERIFY(containsKeyFrame(Codec::H264, concat({kAud, kSps, kPps, kIdr})));
    QVERIFY(!containsKeyFrame(Codec::H264, concat({kAud, kSps, kPps, kSlice})));
    QVERIFY(containsKeyFrame(Codec::H265, Bytes{0, 0, 1, 19 << 1, 1, 0xAA}));
    QVERIFY(containsKeyFrame(Codec::H265, Bytes{0, 0, 1, 21 << 1, 1, 0xAA}));
    QVERIFY(!containsKeyFrame(Codec::H265, Bytes{0, 0, 1, 1 << 1, 1, 0xAA}));
    QVERIFY(!containsKeyFrame(Codec::Mjpeg, kIdr));
    QVERIFY(!containsKeyFrame(Codec::H264, {}));
}

void TestNal::extractsParameterSets()
{
    const Bytes sets = extractParameterSets(Codec::H264, concat({kAud, kSps, kPps, kIdr}));
    QCOMPARE(types(Codec::H264, sets), (std::vector<unsigned>{7, 8}));
    const Bytes h265 = concat({Bytes{0, 0, 1, 32 << 1, 1, 1}, Bytes{0, 0, 1, 33 << 1, 1, 2}, Bytes{0, 0, 1, 34 << 1, 1, 3},
                               Bytes{0, 0, 1, 39 << 1, 1, 4}, Bytes{0, 0, 1, 19 << 1, 1, 5}});
    QCOMPARE(types(Codec::H265, extractParameterSets(Codec::H265, h265)), (std::vector<unsigned>{32, 33, 34}));
    QVERIFY(extractParameterSets(Codec::H264, kSlice).empty());
}

void TestNal::userDataRoundTrip_data()
{
    QTest::addColumn<int>("codec");
    QTest::addColumn<int>("size");
    for (const int size : {16, 50, 254, 255, 256, 510, 1000}) {
        QTest::addRow("h264 %d", size) << static_cast<int>(Codec::H264) << size;
        QTest::addRow("h265 %d", size) << static_cast<int>(Codec::H265) << size;
    }
}

void TestNal::userDataRoundTrip()
{
    QFETCH(int, codec);
    QFETCH(int, size);
    const auto kind = static_cast<Codec>(codec);
    Bytes payload(static_cast<std::size_t>(size), 0); // zeros need the most emulation prevention
    std::copy(test::kUuid.begin(), test::kUuid.end(), payload.begin());
    const Bytes slice = kind == Codec::H265 ? Bytes{0, 0, 1, 1 << 1, 1, 0xAA} : kSlice;
    const Bytes unit = insertUserDataSei(kind, slice, payload);
    const auto found = findUserDataSei(kind, unit, test::kUuid);
    QVERIFY(found.has_value());
    QCOMPARE(*found, payload);
    QCOMPARE(types(kind, unit), (kind == Codec::H265 ? std::vector<unsigned>{39, 1} : std::vector<unsigned>{6, 1}));
}

void TestNal::escapesEveryZeroRun()
{
    const Bytes sei = makeUserDataSei(Codec::H264, test::userData(0));
    for (std::size_t i = 4; i + 2 < sei.size(); ++i)
        QVERIFY2(!(sei[i] == 0 && sei[i + 1] == 0 && sei[i + 2] < 3), "a start code inside the unit");
    QCOMPARE(sei.back(), std::uint8_t{0x80});
}

void TestNal::placesSeiBeforeThePicture()
{
    const Bytes unit = insertUserDataSei(Codec::H264, concat({kAud, kSps, kPps, kIdr}), test::userData(1));
    QCOMPARE(types(Codec::H264, unit), (std::vector<unsigned>{9, 7, 8, 6, 5}));
    const Bytes empty = insertUserDataSei(Codec::H264, {}, test::userData(1));
    QCOMPARE(types(Codec::H264, empty), (std::vector<unsigned>{6}));
    QCOMPARE(insertUserDataSei(Codec::Mjpeg, kIdr, test::userData(1)), kIdr);
}

void TestNal::replacesOnlyItsOwnSei()
{
    Bytes other = test::userData(7);
    other[3] = 0xEE;
    Bytes unit = insertUserDataSei(Codec::H264, concat({kAud, kIdr}), other);
    unit = insertUserDataSei(Codec::H264, unit, test::userData(1));
    unit = insertUserDataSei(Codec::H264, unit, test::userData(2));
    QCOMPARE(types(Codec::H264, unit), (std::vector<unsigned>{9, 6, 6, 5}));
    QCOMPARE(findUserDataSei(Codec::H264, unit, test::kUuid).value_or(Bytes{}), test::userData(2));
    const std::span<const std::uint8_t, 16> otherUuid(other.data(), 16);
    QCOMPARE(findUserDataSei(Codec::H264, unit, otherUuid).value_or(Bytes{}), other);

    // Two messages in one SEI unit: the foreign one (payload type 1) stays.
    const Bytes mine = makeUserDataSei(Codec::H264, Bytes(test::kUuid.begin(), test::kUuid.end()));
    Bytes both{0, 0, 1, 6, 1, 2, 0xAB, 0xCD};
    both.insert(both.end(), mine.begin() + 5, mine.end());
    const Bytes replaced = insertUserDataSei(Codec::H264, concat({both, kSlice}), test::userData(3));
    QCOMPARE(types(Codec::H264, replaced), (std::vector<unsigned>{6, 6, 1}));
    const Bytes kept{0, 0, 0, 1, 6, 1, 2, 0xAB, 0xCD, 0x80};
    QVERIFY(std::search(replaced.begin(), replaced.end(), kept.begin(), kept.end()) != replaced.end());
    QCOMPARE(findUserDataSei(Codec::H264, replaced, test::kUuid).value_or(Bytes{}), test::userData(3));
}

void TestNal::keepsPicturesBitIdentical()
{
    const auto packets = test::encodePictures(12);
    QCOMPARE(packets.size(), 12U);
    for (const PacketPtr &packet : packets) {
        const Bytes unit = insertUserDataSei(Codec::H264, packet->data, test::userData(9));
        QVERIFY(!test::vclUnits(Codec::H264, unit).empty());
        QCOMPARE(test::vclUnits(Codec::H264, unit), test::vclUnits(Codec::H264, packet->data));
        QCOMPARE(extractParameterSets(Codec::H264, unit), extractParameterSets(Codec::H264, packet->data));
    }
}

void TestNal::readsSequences()
{
    for (const auto &[width, height] : {std::pair{320, 192}, std::pair{1280, 720}, std::pair{322, 182}, std::pair{1920, 1080}}) {
        StreamInfo info;
        test::encodePictures(1, width, height, &info);
        const auto sequence = readSequence(Codec::H264, info.parameterSets);
        QVERIFY(sequence.has_value());
        QCOMPARE(sequence->width, width);
        QCOMPARE(sequence->height, height);
        for (std::size_t cut = 0; cut < info.parameterSets.size(); ++cut)
            (void)readSequence(Codec::H264, std::span(info.parameterSets).first(cut));
    }
    QVERIFY(!readSequence(Codec::H264, kSlice));
}

void TestNal::readsTheFrameRate_data()
{
    QTest::addColumn<double>("rate");
    QTest::newRow("25") << 25.0;
    QTest::newRow("12.5") << 12.5;
    QTest::newRow("one in two seconds") << 0.5;
}

void TestNal::readsTheFrameRate()
{
    QFETCH(double, rate);
    EncoderConfig config;
    config.width = 320;
    config.height = 192;
    config.framerate = rate;
    const auto encoder = Encoder::create(config);
    QVERIFY2(encoder, encoder ? "" : qPrintable(encoder.error().text()));
    const auto sequence = readSequence(Codec::H264, (*encoder)->info().parameterSets);
    QVERIFY(sequence.has_value());
    QCOMPARE(sequence->framerate, rate);
}

void TestNal::anyBytesAreSafe()
{
    std::minstd_rand random(4711);
    const auto seed = test::encodePictures(2, 64, 64);
    for (int round = 0; round < 4000; ++round) {
        Bytes data;
        if (round % 2 == 0) {
            data.resize(random() % 64);
            for (auto &byte : data)
                byte = static_cast<std::uint8_t>(random() % 8 == 0 ? random() : random() % 4); // many start codes
        } else {
            data = insertUserDataSei(Codec::H264, seed[0]->data, test::userData(round));
            data.resize(random() % (data.size() + 1));
            for (int flips = 0; flips < 4 && !data.empty(); ++flips)
                data[random() % data.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
        }
        for (const Codec codec : {Codec::H264, Codec::H265, Codec::Mjpeg}) {
            (void)containsKeyFrame(codec, data);
            (void)extractParameterSets(codec, data);
            (void)findUserDataSei(codec, data, test::kUuid);
            (void)readSequence(codec, data);
            const Bytes once = insertUserDataSei(codec, data, test::userData(1));
            if (codec != Codec::Mjpeg)
                QCOMPARE(test::vclUnits(codec, once), test::vclUnits(codec, data));
        }
    }
}

QTEST_GUILESS_MAIN(TestNal)
#include "tst_nal.moc"
