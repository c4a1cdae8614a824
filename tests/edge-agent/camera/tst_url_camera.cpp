// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/camera.h"

#include "core/media/decoder.h"
#include "core/media/demuxer.h"
#include "core/protocol/capture_jpeg.h"
#include "core/protocol/capture_sei.h"
#include "edge-agent/capture/capture_clock.h"
#include "tests/core/media/scripted_server.h"
#include "tests/edge-agent/camera/camera_fixture.h"
#include "tests/edge-agent/live_fixture.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/mediamtx.h"
#include "tests/support/rtsp_camera.h"

#include <QTemporaryDir>

#include <map>
#include <set>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;
using protocol::StageState;

namespace {

struct Fixture {
    explicit Fixture(const QString &url, const settings::SubSettings &sub = {})
    {
        settings = testCamera(QStringLiteral("far"));
        settings.source = QStringLiteral("url");
        settings.url = Secret(url);
        settings.sub = sub;
        camera = std::make_unique<Camera>(settings, QString(), environment);
    }
    protocol::StageStatus source() const { return camera->status().stages.first(); }
    bool sourceIs(StageState state) const { return source().state == state; }

    SystemClock clock;
    CaptureClock capture{clock, ClockTrust::Always, ClockProbes{}};
    CameraEnvironment environment{clock, capture, 1};
    settings::CameraSettings settings;
    std::unique_ptr<Camera> camera;
};

media::Bytes slices(const media::Packet &packet)
{
    media::Bytes all;
    media::forEachNal(packet.data, [&](std::span<const std::uint8_t> nal) {
        const bool picture = packet.codec == media::Codec::H265 ? (nal[0] >> 1 & 0x3f) < 32 : (nal[0] & 0x1f) >= 1 && (nal[0] & 0x1f) <= 5;
        if (picture)
            all.insert(all.end(), nal.begin(), nal.end());
    });
    return all;
}

} // namespace

/// The source "url" against a camera not written here: GStreamer's RTSP server.
class TestUrlCamera : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void picturesPassUntouched_data();
    void picturesPassUntouched();
    void aRelayIsACamera_data();
    void aRelayIsACamera();
    void subStreamOfWhatIsPassedThrough();
    void comesBackAfterRestart();
    void stalledCameraIsOpenedAgain();
    void refusedPassword();
    void missingPath();
    void onlySound();
    void reasonsAreTrue_data();
    void reasonsAreTrue();

private:
    QTemporaryDir m_dir;
    QString m_film;
};

void TestUrlCamera::initTestCase()
{
    if (!RtspCamera::available())
        QSKIP("no GStreamer RTSP server on this machine");
    m_film = m_dir.filePath(QStringLiteral("film.mp4"));
    QVERIFY(makeVideo(m_film, QStringLiteral("testsrc=size=320x240:rate=25:duration=2"),
                      {QStringLiteral("-c:v"), QStringLiteral("libx264"), QStringLiteral("-bf"), QStringLiteral("0"), QStringLiteral("-g"),
                       QStringLiteral("10"), QStringLiteral("-pix_fmt"), QStringLiteral("yuv420p")}));
}

void TestUrlCamera::picturesPassUntouched_data()
{
    QTest::addColumn<bool>("h265");
    QTest::addColumn<QString>("coding");
    const QString h264 = QStringLiteral("-c:v libx264 -g 10 ");
    const QString h265 = QStringLiteral("-c:v libx265 -preset ultrafast -x265-params log-level=error:keyint=10:");
    QTest::newRow("H.264") << false << h264 + QStringLiteral("-bf 0");
    QTest::newRow("H.264 B-frames") << false << h264 + QStringLiteral("-bf 3 -b_strategy 0 -slices 2");
    QTest::newRow("H.265") << true << h265 + QStringLiteral("bframes=0");
    QTest::newRow("H.265 B-frames") << true << h265 + QStringLiteral("bframes=3:b-adapt=0:b-pyramid=1:open-gop=0");
}

