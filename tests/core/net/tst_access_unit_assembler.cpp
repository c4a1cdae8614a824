// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/access_unit_assembler.h"

#include <QTest>

#include <algorithm>
#include <random>
#include <set>

using namespace vedette;
using namespace vedette::net;

namespace {

/// Sends NAL units as RTP payloads: whole, or as FU-A when larger than mtu.
struct Sender {
    std::uint16_t sequence = 65'530; // wraps on the way
    std::vector<std::pair<RtpPacket, media::Bytes>> packets;

    void add(media::Bytes payload, std::uint32_t timestamp, bool marker)
    {
        RtpPacket packet;
        packet.sequence = sequence++;
        packet.timestamp = timestamp;
        packet.marker = marker;
        packets.emplace_back(packet, std::move(payload));
    }
    void nal(const media::Bytes &nal, std::uint32_t timestamp, bool marker, std::size_t mtu = 10)
    {
        if (nal.size() <= mtu) {
            add(nal, timestamp, marker);
            return;
        }
        for (std::size_t at = 1; at < nal.size(); at += mtu) {
            const std::size_t end = std::min(nal.size(), at + mtu);
            media::Bytes payload{static_cast<std::uint8_t>((nal[0] & 0xe0) | 28),
                                 static_cast<std::uint8_t>((nal[0] & 0x1f) | (at == 1 ? 0x80 : 0) | (end == nal.size() ? 0x40 : 0))};
            payload.insert(payload.end(), nal.begin() + static_cast<std::ptrdiff_t>(at), nal.begin() + static_cast<std::ptrdiff_t>(end));
            add(payload, timestamp, marker && end == nal.size());
        }
    }
};

media::Bytes nalOf(std::uint8_t type, std::size_t size)
{
    media::Bytes nal(size, 0x55);
    nal[0] = static_cast<std::uint8_t>(0x60 | type);
    return nal;
}

media::Bytes annexB(std::initializer_list<media::Bytes> nals)
{
    media::Bytes out;
    for (const media::Bytes &nal : nals) {
        out.insert(out.end(), {0, 0, 0, 1});
        out.insert(out.end(), nal.begin(), nal.end());
    }
    return out;
}

struct Received {
    std::vector<AccessUnitAssembler::Unit> units;
    std::uint64_t dropped = 0;
};

Received receive(Sender &sender, const std::set<std::size_t> &lost = {}, media::Bytes parameterSets = {})
{
    AccessUnitAssembler assembler(media::Codec::H264, std::move(parameterSets));
    RtpStatistics statistics;
    Received received;
    for (std::size_t i = 0; i < sender.packets.size(); ++i) {
        if (lost.contains(i))
            continue;
        auto &[packet, payload] = sender.packets[i];
        packet.payload = payload;
        const std::uint32_t missing = statistics.received(packet.sequence, packet.timestamp, monoFromMicros(static_cast<std::int64_t>(i) * 1000));
        if (auto unit = assembler.push(packet, missing))
            received.units.push_back(std::move(*unit));
    }
    received.dropped = assembler.dropped();
    return received;
}

const media::Bytes kSps = nalOf(7, 6);
const media::Bytes kPps = nalOf(8, 4);

} // namespace

