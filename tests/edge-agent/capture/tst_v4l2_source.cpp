// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/v4l2_source.h"

#include "core/media/jpeg_encoder.h"
#include "core/media/scaler.h"
#include "edge-agent/capture/capture_clock.h"
#include "edge-agent/capture/capture_worker.h"
#include "tests/edge-agent/fake_v4l2.h"
#include "tests/edge-agent/live_fixture.h"

#include <QElapsedTimer>
#include <QFile>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;
using protocol::StageState;

namespace {

struct Fixture {
    SystemClock clock;
    CaptureClock capture{clock, ClockTrust::Always, ClockProbes{}};
    FakeV4l2 system;
    SourceContext context{clock, [this](MonoTime t, auto rank) { return capture.stamp(QStringLiteral("door"), t, 1, rank); }, nullptr, &system};
    settings::CameraSettings settings = [] {
        settings::CameraSettings made = testCamera(QStringLiteral("door"));
        made.source = QStringLiteral("v4l2");
        made.device = QStringLiteral("/dev/video0");
        made.width = 640;
        made.height = 480;
        made.framerate = 30;
        return made;
    }();

    Result<OpenSource> open(std::stop_token stop = {}) { return openSource(settings, context, std::move(stop)); }
};

std::vector<std::uint8_t> bytesOf(const media::Bytes &bytes)
{
    return {bytes.begin(), bytes.end()};
}

} // namespace

class TestV4l2Source : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void yuyvPictures();
    void motionJpeg();
    void h264PassesThrough();
    void choosesFormat_data();
    void choosesFormat();
    void nearestSizeAndRate();
    void firstUsableCamera();
    void errors_data();
    void errors();
    void leavesDamagedPicturesOut();
    void impossibleTimeStamps();
    void repeatedPicturesAreNone();
    void unpluggedWhileStreaming();
    void stopsAtOnce();
    void recoversFromUnplugging();
    void realCamera();
};

