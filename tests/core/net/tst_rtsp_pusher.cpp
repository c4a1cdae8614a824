// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/rtsp_pusher.h"

#include "core/media/demuxer.h"
#include "core/media/nal.h"
#include "core/net/rtsp_receiver.h"
#include "tests/core/media/media_fixture.h"
#include "tests/core/media/scripted_server.h"
#include "tests/core/net/rtsp_helpers.h"
#include "tests/support/mediamtx.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <condition_variable>
#include <mutex>

using namespace vedette;
using namespace vedette::media;
using namespace vedette::net;
using test::ScriptedServer;

namespace {

RtspPusher::Options options(int timeoutMs)
{
    RtspPusher::Options o;
    o.timeout = milliseconds{timeoutMs};
    return o;
}

/// The packets with a capture-time SEI each, as the agent sends them.
std::vector<PacketPtr> withSei(const std::vector<PacketPtr> &packets)
{
    std::vector<PacketPtr> out;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        auto copy = std::make_shared<Packet>(*packets[i]);
        copy->data = insertUserDataSei(copy->codec, copy->data, test::userData(static_cast<int>(i)));
        out.push_back(copy);
    }
    return out;
}

} // namespace

class TestRtspPusher : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void reachesFfmpeg();
    void reachesMediaMtx_data();
    void reachesMediaMtx();
    void refusesRedirections_data();
    void refusesRedirections();
    void sendsTheToken();
    void saysWhyItFails();
    void seesThatTheServerHasGone();
    void endsWhenTheServerStopsReading();
    void endsWhenTheServerStopsAnswering();
    void silenceOfAServerThatNeverAnswersKeepAliveIsNoFault();
};

