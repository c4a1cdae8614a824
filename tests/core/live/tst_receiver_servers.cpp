// SPDX-License-Identifier: GPL-3.0-or-later
// StreamReceiver against servers not written here, and with faults between it and a server.
#include "core/live/stream_receiver.h"

#include "core/live/tile_state.h"
#include "core/net/rtsp_pusher.h"
#include "tests/core/live/ts_server.h"
#include "tests/core/live/viewer.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/mediamtx.h"
#include "tests/support/rtsp_camera.h"

#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::live;
using protocol::StageState;
using test::Fault;
using test::FaultProxy;
using test::StampedCamera;
using test::TsServer;
using test::Viewer;

namespace {

QString proxied(const FaultProxy &proxy)
{
    return QStringLiteral("http://127.0.0.1:%1/live/gate/main.ts").arg(proxy.port());
}

Fault with(std::function<void(Fault &)> change)
{
    Fault fault;
    change(fault);
    return fault;
}

} // namespace

class tst_ReceiverServers : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void delayIsMeasured();
    void cutInTheMiddle_data();
    void cutInTheMiddle();
    void corruptByte();
    void stalledPathIsReplaced();
    void ffmpegOverHttp();
    void rtspCamera();
    void rtspCameraWithPassword();
    void rtspCameraWithoutVideo();
    void relayComesAndGoes();
};

void tst_ReceiverServers::delayIsMeasured()
{
    StampedCamera camera;
    TsServer server(camera);
    QVERIFY(server.listen());
    FaultProxy proxy;
    QVERIFY(proxy.start(server.port()));
    proxy.setFault(FaultProxy::Direction::ToClient, with([](Fault &f) { f.delay = milliseconds{300}; }));
    Viewer viewer;
    viewer.watch({proxied(proxy)});
    QTRY_VERIFY(viewer.receiver.totals().latency && viewer.receiver.totals().latency->count >= 20);
    const double p50 = viewer.receiver.totals().latency->p50;
    QVERIFY2(p50 >= 300 && p50 < 450, qPrintable(QString::number(p50)));
}

