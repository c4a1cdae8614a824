// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/latency_window.h"

#include <QTest>

using namespace vedette;
using live::LatencyWindow;

class tst_LatencyWindow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void emptyHasNoSummary();
    void percentiles_data();
    void percentiles();
    void oldSamplesLeave();
    void capacityKeepsTheNewest();
};

void tst_LatencyWindow::emptyHasNoSummary()
{
    const LatencyWindow window(microseconds{2'000'000}, 100);
    QVERIFY(!window.summary(monoFromMicros(1)));
}

void tst_LatencyWindow::percentiles_data()
{
    QTest::addColumn<QList<double>>("samples");
    QTest::addColumn<double>("p50");
    QTest::addColumn<double>("p95");
    QTest::addColumn<double>("max");
    QTest::newRow("one") << QList<double>{7} << 7.0 << 7.0 << 7.0;
    QTest::newRow("two") << QList<double>{9, 1} << 1.0 << 9.0 << 9.0;
    QTest::newRow("three") << QList<double>{3, 1, 2} << 2.0 << 3.0 << 3.0;
    QList<double> hundred;
    for (int i = 100; i > 0; --i)
        hundred.append(i);
    QTest::newRow("hundred") << hundred << 50.0 << 95.0 << 100.0;
    QTest::newRow("one outlier") << QList<double>{5, 5, 5, 5, 5, 5, 5, 5, 5, 900} << 5.0 << 900.0 << 900.0;
}

void tst_LatencyWindow::percentiles()
{
    QFETCH(QList<double>, samples);
    LatencyWindow window(microseconds{2'000'000}, 1000);
    for (double ms : samples)
        window.add(monoFromMicros(1000), ms);
    const auto summary = window.summary(monoFromMicros(1000));
    QVERIFY(summary);
    QCOMPARE(summary->count, static_cast<std::size_t>(samples.size()));
    QTEST(summary->p50, "p50");
    QTEST(summary->p95, "p95");
    QTEST(summary->max, "max");
}

void tst_LatencyWindow::oldSamplesLeave()
{
    LatencyWindow window(microseconds{2000}, 100);
    window.add(monoFromMicros(1000), 100);
    window.add(monoFromMicros(2500), 1);
    QCOMPARE(window.summary(monoFromMicros(3000))->max, 100.0);
    QCOMPARE(window.summary(monoFromMicros(3001))->max, 1.0);
    QVERIFY(!window.summary(monoFromMicros(4501)));
}

void tst_LatencyWindow::capacityKeepsTheNewest()
{
    LatencyWindow window(microseconds{1'000'000}, 3);
    for (int i = 1; i <= 5; ++i)
        window.add(monoFromMicros(i), i);
    const auto summary = window.summary(monoFromMicros(5));
    QCOMPARE(summary->count, std::size_t{3});
    QCOMPARE(summary->p50, 4.0);
}

QTEST_GUILESS_MAIN(tst_LatencyWindow)
#include "tst_latency_window.moc"
