// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/packet_tee.h"

#include "core/base/worker.h"

#include <QTest>

#include <atomic>

using namespace vedette;
using namespace vedette::media;

namespace {

PacketPtr packetOf(int number, bool key, std::size_t size = 10)
{
    auto packet = std::make_shared<Packet>();
    packet->key = key;
    packet->codec = Codec::H264;
    packet->pts = packet->dts = microseconds{number};
    packet->data.assign(size, static_cast<std::uint8_t>(number));
    return packet;
}

PacketPtr soundOf(int number)
{
    auto packet = std::make_shared<Packet>(*packetOf(number, true));
    packet->codec = Codec::Aac;
    return packet;
}

void writeGroup(PacketTee &tee, int first, int count)
{
    for (int i = 0; i < count; ++i)
        tee.write(packetOf(first + i, i == 0));
}

std::vector<int> drain(const PacketReaderPtr &reader)
{
    std::vector<int> numbers;
    while (const PacketPtr packet = reader->tryRead())
        numbers.push_back(static_cast<int>(packet->pts.count()));
    return numbers;
}

} // namespace

class TestPacketTee : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void startsWithTheCachedGroup();
    void startsAtTheNextKeyFrame();
    void slowReaderDropsToAKeyFrame();
    void cachedGroupMayExceedTheCapacityOnce();
    void cacheIsBounded();
    void infoReachesReaders();
    void anotherSizeForgetsTheGroup();
    void endIsSeenAfterTheLastPacket();
    void stopAndTimeoutEndAWait();
    void notifiesWithoutALock();
    void soundIsForThoseWhoAsk();
    void soundTakesNoRoomOfPictures();
    void manyThreads();
};