void TestUrlCamera::picturesPassUntouched()
{
    QFETCH(bool, h265);
    QFETCH(QString, coding);
    const QString path = m_dir.filePath(QString::fromLatin1(QTest::currentDataTag()) + QStringLiteral(".mp4"));
    QVERIFY(makeVideo(path, QStringLiteral("testsrc=size=320x240:rate=25:duration=2"),
                      QStringList{QStringLiteral("-pix_fmt"), QStringLiteral("yuv420p")} + coding.split(QLatin1Char(' '))));
    std::set<media::Bytes> film;
    media::Demuxer::Options options;
    options.live = false;
    auto demuxer = media::Demuxer::open(path, options, {});
    QVERIFY(demuxer.has_value());
    while (const auto packet = (*demuxer)->read({}))
        film.insert(slices(**packet));

    RtspCamera device;
    RtspCameraOptions rtsp;
    rtsp.h265 = h265;
    QVERIFY(device.start(path, rtsp));
    Fixture f(device.url());
    const auto reader = f.camera->tee()->subscribe("test", 500, media::PacketTee::Start::CachedGroup);
    f.camera->start();
    std::map<microseconds, CaptureStamp> shown;
    std::optional<microseconds> lastDts;
    for (int i = 0; i < 75; ++i) { // more than once through
        const auto packet = reader->read({}, 10s);
        QVERIFY(packet);
        QVERIFY(i > 0 || packet->key);
        QVERIFY2(film.count(slices(*packet)) == 1, "the picture's bytes are those of the file");
        const auto payload = media::findUserDataSei(packet->codec, packet->data, protocol::kCaptureUuid);
        QVERIFY(payload.has_value());
        const auto stamp = protocol::decodeCapture(*payload);
        QVERIFY(stamp.has_value());
        QVERIFY(packet->dts <= packet->pts);
        QVERIFY(!lastDts || packet->dts > *lastDts);
        lastDts = packet->dts;
        QVERIFY(stamp->captured <= f.clock.utcNow() + stamp->uncertainty);
        QVERIFY2(stamp->uncertainty >= 100ms, "the camera's own delay is not known");
        shown[packet->pts] = *stamp;
    }
    QCOMPARE(shown.size(), 75U);
    std::optional<CaptureStamp> last;
    int missing = 0; // below the end, where the next pictures are still to come
    for (const auto &[pts, stamp] : shown) {
        QVERIFY(!last || (stamp.captured > last->captured && stamp.sequence > last->sequence));
        missing += last ? static_cast<int>(stamp.sequence - last->sequence - 1) : 0;
        last = stamp;
    }
    QVERIFY2(missing <= 3, qPrintable(QString::number(missing)));
    const auto status = f.camera->status();
    QVERIFY(status.stages[0].state == StageState::Running);
    QVERIFY(status.stages[1].state == StageState::Idle);
    QCOMPARE(status.streams.first().width, 320);
    QCOMPARE(status.streams.first().codec, h265 ? QStringLiteral("h265") : QStringLiteral("h264"));
    QCOMPARE(status.streams.first().framerate, 25.0);
    QVERIFY(f.camera->requestKeyFrame().error().kind == ErrorKind::Unsupported);
    for (int i = 0; i < 2; ++i) {
        const JpegPtr jpeg = newestPicture(*f.camera);
        QVERIFY(jpeg);
        QVERIFY(jpeg->data.size() > 500);
        QVERIFY(protocol::findJpegCapture(jpeg->data));
    }

    // Decoded only while somebody looks.
    QTRY_COMPARE(f.camera->tee()->readerCounts().size(), 1U);
    MjpegReaderPtr looker = f.camera->live(QStringLiteral("main"))->mjpeg(25);
    std::uint64_t before = 0;
    for (int i = 0; i < 5; ++i) {
        const JpegPtr picture = nextPicture(*looker);
        QVERIFY(picture);
        QVERIFY(picture->capture && picture->capture->sequence > before);
        before = picture->capture->sequence;
    }
    QCOMPARE(f.camera->tee()->readerCounts().size(), 2U);
    looker.reset();
    QTRY_VERIFY(!f.camera->mjpegCounts().running);
    QTRY_COMPARE(f.camera->tee()->readerCounts().size(), 1U);
}

