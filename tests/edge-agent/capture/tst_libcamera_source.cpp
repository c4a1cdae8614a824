// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/libcamera_source.h"

#include "edge-agent/capture/capture_worker.h"
#include "edge-agent/capture/local_camera.h"

#include <QFile>
#include <QTest>

#include <malloc.h>

using namespace vedette;
using namespace vedette::agent;

namespace {

#define NEED_VIRTUAL_CAMERA()                                                                                     \
    if (!m_virtual)                                                                                               \
    QSKIP("libcamera has no virtual camera on this machine; scripts/debian13.sh makes one")

/// Resident memory of this process, MiB.
double residentMb()
{
    QFile file(QStringLiteral("/proc/self/statm"));
    return file.open(QIODevice::ReadOnly) ? file.readAll().split(' ').at(1).toDouble() * 4096 / 1048576 : 0;
}

} // namespace

/// Runs libcamera itself: its virtual cameras where this machine has them (libcamera 0.7 with a virtual.yaml, as
/// scripts/debian13.sh makes), else what must hold without a camera.
class TestLibcameraSource : public QObject {
    Q_OBJECT

    const SystemClock m_clock;
    CaptureClock m_captureClock{m_clock, ClockTrust::Always};
    SourceControls m_controls{{}};
    bool m_virtual = false;

    SourceContext context(SourceControls *controls = nullptr)
    {
        return {m_clock, [this](MonoTime captured, std::optional<PictureRank> rank) { return m_captureClock.stamp(QStringLiteral("a"), captured, 1, rank); }, nullptr, nullptr, {}, controls};
    }
    static settings::CameraSettings settings(double framerate = 30)
    {
        settings::CameraSettings s;
        s.id = QStringLiteral("a");
        s.source = QStringLiteral("libcamera");
        s.device = QStringLiteral("Virtual back");
        s.width = 1280;
        s.height = 720;
        s.framerate = framerate;
        return s;
    }

private Q_SLOTS:
    void initTestCase()
    {
        const auto cameras = listLibcameras();
        if (!cameras)
            QCOMPARE(toString(cameras.error().kind), toString(ErrorKind::Unsupported));
        else
            m_virtual = std::any_of(cameras->begin(), cameras->end(), [](const LocalCamera &each) { return each.model == QLatin1String("Virtual back"); });
    }

    void noSuchCameraIsSaid()
    {
        auto s = settings();
        s.device = QStringLiteral("imx000");
        const auto source = openLibcamera(s, context());
        QVERIFY(!source);
        QVERIFY2(source.error().detail.contains(QLatin1String("camera")), qPrintable(source.error().detail));
        QVERIFY(source.error().kind == ErrorKind::NotFound || source.error().kind == ErrorKind::Unsupported);
        QVERIFY(!m_virtual || source.error().detail.contains(QLatin1String("\"imx000\"; there is Virtual")));
    }

    void itIsListedWithItsModes()
    {
        NEED_VIRTUAL_CAMERA();
        const auto cameras = listLibcameras();
        const auto found = std::find_if(cameras->begin(), cameras->end(), [](const LocalCamera &each) { return each.model == QLatin1String("Virtual back"); });
        QCOMPARE(found->id, QStringLiteral("Virtual0"));
        QCOMPARE(found->modes.size(), 1);
        QCOMPARE(found->modes.first().format, QStringLiteral("NV12"));
        QVERIFY(found->modes.first().sizes.contains(QSize(1280, 720)));
    }

    void picturesComeInTimeWithTheirStamps()
    {
        NEED_VIRTUAL_CAMERA();
        auto source = openLibcamera(settings(30), context());
        QVERIFY2(source, qPrintable(source ? QString() : source.error().text()));
        QCOMPARE((*source)->width(), 1280);
        QCOMPARE((*source)->height(), 720);
        MonoTime first{};
        MonoTime last{};
        bool changes = false;
        std::array<std::uint8_t, 64> before{};
        for (int i = 0; i < 60; ++i) {
            const auto frame = (*source)->read({});
            QVERIFY2(frame, qPrintable(frame ? QString() : frame.error().text()));
            QCOMPARE(QSize(frame->width, frame->height), QSize(1280, 720));
            const auto age = m_clock.now() - frame->captured;
            QVERIFY2(age >= microseconds{0} && age < milliseconds{500}, qPrintable(QString::number(age.count())));
            QVERIFY(frame->captured > last);
            QVERIFY(frame->capture.has_value());
            QCOMPARE(frame->pts.count(), toMicros(frame->captured));
            last = frame->captured;
            if (i == 0)
                first = last;
            std::array<std::uint8_t, 64> row{};
            for (std::size_t x = 0; x < row.size(); ++x)
                row[x] = frame->planes[0][static_cast<std::size_t>(frame->strides[0]) * 360 + x * 20];
            changes = changes || (i > 0 && row != before);
            before = row;
        }
        // The camera answers at once: the rate is ours. 59 intervals of 1/30 s.
        const double seconds = static_cast<double>((last - first).count()) / 1e6;
        QVERIFY2(seconds > 1.7 && seconds < 3, qPrintable(QString::number(seconds)));
        QVERIFY(changes); // the lines move
    }