void TestRtspPusher::reachesFfmpeg()
{
    QTemporaryDir dir;
    const QString path = dir.filePath(QStringLiteral("got.ts"));
    QTcpServer probe;
    QVERIFY(probe.listen(QHostAddress::LocalHost));
    const quint16 port = probe.serverPort();
    probe.close();
    const QString url = QStringLiteral("rtsp://127.0.0.1:%1/cam").arg(port);
    QProcess listener;
    listener.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    listener.start(QStringLiteral("ffmpeg"), {QStringLiteral("-v"), QStringLiteral("fatal"), QStringLiteral("-rtsp_flags"), QStringLiteral("listen"),
                                              QStringLiteral("-i"), url, QStringLiteral("-c"), QStringLiteral("copy"), QStringLiteral("-y"), path});
    QVERIFY(listener.waitForStarted());

    media::StreamInfo info;
    const auto encoded = test::encodePictures(100, 320, 192, &info);
    const auto packets = withSei(encoded);
    {
        Result<std::unique_ptr<RtspPusher>> pusher = fail(ErrorKind::Unavailable, QStringLiteral("not tried"));
        QElapsedTimer timer;
        for (timer.start(); !pusher && timer.elapsed() < 10'000;) // until ffmpeg listens
            pusher = RtspPusher::open(url, info, options(3000), {});
        QVERIFY2(pusher, pusher ? "" : qPrintable(pusher.error().text()));
        for (const PacketPtr &packet : packets)
            QVERIFY((*pusher)->write(*packet, {}));
    }
    QVERIFY(listener.waitForFinished(10'000));
    Demuxer::Options file;
    file.live = false;
    auto demuxer = Demuxer::open(path, file, {});
    QVERIFY2(demuxer, demuxer ? "" : qPrintable(demuxer.error().text()));
    std::size_t count = 0;
    for (auto packet = (*demuxer)->read({}); packet; packet = (*demuxer)->read({}), ++count) {
        QVERIFY(count < packets.size());
        QCOMPARE(findUserDataSei(Codec::H264, (*packet)->data, test::kUuid).value_or(Bytes{}),
                 test::userData(static_cast<int>(count)));
        QCOMPARE(test::vclUnits(Codec::H264, (*packet)->data), test::vclUnits(Codec::H264, encoded[count]->data));
    }
    QVERIFY2(count >= 99, qPrintable(QString::number(count))); // a reader sees a picture's end when the next begins
}

void TestRtspPusher::reachesMediaMtx_data()
{
    QTest::addColumn<QString>("transport");
    QTest::newRow("TCP") << QString();
    QTest::newRow("UDP") << QStringLiteral("?transport=udp");
}

void TestRtspPusher::reachesMediaMtx()
{
    QFETCH(QString, transport);
    if (!test::MediaMtx::available())
        QSKIP("mediamtx is not on PATH");
    test::MediaMtxOptions relayOptions;
    relayOptions.udp = !transport.isEmpty();
    test::MediaMtx relay(relayOptions);
    QVERIFY(relay.start());
    StreamInfo info;
    const auto packets = withSei(test::encodePictures(60, 1280, 720, &info, 8'000)); // key frames of many fragments
    RtspPusher::Options o = options(1000);
    o.keepAliveEvery = milliseconds{1};
    auto pusher = RtspPusher::open(relay.rtspUrl(QStringLiteral("cam")) + transport, info, o, {});
    QVERIFY2(pusher, pusher ? "" : qPrintable(pusher.error().text()));
    QTRY_VERIFY(relay.isLive(QStringLiteral("cam")));
    auto reader = RtspReceiver::open(relay.rtspUrl(QStringLiteral("cam")), {}, {});
    QVERIFY2(reader, reader ? "" : qPrintable(reader.error().text()));
    QCOMPARE((*reader)->info().parameterSets, info.parameterSets);
    for (const PacketPtr &packet : packets) {
        QVERIFY((*pusher)->write(*packet, {}));
        const auto got = (*reader)->read({});
        QVERIFY2(got, got ? "" : qPrintable(got.error().text()));
        QCOMPARE(test::vclUnits(Codec::H264, (*got)->data), test::vclUnits(Codec::H264, packet->data));
        QCOMPARE(findUserDataSei(Codec::H264, (*got)->data, test::kUuid), findUserDataSei(Codec::H264, packet->data, test::kUuid));
        QCOMPARE((*got)->key, packet->key);
    }
    relay.freeze();
    Status status;
    QTRY_VERIFY_WITH_TIMEOUT(!(status = (*pusher)->idle({})), 20'000); // its kernel would still take bytes
    QCOMPARE(toString(status.error().kind), QStringLiteral("timeout"));
    relay.thaw();
}

void TestRtspPusher::refusesRedirections_data()
{
    QTest::addColumn<QByteArray>("method");
    for (const char *method : {"ANNOUNCE", "SETUP", "RECORD"})
        QTest::newRow(method) << QByteArray(method);
}

/// A server that agrees to all but one request, and to that one sends elsewhere.
void TestRtspPusher::refusesRedirections()
{
    QFETCH(QByteArray, method);
    ScriptedServer server([&](QTcpSocket &socket, std::stop_token) {
        for (test::ScriptedRtsp rtsp(socket); rtsp.next();) {
            if (rtsp.request.startsWith(method))
                rtsp.answer("302 Moved", "Location: rtsp://elsewhere.invalid/x\r\n");
            else
                rtsp.answer("200 OK", "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n");
        }
    });
    StreamInfo info;
    test::encodePictures(1, 320, 192, &info);
    const auto pusher = RtspPusher::open(server.url(QStringLiteral("rtsp"), QStringLiteral("cam")), info, options(2000), {});
    QVERIFY(!pusher);
    QVERIFY(pusher.error().kind == ErrorKind::Unavailable);
    QVERIFY2(pusher.error().text().contains(QStringLiteral("302 to ") + QString::fromLatin1(method)), qPrintable(pusher.error().text()));
}

/// As docs/settings.md says: MediaMTX asks somebody else, who is told the token and lets nobody in without it.
void TestRtspPusher::sendsTheToken()
{
    if (!test::MediaMtx::available())
        QSKIP("mediamtx is not on PATH");
    std::mutex mutex;
    QByteArray asked;
    ScriptedServer judge([&](QTcpSocket &socket, std::stop_token) {
        const QByteArray request = ScriptedServer::readRequest(socket);
        const bool good = request.contains("\"token\":\"a.signed-token_1\"") || request.contains("\"action\":\"api\"");
        std::lock_guard lock(mutex);
        asked += request;
        ScriptedServer::send(socket, good ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                                          : "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    test::MediaMtxOptions relayOptions;
    relayOptions.judge = judge.url(QStringLiteral("http"), QString());
    test::MediaMtx relay(relayOptions);
    QVERIFY(relay.start());
    StreamInfo info;
    test::encodePictures(1, 320, 192, &info);
    info.audio = AudioInfo{Codec::Aac, 48'000, 2, {0x11, 0x90}}; // two SETUPs with the query
    const QString url = relay.rtspUrl(QStringLiteral("cam"));
    const auto refused = RtspPusher::open(url + QStringLiteral("?jwt=another"), info, options(5000), {});
    QVERIFY(!refused && refused.error().kind == ErrorKind::Denied);
    QVERIFY(!refused.error().text().contains(QStringLiteral("another")));
    const auto pusher = RtspPusher::open(url + QStringLiteral("?jwt=a.signed-token_1"), info, options(5000), {});
    QVERIFY2(pusher, pusher ? "" : qPrintable(pusher.error().text()));
    std::lock_guard lock(mutex);
    QVERIFY2(asked.contains("\"path\":\"cam\""), asked.constData());
}

void TestRtspPusher::saysWhyItFails()
{
    media::StreamInfo info;
    test::encodePictures(1, 320, 192, &info);
    const auto kindFor = [&](const QByteArray &answer, QString *text = nullptr) {
        ScriptedServer server([&](QTcpSocket &socket, std::stop_token stop) {
            for (QByteArray request = ScriptedServer::readRequest(socket); !request.isEmpty() && !stop.stop_requested();
                 request = ScriptedServer::readRequest(socket)) {
                const qsizetype at = request.indexOf("CSeq: ");
                const QByteArray sequence = request.mid(at, request.indexOf("\r\n", at) - at) + "\r\n";
                const bool options = request.startsWith("OPTIONS");
                ScriptedServer::send(socket, "RTSP/1.0 " + (options ? QByteArray("200 OK") : answer) + "\r\n" + sequence + "\r\n");
            }
        });
        QString url = server.url(QStringLiteral("rtsp"), QStringLiteral("cam"));
        url.replace(QStringLiteral("://"), QStringLiteral("://user:hunter2@"));
        const auto pusher = RtspPusher::open(url, info, options(3000), {});
        if (text && !pusher)
            *text = pusher.error().text();
        return pusher ? QStringLiteral("opened") : toString(pusher.error().kind);
    };
    QString text;
    QCOMPARE(kindFor("401 Unauthorized", &text), QStringLiteral("denied"));
    QVERIFY2(!text.contains(QStringLiteral("hunter2")), qPrintable(text));
    QCOMPARE(kindFor("403 Forbidden"), QStringLiteral("denied"));
    QCOMPARE(kindFor("404 Not Found"), QStringLiteral("not_found"));
    QCOMPARE(kindFor("503 Service Unavailable"), QStringLiteral("unavailable"));

    QTcpServer probe;
    QVERIFY(probe.listen(QHostAddress::LocalHost));
    const quint16 closed = probe.serverPort();
    probe.close();
    const auto refused = RtspPusher::open(QStringLiteral("rtsp://127.0.0.1:%1/cam").arg(closed), info, options(3000), {});
    QVERIFY(!refused);
    QCOMPARE(toString(refused.error().kind), QStringLiteral("unavailable"));
    const auto wrong = RtspPusher::open(QStringLiteral("http://127.0.0.1/"), info, options(3000), {});
    QVERIFY(!wrong);
    QCOMPARE(toString(wrong.error().kind), QStringLiteral("invalid_input"));

    ScriptedServer silent([](QTcpSocket &socket, std::stop_token stop) { ScriptedServer::hold(socket, stop); });
    QElapsedTimer timer;
    timer.start();
    const auto timeout = RtspPusher::open(silent.url(QStringLiteral("rtsp"), QStringLiteral("cam")), info, options(300), {});
    QVERIFY(!timeout);
    QCOMPARE(toString(timeout.error().kind), QStringLiteral("timeout"));
    QVERIFY(timer.elapsed() < 1500);
}

namespace {

/// Accepts a push up to RECORD, then plays after().
ScriptedServer::Script acceptPush(std::function<void(QTcpSocket &, std::stop_token)> after)
{
    return [after = std::move(after)](QTcpSocket &socket, std::stop_token stop) {
        while (!stop.stop_requested()) {
            const QByteArray request = ScriptedServer::readRequest(socket);
            if (request.isEmpty())
                return;
            const qsizetype at = request.indexOf("CSeq: ");
            QByteArray answer = "RTSP/1.0 200 OK\r\n" + request.mid(at, request.indexOf("\r\n", at) - at) + "\r\nSession: 1\r\n";
            if (request.startsWith("SETUP"))
                answer += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1;mode=record\r\n";
            ScriptedServer::send(socket, answer + "\r\n");
            if (request.startsWith("RECORD"))
                return after(socket, stop);
        }
    };
}

} // namespace

void TestRtspPusher::seesThatTheServerHasGone()
{
    media::StreamInfo info;
    const auto packets = test::encodePictures(20, 320, 192, &info);
    ScriptedServer server(acceptPush([](QTcpSocket &, std::stop_token) {}));
    auto pusher = RtspPusher::open(server.url(QStringLiteral("rtsp"), QStringLiteral("cam")), info, options(3000), {});
    QVERIFY2(pusher, pusher ? "" : qPrintable(pusher.error().text()));
    QElapsedTimer timer;
    timer.start();
    Status status;
    while (status && timer.elapsed() < 5000) {
        for (std::size_t i = 0; i < packets.size() && status; ++i)
            status = (*pusher)->write(*packets[i], {});
    }
    QVERIFY(!status);
    QCOMPARE(toString(status.error().kind), QStringLiteral("unavailable"));
    QVERIFY(!(*pusher)->write(*packets[0], {}));
}

void TestRtspPusher::endsWhenTheServerStopsReading()
{
    media::StreamInfo info;
    const auto packets = test::encodePictures(20, 320, 192, &info);
    ScriptedServer server(acceptPush([](QTcpSocket &, std::stop_token stop) {
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock(mutex);
        never.wait(lock, stop, [] { return false; }); // what is not read fills the pipe
    }));
    QElapsedTimer timer;
    timer.start();
    {
        auto pusher = RtspPusher::open(server.url(QStringLiteral("rtsp"), QStringLiteral("cam")), info, options(400), {});
        Status status = pusher ? Status{} : fail(pusher.error());
        for (int round = 0; status && round < 20'000; ++round)
            status = (*pusher)->write(*packets[static_cast<std::size_t>(round) % packets.size()], {});
        QCOMPARE(status ? QStringLiteral("written") : toString(status.error().kind), QStringLiteral("timeout"));
        std::stop_source stopped;
        stopped.request_stop();
        for (int round = 0; round < 2'000; ++round) // the kernel finds room a few times more
            status = (*pusher)->write(*packets[0], stopped.get_token());
        QCOMPARE(status ? QStringLiteral("written") : toString(status.error().kind), QStringLiteral("cancelled"));
    } // the goodbye finds no room, and does not wait for it
    QVERIFY(timer.elapsed() < 10'000);
}

namespace {

/// Answers so many OPTIONS after RECORD and swallows all that comes, so that the kernel's buffers never fill.
ScriptedServer::Script swallow(int answers)
{
    return acceptPush([answers](QTcpSocket &socket, std::stop_token stop) {
        QByteArray tail;
        for (int left = answers; !stop.stop_requested() && socket.state() == QAbstractSocket::ConnectedState;) {
            if (socket.bytesAvailable() == 0 && !socket.waitForReadyRead(20))
                continue;
            tail += socket.readAll();
            qsizetype end = 0;
            for (qsizetype at = tail.indexOf("OPTIONS "); at >= 0 && (end = tail.indexOf("\r\n\r\n", at)) >= 0; at = tail.indexOf("OPTIONS ")) {
                const qsizetype number = tail.indexOf("CSeq: ", at);
                if (left-- > 0)
                    ScriptedServer::send(socket, "RTSP/1.0 200 OK\r\n" + tail.mid(number, tail.indexOf("\r\n", number) - number) + "\r\n\r\n");
                tail.remove(0, end + 4);
            }
            tail = tail.right(2000);
        }
    });
}

} // namespace

void TestRtspPusher::endsWhenTheServerStopsAnswering()
{
    StreamInfo info;
    const auto packets = test::encodePictures(2, 320, 192, &info);
    ScriptedServer server(swallow(3));
    RtspPusher::Options o = options(300);
    o.keepAliveEvery = milliseconds{50};
    auto pusher = RtspPusher::open(server.url(QStringLiteral("rtsp"), QStringLiteral("cam")), info, o, {});
    QVERIFY2(pusher, pusher ? "" : qPrintable(pusher.error().text()));
    Status status;
    QTRY_VERIFY(!(status = (*pusher)->write(*packets[1], {})));
    QCOMPARE(toString(status.error().kind), QStringLiteral("timeout"));
}

void TestRtspPusher::silenceOfAServerThatNeverAnswersKeepAliveIsNoFault()
{
    StreamInfo info;
    const auto packets = test::encodePictures(2, 320, 192, &info);
    ScriptedServer server(swallow(0));
    RtspPusher::Options o = options(100);
    o.keepAliveEvery = milliseconds{50};
    auto pusher = RtspPusher::open(server.url(QStringLiteral("rtsp"), QStringLiteral("cam")), info, o, {});
    QVERIFY2(pusher, pusher ? "" : qPrintable(pusher.error().text()));
    Status status;
    QElapsedTimer timer;
    timer.start();
    QTRY_VERIFY(!(status = (*pusher)->write(*packets[1], {})) || timer.elapsed() > 600);
    QVERIFY2(status, status ? "" : qPrintable(status.error().text()));
}

QTEST_GUILESS_MAIN(TestRtspPusher)
#include "tst_rtsp_pusher.moc"
