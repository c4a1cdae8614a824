// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/source_times.h"

#include <QTest>

using namespace vedette;
using namespace vedette::agent;
using namespace std::chrono_literals;

namespace {

/// What SourceTimes looks at.
media::Frame picture(int buffer, microseconds pts, microseconds captured)
{
    static const std::array<int, 64> kBuffers{};
    media::Frame frame;
    frame.handle = std::shared_ptr<const void>(&kBuffers[static_cast<std::size_t>(buffer)], [](const void *) {});
    frame.pts = pts;
    frame.captured = monoFromMicros(captured.count());
    return frame;
}

} // namespace

class TestSourceTimes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void rotatingBuffersAreNew()
    {
        SourceTimes times;
        for (int i = 0; i < 100; ++i)
            QVERIFY(!times.repeats(picture(i % 4, i * 50ms, i * 50ms)));
    }

    void theSameBufferIsNoNewPicture()
    {
        SourceTimes times;
        QVERIFY(!times.repeats(picture(1, 50ms, 50ms)));
        for (int i = 2; i < 10; ++i)
            QVERIFY(times.repeats(picture(1, i * 50ms, i * 50ms)));
        QVERIFY(!times.repeats(picture(2, 500ms, 500ms)));
    }

    void picturesInMemoryThatWasFreedAreNew()
    {
        SourceTimes times;
        for (int i = 0; i < 20; ++i) // nobody else keeps any
            QVERIFY(!times.repeats(media::FrameBuffer(64, 64).release(monoFromMicros(i), microseconds{i})));
    }

    void standingAndRotatingTimesAreNoNewPictures()
    {
        SourceTimes times;
        for (int i = 0; i < 40; ++i)
            QCOMPARE(times.repeats(picture(i % 5, (i % 4) * 50ms, i * 50ms)), i >= 4);
    }

    void jumpsStayBesideTheCaptureTimes_data()
    {
        QTest::addColumn<qint64>("jump");
        for (const qint64 seconds : {3600LL, -3600LL, 47'721LL, -47'721LL, 6LL, -6LL})
            QTest::addRow("%lld s", seconds) << seconds * 1'000'000;
    }
    void jumpsStayBesideTheCaptureTimes()
    {
        QFETCH(qint64, jump);
        SourceTimes times;
        microseconds last{0};
        for (int i = 1; i <= 100; ++i) {
            const microseconds now = i * 50ms;
            const auto frame = picture(i % 4, now + microseconds{i > 50 ? jump : 0}, now);
            QVERIFY(!times.repeats(frame));
            const microseconds pts = times.anchored(frame);
            QCOMPARE((pts - last).count(), 50'000);
            last = pts;
        }
        QCOMPARE(times.jumps(), 1U);
    }

    void anyOriginIsTaken()
    {
        SourceTimes times;
        QCOMPARE(times.anchored(picture(1, 0ms, 900s)).count(), 900'000'000);
        QCOMPARE(times.anchored(picture(2, 40ms, 900s + 45ms)).count(), 900'040'000);
    }
};

QTEST_APPLESS_MAIN(TestSourceTimes)
#include "tst_source_times.moc"