    void theCameraMakesTheSmallPicture()
    {
        NEED_VIRTUAL_CAMERA();
        auto s = settings();
        s.sub = {true, 640, 360, 0, 400};
        auto source = openLibcamera(s, context());
        QVERIFY2(source, qPrintable(source ? QString() : source.error().text()));
        const auto frame = (*source)->read({});
        QVERIFY(frame);
        QVERIFY(frame->small);
        QCOMPARE(QSize(frame->small->width, frame->small->height), QSize(640, 360));
        QVERIFY(frame->small->captured == frame->captured);
        s.sub.width = 500; // no size of this camera's: main alone
        source->reset();
        source = openLibcamera(s, context());
        QVERIFY(source);
        const auto alone = (*source)->read({});
        QVERIFY(alone && !alone->small);
    }

    void aSecondOpenerIsRefused()
    {
        NEED_VIRTUAL_CAMERA();
        auto first = openLibcamera(settings(), context());
        QVERIFY(first);
        const auto second = openLibcamera(settings(), context());
        QVERIFY(!second);
        QCOMPARE(second.error().text(), QStringLiteral("Camera Virtual back is in use by another program or another camera of this agent."));
        QVERIFY((*first)->read({}));
        auto s = settings();
        s.device = QStringLiteral("1");
        s.width = 640;
        s.height = 480;
        auto other = openLibcamera(s, context()); // two cameras at a time are two sources
        QVERIFY(other);
        QVERIFY((*other)->read({}) && (*first)->read({}));
        first->reset();
        QVERIFY(openLibcamera(settings(), context()));
    }

    void aStopEndsReading()
    {
        NEED_VIRTUAL_CAMERA();
        auto source = openLibcamera(settings(1), context());
        QVERIFY(source);
        QVERIFY((*source)->read({}));
        std::stop_source stop;
        const MonoTime begun = m_clock.now();
        Worker stopper("stopper", [&](std::stop_token) { stop.request_stop(); });
        const auto frame = (*source)->read(stop.get_token());
        QVERIFY(!frame);
        QCOMPARE(toString(frame.error().kind), toString(ErrorKind::Cancelled));
        QVERIFY(m_clock.now() - begun < milliseconds{900});
    }

    void controlsAreFollowedOrRefused()
    {
        NEED_VIRTUAL_CAMERA();
        SourceControls controls{{}};
        auto source = openLibcamera(settings(), context(&controls));
        QVERIFY(source);
        const auto refused = controls.change({{QStringLiteral("ev"), 1}});
        QVERIFY(!refused); // the virtual camera has none of ours
        source->reset();
        const auto closed = controls.change({{QStringLiteral("ev"), 1}});
        QCOMPARE(toString(closed.error().kind), toString(ErrorKind::Unavailable));
    }

    void aFailedSourceIsOpenedAgain()
    {
        NEED_VIRTUAL_CAMERA();
        std::atomic<int> pictures{0};
        CaptureSinks sinks;
        sinks.opened = [](double) {};
        sinks.framerate = [](double) {};
        media::Frame last; // kept as an encoder keeps it, or the next may lie in the same memory and count as given again
        sinks.frame = [&](media::Frame frame) {
            last = std::move(frame);
            ++pictures;
        };
        sinks.streamInfo = [](const media::StreamInfo &) {};
        sinks.packet = [](const media::PacketPtr &) {};
        sinks.stage = [](protocol::StageState, const QString &, std::optional<milliseconds>) {};
        CaptureWorker worker(settings(), context(), sinks);
        worker.start();
        QTRY_VERIFY(pictures >= 5);
        worker.interrupt(QStringLiteral("gave no picture for 2 s"));
        QTRY_VERIFY(worker.restarts() == 1);
        const int before = pictures;
        QTRY_VERIFY(pictures > before + 5);
        worker.stop();
    }

    void memoryStands()
    {
        NEED_VIRTUAL_CAMERA();
        auto source = openLibcamera(settings(1000), context());
        QVERIFY(source);
        for (int i = 0; i < 200; ++i)
            QVERIFY((*source)->read({}));
        malloc_trim(0);
        const double before = residentMb();
        for (int i = 0; i < 2000; ++i)
            QVERIFY((*source)->read({}));
        malloc_trim(0);
        const double grown = residentMb() - before;
        qInfo("%.1f MiB before, grown by %.2f MiB over 2000 pictures", before, grown);
        QVERIFY(grown < 4); // three pictures of 1.3 MiB; one lost picture in 500 would be more
        source->reset();
        for (int i = 0; i < 10; ++i)
            QVERIFY(openLibcamera(settings(), context()));
        malloc_trim(0);
        QVERIFY2(residentMb() - before < 8, qPrintable(QString::number(residentMb() - before)));
    }
};

QTEST_GUILESS_MAIN(TestLibcameraSource)
#include "tst_libcamera_source.moc"