void tst_ReceiverServers::cutInTheMiddle_data()
{
    QTest::addColumn<quint64>("bytes");
    QTest::addColumn<bool>("reset");
    QTest::newRow("in the header") << quint64{40} << false;
    QTest::newRow("in the tables") << quint64{200} << true;
    QTest::newRow("in a picture") << quint64{30'001} << false;
    QTest::newRow("in a picture, by reset") << quint64{60'007} << true;
}

void tst_ReceiverServers::cutInTheMiddle()
{
    QFETCH(quint64, bytes);
    QFETCH(bool, reset);
    StampedCamera camera;
    TsServer server(camera);
    QVERIFY(server.listen());
    FaultProxy proxy;
    QVERIFY(proxy.start(server.port()));
    proxy.setFault(FaultProxy::Direction::ToClient, with([&](Fault &f) {
                       f.cutAt = bytes;
                       f.cutByReset = reset;
                   }));
    Viewer viewer;
    viewer.watch({proxied(proxy)});
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().stage == StageState::Waiting, 10'000);
    QVERIFY(viewer.receiver.state().nextTry);
    QVERIFY(viewer.receiver.state().reason.contains(QStringLiteral("127.0.0.1")));
    proxy.clear();
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().stage == StageState::Running, 15'000);
    const std::uint64_t decoded = viewer.receiver.stats().decoded;
    QTRY_VERIFY(viewer.receiver.stats().decoded >= decoded + 20);
    QVERIFY(viewer.timeNeverGoesBack());
}

void tst_ReceiverServers::corruptByte()
{
    StampedCamera camera;
    TsServer server(camera);
    QVERIFY(server.listen());
    FaultProxy proxy;
    QVERIFY(proxy.start(server.port()));
    proxy.setFault(FaultProxy::Direction::ToClient, with([](Fault &f) { f.corruptAt = 50'000; }));
    Viewer viewer;
    viewer.watch({proxied(proxy)});
    QTRY_VERIFY_WITH_TIMEOUT(proxy.passed(FaultProxy::Direction::ToClient) > 100'000, 20'000);
    const std::uint64_t decoded = viewer.receiver.stats().decoded;
    QTRY_VERIFY(viewer.receiver.stats().decoded >= decoded + 30);
    QVERIFY(viewer.receiver.state().stage == StageState::Running);
    QVERIFY(viewer.timeNeverGoesBack());
}

/// The better path is there but silent: the worse one takes over before the better one has timed out.
void tst_ReceiverServers::stalledPathIsReplaced()
{
    StampedCamera camera;
    TsServer server(camera);
    TsServer direct(camera);
    QVERIFY(server.listen());
    QVERIFY(direct.listen());
    FaultProxy proxy;
    QVERIFY(proxy.start(server.port()));
    Viewer viewer;
    viewer.watch({proxied(proxy), direct.url()});
    QTRY_VERIFY(viewer.shown.size() >= 10);
    QCOMPARE(viewer.receiver.state().path.url, proxied(proxy));
    proxy.setFault(FaultProxy::Direction::ToClient, with([](Fault &f) { f.stall = true; }));
    QTRY_COMPARE_WITH_TIMEOUT(viewer.receiver.state().path.url, direct.url(), 8000);
    QVERIFY2(viewer.longestPause() < milliseconds{4000}, qPrintable(QString::number(viewer.longestPause().count())));
    QVERIFY2(viewer.receiver.state().reason.contains(proxied(proxy)), qPrintable(viewer.receiver.state().reason));
    const std::size_t before = viewer.shown.size();
    QTRY_VERIFY(viewer.shown.size() >= before + 20);
    proxy.clear();
    QTRY_COMPARE_WITH_TIMEOUT(viewer.receiver.state().path.url, proxied(proxy), 25'000);
    const std::size_t after = viewer.shown.size();
    QTRY_VERIFY(viewer.shown.size() >= after + 20);
    QVERIFY(viewer.timeNeverGoesBack());
}

void tst_ReceiverServers::ffmpegOverHttp()
{
    const quint16 port = test::freePort();
    const QString url = QStringLiteral("http://127.0.0.1:%1/cam.ts").arg(port);
    test::ChildProcess ffmpeg;
    QVERIFY(ffmpeg.start(QStringLiteral("ffmpeg"),
                         QStringLiteral("-v error -re -f lavfi -i testsrc2=size=320x192:rate=25 -c:v libx264 -preset ultrafast "
                                        "-tune zerolatency -g 25 -f mpegts -listen 1 %1").arg(url).split(QLatin1Char(' '))));
    Viewer viewer;
    viewer.watch({url}); // refused until ffmpeg listens, then tried again
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.stats().decoded >= 30, 15'000);
    QCOMPARE(viewer.receiver.stats().latencyReason, QStringLiteral("no capture time in this stream"));
    ffmpeg.kill();
    QTRY_VERIFY(!viewer.receiver.state().reason.isEmpty());
}

void tst_ReceiverServers::rtspCamera()
{
    if (!test::RtspCamera::available())
        QSKIP("no GStreamer RTSP server on this machine");
    const QTemporaryDir dir;
    const QString clip = dir.filePath(QStringLiteral("clip.mp4"));
    QVERIFY(test::makeClip(QStringLiteral("-f lavfi -i testsrc2=size=320x192:rate=25:duration=4 -c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p"), clip));
    test::RtspCamera camera;
    QVERIFY(camera.start(clip));
    Viewer viewer;
    viewer.watch({camera.url()});
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.stats().decoded >= 30, 15'000);
    QCOMPARE(viewer.receiver.stats().latencyReason, QStringLiteral("no capture time in this stream"));
    QVERIFY(viewer.receiver.stats().fps > 15);

    // Frozen: there is a connection, no picture and soon a reason. Then it goes on.
    camera.freeze();
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().errorKind == ErrorKind::Timeout, 15'000);
    QVERIFY(nextTileCondition({}, viewer.receiver.state(), viewer.clock.now()).state == TileState::Stale);
    camera.thaw();
    const std::uint64_t decoded = viewer.receiver.stats().decoded;
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.stats().decoded >= decoded + 20, 20'000);
    camera.kill();
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().stage == StageState::Waiting, 10'000);
}

void tst_ReceiverServers::rtspCameraWithPassword()
{
    if (!test::RtspCamera::available())
        QSKIP("no GStreamer RTSP server on this machine");
    const QTemporaryDir dir;
    const QString clip = dir.filePath(QStringLiteral("clip.mp4"));
    QVERIFY(test::makeClip(QStringLiteral("-f lavfi -i testsrc2=size=320x192:rate=25:duration=2 -c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p"), clip));
    test::RtspCameraOptions options;
    options.user = QStringLiteral("guard");
    options.password = QStringLiteral("hunter2");
    test::RtspCamera camera;
    QVERIFY(camera.start(clip, options));
    Viewer viewer;
    viewer.watch({camera.urlWith(options.user, QStringLiteral("wr0ng"))});
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().stage == StageState::Waiting, 10'000);
    QVERIFY2(viewer.receiver.state().errorKind == ErrorKind::Denied, qPrintable(viewer.receiver.state().reason));
    QVERIFY(!viewer.receiver.state().reason.contains(QStringLiteral("wr0ng")));
    viewer.receiver.setUrls({camera.urlWith(options.user, options.password)});
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.stats().decoded >= 10, 10'000);
}

void tst_ReceiverServers::rtspCameraWithoutVideo()
{
    if (!test::RtspCamera::available())
        QSKIP("no GStreamer RTSP server on this machine");
    test::RtspCameraOptions options;
    options.video = false;
    test::RtspCamera camera;
    QVERIFY(camera.start(QString(), options));
    Viewer viewer;
    viewer.watch({camera.url()});
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().stage == StageState::Waiting, 10'000);
    QVERIFY2(viewer.receiver.state().errorKind == ErrorKind::Unsupported, qPrintable(viewer.receiver.state().reason));
    QVERIFY(viewer.receiver.state().nextTry);
}

void tst_ReceiverServers::relayComesAndGoes()
{
    if (!test::MediaMtx::available())
        QSKIP("mediamtx is not on PATH");
    test::MediaMtx relay;
    QVERIFY(relay.start());
    const QString url = relay.rtspUrl(QStringLiteral("gate"));

    StampedCamera camera;
    TsServer direct(camera);
    QVERIFY(direct.listen());
    Viewer viewer;
    viewer.watch({url, direct.url()}); // nobody publishes yet
    QTRY_VERIFY(viewer.shown.size() >= 5);
    QCOMPARE(viewer.receiver.state().path.url, direct.url());

    auto push = net::RtspPusher::open(url, camera.info(), {}, {});
    QVERIFY2(push, push ? "" : qPrintable(push.error().text()));
    bool begun = false;
    camera.listeners.push_back([&push, &begun](const media::PacketPtr &packet) {
        begun = begun || packet->key;
        if (begun)
            static_cast<void>((*push)->write(*packet, {}));
    });
    QTRY_COMPARE_WITH_TIMEOUT(viewer.receiver.state().path.url, url, 20'000);
    const std::size_t atHandOver = viewer.shown.size();
    QTRY_VERIFY(viewer.shown.size() >= atHandOver + 40);
    const StreamStats stats = viewer.receiver.stats();
    QVERIFY2(stats.latencyMs && *stats.latencyMs < 500, qPrintable(stats.latencyReason)); // the capture time survives the relay
    QVERIFY(viewer.timeNeverGoesBack());
    QVERIFY2(viewer.longestPause() < milliseconds{700}, qPrintable(QString::number(viewer.longestPause().count())));

    camera.listeners.pop_back();
    relay.kill();
    QTRY_COMPARE_WITH_TIMEOUT(viewer.receiver.state().path.url, direct.url(), 10'000);
    const std::size_t atLoss = viewer.shown.size();
    QTRY_VERIFY(viewer.shown.size() >= atLoss + 10);
}

QTEST_GUILESS_MAIN(tst_ReceiverServers)
#include "tst_receiver_servers.moc"
