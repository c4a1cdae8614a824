// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/review/time_axis.h"

#include <QTest>

using namespace vedette;
using namespace vedette::review;
using namespace std::chrono;

namespace {

constexpr UtcTime kMoment = utcFromMicros(1'791'979'092'350'123); // 2026-10-14 11:58:12.350123

} // namespace

class TestTimeAxis : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void pixelAndTimeAreExactAtEveryScale()
    {
        for (const int width : {1, 2, 333, 1280, 1921, 7680}) {
            TimeAxis axis = TimeAxis::spanning(kMoment, kMoment + TimeAxis::kShortest, width);
            int scales = 0;
            for (;; ++scales) {
                for (int x = 0; x <= width; x += std::max(1, width / 97)) {
                    const UtcTime at = axis.timeAt(x);
                    QVERIFY2(qAbs(axis.pixelOf(at) - x) < 1e-6, qPrintable(QStringLiteral("%1 of %2").arg(x).arg(width)));
                    QVERIFY(qAbs(axis.pixelOf(axis.timeAt(x + 0.25)) - x - 0.25) <= 1.0 / double(axis.perPixel().count()));
                }
                // Far outside, too.
                const UtcTime far = axis.left() + days{3650};
                QVERIFY(abs(axis.timeAt(axis.pixelOf(far)) - far) <= axis.perPixel());
                QCOMPARE(axis.edge(0, 777), axis.left());
                QCOMPARE(axis.edge(777, 777), axis.right());
                const TimeAxis wider = axis.zoomed(-1, width / 3);
                if (wider == axis)
                    break;
                axis = wider;
            }
            QVERIFY2(axis.span() > days{360} && axis.span() <= TimeAxis::kLongest, qPrintable(QString::number(width)));
            // From 0.1 s to a year there are 28 octaves.
            if (width <= 333)
                QVERIFY2(scales > 200 && scales < 250, qPrintable(QString::number(scales)));
        }
    }

    void whatIsUnderThePointerStays()
    {
        const TimeAxis axis = TimeAxis::spanning(kMoment, kMoment + hours{3}, 1600);
        for (const int x : {0, 1, 799, 1599}) {
            for (const int steps : {-4, -1, 1, 3, 40}) {
                const TimeAxis zoomed = axis.zoomed(steps, x);
                QCOMPARE(zoomed.timeAt(x), axis.timeAt(x));
                QVERIFY((zoomed.perPixel() < axis.perPixel()) == (steps > 0));
            }
        }
    }

    void nothingDrifts()
    {
        const TimeAxis start = TimeAxis::spanning(kMoment, kMoment + minutes{40}, 1600).zoomed(4, 812);
        TimeAxis axis = start;
        for (int round = 0; round < 1000; ++round) {
            for (int i = 0; i < 12; ++i)
                axis = axis.zoomed(4, 812);
            axis = axis.panned(-37);
            axis = axis.panned(37);
            for (int i = 0; i < 12; ++i)
                axis = axis.zoomed(-4, 812);
        }
        QCOMPARE(axis, start);
    }

    void staysInItsBounds_data()
    {
        QTest::addColumn<std::int64_t>("left");
        QTest::addColumn<std::int64_t>("perPixel");
        QTest::addColumn<int>("width");
        QTest::newRow("before 1970") << std::int64_t(-5'000'000) << std::int64_t(1000) << 1000;
        QTest::newRow("after 2199") << toMicros(TimeAxis::kEnd) << std::int64_t(1000) << 1000;
        QTest::newRow("too near") << toMicros(kMoment) << std::int64_t(0) << 1000;
        QTest::newRow("negative") << toMicros(kMoment) << std::int64_t(-77) << 1000;
        QTest::newRow("too far") << toMicros(kMoment) << std::int64_t(INT64_MAX) << 1000;
        QTest::newRow("no width") << toMicros(kMoment) << std::int64_t(1000) << 0;
        QTest::newRow("all at once") << std::int64_t(INT64_MIN) << std::int64_t(INT64_MIN) << -1;
        QTest::newRow("the other way") << std::int64_t(INT64_MAX) << std::int64_t(INT64_MAX) << 100'000;
    }
    void staysInItsBounds()
    {
        QFETCH(std::int64_t, left);
        QFETCH(std::int64_t, perPixel);
        QFETCH(int, width);
        const TimeAxis axis(utcFromMicros(left), microseconds{perPixel}, width);
        QVERIFY(axis.left() >= TimeAxis::kBegin);
        QVERIFY(axis.right() <= TimeAxis::kEnd);
        QVERIFY(axis.span() >= TimeAxis::kShortest && axis.span() <= TimeAxis::kLongest);
        QVERIFY(axis.width() >= 1);
        for (const int steps : {-1000, 1000}) {
            const TimeAxis end = axis.zoomed(steps, 0).panned(steps * 1'000'000);
            QVERIFY(end.left() >= TimeAxis::kBegin && end.right() <= TimeAxis::kEnd);
        }
    }

    void spanningShowsAllOfIt_data()
    {
        QTest::addColumn<std::int64_t>("span");
        for (const std::int64_t span : {100'000LL, 999'999LL, 1'000'001LL, 2'400'000'000LL, 86'400'000'000LL, 31'536'000'000'000LL})
            QTest::addRow("%lld", static_cast<long long>(span)) << span;
    }
    void spanningShowsAllOfIt()
    {
        QFETCH(std::int64_t, span);
        const UtcTime to = kMoment + microseconds{span};
        for (const int width : {640, 1000, 1371}) {
            const TimeAxis axis = TimeAxis::spanning(kMoment, to, width);
            QVERIFY(axis.left() <= kMoment && axis.right() >= to);
            QVERIFY(axis.span() - microseconds{span} <= microseconds{2 * width});
        }
    }

    void aNewWidthKeepsScaleAndMiddle()
    {
        const TimeAxis axis(kMoment, milliseconds{1500}, 1601);
        const TimeAxis other = axis.withWidth(900).withWidth(1601);
        QCOMPARE(other, axis);
        QCOMPARE(axis.withWidth(900).perPixel(), axis.perPixel());
    }
};

QTEST_APPLESS_MAIN(TestTimeAxis)
#include "tst_time_axis.moc"