void TestUrlCamera::aRelayIsACamera_data()
{
    picturesPassUntouched_data();
}

void TestUrlCamera::aRelayIsACamera()
{
    if (!MediaMtx::available())
        QSKIP("no mediamtx on PATH");
    QFETCH(QString, coding);
    const QString path = m_dir.filePath(QStringLiteral("relayed.mp4"));
    QVERIFY(makeVideo(path, QStringLiteral("testsrc=size=320x240:rate=25:duration=4"),
                      QStringList{QStringLiteral("-pix_fmt"), QStringLiteral("yuv420p")} + coding.split(QLatin1Char(' '))));
    MediaMtx relay;
    QVERIFY(relay.start());
    ChildProcess publisher;
    QVERIFY(publisher.start(QStringLiteral("ffmpeg"), QStringLiteral("-v error -re -stream_loop -1 -i %1 -c copy -f rtsp -rtsp_transport tcp %2")
                                                          .arg(path, relay.rtspUrl(QStringLiteral("door"))).split(QLatin1Char(' '))));
    QTRY_VERIFY_WITH_TIMEOUT(relay.isLive(QStringLiteral("door")), 15'000);
    Fixture f(relay.rtspUrl(QStringLiteral("door")));
    const auto reader = f.camera->tee()->subscribe("test", 500, media::PacketTee::Start::CachedGroup);
    f.camera->start();
    std::map<microseconds, CaptureStamp> shown;
    std::optional<microseconds> lastDts;
    for (int i = 0; i < 60; ++i) {
        const auto packet = reader->read({}, 10s);
        QVERIFY2(packet, qPrintable(f.source().reason));
        QVERIFY(packet->dts <= packet->pts && (!lastDts || packet->dts > *lastDts));
        lastDts = packet->dts;
        QVERIFY(packet->capture->captured <= f.clock.utcNow() + packet->capture->uncertainty);
        shown[packet->pts] = *packet->capture;
    }
    QCOMPARE(shown.size(), 60U);
    for (auto it = std::next(shown.begin()); it != shown.end(); ++it) {
        QVERIFY(it->second.sequence > std::prev(it)->second.sequence);
        QVERIFY(it->second.captured > std::prev(it)->second.captured);
    }
}

/// Decoded, scaled and encoded with the capture times of the main stream.
void TestUrlCamera::subStreamOfWhatIsPassedThrough()
{
    RtspCamera device;
    QVERIFY(device.start(m_film));
    Fixture f(device.url(), {true, 160, 120, 0, 100});
    f.camera->start();
    const auto main = f.camera->tee()->subscribe("test", 500, media::PacketTee::Start::NextKeyFrame);
    const auto sub = f.camera->live(QStringLiteral("sub"))->tee->subscribe("test", 500, media::PacketTee::Start::NextKeyFrame);
    std::set<std::uint64_t> shown;
    std::unique_ptr<media::Decoder> decoder;
    for (int i = 0; i < 20; ++i) {
        const auto packet = sub->read({}, 15s);
        QVERIFY(packet);
        const auto stamp = protocol::decodeCapture(*media::findUserDataSei(media::Codec::H264, packet->data, protocol::kCaptureUuid));
        QVERIFY(stamp.has_value());
        shown.insert(stamp->sequence);
        if (!decoder)
            decoder = std::move(*media::Decoder::create(sub->info()));
        const auto frames = decoder->decode(packet);
        QVERIFY(frames.has_value() && frames->size() == 1);
        QCOMPARE(frames->front().width, 160);
    }
    QCOMPARE(shown.size(), std::size_t{20});
    std::set<std::uint64_t> passed;
    while (const auto packet = main->tryRead()) {
        if (const auto stamp = protocol::decodeCapture(*media::findUserDataSei(media::Codec::H264, packet->data, protocol::kCaptureUuid)))
            passed.insert(stamp->sequence);
    }
    QVERIFY(passed.count(*shown.rbegin()) == 1);
}

void TestUrlCamera::comesBackAfterRestart()
{
    RtspCamera device;
    QVERIFY(device.start(m_film));
    Fixture f(device.url());
    f.camera->start();
    QTRY_VERIFY_WITH_TIMEOUT(f.sourceIs(StageState::Running), 10'000);
    device.kill();
    QTRY_VERIFY_WITH_TIMEOUT(f.sourceIs(StageState::Waiting), 10'000);
    QTRY_VERIFY(f.source().nextTry.has_value());
    const auto count = f.camera->status().framesEncoded;
    QVERIFY(device.start(m_film));
    QTRY_VERIFY_WITH_TIMEOUT(f.sourceIs(StageState::Running), 30'000);
    QTRY_VERIFY(f.camera->status().framesEncoded > count + 10);
}

void TestUrlCamera::stalledCameraIsOpenedAgain()
{
    RtspCamera device;
    QVERIFY(device.start(m_film));
    FaultProxy proxy;
    QVERIFY(proxy.start(device.port()));
    Fixture f(QStringLiteral("rtsp://127.0.0.1:%1/camera").arg(proxy.port()));
    f.camera->start();
    QTRY_VERIFY_WITH_TIMEOUT(f.sourceIs(StageState::Running), 10'000);
    Fault stall;
    stall.stall = true;
    proxy.setFault(FaultProxy::Direction::ToClient, stall);
    QTRY_VERIFY_WITH_TIMEOUT(f.sourceIs(StageState::Waiting), 2'500); // 2 s, and what was still on its way
    QVERIFY2(f.source().reason.endsWith(QStringLiteral("gave no picture for 2 s")), qPrintable(f.source().reason));
    QCOMPARE(f.camera->figures().sourceRestarts, 0U); // it may come back by itself
    QTRY_VERIFY_WITH_TIMEOUT(f.camera->figures().sourceRestarts > 0, 5'000);
    proxy.clear();
    QTRY_VERIFY_WITH_TIMEOUT(f.sourceIs(StageState::Running), 30'000);
}

void TestUrlCamera::refusedPassword()
{
    RtspCamera device;
    RtspCameraOptions options;
    options.user = QStringLiteral("admin");
    options.password = QStringLiteral("right");
    QVERIFY(device.start(m_film, options));
    Fixture wrong(device.urlWith(QStringLiteral("admin"), QStringLiteral("hidden")));
    wrong.camera->start();
    QTRY_VERIFY_WITH_TIMEOUT(wrong.sourceIs(StageState::Stopped), 10'000);
    const auto status = wrong.source();
    QVERIFY2(status.reason.contains(QStringLiteral("refuses")), qPrintable(status.reason));
    QVERIFY(!status.reason.contains(QStringLiteral("hidden")));
    QVERIFY(status.nextTry && *status.nextTry > wrong.clock.utcNow() + 30s); // cameras lock out
    Fixture good(device.urlWith(QStringLiteral("admin"), QStringLiteral("right")));
    good.camera->start();
    QTRY_VERIFY_WITH_TIMEOUT(good.sourceIs(StageState::Running), 10'000);
}

void TestUrlCamera::missingPath()
{
    RtspCamera device;
    QVERIFY(device.start(m_film));
    Fixture f(device.url() + QStringLiteral("-not"));
    f.camera->start();
    QTRY_VERIFY_WITH_TIMEOUT(f.sourceIs(StageState::Waiting), 10'000);
    QVERIFY2(f.source().reason.contains(QStringLiteral("does not exist")), qPrintable(f.source().reason));
}

void TestUrlCamera::onlySound()
{
    RtspCamera device;
    RtspCameraOptions options;
    options.video = false;
    QVERIFY(device.start(QString(), options));
    Fixture f(device.url());
    f.camera->start();
    QTRY_VERIFY_WITH_TIMEOUT(f.sourceIs(StageState::Waiting), 10'000);
    QVERIFY2(f.source().reason.contains(QStringLiteral("sends no video")), qPrintable(f.source().reason));
}

/// What a server says to each request of a connection; "%1" is the request's number.
ScriptedServer::Script says(const QByteArray &answer)
{
    return [answer](QTcpSocket &socket, std::stop_token) {
        for (QByteArray request = ScriptedServer::readRequest(socket); !request.isEmpty(); request = ScriptedServer::readRequest(socket)) {
            const qsizetype number = request.indexOf("CSeq: ") + 6;
            ScriptedServer::send(socket, QByteArray(answer).replace("%1", request.mid(number, request.indexOf('\r', number) - number)));
            if (answer.startsWith("HTTP"))
                break;
        }
    };
}

void TestUrlCamera::reasonsAreTrue_data()
{
    const QByteArray noVideo = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
    const ScriptedServer::Script none;
    QTest::addColumn<ScriptedServer::Script>("script");
    QTest::addColumn<QString>("address"); ///< instead of the script's
    QTest::addColumn<QString>("reason");
    QTest::newRow("IPv6, nobody listens") << none << QStringLiteral("[::1]:1")
                                          << QStringLiteral("URL gives no video: nothing listens at [::1]:1 (connection refused)");
    QTest::newRow("TLS, unknown host") << none << QStringLiteral("TLS no-such-host.invalid")
                                       << QStringLiteral("URL gives no video: the name no-such-host.invalid does not resolve");
    QTest::newRow("TLS, nobody listens") << none << QStringLiteral("TLS 127.0.0.1:1")
                                         << QStringLiteral("URL gives no video: nothing listens at 127.0.0.1:1 (connection refused)");
    QTest::newRow("unknown host") << none << QStringLiteral("no-such-host.invalid:554")
                                  << QStringLiteral("URL gives no video: no-such-host.invalid:554: the host's name is not known");
    QTest::newRow("nobody listens") << none << QStringLiteral("127.0.0.1:1")
                                    << QStringLiteral("URL gives no video: nothing listens at 127.0.0.1:1 (connection refused)");
    QTest::newRow("closes at once") << ScriptedServer::Script([](QTcpSocket &, std::stop_token) {}) << QString()
                                    << QStringLiteral("URL gives no video: ADDRESS closed the connection");
    QTest::newRow("never answers") << ScriptedServer::Script(&ScriptedServer::hold) << QString()
                                   << QStringLiteral("URL did not answer for 5 s: the server does not answer in time");
    QTest::newRow("not found") << says("RTSP/1.0 404 Not Found\r\nCSeq: %1\r\n\r\n") << QString()
                               << QStringLiteral("URL does not exist on that camera: nobody sends this stream (404 Not Found)");
    QTest::newRow("fails") << says("RTSP/1.0 503 Busy\r\nCSeq: %1\r\n\r\n") << QString()
                           << QStringLiteral("URL gives no video: the server answered 503 Busy");
    QTest::newRow("web page") << says("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html></html>") << QString()
                              << QStringLiteral("URL is not a video stream: the server answered with a web page instead of video");
    QTest::newRow("no media") << says("RTSP/1.0 200 OK\r\nCSeq: %1\r\nContent-Type: application/sdp\r\nContent-Length: "
                                      + QByteArray::number(noVideo.size()) + "\r\n\r\n" + noVideo)
                              << QString() << QStringLiteral("URL sends no video that can be taken: the server offers no video");
}

void TestUrlCamera::reasonsAreTrue()
{
    QFETCH(const ScriptedServer::Script, script);
    QFETCH(QString, address);
    QFETCH(QString, reason);
    std::optional<ScriptedServer> server;
    if (script)
        address = QStringLiteral("127.0.0.1:%1").arg(server.emplace(script).port());
    QString scheme = QStringLiteral("rtsp");
    if (address.startsWith(QStringLiteral("TLS "))) {
        address.remove(0, 4);
        scheme += QLatin1Char('s');
    }
    Fixture f(scheme + QStringLiteral("://admin:hidden@%1/cam").arg(address));
    f.camera->start();
    QTRY_VERIFY_WITH_TIMEOUT(f.sourceIs(StageState::Waiting), 15'000);
    reason.replace(QStringLiteral("URL"), scheme + QStringLiteral("://…@%1/cam").arg(address));
    reason.replace(QStringLiteral("ADDRESS"), address);
    QCOMPARE(f.source().reason, reason);
}

QTEST_GUILESS_MAIN(TestUrlCamera)
#include "tst_url_camera.moc"
