// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/live/stream_receiver.h"

#include "core/live/tile_state.h"
#include "tests/core/live/ts_server.h"
#include "tests/core/live/viewer.h"
#include "tests/core/media/scripted_server.h"
#include "tests/support/process.h"

#include <QElapsedTimer>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::live;
using protocol::StageState;
using test::ScriptedServer;
using test::StampedCamera;
using test::TsServer;
using test::Viewer;

namespace {

const SystemClock s_clock;

} // namespace

class tst_StreamReceiver : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void showsAndMeasures();
    void presentedCountsToTheScreen();
    void latencyUnknown_data();
    void latencyUnknown();
    void frozenCaptureTimeGoesStale();
    void senderClockMovesLatency();
    void cutAndRestart();
    void badServers_data();
    void badServers();
    void noAddress();
    void stopIsQuick_data();
    void stopIsQuick();
    void stalledStreamIsGivenUp();
    void trickleIsGivenUp();
    void worsePathWhileTheBetterIsDown();
    void silentFirstPathDoesNotHoldUpThePicture();
    void newUrlsReconnectOnlyWhenTheCurrentIsGone();
    void tryNowForgetsTheWait();
    void startAgainAfterStop();
    void fileIsPlayedInRealTimeToItsEnd();
};

void tst_StreamReceiver::showsAndMeasures()
{
    StampedCamera camera;
    TsServer server(camera);
    QVERIFY(server.listen());
    QTRY_VERIFY(camera.group().size() >= 10); // a group to begin with
    Viewer viewer;
    QSignalSpy states(&viewer.receiver, &StreamReceiver::stateChanged);
    QElapsedTimer timer;
    timer.start();
    viewer.watch({server.url()});
    QVERIFY(viewer.receiver.state().stage == StageState::Starting);
    QTRY_VERIFY(!viewer.shown.empty());
    QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.stats().decoded >= 60, 10'000);

    const StreamStats stats = viewer.receiver.stats();
    QCOMPARE(stats.connects, std::uint64_t{1});
    QCOMPARE(stats.decodeErrors, std::uint64_t{0});
    QCOMPARE(stats.received, stats.decoded);
    QCOMPARE(QSize(stats.width, stats.height), QSize(320, 192));
    QVERIFY2(stats.fps > 17 && stats.fps < 23, qPrintable(QString::number(stats.fps)));
    QVERIFY2(stats.latencyMs && *stats.latencyMs < 200, qPrintable(stats.latencyReason));
    QCOMPARE(*stats.uncertaintyMs, 0.3);
    QVERIFY(stats.firstPictureMs && *stats.firstPictureMs < 1000);
    const StreamTotals totals = viewer.receiver.totals();
    QVERIFY2(totals.fps > 18 && totals.fps < 22, qPrintable(QString::number(totals.fps)));
    QVERIFY2(totals.latency->p95 < 300, "the group at the beginning must not count");

    const ReceiverState state = viewer.receiver.state();
    QVERIFY(state.stage == StageState::Running);
    QCOMPARE(state.path.url, server.url());
    QVERIFY(state.reason.isEmpty());
    QVERIFY(!state.nextTry);
    QCOMPARE(nextTileCondition({}, state, s_clock.now()).state, TileState::Live);
    QVERIFY(qAbs(state.frameInterval.count() - 50) <= 5);
    QVERIFY(viewer.onGuiThread);
    QVERIFY(viewer.timeNeverGoesBack());
    QVERIFY(states.size() < 20);
}

void tst_StreamReceiver::presentedCountsToTheScreen()
{
    StampedCamera camera;
    TsServer server(camera);
    QVERIFY(server.listen());
    Viewer viewer;
    viewer.watch({server.url()});
    QTRY_VERIFY(viewer.receiver.stats().latencyMs);
    const double decoded = *viewer.receiver.stats().latencyMs;
    // The screen shows a picture that is half a second old.
    QTRY_VERIFY(viewer.shown.size() >= 12);
    const media::Frame old = viewer.shown[viewer.shown.size() - 11];
    viewer.receiver.presented(old);
    QVERIFY2(*viewer.receiver.stats().latencyMs > decoded + 300, qPrintable(QString::number(*viewer.receiver.stats().latencyMs)));
}

