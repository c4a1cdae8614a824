// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/encode/passthrough.h"

#include "core/media/nal.h"
#include "core/protocol/capture_sei.h"
#include "edge-agent/encode/capture_marker.h"
#include "tests/edge-agent/live_fixture.h"

#include <utility>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;

namespace {

/// The slices of an access unit, end to end.
media::Bytes vcl(const media::Bytes &unit)
{
    media::Bytes all;
    media::forEachNal(unit, [&](std::span<const std::uint8_t> nal) {
        const int type = nal[0] & 0x1f;
        if (type >= 1 && type <= 5)
            all.insert(all.end(), nal.begin(), nal.end());
    });
    return all;
}

media::Packet withoutParameterSets(const media::Packet &packet)
{
    media::Packet bare = packet;
    bare.data.clear();
    media::forEachNal(packet.data, [&](std::span<const std::uint8_t> nal) {
        if ((nal[0] & 0x1f) == 7 || (nal[0] & 0x1f) == 8)
            return;
        bare.data.insert(bare.data.end(), {0, 0, 0, 1});
        bare.data.insert(bare.data.end(), nal.begin(), nal.end());
    });
    return bare;
}

media::PacketPtr stamped(const media::PacketPtr &packet, std::uint64_t run)
{
    auto copy = std::make_shared<media::Packet>(*packet);
    copy->capture->run = run;
    return copy;
}

CaptureStamp written(const media::Bytes &unit)
{
    const auto payload = media::findUserDataSei(media::Codec::H264, unit, protocol::kCaptureUuid);
    return payload ? protocol::decodeCapture(*payload).value_or(CaptureStamp{}) : CaptureStamp{};
}

} // namespace

class TestPassthrough : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void picturesStayBitIdentical();
    void foreignStampIsReplaced();
    void startsWithKeyPicture();
    void missingParameterSetsAreAdded();
    void waitsForParameterSets();
};

void TestPassthrough::picturesStayBitIdentical()
{
    PacketMaker maker;
    const auto tee = std::make_shared<media::PacketTee>();
    const auto reader = tee->subscribe("test", 100, media::PacketTee::Start::CachedGroup);
    Passthrough passthrough(tee);
    passthrough.begin(maker.info());
    for (int i = 0; i < 25; ++i) {
        const auto packet = maker.next();
        passthrough.write(packet);
        const auto out = reader->tryRead();
        QVERIFY(out);
        QCOMPARE(vcl(out->data), vcl(packet->data));
        QVERIFY(!vcl(out->data).empty());
        QCOMPARE(out->key, packet->key);
        QVERIFY(out->pts == packet->pts);
        QCOMPARE(written(out->data).sequence, static_cast<std::uint64_t>(i));
        QVERIFY(out->capture == packet->capture);
    }
    QCOMPARE(passthrough.count(), 25ULL);
}

void TestPassthrough::foreignStampIsReplaced()
{
    PacketMaker maker;
    const auto packet = maker.next();
    const auto foreign = markPacket(*packet, {.run = 666, .sequence = 5}, {});
    QCOMPARE(written(foreign->data).run, 666ULL);
    const auto ours = markPacket(*foreign, {.run = 7, .sequence = 1}, {});
    QCOMPARE(written(ours->data).run, 7ULL);
    QCOMPARE(ours->data.size(), foreign->data.size());
    QCOMPARE(vcl(ours->data), vcl(packet->data));
}

void TestPassthrough::startsWithKeyPicture()
{
    PacketMaker maker;
    const auto tee = std::make_shared<media::PacketTee>();
    Passthrough passthrough(tee);
    passthrough.begin(maker.info());
    maker.next();
    for (int i = 1; i < 10; ++i)
        passthrough.write(stamped(maker.next(), 1));
    QCOMPARE(passthrough.count(), 0ULL);
    QCOMPARE(passthrough.dropped(), 9ULL);
    QVERIFY(!tee->lastPacket());
    passthrough.write(stamped(maker.next(), 1));
    QVERIFY(tee->lastKeyFrame());
    // Another connection begins like the first.
    passthrough.begin(maker.info());
    passthrough.write(stamped(maker.next(), 1));
    QCOMPARE(passthrough.count(), 1ULL);
}

void TestPassthrough::missingParameterSetsAreAdded()
{
    PacketMaker maker;
    const auto packet = maker.next();
    const media::Packet bare = withoutParameterSets(*packet);
    QVERIFY(media::extractParameterSets(media::Codec::H264, bare.data).empty());
    const auto marked = markPacket(bare, *packet->capture, maker.info().parameterSets);
    QCOMPARE(media::extractParameterSets(media::Codec::H264, marked->data), maker.info().parameterSets);
    QCOMPARE(vcl(marked->data), vcl(packet->data));
}

/// Nobody can decode what comes before them. They may come late, and in a unit of their own.
void TestPassthrough::waitsForParameterSets()
{
    PacketMaker maker;
    media::StreamInfo info = maker.info();
    const media::Bytes sets = std::exchange(info.parameterSets, {});
    const auto tee = std::make_shared<media::PacketTee>();
    Passthrough passthrough(tee);
    passthrough.begin(info);
    QVERIFY(passthrough.lacks().isEmpty());
    const auto bare = std::make_shared<media::Packet>(withoutParameterSets(*maker.next()));
    QVERIFY(bare->key);
    passthrough.write(bare);
    QVERIFY(!tee->lastPacket());
    QCOMPARE(passthrough.dropped(), 1ULL);
    QVERIFY2(passthrough.lacks().contains(QStringLiteral("no parameter sets (SPS and PPS)")), qPrintable(passthrough.lacks()));
    auto alone = std::make_shared<media::Packet>(*bare);
    alone->key = false;
    alone->data = sets;
    passthrough.write(alone);
    QVERIFY2(passthrough.lacks().contains(QStringLiteral("no key frame yet")), qPrintable(passthrough.lacks()));
    passthrough.write(bare);
    QVERIFY(passthrough.lacks().isEmpty());
    QVERIFY(tee->lastPacket());
    QCOMPARE(media::extractParameterSets(media::Codec::H264, tee->lastPacket()->data), sets);
    QCOMPARE(tee->info().width, maker.info().width);
}

QTEST_GUILESS_MAIN(TestPassthrough)
#include "tst_passthrough.moc"
