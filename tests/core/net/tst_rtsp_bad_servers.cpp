// SPDX-License-Identifier: GPL-3.0-or-later
// RtspReceiver against answers that no real server of the tests gives.
#include "core/net/rtsp_receiver.h"

#include "tests/core/net/rtsp_helpers.h"
#include "tests/support/rtsp_camera.h"

#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::net;
using test::ScriptedRtsp;
using test::ScriptedServer;

namespace {

const RtspReceiver::Options kOptions{milliseconds{2000}, milliseconds{700}};
const QByteArray kSps("\x67\x42\xc0\x1f\xda\x01\x40\x16\xec\x04", 10);
const QByteArray kIdr("\x65\x88\x84\x00\x10", 5);

QString urlOf(const ScriptedServer &server)
{
    return server.url(QStringLiteral("rtsp"), QStringLiteral("gate")).replace(QStringLiteral("://"), QStringLiteral("://guard:hunter2@"));
}

Error errorOf(const QString &url, std::stop_token stop = {})
{
    const auto receiver = RtspReceiver::open(url, kOptions, stop);
    return receiver ? Error{ErrorKind::Internal, QStringLiteral("opened"), nullptr} : receiver.error();
}

/// Reads to the end of the stream.
Error endOf(RtspReceiver &receiver)
{
    for (;;) {
        if (const auto packet = receiver.read({}); !packet)
            return packet.error();
    }
}

} // namespace

class tst_RtspBadServers : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void answers_data();
    void answers();
    void redirects_data();
    void redirects();
    void redirectToARealCamera();
    void passwordStaysWithItsHost();
    void unauthorizedLater();
    void newNonceLater();
    void keepAliveOfAnotherKind();
    void channelsOfTheServersChoice();
    void floods_data();
    void floods();
};