void tst_StreamReceiver::latencyUnknown_data()
{
    QTest::addColumn<int>("stamps");
    QTest::addColumn<QString>("reason");
    QTest::newRow("no SEI") << int(StampedCamera::Stamps::None) << QStringLiteral("no capture time in this stream");
    QTest::newRow("clock unknown") << int(StampedCamera::Stamps::ClockUnknown) << QStringLiteral("clock not synchronised");
    QTest::newRow("future") << int(StampedCamera::Stamps::InTheFuture) << QStringLiteral("clock not verified: the capture time is in the future");
}

void tst_StreamReceiver::latencyUnknown()
{
    QFETCH(int, stamps);
    QFETCH(QString, reason);
    StampedCamera camera;
    camera.stamps = static_cast<StampedCamera::Stamps>(stamps);
    TsServer server(camera);
    QVERIFY(server.listen());
    Viewer viewer;
    viewer.watch({server.url()});
    QTRY_VERIFY(viewer.receiver.stats().decoded >= 5);
    QVERIFY(!viewer.receiver.stats().latencyMs);
    QCOMPARE(viewer.receiver.stats().latencyReason, reason);
    const MonoTime before = viewer.receiver.state().lastNewCapture;
    QTRY_VERIFY(viewer.receiver.state().lastNewCapture > before);
}

void tst_StreamReceiver::frozenCaptureTimeGoesStale()
{
    StampedCamera camera;
    TsServer server(camera);
    QVERIFY(server.listen());
    Viewer viewer;
    viewer.watch({server.url()});
    QTRY_VERIFY(viewer.receiver.stats().decoded >= 5);
    camera.stamps = StampedCamera::Stamps::Frozen;
    // Packets go on, their capture time does not.
    TileCondition tile;
    QTRY_VERIFY_WITH_TIMEOUT((tile = nextTileCondition(tile, viewer.receiver.state(), s_clock.now())).state == TileState::Stale, 6000);
    const std::uint64_t decoded = viewer.receiver.stats().decoded;
    QTRY_VERIFY(viewer.receiver.stats().decoded > decoded + 5);
    QVERIFY(viewer.receiver.state().stage == StageState::Running);
    QCOMPARE(nextTileCondition(tile, viewer.receiver.state(), s_clock.now()).state, TileState::Stale);
    camera.stamps = StampedCamera::Stamps::Real;
    QTRY_COMPARE(nextTileCondition(tile, viewer.receiver.state(), s_clock.now()).state, TileState::Live);
}

void tst_StreamReceiver::senderClockMovesLatency()
{
    StampedCamera camera;
    TsServer server(camera);
    QVERIFY(server.listen());
    Viewer viewer;
    // The agent's clock is 3 s ahead, and itself 250 µs off, as its pictures say too.
    const RemoteClock ahead{s_clock.now(), s_clock.utcNow() + std::chrono::seconds{3}, milliseconds{4}, microseconds{250}, 0};
    viewer.receiver.setSenderClock(ahead);
    viewer.watch({server.url()});
    QTRY_VERIFY(viewer.receiver.stats().latencyMs);
    const StreamStats stats = viewer.receiver.stats();
    QVERIFY(*stats.latencyMs > 3000 && *stats.latencyMs < 3300);
    QVERIFY2(*stats.uncertaintyMs >= 4.05 && *stats.uncertaintyMs < 4.2, qPrintable(QString::number(*stats.uncertaintyMs)));
}

void tst_StreamReceiver::cutAndRestart()
{
    StampedCamera camera;
    TsServer server(camera);
    QVERIFY(server.listen());
    Viewer viewer;
    viewer.watch({server.url()});
    QTRY_VERIFY(viewer.receiver.stats().decoded >= 5);
    QObject::disconnect(&viewer.receiver, &StreamReceiver::frameReady, nullptr, nullptr); // leave the last one there
    QTRY_VERIFY(viewer.receiver.latest().overwritten() >= 2);
    server.close();
    QTRY_VERIFY(viewer.receiver.state().stage == StageState::Waiting);
    const ReceiverState waiting = viewer.receiver.state();
    QVERIFY2(waiting.reason.contains(server.url()), qPrintable(waiting.reason));
    QVERIFY(waiting.nextTry);
    QVERIFY(waiting.lastNewCapture != MonoTime{});
    QVERIFY(viewer.receiver.latest().take()); // the last picture stays
    const std::uint64_t decoded = viewer.receiver.stats().decoded;
    QVERIFY(server.listen());
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.stats().decoded > decoded + 5, 15'000);
    QVERIFY(viewer.receiver.state().stage == StageState::Running);
    QVERIFY(viewer.receiver.state().reason.isEmpty());
    QCOMPARE(viewer.receiver.stats().connects, std::uint64_t{2});
    QVERIFY(viewer.receiver.stats().firstPictureMs);
}

