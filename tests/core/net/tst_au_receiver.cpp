// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/au_receiver.h"

#include "core/base/worker.h"
#include "core/protocol/au_framing.h"
#include "tests/support/canned_http.h"
#include "tests/support/process.h"

#include <QTest>

#include <atomic>

using namespace vedette;
using namespace vedette::net;
using test::CannedHttp;

namespace {

const QString kPath = QStringLiteral("/live/gate/main.au");

/// What a reader on a Worker of its own got until its stream ended.
struct Outcome {
    std::vector<media::PacketPtr> packets;
    media::StreamInfo info;
    Error error;
};

/// The server lives in this thread's event loop, so the blocking receiver needs another.
Outcome receive(const CannedHttp &server, milliseconds timeout = milliseconds{5000})
{
    Outcome outcome;
    std::atomic<bool> done{false};
    Worker reader("reader", [&](std::stop_token stop) {
        auto receiver = AuReceiver::open(server.url(kPath).toString(), {timeout, timeout, {}}, stop);
        if (!receiver)
            outcome.error = receiver.error();
        while (receiver) {
            auto packet = (*receiver)->read(stop);
            outcome.info = (*receiver)->info();
            if (!packet) {
                outcome.error = packet.error();
                break;
            }
            outcome.packets.push_back(*packet);
        }
        done = true;
    });
    if (!test::waitUntil([&] { return done.load(); }, milliseconds{20'000}))
        reader.requestStop();
    reader.stop();
    return outcome;
}

QByteArray streamHead()
{
    return QByteArray("HTTP/1.1 200 OK\r\nContent-Type: ") + protocol::kAuContentType + "\r\nConnection: close\r\n\r\n";
}

} // namespace

class tst_AuReceiver : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void wholeUnits()
    {
        CannedHttp server;
        CannedHttp::Answer answer;
        answer.raw = streamHead() + protocol::encodeAuStream({1, 640, 360, 20}) + protocol::encodeAuUnitHead(true, 100, 90, 4) + "abcd"
            + protocol::encodeAuStream({1, 320, 180, 20}) + protocol::encodeAuUnitHead(false, 200, 190, 1) + "e";
        server.on(kPath, answer);
        const Outcome outcome = receive(server);
        QCOMPARE(outcome.packets.size(), std::size_t{2});
        QCOMPARE(outcome.packets[0]->data, (media::Bytes{'a', 'b', 'c', 'd'}));
        QVERIFY(outcome.packets[0]->key);
        QVERIFY(outcome.packets[0]->pts == microseconds{100} && outcome.packets[0]->dts == microseconds{90});
        QVERIFY(!outcome.packets[1]->key);
        QCOMPARE(outcome.info.width, 320); // changed on the way
        QVERIFY2(outcome.error.kind == ErrorKind::Unavailable, qPrintable(outcome.error.text()));
    }

    void refusals_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<int>("kind");
        QTest::newRow("401") << 401 << int(ErrorKind::Denied);
        QTest::newRow("404") << 404 << int(ErrorKind::NotFound);
        QTest::newRow("503") << 503 << int(ErrorKind::Unavailable);
        QTest::newRow("another content type") << 200 << int(ErrorKind::Corrupt);
    }
    void refusals()
    {
        QFETCH(int, status);
        CannedHttp server;
        CannedHttp::Answer answer;
        answer.status = status;
        answer.body = "{}";
        server.on(kPath, answer);
        QTEST(int(receive(server).error.kind), "kind");
    }

    void silence()
    {
        CannedHttp server;
        CannedHttp::Answer answer;
        answer.silent = true;
        server.on(kPath, answer);
        QVERIFY(receive(server, milliseconds{300}).error.kind == ErrorKind::Timeout);
    }

    void noise()
    {
        CannedHttp server;
        CannedHttp::Answer answer;
        answer.raw = streamHead() + "<html>not what the head says</html>";
        server.on(kPath, answer);
        QVERIFY(receive(server).error.kind == ErrorKind::Corrupt);
    }

    void nobodyListens()
    {
        CannedHttp server;
        server.setUp(false);
        QVERIFY(receive(server).error.kind == ErrorKind::Unavailable);
    }
};

QTEST_GUILESS_MAIN(tst_AuReceiver)
#include "tst_au_receiver.moc"
