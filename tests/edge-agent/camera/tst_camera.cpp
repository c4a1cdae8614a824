// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/camera.h"

#include "core/media/decoder.h"
#include "core/protocol/capture_jpeg.h"
#include "core/protocol/capture_sei.h"
#include "edge-agent/capture/barcode.h"
#include "tests/edge-agent/camera/camera_fixture.h"
#include "tests/edge-agent/live_fixture.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTcpServer>
#include <QTemporaryDir>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;
using protocol::StageState;

class TestCamera : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void testPictures();
    void mjpegWhileSomebodyReads();
    void keyFrameOnDemand();
    void subStream();
    void subStreamThinsOut();
    void noSubStream();
    void startsAgain();
    void fileCamera();
    void missingFileWaits();
    void unreachableUrlWaits_data();
    void unreachableUrlWaits();
    void stopsWhileEverythingHangs();
    void impossibleTestPicture();

private:
    QTemporaryDir m_dir;
};

void TestCamera::testPictures()
{
    CameraFixture f;
    Camera camera(testCamera(), {}, f.environment);
    QVERIFY(!camera.status().lastFrameAgeMs);
    const auto reader = camera.tee()->subscribe("test", 200, media::PacketTee::Start::CachedGroup);
    camera.start();
    std::unique_ptr<media::Decoder> decoder;
    std::uint64_t expected = 0;
    for (int i = 0; i < 30; ++i) {
        const auto packet = reader->read({}, 10s);
        QVERIFY(packet);
        if (!decoder)
            decoder = std::move(*media::Decoder::create(reader->info()));
        const auto payload = media::findUserDataSei(media::Codec::H264, packet->data, protocol::kCaptureUuid);
        QVERIFY(payload.has_value());
        const auto stamp = protocol::decodeCapture(*payload);
        QVERIFY(stamp.has_value());
        QCOMPARE(stamp->settingsVersion, 3U);
        QVERIFY(stamp->sequence >= expected);
        expected = stamp->sequence + 1;
        const auto frames = decoder->decode(packet);
        QVERIFY(frames.has_value());
        QCOMPARE(frames->size(), 1U);
        // What a program reads in the picture is what the SEI says.
        const auto code = readBarcode(frames->front().planes[0], frames->front().strides[0], 320, 240);
        QVERIFY(code.has_value());
        QCOMPARE(code->frame, static_cast<std::uint32_t>(stamp->sequence));
        QCOMPARE(code->capturedMs, toMicros(stamp->captured) / 1000);
    }
    QTRY_VERIFY(stage(camera.status(), "encoder").state == StageState::Running);
    QTRY_VERIFY(camera.status().framesEncoded >= 30);
    const auto status = camera.status();
    QVERIFY(stage(status, "source").state == StageState::Running);
    QVERIFY(stage(status, "publisher").state == StageState::Idle);
    QVERIFY(!stage(status, "publisher").reason.isEmpty());
    QCOMPARE(status.streams.size(), 1);
    QCOMPARE(status.streams.first().width, 320);
    QCOMPARE(status.streams.first().codec, QStringLiteral("h264"));
    QCOMPARE(status.streams.first().framerate, 25.0);
    QVERIFY(status.framesCaptured >= 30);
    QVERIFY(status.lastFrameAgeMs && *status.lastFrameAgeMs < 2000);
    QVERIFY(status.captureMs && *status.captureMs < 1000);
    QVERIFY(status.encodeMs && *status.encodeMs > 0 && *status.encodeMs < 1000);
    QCOMPARE(status.runs, QList<quint64>{f.capture.reading().run});
    const JpegPtr jpeg = newestPicture(camera);
    QVERIFY(jpeg);
    QVERIFY(jpeg->data.size() > 500 && jpeg->data[0] == 0xff && jpeg->data[1] == 0xd8);
    const auto inside = protocol::findJpegCapture(jpeg->data);
    QVERIFY(inside && jpeg->capture && *inside == *jpeg->capture);
    QCOMPARE(inside->settingsVersion, 3U);
    camera.stop();
    QVERIFY(source(camera) == StageState::Idle);
}

