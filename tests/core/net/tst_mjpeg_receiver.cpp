// SPDX-License-Identifier: GPL-3.0-or-later
// Motion JPEG and single pictures as cameras, web servers and broken things answer; an agent's are in tests/e2e.
#include "core/net/mjpeg_receiver.h"

#include "core/net/snapshot_receiver.h"
#include "core/protocol/capture_jpeg.h"
#include "tests/core/media/scripted_server.h"
#include "tests/support/process.h"

#include <QElapsedTimer>
#include <QTest>

using namespace vedette;
using namespace vedette::net;
using namespace std::chrono_literals;
using test::ScriptedServer;

namespace {

const QByteArray kHead = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\nConnection: close\r\n\r\n";

CaptureStamp stamp(std::uint64_t sequence)
{
    return {77, 1, sequence, utcFromMicros(1'790'000'000'000'000), 350us, true};
}

QByteArray jpeg(std::optional<CaptureStamp> inside = {})
{
    media::Bytes bytes{0xff, 0xd8, 0xff, 0xd9};
    if (inside)
        protocol::insertJpegCapture(bytes, *inside);
    return {reinterpret_cast<const char *>(bytes.data()), qsizetype(bytes.size())};
}

QByteArray part(const QByteArray &picture, const QByteArray &header = {})
{
    return "--frame\r\nContent-Type: image/jpeg\r\n" + header + "Content-Length: " + QByteArray::number(picture.size()) + "\r\n\r\n" + picture + "\r\n";
}

QByteArray answer(const QByteArray &status, const QByteArray &header, const QByteArray &body = {})
{
    return "HTTP/1.1 " + status + "\r\n" + header + "Content-Length: " + QByteArray::number(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

/// Says the same to everybody and goes.
ScriptedServer::Script always(const QByteArray &bytes)
{
    return [bytes](QTcpSocket &socket, std::stop_token) {
        ScriptedServer::readRequest(socket);
        ScriptedServer::send(socket, bytes);
    };
}

MjpegReceiver::Options quick(milliseconds timeout = 3s)
{
    return {timeout, timeout, {}};
}

struct Outcome {
    std::vector<media::PacketPtr> packets;
    Error error;
};

template <typename Receiver, typename Options>
Outcome receive(const QString &url, const Options &options, std::size_t most = 100)
{
    Outcome outcome;
    auto receiver = Receiver::open(url, options, {});
    if (!receiver)
        outcome.error = receiver.error();
    while (receiver && outcome.packets.size() < most) {
        auto packet = (*receiver)->read({});
        if (!packet) {
            outcome.error = packet.error();
            break;
        }
        outcome.packets.push_back(*packet);
    }
    return outcome;
}

} // namespace

class TestMjpegReceiver : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void captureTimes()
    {
        CaptureStamp unknown = stamp(9);
        unknown.known = false;
        unknown.captured = {};
        unknown.uncertainty = {};
        const auto header = [](const QByteArray &text) { return "X-Capture-Time: " + text + "\r\n"; };
        ScriptedServer server(always(kHead + part(jpeg(stamp(1)), header(protocol::captureTimeText(stamp(2)))) // the header first
                                     + part(jpeg(stamp(3)))                                                 // else the file
                                     + part(jpeg(stamp(4)), header("yesterday"))                            // or when it is nonsense
                                     + part(jpeg(), header(protocol::captureTimeText(unknown)))
                                     + part(jpeg())));                                                      // no agent's
        const Outcome outcome = receive<MjpegReceiver>(server.url(QStringLiteral("http"), QStringLiteral("a.mjpg")), quick());
        QCOMPARE(outcome.packets.size(), std::size_t{5});
        QVERIFY(outcome.packets[0]->capture == stamp(2));
        QVERIFY(outcome.packets[1]->capture == stamp(3));
        QVERIFY(outcome.packets[2]->capture == stamp(4));
        QVERIFY(outcome.packets[3]->capture == unknown);
        QVERIFY(!outcome.packets[4]->capture);
        for (std::size_t i = 0; i < 5; ++i) {
            QVERIFY(outcome.packets[i]->codec == media::Codec::Mjpeg && outcome.packets[i]->key);
            QVERIFY(i == 0 || outcome.packets[i]->pts > outcome.packets[i - 1]->pts);
        }
        QVERIFY2(outcome.error.kind == ErrorKind::Unavailable, qPrintable(outcome.error.text()));
        QVERIFY(outcome.error.text().contains(QStringLiteral("a.mjpg")));
    }

    void badServers_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("kind");
        QTest::newRow("web page") << answer("200 OK", "Content-Type: text/html; charset=utf-8\r\n", "<html></html>") << int(ErrorKind::Corrupt);
        QTest::newRow("something else") << answer("200 OK", "Content-Type: video/mp2t\r\n", "G") << int(ErrorKind::Unsupported);
        QTest::newRow("no type") << answer("200 OK", "", "G") << int(ErrorKind::Unsupported);
        QTest::newRow("web page by the wrong name") << kHead + "<html>" + QByteArray(100'000, 'x') << int(ErrorKind::Corrupt);
        QTest::newRow("401") << answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", "no") << int(ErrorKind::Denied);
        QTest::newRow("403") << answer("403 Forbidden", "") << int(ErrorKind::Denied);
        QTest::newRow("404") << answer("404 Not Found", "", "no") << int(ErrorKind::NotFound);
        QTest::newRow("503") << answer("503 Service Unavailable", "", "later") << int(ErrorKind::Unavailable);
        QTest::newRow("204") << QByteArray("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n") << int(ErrorKind::Unavailable);
        QTest::newRow("empty") << kHead << int(ErrorKind::Unavailable);
        QTest::newRow("half a picture") << kHead + part(jpeg()).chopped(4) << int(ErrorKind::Unavailable);
        QTest::newRow("no HTTP") << QByteArray(2000, 'x') << int(ErrorKind::Unavailable);
        QTest::newRow("endless header") << "HTTP/1.1 200 OK\r\n" + QByteArray("X-Y: " + QByteArray(990, 'z') + "\r\n").repeated(1000) << int(ErrorKind::Corrupt);
        QTest::newRow("redirect loop") << answer("302 Found", "Location: /again\r\n") << int(ErrorKind::Unavailable);
        QTest::newRow("redirect to a file") << answer("302 Found", "Location: file:///etc/passwd\r\n") << int(ErrorKind::Unavailable);
        QTest::newRow("redirect to nonsense") << answer("302 Found", "Location: ::::\r\n") << -1;
    }
    void badServers()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(int, kind);
        ScriptedServer server(always(bytes));
        const QString url = QStringLiteral("http://guard:hunt%%40er2@127.0.0.1:%1/a.mjpg").arg(server.port());
        const Outcome outcome = receive<MjpegReceiver>(url, quick());
        QVERIFY(outcome.packets.empty());
        QVERIFY2(kind == -1 || int(outcome.error.kind) == kind, qPrintable(outcome.error.text()));
        QVERIFY2(outcome.error.text().contains(QStringLiteral("a.mjpg")), qPrintable(outcome.error.text()));
        QVERIFY2(!outcome.error.text().contains(QStringLiteral("hunt")), qPrintable(outcome.error.text()));
    }

    void followsARedirect()
    {
        ScriptedServer camera(always(kHead + part(jpeg())));
        ScriptedServer server(always(answer("302 Found", "Location: " + camera.url(QStringLiteral("http"), QStringLiteral("b")).toLatin1() + "\r\n")));
        QCOMPARE(receive<MjpegReceiver>(server.url(QStringLiteral("http"), QStringLiteral("a")), quick()).packets.size(), std::size_t{1});
    }

    void givesThePasswordWhenAsked()
    {
        QByteArray sent;
        ScriptedServer server([&sent](QTcpSocket &socket, std::stop_token) {
            const QByteArray request = ScriptedServer::readRequest(socket);
            const qsizetype at = request.indexOf("Authorization: Basic ");
            if (at >= 0)
                sent = QByteArray::fromBase64(request.mid(at + 21, request.indexOf('\r', at) - at - 21));
            ScriptedServer::send(socket, at < 0 ? answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", "no") : kHead + part(jpeg()));
        });
        const QString url = QStringLiteral("http://guard:p%40ss%3Aw%2Frd@127.0.0.1:%1/a").arg(server.port());
        QCOMPARE(receive<MjpegReceiver>(url, quick()).packets.size(), std::size_t{1});
        QCOMPARE(sent, QByteArray("guard:p@ss:w/rd"));
    }

    void slowServers_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<bool>("trickle");
        QTest::newRow("says nothing") << QByteArray() << false;
        QTest::newRow("nothing after the head") << kHead << false;
        QTest::newRow("stops in a picture") << kHead + part(jpeg()).chopped(4) << false;
        QTest::newRow("a byte now and then") << kHead << true;
        QTest::newRow("a byte of the head now and then") << QByteArray("HTTP/1.1 200 OK\r\nX: ") << true;
    }
    void slowServers()
    {
        QFETCH(QByteArray, first);
        QFETCH(bool, trickle);
        ScriptedServer server([&](QTcpSocket &socket, std::stop_token stop) {
            ScriptedServer::readRequest(socket);
            ScriptedServer::send(socket, first);
            while (trickle && !stop.stop_requested() && socket.state() == QAbstractSocket::ConnectedState) {
                ScriptedServer::send(socket, "x");
                socket.waitForReadyRead(20); // nothing more is asked: this is the pace
            }
            ScriptedServer::hold(socket, stop);
        });
        const QString url = server.url(QStringLiteral("http"), QStringLiteral("a.mjpg"));
        QElapsedTimer timer;
        timer.start();
        const Outcome outcome = receive<MjpegReceiver>(url, quick(300ms));
        QVERIFY2(outcome.error.kind == ErrorKind::Timeout, qPrintable(outcome.error.text()));
        QVERIFY2(timer.elapsed() < 1500, qPrintable(QString::number(timer.elapsed())));
    }

    void stopsAtOnce()
    {
        ScriptedServer server([](QTcpSocket &socket, std::stop_token stop) {
            ScriptedServer::readRequest(socket);
            ScriptedServer::send(socket, kHead);
            ScriptedServer::hold(socket, stop);
        });
        auto receiver = MjpegReceiver::open(server.url(QStringLiteral("http"), QStringLiteral("a.mjpg")), quick(10s), {});
        QVERIFY(receiver);
        std::atomic<bool> over{false};
        Worker reader("reader", [&](std::stop_token stop) {
            const auto packet = (*receiver)->read(stop);
            over = !packet && packet.error().kind == ErrorKind::Cancelled;
        });
        QElapsedTimer timer;
        timer.start();
        reader.stop();
        QVERIFY(over);
        QVERIFY2(timer.elapsed() < 100, qPrintable(QString::number(timer.elapsed())));
    }

    void snapshots()
    {
        std::atomic<int> asked{0};
        ScriptedServer server([&asked](QTcpSocket &socket, std::stop_token) {
            ScriptedServer::readRequest(socket);
            const int number = ++asked;
            const QByteArray head = number == 1 ? "X-Capture-Time: " + protocol::captureTimeText(stamp(1)) + "\r\n" : QByteArray();
            ScriptedServer::send(socket, number > 3 ? answer("503 Service Unavailable", "", "none")
                                                    : answer("200 OK", "Content-Type: image/jpeg\r\n" + head, number == 2 ? jpeg(stamp(2)) : jpeg()));
        });
        QElapsedTimer timer;
        timer.start();
        const Outcome outcome = receive<SnapshotReceiver>(server.url(QStringLiteral("http"), QStringLiteral("a.jpg")), SnapshotReceiver::Options{2s, {}, 150ms});
        QCOMPARE(outcome.packets.size(), std::size_t{3});
        QVERIFY(outcome.packets[0]->capture == stamp(1));
        QVERIFY(outcome.packets[1]->capture == stamp(2));
        QVERIFY(!outcome.packets[2]->capture);
        QVERIFY(outcome.error.kind == ErrorKind::Unavailable);
        QVERIFY2(timer.elapsed() >= 440, qPrintable(QString::number(timer.elapsed())));
    }

    void badSnapshots_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("kind");
        QTest::newRow("web page") << answer("200 OK", "Content-Type: text/html\r\n", "<html></html>") << int(ErrorKind::Corrupt);
        QTest::newRow("empty") << answer("200 OK", "Content-Type: image/jpeg\r\n") << int(ErrorKind::Corrupt);
        QTest::newRow("404") << answer("404 Not Found", "") << int(ErrorKind::NotFound);
        QTest::newRow("broken off") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n\xff\xd8\xff\xd9") << int(ErrorKind::Unavailable);
        QTest::newRow("endless") << "HTTP/1.1 200 OK\r\n\r\n\xff\xd8" + QByteArray(40 << 20, 'x') << int(ErrorKind::Corrupt);
    }
    void badSnapshots()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(int, kind);
        ScriptedServer server(always(bytes));
        const Outcome outcome = receive<SnapshotReceiver>(QStringLiteral("http://guard:hunter2@127.0.0.1:%1/a.jpg").arg(server.port()), SnapshotReceiver::Options{5s, {}, 3s});
        QVERIFY2(int(outcome.error.kind) == kind, qPrintable(outcome.error.text()));
        QVERIFY2(outcome.error.text().contains(QStringLiteral("a.jpg")) && !outcome.error.text().contains(QStringLiteral("hunter2")), qPrintable(outcome.error.text()));
    }
};

QTEST_GUILESS_MAIN(TestMjpegReceiver)
#include "tst_mjpeg_receiver.moc"
