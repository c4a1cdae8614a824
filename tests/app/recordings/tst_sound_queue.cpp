// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/sound_queue.h"

#include <QTest>

#include <algorithm>

using namespace vedette;
using namespace vedette::app;
using media::Sound;

namespace {

constexpr int kMs = Sound::kRate / 1000; // frames

/// All samples of that value.
Sound sound(milliseconds length, std::int16_t value)
{
    Sound s;
    s.samples.assign(std::size_t(length.count()) * kMs * Sound::kChannels, value);
    return s;
}

MonoTime at(int ms)
{
    return monoFromMicros(1'000'000) + milliseconds{ms};
}

/// What is heard from then on, one value for each ms.
QList<int> heard(SoundQueue &queue, MonoTime from, int ms)
{
    std::vector<std::int16_t> out(std::size_t(ms) * kMs * Sound::kChannels, 99);
    queue.take(out, from);
    QList<int> values;
    for (int i = 0; i < ms; ++i)
        values << out[std::size_t(i) * kMs * Sound::kChannels + Sound::kChannels];
    return values;
}

} // namespace

class TestSoundQueue : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void soundIsHeardWhenItIsDue()
    {
        SoundQueue queue{milliseconds{1'000}, milliseconds{60}};
        queue.put(sound(milliseconds{3}, 5), at(2));
        queue.put(sound(milliseconds{2}, 6), at(5));
        QCOMPARE(heard(queue, at(0), 4), (QList<int>{0, 0, 5, 5}));
        QCOMPARE(heard(queue, at(4), 5), (QList<int>{5, 6, 6, 0, 0}));
        QCOMPARE(queue.dropped(), std::uint64_t{0});
    }

    void aHoleIsSilence()
    {
        SoundQueue queue{milliseconds{1'000}, milliseconds{60}};
        queue.put(sound(milliseconds{2}, 5), at(0));
        queue.put(sound(milliseconds{2}, 6), at(40));
        const QList<int> all = heard(queue, at(0), 44);
        QCOMPARE(all[1], 5);
        QCOMPARE(all[39], 0);
        QCOMPARE(all[40], 6);
        // Small trembling of the times is none.
        queue.put(sound(milliseconds{2}, 7), at(50));
        queue.put(sound(milliseconds{2}, 8), at(53));
        QCOMPARE(heard(queue, at(50), 4), (QList<int>{7, 7, 8, 8}));
    }

    void whatIsTooLateIsLeftOut()
    {
        SoundQueue queue{milliseconds{1'000}, milliseconds{60}};
        queue.put(sound(milliseconds{100}, 5), at(0));
        queue.put(sound(milliseconds{100}, 6), at(100));
        QCOMPARE(heard(queue, at(50), 1), QList<int>{5}); // late, but to be heard yet
        QCOMPARE(heard(queue, at(250), 1), QList<int>{0});
        QVERIFY(queue.dropped() > std::uint64_t(150 * kMs));
    }

    void itIsBounded()
    {
        SoundQueue queue{milliseconds{100}, milliseconds{60}};
        for (int i = 0; i < 100; ++i)
            queue.put(sound(milliseconds{10}, std::int16_t(i)), at(i * 10));
        QVERIFY(queue.dropped() == std::uint64_t(900 * kMs));
        QCOMPARE(heard(queue, at(900), 1), QList<int>{90}); // the newest are there
        queue.clear();
        QCOMPARE(heard(queue, at(910), 1), QList<int>{0});
        queue.put(Sound{}, at(0));
        QCOMPARE(heard(queue, at(0), 1), QList<int>{0});
    }
};

QTEST_GUILESS_MAIN(TestSoundQueue)
#include "tst_sound_queue.moc"