void TestV4l2Source::yuyvPictures()
{
    Fixture f;
    FakeV4l2Camera &camera = f.system.add();
    camera.formats = {{V4L2_PIX_FMT_YUYV, {{640, 480, {60}}}}};
    camera.fill = [](std::uint32_t, v4l2_buffer &) {
        std::vector<std::uint8_t> bytes(640 * 480 * 2);
        for (std::size_t i = 0; i < bytes.size(); i += 4) {
            bytes[i] = bytes[i + 2] = 180;
            bytes[i + 1] = 90;
            bytes[i + 3] = 160;
        }
        return bytes;
    };
    auto source = f.open();
    QVERIFY2(source.has_value(), source ? "" : qPrintable(source.error().text()));
    QVERIFY(source->frames && !source->packets);
    QCOMPARE(source->frames->width(), 640);
    QCOMPARE(source->frames->height(), 480);
    QCOMPARE(source->frames->framerate(), 60.0);
    MonoTime last{};
    for (std::uint64_t i = 0; i < 10; ++i) {
        const auto frame = source->frames->read({});
        QVERIFY2(frame.has_value(), frame ? "" : qPrintable(frame.error().text()));
        QVERIFY(frame->captured > last);
        if (i > 0) // the driver's times, not ours: exactly the rate
            QVERIFY(std::abs((frame->captured - last).count() - 16'667) <= 1);
        last = frame->captured;
        QVERIFY(f.clock.now() - last < 500ms);
        QCOMPARE(frame->capture->sequence, i);
        media::Scaler scaler;
        const auto planar = scaler.toYuv420(*frame, 640, 480);
        QVERIFY(planar.has_value());
        QCOMPARE(planar->planes[0][1000], 180);
        QCOMPARE(planar->planes[1][1000], 90);
        QCOMPARE(planar->planes[2][1000], 160);
    }
}

void TestV4l2Source::motionJpeg()
{
    Fixture f;
    FakeV4l2Camera &camera = f.system.add();
    camera.formats = {{V4L2_PIX_FMT_MJPEG, {{320, 240, {50}}}}};
    f.settings.width = 320;
    f.settings.height = 240;
    media::JpegEncoder encoder;
    const auto jpeg = encoder.encode(movingPicture(3, 320, 240, MonoTime{}, 0us), 320, 240, 90);
    QVERIFY(jpeg.has_value());
    camera.fill = [&](std::uint32_t n, v4l2_buffer &) {
        return n == 2 ? std::vector<std::uint8_t>(200, 0x55) : std::vector<std::uint8_t>(jpeg->begin(), jpeg->end());
    };
    auto source = f.open();
    QVERIFY2(source.has_value(), source ? "" : qPrintable(source.error().text()));
    QVERIFY(source->frames);
    for (int i = 0; i < 5; ++i) { // garbage goes by
        const auto frame = source->frames->read({});
        QVERIFY2(frame.has_value(), frame ? "" : qPrintable(frame.error().text()));
        QCOMPARE(frame->width, 320);
        QVERIFY(frame->capture.has_value());
    }
}

void TestV4l2Source::h264PassesThrough()
{
    Fixture f;
    FakeV4l2Camera &camera = f.system.add();
    camera.formats = {{V4L2_PIX_FMT_H264, {{320, 240, {100}}}}, {V4L2_PIX_FMT_MJPEG, {{320, 240, {100}}}}};
    f.settings.width = 320;
    f.settings.height = 240;
    PacketMaker maker(320, 240, 5);
    std::vector<media::PacketPtr> sent;
    for (int i = 0; i < 13; ++i)
        sent.push_back(maker.next());
    // The camera was running before we came: no parameter sets until its next key frame.
    camera.fill = [&](std::uint32_t n, v4l2_buffer &) { return bytesOf(sent.at(std::min<std::size_t>(n + 2, sent.size() - 1))->data); };
    auto source = f.open();
    QVERIFY2(source.has_value(), source ? "" : qPrintable(source.error().text()));
    QVERIFY(source->packets);
    QVERIFY(source->packets->info().codec == media::Codec::H264);
    for (std::size_t i = 5; i < 12; ++i) {
        const auto packet = source->packets->read({});
        QVERIFY(packet.has_value());
        QCOMPARE((*packet)->key, i % 5 == 0);
        QVERIFY((*packet)->data == sent[i]->data);
        QCOMPARE((*packet)->capture->sequence, i - 5);
        QCOMPARE((*packet)->pts, (*packet)->dts);
    }
    QVERIFY(!source->packets->info().parameterSets.empty());
    QCOMPARE(camera.set[V4L2_CID_MPEG_VIDEO_BITRATE], 400'000);
    QCOMPARE(camera.set[V4L2_CID_MPEG_VIDEO_H264_I_PERIOD], 40);
    QCOMPARE(camera.set[V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER], 1);
}

void TestV4l2Source::choosesFormat_data()
{
    using Modes = QList<V4l2Mode>;
    QTest::addColumn<Modes>("modes");
    QTest::addColumn<QString>("chosen");
    const std::uint32_t h264 = V4L2_PIX_FMT_H264;
    const std::uint32_t mjpeg = V4L2_PIX_FMT_MJPEG;
    const std::uint32_t yuyv = V4L2_PIX_FMT_YUYV;
    const V4l2Mode slow{yuyv, 1280, 720, false, 10};
    QTest::newRow("H.264 first") << Modes{slow, {mjpeg, 1280, 720, false, 30}, {h264, 1280, 720, false, 30}} << QStringLiteral("H264");
    QTest::newRow("MJPEG where USB 2 is too slow") << Modes{slow, {mjpeg, 1280, 720, false, 30}} << QStringLiteral("MJPG");
    QTest::newRow("YUYV where it is fast enough") << Modes{slow, {yuyv, 640, 480, false, 30}, {yuyv, 1280, 720, false, 30}, {mjpeg, 1280, 720, false, 30}}
                                                  << QStringLiteral("YUYV");
    QTest::newRow("YUYV is fast enough only when small") << Modes{slow, {yuyv, 640, 480, false, 30}, {mjpeg, 1280, 720, false, 30}} << QStringLiteral("MJPG");
    QTest::newRow("any size") << Modes{{yuyv, 1920, 1080, true, 30}, {mjpeg, 1920, 1080, true, 30}} << QStringLiteral("YUYV");
    QTest::newRow("slow YUYV alone") << Modes{slow} << QStringLiteral("YUYV");
    QTest::newRow("a sensor's port") << Modes{{V4L2_PIX_FMT_SRGGB10, 3280, 2464, false, 0}} << QString();
    QTest::newRow("nothing") << Modes{} << QString();
}

void TestV4l2Source::choosesFormat()
{
    QFETCH(QList<V4l2Mode>, modes);
    QFETCH(QString, chosen);
    V4l2Camera camera;
    camera.path = QStringLiteral("/dev/video3");
    camera.modes = modes;
    const auto format = chooseV4l2Format(camera, 1280, 720, 30);
    QCOMPARE(format.has_value(), !chosen.isEmpty());
    if (format)
        QCOMPARE(v4l2FormatName(*format), chosen);
    else
        QVERIFY(format.error().detail.contains(QStringLiteral("/dev/video3")));
}

void TestV4l2Source::nearestSizeAndRate()
{
    Fixture f;
    FakeV4l2Camera &camera = f.system.add();
    camera.formats = {{V4L2_PIX_FMT_YUYV, {{320, 240, {30}}, {800, 600, {15, 5}}}}};
    f.settings.framerate = 14;
    auto source = f.open();
    QVERIFY(source && source->frames);
    QCOMPARE(source->frames->width(), 800);
    QCOMPARE(source->frames->height(), 600);
    QCOMPARE(source->frames->framerate(), 15.0);
    const auto frame = source->frames->read({});
    QVERIFY(frame && frame->width == 800 && frame->height == 600);
}

void TestV4l2Source::firstUsableCamera()
{
    Fixture f;
    f.settings.device.clear();
    auto source = f.open();
    QVERIFY(!source);
    QVERIFY(source.error().kind == ErrorKind::NotFound);
    QVERIFY2(source.error().text().contains(QStringLiteral("no camera is plugged in")), qPrintable(source.error().text()));

    FakeV4l2Camera &encoder = f.system.add(QStringLiteral("/dev/video11"));
    encoder.capabilities = V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_STREAMING;
    source = f.open();
    QVERIFY(!source && source.error().text().contains(QStringLiteral("is no camera")));

    f.system.add(QStringLiteral("/dev/video20"));
    source = f.open();
    QVERIFY(source.has_value());
}

void TestV4l2Source::errors_data()
{
    QTest::addColumn<int>("openError");
    QTest::addColumn<quint64>("request");
    QTest::addColumn<int>("code");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char *name, int openError, unsigned long request, int code, ErrorKind kind, const char *sentence) {
        QTest::newRow(name) << openError << quint64{request} << code << static_cast<int>(kind) << QString::fromLatin1(sentence);
    };
    row("no such device", ENOENT, 0, 0, ErrorKind::NotFound, "/dev/video0 does not exist: no camera is plugged in there");
    row("no permission", EACCES, 0, 0, ErrorKind::Denied, "/dev/video0 may not be used: the agent's user must be in the group video");
    row("gone while opened", ENODEV, 0, 0, ErrorKind::Unavailable, "/dev/video0 was unplugged while it was opened");
    row("no video device", 0, VIDIOC_QUERYCAP, ENOTTY, ErrorKind::Unsupported, "/dev/video0 is not a video device");
    row("gone while described", 0, VIDIOC_ENUM_FMT, ENODEV, ErrorKind::Unavailable, "/dev/video0 was unplugged while it was opened");
    row("busy", 0, VIDIOC_S_FMT, EBUSY, ErrorKind::Unavailable, "/dev/video0 is used by another program");
    row("busy buffers", 0, VIDIOC_REQBUFS, EBUSY, ErrorKind::Unavailable, "/dev/video0 is used by another program");
    row("gone while set up", 0, VIDIOC_QUERYBUF, ENODEV, ErrorKind::Unavailable, "/dev/video0 was unplugged while it was set up");
    row("USB is full", 0, VIDIOC_STREAMON, ENOSPC, ErrorKind::Unavailable,
        "/dev/video0 finds no room on the USB bus: take a smaller picture or rate, or another port");
    row("driver fails", 0, VIDIOC_STREAMON, EPROTO, ErrorKind::Unavailable, "/dev/video0 could not be started: Protocol error");
}

void TestV4l2Source::errors()
{
    QFETCH(int, openError);
    QFETCH(quint64, request);
    QFETCH(int, code);
    QFETCH(int, kind);
    QFETCH(QString, sentence);
    Fixture f;
    FakeV4l2Camera &camera = f.system.add();
    camera.openError = openError;
    if (request != 0)
        camera.errors[static_cast<unsigned long>(request)] = code;
    const auto source = f.open();
    QVERIFY(!source);
    QCOMPARE(source.error().text(), sentence);
    QCOMPARE(static_cast<int>(source.error().kind), kind);
}

void TestV4l2Source::leavesDamagedPicturesOut()
{
    Fixture f;
    FakeV4l2Camera &camera = f.system.add();
    camera.formats = {{V4L2_PIX_FMT_YUYV, {{640, 480, {100}}}}};
    camera.fill = [](std::uint32_t n, v4l2_buffer &buffer) {
        if (n % 3 == 1)
            buffer.flags |= V4L2_BUF_FLAG_ERROR;
        return std::vector<std::uint8_t>(n % 3 == 2 ? 1000 : 640 * 480 * 2, static_cast<std::uint8_t>(n));
    };
    auto source = f.open();
    QVERIFY(source.has_value());
    for (int n = 0; n < 12; n += 3) {
        const auto frame = source->frames->read({});
        QVERIFY(frame.has_value());
        QCOMPARE(frame->planes[0][0], n);
    }
}

/// No time of the driver is believed that cannot be; what comes out rises and is near now.
void TestV4l2Source::impossibleTimeStamps()
{
    Fixture f;
    FakeV4l2Camera &camera = f.system.add();
    camera.formats = {{V4L2_PIX_FMT_YUYV, {{640, 480, {100}}}}};
    camera.fill = [](std::uint32_t n, v4l2_buffer &buffer) {
        switch (n % 5) {
        case 0: buffer.timestamp = {0, 0}; break;              // none
        case 1: buffer.timestamp.tv_sec += 1000; break;        // the future
        case 2: buffer.timestamp.tv_sec -= 1000; break;        // long ago
        case 3: buffer.flags = V4L2_BUF_FLAG_TIMESTAMP_UNKNOWN; buffer.timestamp = {1'790'000'000, 0}; break; // of another clock
        default: break;
        }
        return std::vector<std::uint8_t>(640 * 480 * 2, static_cast<std::uint8_t>(n));
    };
    auto source = f.open();
    QVERIFY(source.has_value());
    MonoTime last{};
    for (int i = 0; i < 15; ++i) {
        const auto frame = source->frames->read({});
        QVERIFY(frame.has_value());
        QVERIFY(frame->captured > last);
        last = frame->captured;
        QVERIFY(f.clock.now() >= last && f.clock.now() - last < 500ms);
    }
}

void TestV4l2Source::repeatedPicturesAreNone()
{
    Fixture f;
    FakeV4l2Camera &camera = f.system.add();
    camera.formats = {{V4L2_PIX_FMT_YUYV, {{640, 480, {100}}}}};
    timeval stuck{};
    camera.fill = [&](std::uint32_t n, v4l2_buffer &buffer) {
        if (n == 3)
            stuck = buffer.timestamp;
        if (n > 3 && n < 10) { // a driver that gives its last picture again
            buffer.timestamp = stuck;
            buffer.sequence = 3;
        }
        return std::vector<std::uint8_t>(640 * 480 * 2, static_cast<std::uint8_t>(n));
    };
    auto source = f.open();
    QVERIFY(source.has_value());
    for (const int n : {0, 1, 2, 3, 10, 11}) {
        const auto frame = source->frames->read({});
        QVERIFY(frame.has_value());
        QCOMPARE(frame->planes[0][0], n);
    }
}

void TestV4l2Source::unpluggedWhileStreaming()
{
    Fixture f;
    FakeV4l2Camera &camera = f.system.add();
    auto source = f.open();
    QVERIFY(source && source->frames->read({}));
    camera.plug(false);
    const auto frame = source->frames->read({});
    QVERIFY(!frame);
    QCOMPARE(frame.error().text(), QStringLiteral("/dev/video0 was unplugged while it was read"));
}

void TestV4l2Source::stopsAtOnce()
{
    Fixture f;
    f.system.add().silent = true;
    std::stop_source stop;
    Worker stopper("stopper", [&](std::stop_token) { stop.request_stop(); });
    QElapsedTimer timer;
    timer.start();
    const auto source = f.open(stop.get_token());
    QVERIFY(!source);
    QVERIFY(source.error().kind == ErrorKind::Cancelled);
    QVERIFY(timer.elapsed() < 2000);
}

/// The drill: not there for longer than any back-off is short, then put in, pulled out and put in again; pictures are
/// there within 5 s.
void TestV4l2Source::recoversFromUnplugging()
{
    Fixture f;
    FakeV4l2Camera &camera = f.system.add();
    camera.plugged = false;
    std::mutex mutex;
    QStringList reasons;
    milliseconds longest{0};
    std::atomic<int> frames{0};
    CaptureSinks sinks;
    sinks.opened = [](double) {};
    sinks.framerate = [](double) {};
    sinks.frame = [&](const media::Frame &) { ++frames; };
    sinks.streamInfo = [](const media::StreamInfo &) {};
    sinks.packet = [](const media::PacketPtr &) {};
    sinks.stage = [&](StageState, const QString &reason, std::optional<milliseconds> nextTry) {
        std::lock_guard lock(mutex);
        if (!reason.isEmpty())
            reasons.append(reason);
        longest = std::max(longest, nextTry.value_or(0ms));
    };
    CaptureWorker worker(f.settings, f.context, sinks);
    worker.start();
    for (const std::uint64_t tries : {6U, 8U}) {
        QVERIFY(waitUntil([&] { return worker.restarts() >= tries; }, 30s));
        const int before = frames;
        camera.plug(true);
        QElapsedTimer timer;
        timer.start();
        QVERIFY(waitUntil([&] { return frames > before + 2; }, 5s));
        qInfo("pictures after %lld ms", static_cast<long long>(timer.elapsed()));
        camera.plug(false);
    }
    worker.stop();
    std::lock_guard lock(mutex);
    QVERIFY2(longest <= CaptureWorker::kLocal, qPrintable(QString::number(longest.count())));
    QVERIFY2(reasons.contains(QStringLiteral("/dev/video0 was unplugged while it was read")), qPrintable(reasons.join(u'\n')));
    QVERIFY(reasons.contains(QStringLiteral("/dev/video0 does not exist: no camera is plugged in there")));
}

void TestV4l2Source::realCamera()
{
    if (linuxV4l2().paths().isEmpty())
        QSKIP("this machine has no /dev/video (no camera, and its kernel offers no vivid)");
    Fixture f;
    f.context.v4l2 = nullptr;
    f.settings.device.clear();
    auto source = f.open();
    if (!source)
        QSKIP(qPrintable(QStringLiteral("no camera here can be used: ") + source.error().text()));
    MonoTime last{};
    for (int i = 0; i < 20; ++i) {
        const MonoTime captured = [&] {
            if (source->frames)
                return source->frames->read({}).value().captured;
            return monoFromMicros(source->packets->read({}).value()->pts.count());
        }();
        QVERIFY(captured > last && f.clock.now() - captured < 1s);
        last = captured;
    }
}

QTEST_GUILESS_MAIN(TestV4l2Source)
#include "tst_v4l2_source.moc"
