// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/latest_frame.h"

#include <QTest>

#include <memory>

using namespace vedette;
using live::LatestFrame;

namespace {

constexpr std::int64_t kStart = 1'790'000'000'000'000;

media::Frame plain(int width)
{
    media::Frame frame;
    frame.width = width;
    frame.handle = std::make_shared<int>(width);
    return frame;
}

media::Frame stamped(int width, std::uint64_t run, milliseconds after, bool known = true)
{
    media::Frame frame = plain(width);
    frame.capture = CaptureStamp{run, 1, 0, utcFromMicros(kStart) + after, microseconds{0}, known};
    return frame;
}

} // namespace

class tst_LatestFrame : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void newestWinsAndIsCounted();
    void keptPicturesAreNotMissed();
    void olderPictureOfTheSameRunIsLeftOut();
    void timeMayStartAgain_data();
    void timeMayStartAgain();
    void takenPictureStillRulesOutOlderOnes();
};

void tst_LatestFrame::newestWinsAndIsCounted()
{
    LatestFrame latest;
    QVERIFY(!latest.take());
    QVERIFY(latest.put(plain(1)));
    QVERIFY(!latest.put(plain(2)));
    QVERIFY(!latest.put(plain(3)));
    QCOMPARE(latest.take()->width, 3);
    QVERIFY(!latest.take());
    QCOMPARE(latest.overwritten(), std::uint64_t{2});
    QVERIFY(latest.put(plain(4)));
}

/// Of the group that a server sends at once only the last was ever meant to be seen.
void tst_LatestFrame::keptPicturesAreNotMissed()
{
    LatestFrame latest;
    QVERIFY(latest.put(plain(1), true));
    QVERIFY(!latest.put(plain(2), true));
    QVERIFY(!latest.put(plain(3)));
    QCOMPARE(latest.overwritten(), std::uint64_t{0});
    QVERIFY(!latest.put(plain(4)));
    QCOMPARE(latest.overwritten(), std::uint64_t{1});
    QCOMPARE(latest.take()->width, 4);
}

void tst_LatestFrame::olderPictureOfTheSameRunIsLeftOut()
{
    LatestFrame latest;
    latest.put(stamped(1, 9, milliseconds{500}));
    QVERIFY(!latest.put(stamped(2, 9, milliseconds{450})));
    QCOMPARE(latest.take()->width, 1);
    QCOMPARE(latest.overwritten(), std::uint64_t{1});
}

void tst_LatestFrame::takenPictureStillRulesOutOlderOnes()
{
    LatestFrame latest;
    latest.put(stamped(1, 9, milliseconds{500}));
    latest.take();
    QVERIFY(!latest.put(stamped(2, 9, milliseconds{499})));
    QVERIFY(!latest.take());
    QVERIFY(latest.put(stamped(3, 9, milliseconds{501})));
}

void tst_LatestFrame::timeMayStartAgain_data()
{
    QTest::addColumn<quint64>("run");
    QTest::addColumn<int>("ms");
    QTest::addColumn<bool>("known");
    QTest::newRow("another run, clock set back") << quint64{10} << -400 << true;
    QTest::newRow("far back: the source starts again") << quint64{9} << -5000 << true;
    QTest::newRow("time not known") << quint64{9} << -100 << false;
    QTest::newRow("the same time again") << quint64{9} << 0 << true;
}

void tst_LatestFrame::timeMayStartAgain()
{
    QFETCH(quint64, run);
    QFETCH(int, ms);
    QFETCH(bool, known);
    LatestFrame latest;
    latest.put(stamped(1, 9, milliseconds{0}));
    latest.put(stamped(2, run, milliseconds{ms}, known));
    QCOMPARE(latest.take()->width, 2);
}

QTEST_GUILESS_MAIN(tst_LatestFrame)
#include "tst_latest_frame.moc"