void tst_RtspBadServers::answers_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<int>("kind");
    const auto row = [](const char *name, const QByteArray &answer, ErrorKind kind) { QTest::newRow(name) << answer << static_cast<int>(kind); };
    row("HTML page", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body>Log in</body></html>", ErrorKind::Corrupt);
    row("HTML page without a header", "<!DOCTYPE html>\n<html><body>Log in</body></html>", ErrorKind::Corrupt);
    row("a page as description", "RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 13\r\n\r\n<html></html>", ErrorKind::Corrupt);
    row("no description", "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n", ErrorKind::Corrupt);
    row("header without end", "RTSP/1.0 200 OK\r\nX: " + QByteArray(40'000, 'x'), ErrorKind::Corrupt);
    row("endless headers", "RTSP/1.0 200 OK\r\n" + QByteArray("X: y\r\n").repeated(10'000), ErrorKind::Corrupt);
    row("huge description", "RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 2000000000\r\n\r\n", ErrorKind::Corrupt);
    row("noise", QByteArray("\x01\x02\x03\xff").repeated(100), ErrorKind::Corrupt);
    row("a TLS alert", QByteArray("\x15\x03\x01\x00\x02\x02\x46", 7), ErrorKind::Corrupt);
    row("an answer to something else", "RTSP/1.0 200 OK\r\nCSeq: 77\r\n\r\n", ErrorKind::Timeout);
    row("only promises", QByteArray("RTSP/1.0 100 Continue\r\nCSeq: 1\r\n\r\n").repeated(50), ErrorKind::Timeout);
    row("401 without a challenge", "RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n\r\n", ErrorKind::Denied);
    row("401 with an unknown challenge", "RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Negotiate abc\r\n\r\n", ErrorKind::Denied);
    row("403", "RTSP/1.0 403 Forbidden\r\nCSeq: 1\r\n\r\n", ErrorKind::Denied);
    row("404", "RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n", ErrorKind::NotFound);
    row("453", "RTSP/1.0 453 Not Enough Bandwidth\r\nCSeq: 1\r\n\r\n", ErrorKind::Unavailable);
    row("500", "RTSP/1.0 500 Internal Server Error\r\nCSeq: 1\r\n\r\n", ErrorKind::Unavailable);
    row("nothing, closed", QByteArray(), ErrorKind::Unavailable);
}

void tst_RtspBadServers::answers()
{
    QFETCH(QByteArray, answer);
    QFETCH(int, kind);
    ScriptedServer server([&](QTcpSocket &socket, std::stop_token stop) {
        ScriptedServer::readRequest(socket);
        ScriptedServer::send(socket, answer);
        if (kind == static_cast<int>(ErrorKind::Timeout))
            ScriptedServer::hold(socket, stop);
    });
    QElapsedTimer timer;
    timer.start();
    const Error error = errorOf(urlOf(server));
    QVERIFY2(static_cast<int>(error.kind) == kind, qPrintable(error.text()));
    QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
    QVERIFY2(error.text().contains(QStringLiteral("127.0.0.1")) && !error.text().contains(QStringLiteral("hunter2")), qPrintable(error.text()));
    QVERIFY(error.text().size() < 300 && !error.text().contains(QLatin1Char('\n')));
}

void tst_RtspBadServers::redirects_data()
{
    QTest::addColumn<QByteArray>("location");
    QTest::addColumn<QString>("said");
    QTest::newRow("loop") << QByteArray("/gate") << QStringLiteral("more than 3 times");
    QTest::newRow("another scheme") << QByteArray("http://u:s3cret@127.0.0.1/login") << QStringLiteral("not an RTSP address");
    QTest::newRow("nonsense") << QByteArray("rtsp://[[[") << QStringLiteral("not an RTSP address");
    QTest::newRow("nowhere") << QByteArray() << QStringLiteral("without saying where");
}

void tst_RtspBadServers::redirects()
{
    QFETCH(QByteArray, location);
    QFETCH(QString, said);
    ScriptedServer server([&](QTcpSocket &socket, std::stop_token) {
        ScriptedRtsp rtsp(socket);
        if (rtsp.next())
            rtsp.answer("302 Moved Temporarily", location.isEmpty() ? QByteArray() : "Location: " + location + "\r\n");
    });
    const Error error = errorOf(urlOf(server));
    QVERIFY2(error.kind == ErrorKind::Unavailable && error.text().contains(said), qPrintable(error.text()));
    QVERIFY2(!error.text().contains(QStringLiteral("s3cret")) && !error.text().contains(QStringLiteral("hunter2")), qPrintable(error.text()));
}

void tst_RtspBadServers::redirectToARealCamera()
{
    if (!test::RtspCamera::available())
        QSKIP("no GStreamer RTSP server on this machine");
    const QTemporaryDir dir;
    const QString clip = dir.filePath(QStringLiteral("clip.mp4"));
    const auto made = test::runProcess(test::findProgram(QStringLiteral("ffmpeg")),
                                       QStringLiteral("-v error -f lavfi -i testsrc2=size=320x192:rate=25:duration=2 -c:v libx264 -preset ultrafast "
                                                      "-g 10 -pix_fmt yuv420p %1").arg(clip).split(QLatin1Char(' ')), milliseconds{20'000});
    QVERIFY(made && made->exitCode == 0);
    test::RtspCamera camera;
    QVERIFY(camera.start(clip));
    ScriptedServer server([&](QTcpSocket &socket, std::stop_token) {
        ScriptedRtsp rtsp(socket);
        if (rtsp.next())
            rtsp.answer("301 Moved Permanently", "Location: " + camera.url().toUtf8() + "\r\n");
    });
    auto receiver = RtspReceiver::open(urlOf(server), kOptions, {});
    QVERIFY2(receiver.has_value(), receiver ? "" : qPrintable(receiver.error().text()));
    QVERIFY(test::readPictures(**receiver, 5));
}

void tst_RtspBadServers::passwordStaysWithItsHost()
{
    std::atomic<bool> given{false};
    std::promise<QByteArray> asked;
    ScriptedServer other([&](QTcpSocket &socket, std::stop_token) {
        ScriptedRtsp rtsp(socket);
        QByteArray all;
        if (rtsp.next()) {
            all = rtsp.request;
            rtsp.answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"gate\"\r\n");
        }
        socket.waitForReadyRead(300);
        if (!given.exchange(true))
            asked.set_value(all + socket.readAll());
    });
    ScriptedServer server([&](QTcpSocket &socket, std::stop_token) {
        ScriptedRtsp rtsp(socket);
        if (rtsp.next())
            rtsp.answer("302 Found", "Location: rtsp://localhost:" + QByteArray::number(other.port()) + "/x\r\n");
    });
    const Error error = errorOf(urlOf(server));
    QVERIFY2(error.kind == ErrorKind::Denied, qPrintable(error.text()));
    QVERIFY(!asked.get_future().get().contains("Authorization"));
}

/// As after an hour: the picture runs, then the answer to the keep-alive is 401.
void tst_RtspBadServers::unauthorizedLater()
{
    ScriptedServer server([](QTcpSocket &socket, std::stop_token stop) {
        ScriptedRtsp rtsp(socket);
        rtsp.play("1;timeout=2"); // a keep-alive each second
        rtsp.rtp(1, 0, true, kIdr);
        if (rtsp.next())
            rtsp.answer("401 Unauthorized");
        ScriptedServer::hold(socket, stop);
    });
    auto receiver = RtspReceiver::open(urlOf(server), {milliseconds{2000}, milliseconds{3000}}, {});
    QVERIFY2(receiver.has_value(), receiver ? "" : qPrintable(receiver.error().text()));
    QVERIFY((*receiver)->read({}));
    const Error error = endOf(**receiver);
    QVERIFY2(error.kind == ErrorKind::Denied, qPrintable(error.text()));
}

void tst_RtspBadServers::newNonceLater()
{
    std::atomic<bool> renewed{false};
    ScriptedServer server([&](QTcpSocket &socket, std::stop_token) {
        ScriptedRtsp rtsp(socket);
        rtsp.play("1;timeout=2");
        rtsp.rtp(1, 0, true, kIdr);
        if (rtsp.next())
            rtsp.answer("401 Unauthorized", "WWW-Authenticate: Digest realm=\"gate\", nonce=\"second\", stale=true\r\n");
        if (rtsp.next())
            renewed = rtsp.header(QStringLiteral("Authorization")).contains("second");
        rtsp.answer("200 OK");
        rtsp.rtp(2, 9000, true, kIdr);
        socket.waitForBytesWritten(1000);
    });
    auto receiver = RtspReceiver::open(urlOf(server), {milliseconds{2000}, milliseconds{5000}}, {});
    QVERIFY2(receiver.has_value(), receiver ? "" : qPrintable(receiver.error().text()));
    QVERIFY((*receiver)->read({}));
    const auto second = (*receiver)->read({});
    QVERIFY2(second.has_value(), second ? "" : qPrintable(second.error().text()));
    QVERIFY(renewed);
}

void tst_RtspBadServers::keepAliveOfAnotherKind()
{
    std::promise<QByteArray> second;
    ScriptedServer server([&](QTcpSocket &socket, std::stop_token) {
        ScriptedRtsp rtsp(socket);
        rtsp.play("1;timeout=2");
        rtsp.rtp(1, 0, true, kIdr);
        if (rtsp.next())
            rtsp.answer("501 Not Implemented");
        rtsp.next();
        second.set_value(rtsp.request);
        rtsp.rtp(2, 9000, true, kIdr);
        socket.waitForBytesWritten(1000);
    });
    auto receiver = RtspReceiver::open(urlOf(server), {milliseconds{2000}, milliseconds{5000}}, {});
    QVERIFY(receiver.has_value());
    QVERIFY((*receiver)->read({}));
    QVERIFY((*receiver)->read({}));
    QVERIFY(second.get_future().get().startsWith("OPTIONS "));
}

void tst_RtspBadServers::channelsOfTheServersChoice()
{
    ScriptedServer server([](QTcpSocket &socket, std::stop_token) {
        ScriptedRtsp rtsp(socket);
        const QByteArray sdp = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n";
        for (int i = 0; i < 3 && rtsp.next(); ++i)
            rtsp.answer("200 OK", "Session: 1\r\nTransport: RTP/AVP/TCP;interleaved=6-7\r\n", rtsp.request.startsWith("DESCRIBE") ? sdp : QByteArray());
        const QByteArray packet = QByteArray("\x80\xe0\0\1\0\0\0\0SSRC", 12) + kIdr;
        ScriptedServer::send(socket, QByteArray("$\6\0", 3) + static_cast<char>(packet.size()) + packet);
    });
    auto receiver = RtspReceiver::open(urlOf(server), kOptions, {});
    QVERIFY(receiver.has_value());
    QVERIFY((*receiver)->read({}));
}

void tst_RtspBadServers::floods_data()
{
    QTest::addColumn<int>("what");
    QTest::newRow("parameter sets for ever") << 0;
    QTest::newRow("parameter sets in one picture without end") << 1;
    QTest::newRow("answers for ever") << 2;
    QTest::newRow("packets of nobody") << 3;
    QTest::newRow("pictures without a beginning") << 4;
    QTest::newRow("noise in packets") << 5;
}

/// A server that sends as fast as it can what never becomes a picture: an end in time, at once when stopped, and no memory.
void tst_RtspBadServers::floods()
{
    QFETCH(int, what);
    std::atomic<bool> begun{false};
    ScriptedServer server([&](QTcpSocket &socket, std::stop_token stop) {
        ScriptedRtsp rtsp(socket);
        rtsp.play();
        for (std::uint16_t i = 0; !stop.stop_requested() && rtsp.connected(); ++i) {
            const auto at = static_cast<std::uint32_t>(what == 1 ? 0 : i * 3600);
            if (what == 2)
                rtsp.answer("200 OK");
            else if (what == 3)
                socket.write(QByteArray("$\x09\x04\x00", 4) + QByteArray(1024, 'x'));
            else if (what == 4)
                rtsp.rtp(i, at, true, QByteArray("\x7c\x05", 2) + QByteArray(1000, 'x'));
            else if (what == 5)
                rtsp.rtp(static_cast<std::uint16_t>(i * 7919), at * 7919, i % 3 == 0, QByteArray(1 + i % 900, static_cast<char>(i)));
            else
                rtsp.rtp(i, at, what == 0, kSps + QByteArray(900, static_cast<char>(i)));
            if (socket.bytesToWrite() > 1 << 20)
                socket.waitForBytesWritten(50);
            begun = true;
        }
    });
    auto receiver = RtspReceiver::open(urlOf(server), kOptions, {});
    QVERIFY2(receiver.has_value(), receiver ? "" : qPrintable(receiver.error().text()));
    const milliseconds took = test::timeToStop(
        [&](std::stop_token stop) {
            while ((*receiver)->read(stop)) {
            }
        },
        [&] { return begun.load(); });
    QVERIFY2(took <= milliseconds{100}, qPrintable(QString::number(took.count())));
    if (what == 5)
        return; // some of it may look like a picture
    QElapsedTimer timer;
    timer.start();
    const Error error = endOf(**receiver);
    QVERIFY2(error.kind == ErrorKind::Timeout, qPrintable(error.text()));
    QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
}

QTEST_GUILESS_MAIN(tst_RtspBadServers)
#include "tst_rtsp_bad_servers.moc"
