// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/track_alignment.h"

#include <QTest>

using namespace vedette;
using namespace vedette::net;

namespace {

MonoTime at(std::int64_t ms)
{
    return monoFromMicros(ms * 1000);
}

microseconds ms(std::int64_t count)
{
    return microseconds{count * 1000};
}

} // namespace

class TestTrackAlignment : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void reportsRule()
    {
        TrackAlignment alignment;
        QVERIFY(!alignment.sound(ms(0), at(1000), {}, {})); // no picture yet
        alignment.picture(ms(500), at(1200));
        // The sound's 0 is 300 ms after that of the pictures, by the sender's clock.
        const UtcTime pictures = utcFromMicros(1'790'000'000'000'000);
        QCOMPARE(*alignment.sound(ms(100), at(1250), pictures + ms(300), pictures), ms(400));
        QCOMPARE(*alignment.sound(ms(120), at(1270), pictures + ms(300), pictures), ms(420));
        // A sender whose clock was set between two reports is not believed.
        QCOMPARE(*alignment.sound(ms(140), at(1290), pictures + ms(3'600'000), pictures), *alignment.sound(ms(140), at(1290), {}, {}));
    }

    void arrivalUntilReportsCome()
    {
        TrackAlignment alignment;
        std::optional<microseconds> last;
        // Both take 50 ms; units of sound come five at a time.
        for (int i = 0; i < 60; ++i) {
            const std::int64_t now = 1000 + i * 100;
            alignment.picture(ms(i * 100), at(now + 50));
            for (int unit = 0; unit < 5; ++unit) {
                last = alignment.sound(ms(7000 + i * 100 + unit * 20), at(now + 80 + 50), {}, {});
                QVERIFY(i > 4 || !last.has_value() || i == 4);
            }
        }
        QVERIFY(last);
        QCOMPARE(*last, ms(59 * 100 + 80)); // that of the pictures at its time
        const UtcTime pictures = utcFromMicros(1'790'000'000'000'000);
        // Reports that say 40 ms more: at once, for the first.
        QCOMPARE(*alignment.sound(ms(13'000), at(7'130), pictures + ms(-7000 + 40), pictures), ms(6'040));
        // Later ones that differ by 30 ms: slowly.
        const auto slow = alignment.sound(ms(14'000), at(8'130), pictures + ms(-7000 + 70), pictures);
        QCOMPARE(*slow, ms(7'050));
        // By far more: at once.
        QCOMPARE(*alignment.sound(ms(15'000), at(9'130), pictures + ms(-7000 + 400), pictures), ms(8'400));
    }
};

QTEST_GUILESS_MAIN(TestTrackAlignment)
#include "tst_track_alignment.moc"
