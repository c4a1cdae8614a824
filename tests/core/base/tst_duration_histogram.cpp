// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/duration_histogram.h"

#include <QTest>

using namespace vedette;
using namespace std::chrono_literals;

class TestDurationHistogram : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aBoundBelongsToItsBucket()
    {
        DurationHistogram histogram;
        for (const microseconds each : {0us, 1000us, 1001us, 2500us, 1'000'000us, 1'000'001us, 60'000'000us})
            histogram.add(each);
        const auto reading = histogram.read();
        QCOMPARE(reading.counts.front(), 2U);
        QCOMPARE(reading.counts[1], 2U);
        QCOMPARE(reading.counts[9], 1U);
        QCOMPARE(reading.counts.back(), 2U);
        QCOMPARE(reading.sum.count(), 62'004'502);
    }
};

QTEST_APPLESS_MAIN(TestDurationHistogram)
#include "tst_duration_histogram.moc"