void TestCamera::mjpegWhileSomebodyReads()
{
    CameraFixture f;
    Camera camera(testCamera(), {}, f.environment);
    camera.start();
    QTRY_VERIFY(camera.status().framesEncoded > 0);
    QVERIFY(!camera.mjpegCounts().running);
    MjpegReaderPtr reader = camera.live(QStringLiteral("main"))->mjpeg(10);
    std::uint64_t last = 0;
    for (int i = 0; i < 3; ++i) {
        const JpegPtr picture = nextPicture(*reader);
        QVERIFY(picture);
        const auto stamp = protocol::findJpegCapture(picture->data);
        QVERIFY(stamp && *stamp == *picture->capture);
        QVERIFY(i == 0 || stamp->sequence > last); // the very first picture has number 0
        last = stamp->sequence;
    }
    QCOMPARE(camera.mjpegCounts().readers, 1);
    reader.reset();
    QTRY_VERIFY(!camera.mjpegCounts().running);
    const auto encoded = camera.mjpegCounts().encoded;
    const auto captured = camera.status().framesCaptured;
    QTRY_VERIFY(camera.status().framesCaptured > captured + 10);
    QCOMPARE(camera.mjpegCounts().encoded, encoded);

    reader = camera.live(QStringLiteral("main"))->mjpeg(10); // and again
    QVERIFY(nextPicture(*reader));
    camera.stop();
    reader->take();
    QVERIFY(reader->ended());
}