void TestPacketTee::soundIsForThoseWhoAsk()
{
    PacketTee tee;
    StreamInfo pictures;
    pictures.codec = Codec::H264;
    tee.setInfo(pictures);
    tee.write(soundOf(1)); // before the first picture: nobody ever gets it
    const AudioInfo audio{Codec::Aac, 48'000, 2, {0x11, 0x90}};
    const auto early = tee.subscribe("early", 10, PacketTee::Start::NextKeyFrame, PacketTee::Tracks::PicturesAndSound);
    tee.setAudio(audio);
    QVERIFY(early->info().audio == audio);
    tee.setInfo(pictures);
    QVERIFY2(early->info().audio == audio, "the pictures' description leaves that of the sound alone");
    tee.write(soundOf(2));
    tee.write(packetOf(10, true));
    tee.write(soundOf(11));
    tee.write(packetOf(12, false));
    const auto late = tee.subscribe("late", 10, PacketTee::Start::CachedGroup, PacketTee::Tracks::PicturesAndSound);
    const auto deaf = tee.subscribe("deaf", 10, PacketTee::Start::CachedGroup);
    tee.write(soundOf(13));
    QCOMPARE(drain(early), (std::vector<int>{10, 11, 12, 13}));
    QCOMPARE(drain(late), (std::vector<int>{10, 11, 12, 13}));
    QCOMPARE(drain(deaf), (std::vector<int>{10, 12}));
    QCOMPARE(tee.lastPacket()->pts.count(), 12);
    QCOMPARE(tee.lastKeyFrame()->pts.count(), 10);
    QCOMPARE(tee.cachedGroup().size(), 2U);
    tee.setAudio({});
    QCOMPARE(drain(tee.subscribe("after", 10, PacketTee::Start::CachedGroup, PacketTee::Tracks::PicturesAndSound)), (std::vector<int>{10, 12}));
}

void TestPacketTee::soundTakesNoRoomOfPictures()
{
    PacketTee tee;
    const auto reader = tee.subscribe("slow", 3, PacketTee::Start::NextKeyFrame, PacketTee::Tracks::PicturesAndSound);
    tee.write(packetOf(0, true));
    for (std::size_t i = 0; i < PacketTee::kMaxSounds + 7; ++i)
        tee.write(soundOf(1));
    tee.write(packetOf(2, false));
    tee.write(packetOf(3, false));
    QCOMPARE(reader->count().queued, PacketTee::kMaxSounds + 3);
    QCOMPARE(reader->count().dropped, 7U);
    tee.write(packetOf(4, false)); // one picture too many: all goes, up to the next key frame
    QCOMPARE(reader->count().queued, 0U);
    tee.write(soundOf(5));
    tee.write(packetOf(6, true));
    tee.write(soundOf(7));
    QCOMPARE(drain(reader), (std::vector<int>{6, 7}));
}

void TestPacketTee::startsWithTheCachedGroup()
{
    PacketTee tee;
    writeGroup(tee, 0, 5);
    writeGroup(tee, 10, 3);
    const auto reader = tee.subscribe("a", 10, PacketTee::Start::CachedGroup);
    tee.write(packetOf(13, false));
    QCOMPARE(drain(reader), (std::vector<int>{10, 11, 12, 13}));
    QCOMPARE(tee.cachedGroup().size(), 4U);
    QCOMPARE(tee.lastKeyFrame()->pts.count(), 10);
    QCOMPARE(tee.lastPacket()->pts.count(), 13);
    QCOMPARE(reader->count().delivered, 4U);
    QCOMPARE(reader->count().dropped, 0U);
}

void TestPacketTee::startsAtTheNextKeyFrame()
{
    PacketTee tee;
    tee.write(packetOf(1, false));
    const auto early = tee.subscribe("early", 10, PacketTee::Start::CachedGroup);
    writeGroup(tee, 10, 2);
    const auto late = tee.subscribe("late", 10, PacketTee::Start::NextKeyFrame);
    tee.write(packetOf(12, false));
    writeGroup(tee, 20, 2);
    QCOMPARE(drain(early), (std::vector<int>{10, 11, 12, 20, 21}));
    QCOMPARE(drain(late), (std::vector<int>{20, 21}));
    QCOMPARE(late->count().dropped, 0U);
}

void TestPacketTee::slowReaderDropsToAKeyFrame()
{
    PacketTee tee;
    const auto slow = tee.subscribe("slow", 4, PacketTee::Start::NextKeyFrame);
    const auto fast = tee.subscribe("fast", 100, PacketTee::Start::NextKeyFrame);
    writeGroup(tee, 0, 7);  // the fifth does not fit: 0 to 3 go, 4 to 6 wait for a key frame
    writeGroup(tee, 10, 3);
    QCOMPARE(drain(slow), (std::vector<int>{10, 11, 12}));
    QCOMPARE(slow->count().dropped, 7U);
    QCOMPARE(slow->count().delivered, 3U);
    QCOMPARE(drain(fast).size(), 10U);
    QCOMPARE(fast->count().dropped, 0U);
    // A key frame that meets a full queue replaces it.
    writeGroup(tee, 20, 4);
    writeGroup(tee, 30, 2);
    QCOMPARE(drain(slow), (std::vector<int>{30, 31}));
    QCOMPARE(slow->count().dropped, 11U);
}

void TestPacketTee::cachedGroupMayExceedTheCapacityOnce()
{
    PacketTee tee;
    writeGroup(tee, 0, 50);
    const auto reader = tee.subscribe("viewer", 4, PacketTee::Start::CachedGroup);
    tee.write(packetOf(50, false));
    QCOMPARE(drain(reader).size(), 51U);
    for (int i = 51; i < 55; ++i)
        tee.write(packetOf(i, false));
    QCOMPARE(reader->count().queued, 4U);
    tee.write(packetOf(55, false)); // from now on the capacity holds
    QCOMPARE(reader->count().queued, 0U);
    QCOMPARE(reader->count().dropped, 5U);
}

void TestPacketTee::cacheIsBounded()
{
    PacketTee tee;
    writeGroup(tee, 0, static_cast<int>(PacketTee::kMaxCachedPackets) + 10);
    QVERIFY(tee.cachedGroup().empty());
    QCOMPARE(tee.lastKeyFrame()->pts.count(), 0);
    writeGroup(tee, 1000, 2);
    QCOMPARE(tee.cachedGroup().size(), 2U);
    tee.write(packetOf(2000, true, PacketTee::kMaxCachedBytes));
    QCOMPARE(tee.cachedGroup().size(), 1U);
    tee.write(packetOf(2001, false));
    QVERIFY(tee.cachedGroup().empty());
}

void TestPacketTee::infoReachesReaders()
{
    PacketTee tee;
    const auto reader = tee.subscribe("a", 4, PacketTee::Start::NextKeyFrame);
    StreamInfo info;
    info.codec = Codec::H264;
    info.width = 640;
    tee.setInfo(info);
    QCOMPARE(reader->info().width, 640);
    QCOMPARE(tee.subscribe("b", 4, PacketTee::Start::NextKeyFrame)->info().width, 640);
    QCOMPARE(tee.readerCounts().size(), 1U); // "b" is gone already
}

void TestPacketTee::anotherSizeForgetsTheGroup()
{
    PacketTee tee;
    StreamInfo info;
    info.codec = Codec::H264;
    tee.setInfo(info);
    writeGroup(tee, 0, 3);
    info.width = 640;
    info.height = 360;
    tee.setInfo(info); // the size became known: still the same stream
    QCOMPARE(tee.cachedGroup().size(), 3U);
    info.width = 1280;
    tee.setInfo(info);
    QVERIFY(tee.cachedGroup().empty());
}

void TestPacketTee::endIsSeenAfterTheLastPacket()
{
    auto tee = std::make_unique<PacketTee>();
    const auto reader = tee->subscribe("a", 4, PacketTee::Start::NextKeyFrame);
    writeGroup(*tee, 0, 2);
    tee.reset();
    QVERIFY(!reader->ended());
    QVERIFY(reader->read({}, milliseconds{1000}));
    QVERIFY(reader->read({}, milliseconds{1000}));
    QVERIFY(reader->ended());
    QVERIFY(!reader->read({}, milliseconds{60'000}));
}

void TestPacketTee::stopAndTimeoutEndAWait()
{
    PacketTee tee;
    const auto reader = tee.subscribe("a", 4, PacketTee::Start::NextKeyFrame);
    QVERIFY(!reader->read({}, milliseconds{1}));
    std::atomic<bool> waiting = false;
    std::atomic<bool> empty = false;
    Worker worker("reader", [&](std::stop_token stop) {
        waiting = true;
        empty = reader->read(stop, milliseconds{60'000}) == nullptr;
    });
    QTRY_VERIFY(waiting);
    worker.stop();
    QVERIFY(empty);
}

void TestPacketTee::notifiesWithoutALock()
{
    int notified = 0;
    PacketReaderPtr reader;
    {
        PacketTee tee;
        reader = tee.subscribe("a", 4, PacketTee::Start::NextKeyFrame);
        reader->onReadable([&] {
            ++notified;
            (void)reader->count(); // would lock up if the reader's mutex were held
            (void)tee.lastPacket();
        });
        tee.write(packetOf(1, false));
        QCOMPARE(notified, 0); // nothing to read yet
        writeGroup(tee, 10, 2);
        QCOMPARE(notified, 2);
        reader->onReadable([&] { ++notified; });
    }
    QCOMPARE(notified, 3); // the end
}

void TestPacketTee::manyThreads()
{
    constexpr int kGroups = 400;
    constexpr int kGroupSize = 10;
    PacketTee tee;
    std::atomic<int> broken = 0;
    std::atomic<std::uint64_t> seen = 0;
    const auto consume = [&](const PacketReaderPtr &reader, std::stop_token stop) {
        std::int64_t last = -1;
        while (!stop.stop_requested()) {
            const PacketPtr packet = reader->read(stop, milliseconds{100});
            if (!packet)
                continue;
            const bool follows = packet->pts.count() == last + 1 || packet->key;
            broken += follows ? 0 : 1;
            last = packet->pts.count();
            ++seen;
            if (last == kGroups * kGroupSize - 1)
                return;
        }
    };
    std::vector<Worker> workers;
    std::atomic<int> finished = 0;
    for (int i = 0; i < 4; ++i) {
        workers.emplace_back("reader", [&, i](std::stop_token stop) {
            consume(tee.subscribe("r", i == 0 ? 5 : 10'000, PacketTee::Start::CachedGroup), stop);
            ++finished;
        });
    }
    Worker joiner("joiner", [&](std::stop_token stop) {
        while (!stop.stop_requested() && finished < 3) {
            const auto reader = tee.subscribe("short", 5, PacketTee::Start::CachedGroup);
            const PacketPtr first = reader->read(stop, milliseconds{1});
            broken += first && !first->key ? 1 : 0;
            (void)tee.readerCounts();
        }
    });
    Worker producer("producer", [&](std::stop_token) {
        for (int group = 0; group < kGroups; ++group)
            writeGroup(tee, group * kGroupSize, kGroupSize);
    });
    QTRY_VERIFY_WITH_TIMEOUT(finished >= 3, 30'000);
    for (Worker &worker : workers)
        worker.stop();
    joiner.stop();
    producer.stop();
    QCOMPARE(broken.load(), 0);
    QVERIFY(seen > 0);
}

QTEST_GUILESS_MAIN(TestPacketTee)
#include "tst_packet_tee.moc"
