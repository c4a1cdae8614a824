// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/decode_times.h"

#include <QTest>

using namespace vedette;
using namespace vedette::media;

namespace {

constexpr microseconds kFrame{40'000};

/// Presentation times in decoding order: I, then P and its B-frames (bFrames 0 to 3, without a pyramid).
std::vector<microseconds> stream(int groups, int bFrames)
{
    std::vector<microseconds> times{microseconds{0}};
    for (int group = 0; group < groups; ++group) {
        const int base = group * (bFrames + 1);
        times.push_back(kFrame * (base + bFrames + 1));
        for (int b = 1; b <= bFrames; ++b)
            times.push_back(kFrame * (base + b));
    }
    return times;
}

} // namespace

class tst_DecodeTimes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void risesAndIsNeverLate_data()
    {
        QTest::addColumn<int>("bFrames");
        QTest::addColumn<int>("depth");
        QTest::addColumn<int>("late"); // pictures at the beginning whose depth had to be learned
        QTest::newRow("none") << 0 << 0 << 0;
        QTest::newRow("none, depth said") << 0 << 2 << 0;
        QTest::newRow("three, known") << 3 << 1 << 0;
        QTest::newRow("three, pyramid said") << 3 << 2 << 0;
        QTest::newRow("one, learned") << 1 << 0 << 2;
        QTest::newRow("three, learned") << 3 << 0 << 4;
    }
    void risesAndIsNeverLate()
    {
        QFETCH(int, bFrames);
        QFETCH(int, depth);
        QFETCH(int, late);
        DecodeTimes times(static_cast<std::size_t>(depth));
        std::optional<microseconds> last;
        int afterPicture = 0;
        int spaced = 0;
        const auto presentation = stream(50, bFrames);
        for (std::size_t i = 0; i < presentation.size(); ++i) {
            const microseconds dts = times.next(presentation[i]);
            QVERIFY(!last || dts > *last);
            spaced += last && dts - *last == kFrame ? 1 : 0;
            last = dts;
            if (dts > presentation[i]) {
                ++afterPicture;
                QVERIFY2(i <= 8, "still learning");
            }
        }
        QVERIFY2(afterPicture <= late, qPrintable(QString::number(afterPicture)));
        QVERIFY(spaced > static_cast<int>(presentation.size()) - 12); // one frame interval apart, not in clusters
    }

    void aJumpBeginsAnew()
    {
        DecodeTimes times(1);
        times.next(microseconds{0});
        times.next(kFrame);
        const microseconds far{3'600'000'000};
        QVERIFY(times.next(far) <= far);
        QVERIFY(times.next(far + kFrame) <= far + kFrame);
        QVERIFY(times.next(microseconds{0}) <= microseconds{0});
    }
};

QTEST_GUILESS_MAIN(tst_DecodeTimes)
#include "tst_decode_times.moc"