void tst_StreamReceiver::badServers_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<ErrorKind>("kind");
    const QByteArray html = "<!DOCTYPE html><html><body>" + QByteArray(3000, 'x') + "</body></html>";
    QTest::newRow("HTML page") << "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: " +
                                      QByteArray::number(html.size()) + "\r\n\r\n" + html
                               << ErrorKind::Corrupt;
    QTest::newRow("401") << QByteArray("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") << ErrorKind::Denied;
    QTest::newRow("403") << QByteArray("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") << ErrorKind::Denied;
    QTest::newRow("404") << QByteArray("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") << ErrorKind::NotFound;
    QTest::newRow("noise") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 20000\r\nConnection: close\r\n\r\n") + QByteArray(20'000, '\x55') << ErrorKind::Corrupt;
    QTest::newRow("refused") << QByteArray() << ErrorKind::Unavailable;
}

void tst_StreamReceiver::badServers()
{
    QFETCH(QByteArray, answer);
    QFETCH(ErrorKind, kind);
    ScriptedServer server([&answer](QTcpSocket &socket, std::stop_token) {
        ScriptedServer::readRequest(socket);
        ScriptedServer::send(socket, answer);
    });
    const quint16 port = answer.isEmpty() ? test::freePort() : server.port();
    Viewer viewer;
    viewer.watch({QStringLiteral("http://guard:hunter2@127.0.0.1:%1/live/gate/main.ts").arg(port)});
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().stage == StageState::Waiting, 10'000);
    const ReceiverState state = viewer.receiver.state();
    QVERIFY2(state.errorKind == kind, qPrintable(state.reason));
    QVERIFY2(state.reason.contains(QStringLiteral("127.0.0.1:%1").arg(port)), qPrintable(state.reason));
    QVERIFY2(!state.reason.contains(QStringLiteral("hunter2")), qPrintable(state.reason));
    QVERIFY(state.nextTry);
    if (kind == ErrorKind::Denied)
        QVERIFY(*state.nextTry > s_clock.now() + milliseconds{50'000});
    QCOMPARE(nextTileCondition({}, state, s_clock.now()).state, TileState::Offline);
    QVERIFY(viewer.shown.empty());
}

void tst_StreamReceiver::noAddress()
{
    Viewer viewer;
    viewer.watch({});
    QTRY_VERIFY(viewer.receiver.state().stage == StageState::Waiting);
    QVERIFY(!viewer.receiver.state().reason.isEmpty());
    StampedCamera camera;
    TsServer server(camera);
    QVERIFY(server.listen());
    viewer.receiver.setUrls({server.url()});
    QTRY_VERIFY(!viewer.shown.empty());
}

void tst_StreamReceiver::stopIsQuick_data()
{
    QTest::addColumn<bool>("rtsp");
    QTest::newRow("http") << false;
    QTest::newRow("rtsp") << true;
}

void tst_StreamReceiver::stopIsQuick()
{
    QFETCH(bool, rtsp);
    std::atomic<bool> asked{false};
    ScriptedServer silent([&asked](QTcpSocket &socket, std::stop_token stop) {
        asked = ScriptedServer::readRequest(socket).size() > 0;
        ScriptedServer::hold(socket, stop);
    });
    Viewer viewer;
    viewer.watch({silent.url(rtsp ? QStringLiteral("rtsp") : QStringLiteral("http"), QStringLiteral("gate"))});
    QTRY_VERIFY(asked);
    QElapsedTimer timer;
    timer.start();
    viewer.receiver.stop();
    QVERIFY2(timer.elapsed() <= 500, qPrintable(QString::number(timer.elapsed())));
    QVERIFY(viewer.receiver.state().stage == StageState::Idle);
    viewer.receiver.stop();
}

void tst_StreamReceiver::stalledStreamIsGivenUp()
{
    StampedCamera camera;
    TsServer server(camera);
    QVERIFY(server.listen());
    Viewer viewer;
    viewer.watch({server.url()});
    QTRY_VERIFY(viewer.receiver.stats().decoded >= 5);
    camera.paused = true;
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().errorKind == ErrorKind::Timeout, 10'000);
    QVERIFY(viewer.receiver.state().reason.contains(server.url()));
    camera.paused = false;
    const std::uint64_t decoded = viewer.receiver.stats().decoded;
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.stats().decoded > decoded + 20, 20'000);
}

void tst_StreamReceiver::trickleIsGivenUp()
{
    ScriptedServer trickle([](QTcpSocket &socket, std::stop_token stop) {
        ScriptedServer::readRequest(socket);
        ScriptedServer::send(socket, "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n");
        while (!stop.stop_requested() && socket.state() == QAbstractSocket::ConnectedState) {
            ScriptedServer::send(socket, "G");
            socket.waitForReadyRead(50); // nothing more is asked: this is the pace
        }
    });
    Viewer viewer;
    viewer.watch({trickle.url(QStringLiteral("http"), QStringLiteral("live/gate/main.ts"))});
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().stage == StageState::Waiting, 20'000);
    QVERIFY(viewer.receiver.state().errorKind == ErrorKind::Timeout);
    QVERIFY(viewer.receiver.state().reason.contains(QStringLiteral("127.0.0.1")));
}

void tst_StreamReceiver::worsePathWhileTheBetterIsDown()
{
    StampedCamera camera;
    TsServer better(camera);
    TsServer worse(camera);
    QVERIFY(better.listen());
    QVERIFY(worse.listen());
    better.close();
    Viewer viewer;
    viewer.watch({better.url(), worse.url()});
    QTRY_VERIFY(viewer.shown.size() >= 10);
    QCOMPARE(viewer.receiver.state().path.url, worse.url());
    QVERIFY(viewer.receiver.state().stage == StageState::Running);
    QVERIFY2(viewer.receiver.state().reason.contains(better.url()), qPrintable(viewer.receiver.state().reason));

    // It comes back: the picture moves over without a pause and without going back in time.
    QVERIFY(better.listen());
    QTRY_COMPARE_WITH_TIMEOUT(viewer.receiver.state().path.url, better.url(), 15'000);
    const std::size_t atHandOver = viewer.shown.size();
    QTRY_VERIFY(viewer.shown.size() >= atHandOver + 20);
    QVERIFY(viewer.receiver.state().reason.isEmpty());
    QVERIFY(!viewer.receiver.state().nextTry);
    QVERIFY(viewer.timeNeverGoesBack());
    QVERIFY2(viewer.longestPause() < milliseconds{500}, qPrintable(QString::number(viewer.longestPause().count())));
    const int askedBefore = better.requests();

    // And goes again: back to the worse one at once.
    better.close();
    QTRY_COMPARE_WITH_TIMEOUT(viewer.receiver.state().path.url, worse.url(), 5000);
    const std::size_t atLoss = viewer.shown.size();
    QTRY_VERIFY(viewer.shown.size() >= atLoss + 10);
    QVERIFY(viewer.timeNeverGoesBack());
    QVERIFY2(viewer.longestPause() < milliseconds{1500}, qPrintable(QString::number(viewer.longestPause().count())));
    QCOMPARE(better.requests(), askedBefore);
}

void tst_StreamReceiver::silentFirstPathDoesNotHoldUpThePicture()
{
    StampedCamera camera;
    TsServer direct(camera);
    QVERIFY(direct.listen());
    ScriptedServer silent([](QTcpSocket &socket, std::stop_token stop) { ScriptedServer::hold(socket, stop); });
    Viewer viewer;
    QElapsedTimer timer;
    timer.start();
    viewer.watch({silent.url(QStringLiteral("rtsp"), QStringLiteral("gate")), direct.url()});
    QTRY_VERIFY(!viewer.shown.empty());
    QVERIFY2(timer.elapsed() < 3500, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(viewer.receiver.state().path.url, direct.url());
    // The silent one is given up in the background and tried again.
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().errorKind == ErrorKind::Timeout, 10'000);
    QVERIFY(viewer.receiver.state().stage == StageState::Running);
    QVERIFY2(viewer.longestPause() < milliseconds{500}, qPrintable(QString::number(viewer.longestPause().count())));
}

void tst_StreamReceiver::newUrlsReconnectOnlyWhenTheCurrentIsGone()
{
    StampedCamera camera;
    TsServer first(camera);
    TsServer second(camera);
    QVERIFY(first.listen());
    QVERIFY(second.listen());
    Viewer viewer;
    viewer.watch({first.url()});
    QTRY_VERIFY(viewer.shown.size() >= 3);
    viewer.receiver.setUrls({first.url(), second.url()});
    const std::size_t before = viewer.shown.size();
    QTRY_VERIFY(viewer.shown.size() >= before + 10);
    QCOMPARE(first.requests(), 1);
    QCOMPARE(second.requests(), 0);
    viewer.receiver.setUrls({second.url()});
    QTRY_COMPARE(viewer.receiver.state().path.url, second.url());
    QTRY_COMPARE(viewer.receiver.stats().connects, std::uint64_t{2});
    QVERIFY(viewer.receiver.state().errorKind == ErrorKind::Internal); // nothing has failed
}

void tst_StreamReceiver::tryNowForgetsTheWait()
{
    ScriptedServer denied([](QTcpSocket &socket, std::stop_token) {
        ScriptedServer::readRequest(socket);
        ScriptedServer::send(socket, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    Viewer viewer;
    viewer.watch({denied.url(QStringLiteral("http"), QStringLiteral("live/gate/main.ts"))});
    QTRY_VERIFY(viewer.receiver.state().stage == StageState::Waiting);
    QSignalSpy states(&viewer.receiver, &StreamReceiver::stateChanged);
    viewer.receiver.retryNow();
    QTRY_VERIFY(states.size() >= 1);
    QTRY_VERIFY(viewer.receiver.state().stage == StageState::Waiting);
}

void tst_StreamReceiver::startAgainAfterStop()
{
    StampedCamera camera;
    TsServer server(camera);
    QVERIFY(server.listen());
    Viewer viewer;
    viewer.watch({server.url()});
    QTRY_VERIFY(viewer.shown.size() >= 3);
    viewer.receiver.stop();
    const std::uint64_t decoded = viewer.receiver.stats().decoded;
    QVERIFY(decoded >= 3);
    viewer.receiver.start();
    QTRY_VERIFY(viewer.receiver.stats().decoded >= 3);
    QTRY_VERIFY(viewer.receiver.state().stage == StageState::Running);
}

void tst_StreamReceiver::fileIsPlayedInRealTimeToItsEnd()
{
    const QTemporaryDir dir;
    const QString path = dir.filePath(QStringLiteral("a clip.ts"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    media::StreamInfo info;
    const std::vector<media::PacketPtr> packets = test::encodePictures(30, 320, 192, &info);
    auto muxer = media::Muxer::openTs(info, [&file](std::span<const std::uint8_t> bytes) {
        file.write(reinterpret_cast<const char *>(bytes.data()), static_cast<qint64>(bytes.size()));
    });
    QVERIFY(muxer);
    for (const media::PacketPtr &packet : packets)
        QVERIFY((*muxer)->write(packet));
    muxer->reset();
    file.close();

    Viewer viewer;
    QElapsedTimer timer;
    timer.start();
    viewer.watch({path});
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().stage == StageState::Stopped, 10'000);
    QCOMPARE(viewer.receiver.stats().decoded, std::uint64_t{30});
    QVERIFY2(timer.elapsed() > 1300 && timer.elapsed() < 4000, qPrintable(QString::number(timer.elapsed())));
    QVERIFY(viewer.receiver.state().reason.contains(QStringLiteral("end of file")));
    QVERIFY(!viewer.receiver.stats().latencyMs);
}

QTEST_GUILESS_MAIN(tst_StreamReceiver)
#include "tst_stream_receiver.moc"