void TestCamera::subStream()
{
    CameraFixture f;
    auto settings = testCamera();
    settings.sub = {true, 160, 90, 0, 100}; // 4:3 inside 160 × 90
    Camera camera(settings, {}, f.environment);
    camera.start();
    QTRY_VERIFY(camera.status().framesEncoded >= 5);
    QCOMPARE(camera.status().streams.size(), 2);
    QCOMPARE(camera.status().streams[1].name, QStringLiteral("sub"));
    QCOMPARE(camera.status().streams[1].codec, QStringLiteral("h264"));
    QTRY_VERIFY(stage(camera.status(), "encoder/sub").state == StageState::Idle); // nobody reads it
    auto live = camera.live(QStringLiteral("sub"));
    QVERIFY(live);
    QVERIFY(live->onDemand);
    auto reader = live->tee->subscribe("test", 200, media::PacketTee::Start::CachedGroup);
    std::unique_ptr<media::Decoder> decoder;
    std::uint64_t last = 0;
    for (int i = 0; i < 20; ++i) {
        const auto packet = reader->read({}, 10s);
        QVERIFY(packet);
        QVERIFY(i > 0 || packet->key);
        if (!decoder)
            decoder = std::move(*media::Decoder::create(reader->info()));
        const auto stamp = protocol::decodeCapture(*media::findUserDataSei(media::Codec::H264, packet->data, protocol::kCaptureUuid));
        QVERIFY(stamp.has_value());
        QVERIFY(i == 0 || stamp->sequence > last); // that of the main stream's picture
        last = stamp->sequence;
        const auto frames = decoder->decode(packet);
        QVERIFY(frames.has_value() && frames->size() == 1);
        QCOMPARE(frames->front().width, 120);
        QCOMPARE(frames->front().height, 90);
    }
    QVERIFY(camera.requestKeyFrame(QStringLiteral("sub")));
    QVERIFY(camera.setBitrate(QStringLiteral("sub"), 200) && camera.setBitrate(QStringLiteral("main"), 200));
    QCOMPARE(toString(camera.setBitrate(QStringLiteral("main"), 1).error().kind), QStringLiteral("invalid_input"));
    QCOMPARE(toString(camera.setBitrate(QStringLiteral("third"), 200).error().kind), QStringLiteral("not_found"));
    QVERIFY(stage(camera.status(), "encoder/sub").state == StageState::Running);
    QCOMPARE(camera.status().streams[1].width, 120);
    const JpegPtr jpeg = newestPicture(camera, QStringLiteral("sub"));
    QVERIFY(jpeg && jpeg->data.size() > 300);
    reader.reset();
    QTRY_VERIFY_WITH_TIMEOUT(stage(camera.status(), "encoder/sub").state == StageState::Idle, 20'000);
    QVERIFY(live->tee->cachedGroup().empty());
    reader = live->tee->subscribe("test", 200, media::PacketTee::Start::CachedGroup); // and again
    const auto packet = reader->read({}, 5s);
    QVERIFY(packet && packet->key);
    QVERIFY(f.clock.now() - packet->arrival < 1s);
}

void TestCamera::subStreamThinsOut()
{
    CameraFixture f;
    auto settings = testCamera();
    settings.sub = {true, 160, 120, 5, 100}; // of 25
    Camera camera(settings, {}, f.environment);
    const auto reader = camera.live(QStringLiteral("sub"))->tee->subscribe("test", 200, media::PacketTee::Start::NextKeyFrame);
    camera.start();
    media::PacketPtr before = reader->read({}, 10s);
    QVERIFY(before);
    QCOMPARE(camera.status().streams[1].framerate, 5.0);
    microseconds sum{0};
    for (int i = 0; i < 8; ++i) {
        const auto packet = reader->read({}, 10s);
        QVERIFY(packet);
        sum += packet->pts - before->pts;
        before = packet;
    }
    QVERIFY2(sum > 8 * 190ms && sum < 8 * 260ms, qPrintable(QString::number(sum.count())));
}

void TestCamera::noSubStream()
{
    CameraFixture f;
    Camera camera(testCamera(), {}, f.environment);
    const auto live = camera.live(QStringLiteral("sub"));
    QVERIFY(!live);
    QCOMPARE(toString(live.error().kind), QStringLiteral("not_found"));
    QCOMPARE(camera.status().streams.size(), 1);
    camera.start();
    QTRY_VERIFY(camera.status().framesEncoded >= 1);
    QCOMPARE(toString(camera.requestKeyFrame(QStringLiteral("sub")).error().kind), QStringLiteral("not_found"));
}

void TestCamera::keyFrameOnDemand()
{
    CameraFixture f;
    auto settings = testCamera();
    settings.keyFrameSeconds = 60;
    Camera camera(settings, {}, f.environment);
    QVERIFY(camera.requestKeyFrame().error().kind == ErrorKind::Unavailable);
    const auto reader = camera.tee()->subscribe("test", 200, media::PacketTee::Start::NextKeyFrame);
    camera.start();
    QVERIFY(reader->read({}, 10s)->key);
    QVERIFY(!reader->read({}, 10s)->key);
    QVERIFY(camera.requestKeyFrame().has_value());
    int until = 0;
    while (!reader->read({}, 10s)->key)
        QVERIFY(++until < 100);
}

void TestCamera::startsAgain()
{
    CameraFixture f;
    Camera camera(testCamera(), {}, f.environment);
    camera.start();
    camera.start();
    QTRY_VERIFY(camera.status().framesEncoded > 2);
    camera.stop();
    camera.stop();
    const auto before = camera.tee()->lastPacket();
    camera.start();
    QTRY_VERIFY(camera.tee()->lastPacket() != before);
    // Numbers go on: a sequence that goes back would look like a false clock.
    QVERIFY(camera.tee()->lastPacket()->capture->sequence > before->capture->sequence);
    QCOMPARE(camera.tee()->lastPacket()->capture->run, before->capture->run);
}

void TestCamera::fileCamera()
{
    CameraFixture f;
    auto settings = testCamera();
    settings.source = QStringLiteral("file");
    settings.file = m_dir.filePath(QStringLiteral("wide.mp4"));
    QVERIFY(makeVideo(settings.file, QStringLiteral("testsrc=size=640x360:rate=25:duration=1"),
                      {QStringLiteral("-c:v"), QStringLiteral("libx264"), QStringLiteral("-pix_fmt"), QStringLiteral("yuv420p")}));
    Camera camera(settings, {}, f.environment);
    camera.start();
    QTRY_VERIFY_WITH_TIMEOUT(camera.status().framesEncoded > 30, 15'000); // more than once through
    const auto stream = camera.status().streams.first();
    QCOMPARE(stream.width, 320); // inside 320 × 240, its shape kept
    QCOMPARE(stream.height, 180);
    QVERIFY(newestPicture(camera));
}

void TestCamera::missingFileWaits()
{
    CameraFixture f;
    auto settings = testCamera();
    settings.source = QStringLiteral("file");
    settings.file = m_dir.filePath(QStringLiteral("later.mp4"));
    Camera camera(settings, {}, f.environment);
    camera.start();
    QTRY_VERIFY(source(camera) == StageState::Waiting);
    QTRY_VERIFY(stage(camera.status(), "source").nextTry.has_value());
    QVERIFY(stage(camera.status(), "source").reason.contains(settings.file));
    // It comes by itself once the file is there.
    QVERIFY(makeVideo(settings.file, QStringLiteral("testsrc=size=160x120:rate=25:duration=1"),
                      {QStringLiteral("-c:v"), QStringLiteral("libx264"), QStringLiteral("-pix_fmt"), QStringLiteral("yuv420p")}));
    QTRY_VERIFY_WITH_TIMEOUT(source(camera) == StageState::Running, 20'000);
    QVERIFY(stage(camera.status(), "source").reason.isEmpty());
}

void TestCamera::unreachableUrlWaits_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::newRow("rtsp") << QStringLiteral("rtsp");
    QTest::newRow("http") << QStringLiteral("http");
}

void TestCamera::unreachableUrlWaits()
{
    QFETCH(QString, scheme);
    CameraFixture f;
    auto settings = testCamera();
    settings.source = QStringLiteral("url");
    settings.url = Secret(scheme + QStringLiteral("://admin:hidden@127.0.0.1:%1/stream").arg(freePort()));
    Camera camera(settings, {}, f.environment);
    camera.start();
    QTRY_VERIFY_WITH_TIMEOUT(source(camera) == StageState::Waiting, 10'000);
    const auto status = stage(camera.status(), "source");
    qInfo().noquote() << status.reason;
    QVERIFY(status.reason.contains(QStringLiteral("127.0.0.1")));
    QVERIFY(!status.reason.contains(QStringLiteral("hidden")));
    QVERIFY(camera.requestKeyFrame().error().kind == ErrorKind::Unavailable);
}

void TestCamera::stopsWhileEverythingHangs()
{
    QTcpServer relay; // both accept and say nothing
    QTcpServer device;
    QVERIFY(relay.listen(QHostAddress::LocalHost) && device.listen(QHostAddress::LocalHost));
    CameraFixture f;
    auto url = testCamera(QStringLiteral("far"));
    url.source = QStringLiteral("url");
    url.url = Secret(QStringLiteral("rtsp://127.0.0.1:%1/x").arg(device.serverPort()));
    Camera waiting(url, {}, f.environment);
    Camera pushing(testCamera(), QStringLiteral("rtsp://127.0.0.1:%1").arg(relay.serverPort()), f.environment);
    waiting.start();
    pushing.start();
    QTRY_VERIFY(device.hasPendingConnections());
    QTRY_VERIFY(relay.hasPendingConnections());
    for (Camera *camera : {&waiting, &pushing}) {
        QElapsedTimer timer;
        timer.start();
        camera->stop();
        QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
    }
}

void TestCamera::impossibleTestPicture()
{
    CameraFixture f;
    auto settings = testCamera();
    settings.width = 321;
    Camera camera(settings, {}, f.environment);
    camera.start();
    QTRY_VERIFY(source(camera) == StageState::Waiting);
    QVERIFY(stage(camera.status(), "source").reason.contains(QStringLiteral("321")));
}

QTEST_GUILESS_MAIN(TestCamera)
#include "tst_camera.moc"
