// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/sound_decoder.h"

#include "core/media/aac_converter.h"

#include <QTest>

#include <cmath>
#include <random>

using namespace vedette;
using namespace vedette::media;

namespace {

constexpr int kRate = 8000, kTone = 440, kUnit = kRate / 50;

/// 16-bit samples, big-endian: 20 ms of the tone.
Packet toneUnit(int number)
{
    Packet packet;
    packet.codec = Codec::Pcm16;
    packet.pts = packet.dts = microseconds{number * 20'000};
    for (int i = 0; i < kUnit; ++i) {
        const double angle = 2 * 3.14159265358979 * kTone * (number * kUnit + i) / kRate;
        const auto sample = static_cast<std::int16_t>(std::lround(10'000 * std::sin(angle)));
        packet.data.push_back(std::uint8_t(std::uint16_t(sample) >> 8));
        packet.data.push_back(std::uint8_t(sample & 0xff));
    }
    return packet;
}

std::unique_ptr<SoundDecoder> decoderOf(const AudioInfo &info)
{
    auto decoder = SoundDecoder::create(info);
    return decoder ? std::move(*decoder) : nullptr;
}

/// Of the left channel: how often it rises through zero a second.
double pitch(const std::vector<std::int16_t> &samples)
{
    int rises = 0;
    for (std::size_t i = Sound::kChannels; i < samples.size(); i += Sound::kChannels)
        rises += samples[i - Sound::kChannels] < 0 && samples[i] >= 0 ? 1 : 0;
    return rises * double(Sound::kRate) * Sound::kChannels / double(samples.size());
}

} // namespace

class TestSoundDecoder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aToneStaysItself_data()
    {
        QTest::addColumn<bool>("aac");
        QTest::newRow("PCM") << false;
        QTest::newRow("AAC") << true;
    }

    void aToneStaysItself()
    {
        QFETCH(bool, aac);
        const AudioInfo raw{Codec::Pcm16, kRate, 1, {}, 0};
        auto converter = std::move(*AacConverter::create(raw));
        const auto decoder = decoderOf(aac ? *converter->info() : raw);
        QVERIFY(decoder);
        std::vector<std::int16_t> heard;
        const auto take = [&](const Packet &packet) {
            const Sound sound = decoder->decode(packet);
            QCOMPARE(sound.pts, packet.pts);
            heard.insert(heard.end(), sound.samples.begin(), sound.samples.end());
        };
        for (int i = 0; i < 100; ++i) { // 2 s
            if (!aac) {
                take(toneUnit(i));
                continue;
            }
            for (const PacketPtr &unit : converter->convert(toneUnit(i)))
                take(*unit);
        }
        const double seconds = double(heard.size()) / Sound::kChannels / Sound::kRate;
        QVERIFY2(seconds > 1.7 && seconds < 2.1, qPrintable(QString::number(seconds)));
        const std::vector<std::int16_t> settled(heard.begin() + Sound::kRate, heard.end()); // behind half a second: AAC begins with noise
        QVERIFY2(std::abs(pitch(settled) - kTone) < 5, qPrintable(QString::number(pitch(settled))));
        std::int16_t loudest = 0;
        for (std::size_t i = heard.size() / 2; i < heard.size(); i += 2) {
            QCOMPARE(heard[i], heard[i + 1]); // mono on both sides
            loudest = std::max(loudest, heard[i]);
        }
        QVERIFY2(loudest > 5'000 && loudest < 12'000, qPrintable(QString::number(loudest)));
        QCOMPARE(decoder->broken(), std::uint64_t{0});
    }

    void damageGoesBy()
    {
        const AudioInfo raw{Codec::Pcm16, kRate, 1, {}, 0};
        auto converter = std::move(*AacConverter::create(raw));
        const auto decoder = decoderOf(*converter->info());
        QVERIFY(decoder);
        std::mt19937 random(1);
        std::size_t heard = 0;
        for (int i = 0; i < 200; ++i) {
            for (const PacketPtr &unit : converter->convert(toneUnit(i))) {
                Packet broken = *unit;
                if (i > 50 && i < 150) {
                    for (std::uint8_t &byte : broken.data)
                        byte = std::uint8_t(random());
                }
                heard += decoder->decode(broken).samples.size();
            }
        }
        QVERIFY(decoder->broken() > 0);
        QVERIFY(heard > Sound::kRate * Sound::kChannels); // the good half of 4 s
        QVERIFY(decoder->decode(Packet{}).samples.empty());
        decoder->reset();
        for (int i = 200; i < 260; ++i) {
            for (const PacketPtr &unit : converter->convert(toneUnit(i)))
                heard = decoder->decode(*unit).samples.size();
        }
        QVERIFY(heard > 0);
    }

    void whatCannotBeDecodedIsSaid()
    {
        const auto decoder = SoundDecoder::create(AudioInfo{Codec::OtherSound, 8000, 1, {}, 0});
        QVERIFY(!decoder);
        QVERIFY(decoder.error().kind == ErrorKind::Unsupported);
    }
};

QTEST_GUILESS_MAIN(TestSoundDecoder)
#include "tst_sound_decoder.moc"