class TestAccessUnitAssembler : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aUnitIsOutAtItsMarker()
    {
        Sender sender;
        sender.nal(kSps, 1000, false);
        sender.nal(kPps, 1000, false);
        sender.nal(nalOf(5, 95), 1000, true);
        sender.nal(nalOf(1, 33), 4600, true);
        const Received got = receive(sender);
        QCOMPARE(got.units.size(), std::size_t{2});
        QCOMPARE(got.units[0].data, annexB({kSps, kPps, nalOf(5, 95)}));
        QVERIFY(got.units[0].key);
        QCOMPARE(got.units[1].data, annexB({nalOf(1, 33)}));
        QVERIFY(!got.units[1].key);
        QCOMPARE(got.units[1].timestamp, 4600U);
    }

    void aggregates()
    {
        Sender sender;
        media::Bytes stap{24};
        for (const media::Bytes &nal : {kSps, kPps, nalOf(5, 8)}) {
            stap.push_back(0);
            stap.push_back(static_cast<std::uint8_t>(nal.size()));
            stap.insert(stap.end(), nal.begin(), nal.end());
        }
        sender.add(stap, 1, true);
        const Received got = receive(sender);
        QCOMPARE(got.units.size(), std::size_t{1});
        QCOMPARE(got.units[0].data, annexB({kSps, kPps, nalOf(5, 8)}));
    }

    void parameterSetsWithAMarkerOfTheirOwnBelongToTheNextPicture()
    {
        Sender sender;
        sender.nal(kSps, 1, true);
        sender.nal(kPps, 1, true);
        sender.nal(nalOf(5, 8), 2, true);
        sender.nal(nalOf(1, 8), 3, true);
        const Received got = receive(sender);
        QCOMPARE(got.units.size(), std::size_t{2});
        QCOMPARE(got.units[0].data, annexB({kSps, kPps, nalOf(5, 8)}));
        QVERIFY(got.units[0].key);
        QCOMPARE(got.units[0].timestamp, 2U);
        QCOMPARE(got.units[1].data, annexB({nalOf(1, 8)}));
        QVERIFY(!got.units[1].key);
    }

    void anOpenGroupOfPicturesBeginsAtItsRecoveryPoint()
    {
        const media::Bytes userData{6, 5, 3, 1, 2, 3, 0x80};
        const media::Bytes recoveryPoint{6, 5, 1, 9, 6, 1, 0xc4, 0x80}; // after another message
        Sender sender;
        sender.nal(userData, 1, false);
        sender.nal(nalOf(1, 8), 1, true);
        sender.nal(recoveryPoint, 2, false);
        sender.nal(nalOf(1, 9), 2, true);
        const Received got = receive(sender);
        QCOMPARE(got.units.size(), std::size_t{1});
        QCOMPARE(got.units[0].data, annexB({recoveryPoint, nalOf(1, 9)}));
        QVERIFY(got.units[0].key);
        QCOMPARE(got.dropped, std::uint64_t{1});
    }

    void parameterSetsOfTheSdpArePutBeforeAKeyFrameWithout()
    {
        Sender sender;
        sender.nal(nalOf(5, 8), 1, true);
        const Received got = receive(sender, {}, annexB({kSps, kPps}));
        QCOMPARE(got.units.at(0).data, annexB({kSps, kPps, nalOf(5, 8)}));
    }

    void nothingBeforeTheFirstKeyFrame()
    {
        Sender sender;
        sender.nal(nalOf(1, 8), 1, true);
        sender.nal(nalOf(5, 8), 2, true);
        const Received got = receive(sender);
        QCOMPARE(got.units.size(), std::size_t{1});
        QVERIFY(got.units[0].key);
    }

    /// Whatever single packet is lost, no damaged unit comes out and the next key frame heals.
    void everyLossHealsAtTheNextKeyFrame()
    {
        Sender sender;
        for (std::uint32_t group = 0; group < 2; ++group) {
            sender.nal(nalOf(5, 50), group * 1000, true);
            for (std::uint32_t i = 1; i < 4; ++i)
                sender.nal(nalOf(1, 25), group * 1000 + i, true);
        }
        const std::size_t whole = receive(sender).units.size();
        QCOMPARE(whole, std::size_t{8});
        for (std::size_t lost = 0; lost < sender.packets.size(); ++lost) {
            const Received got = receive(sender, {lost});
            QVERIFY(got.units.size() < whole);
            QVERIFY(got.dropped > 0 || lost + 1 >= sender.packets.size() || lost == 0);
            for (const auto &unit : got.units)
                QCOMPARE(unit.data.size(), std::size_t{unit.key ? 54U : 29U});
            bool broken = false;
            std::uint32_t last = 0;
            for (const auto &unit : got.units) {
                broken = broken || (!unit.key && unit.timestamp != last + 1);
                last = unit.timestamp;
            }
            QVERIFY2(!broken, "a picture came out whose reference was lost");
        }
    }

    void aMissingMarkerEndsWithTheNextTimestamp()
    {
        Sender sender;
        sender.nal(nalOf(5, 8), 1, false);
        sender.nal(nalOf(1, 8), 2, false);
        sender.nal(nalOf(1, 8), 3, false);
        QCOMPARE(receive(sender).units.size(), std::size_t{2});
    }

    void h265Fragments()
    {
        // IDR_W_RADL (19) in two fragments, layer 0, temporal id 1.
        const media::Bytes start{49 << 1, 1, 0x80 | 19, 1, 2, 3};
        const media::Bytes end{49 << 1, 1, 0x40 | 19, 4, 5};
        AccessUnitAssembler assembler(media::Codec::H265);
        RtpPacket packet;
        packet.payload = start;
        QVERIFY(!assembler.push(packet, 0));
        packet.payload = end;
        packet.marker = true;
        const auto unit = assembler.push(packet, 0);
        QVERIFY(unit && unit->key);
        QCOMPARE(unit->data, (media::Bytes{0, 0, 0, 1, 19 << 1, 1, 1, 2, 3, 4, 5}));
    }

    void noise()
    {
        std::mt19937 random(3);
        AccessUnitAssembler h264(media::Codec::H264);
        AccessUnitAssembler h265(media::Codec::H265);
        for (int i = 0; i < 100'000; ++i) {
            media::Bytes payload(random() % 40);
            for (auto &byte : payload)
                byte = static_cast<std::uint8_t>(random());
            RtpPacket packet;
            packet.payload = payload;
            packet.timestamp = random() % 4;
            packet.marker = random() % 4 == 0;
            (void)h264.push(packet, random() % 8 == 0);
            (void)h265.push(packet, random() % 8 == 0);
        }
    }
};

QTEST_GUILESS_MAIN(TestAccessUnitAssembler)
#include "tst_access_unit_assembler.moc"
