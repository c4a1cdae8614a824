// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/aac_converter.h"

#include <QElapsedTimer>
#include <QTest>

#include <random>

using namespace vedette;
using namespace vedette::media;

namespace {

constexpr int kRate = 8000;

AudioInfo phone()
{
    return {Codec::Pcmu, kRate, 1, {}, 0};
}

/// 20 ms, as a camera sends it.
Packet phoneUnit(microseconds pts, std::uint8_t level = 0x10)
{
    Packet packet;
    packet.codec = Codec::Pcmu;
    packet.pts = packet.dts = pts;
    packet.data.assign(kRate / 50, level);
    return packet;
}

} // namespace

class TestAacConverter : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void timesFollowTheSound()
    {
        auto converter = AacConverter::create(phone());
        QVERIFY2(converter, converter ? "" : qPrintable(converter.error().text()));
        QVERIFY((*converter)->info() && (*converter)->info()->sampleRate == kRate && (*converter)->info()->channels == 1);
        QVERIFY((*converter)->info()->config.size() >= 2);
        std::vector<microseconds> times;
        for (int i = 0; i < 250; ++i) { // 5 s, trembling by a millisecond
            for (const PacketPtr &unit : (*converter)->convert(phoneUnit(microseconds{1'000'000 + i * 20'000 + (i % 3) * 1000})))
                times.push_back(unit->pts);
        }
        QVERIFY(times.size() >= 36);
        for (std::size_t i = 1; i < times.size(); ++i)
            QVERIFY(std::abs((times[i] - times[i - 1]).count() - 128'000) <= 1);
        QCOMPARE(times[0].count(), 1'000'000 - 128'000); // the encoder's priming, then the first sample
    }

    void aHoleMovesWhatFollows()
    {
        auto converter = std::move(*AacConverter::create(phone()));
        microseconds last{0};
        for (int i = 0; i < 50; ++i) {
            for (const PacketPtr &unit : converter->convert(phoneUnit(microseconds{i * 20'000})))
                last = unit->pts;
        }
        microseconds first{0};
        for (int i = 0; i < 50; ++i) {
            for (const PacketPtr &unit : converter->convert(phoneUnit(microseconds{3'000'000 + i * 20'000}))) {
                first = first == microseconds{0} && unit->pts > last + microseconds{1'000'000} ? unit->pts : first;
                QVERIFY(unit->pts > last);
                last = unit->pts;
            }
        }
        QVERIFY2(first > microseconds{2'800'000} && first < microseconds{3'050'000}, qPrintable(QString::number(first.count())));
        // Time that goes back far begins anew.
        int came = 0;
        for (int i = 0; i < 50; ++i)
            came += static_cast<int>(converter->convert(phoneUnit(microseconds{-60'000'000 + i * 20'000})).size());
        QVERIFY(came >= 5);
    }

    /// A unit costs little enough to stand between two pictures.
    void garbageGoesBy()
    {
        AudioInfo opus{Codec::Opus, 48'000, 2, {}, 0};
        auto converter = std::move(*AacConverter::create(opus));
        std::minstd_rand random(7);
        for (int i = 0; i < 500; ++i) {
            Packet packet = phoneUnit(microseconds{i * 20'000});
            packet.codec = Codec::Opus;
            packet.data.resize(random() % 300 + 1);
            for (std::uint8_t &byte : packet.data)
                byte = static_cast<std::uint8_t>(random());
            converter->convert(packet);
        }
        QVERIFY(converter->broken() > 0);
        AudioInfo none{Codec::OtherSound, 8000, 1, {}, 0x7FFFFFF};
        const auto refused = AacConverter::create(none);
        QVERIFY(!refused && refused.error().kind == ErrorKind::Unsupported);
    }
};

QTEST_GUILESS_MAIN(TestAacConverter)
#include "tst_aac_converter.moc"
