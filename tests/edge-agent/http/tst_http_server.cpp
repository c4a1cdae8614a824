// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/http/http_server.h"

#include "tests/edge-agent/http/raw_client.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

using namespace vedette;
using namespace vedette::agent;
using test::RawClient;

namespace {

/// A body that gives numbered blocks as fast as its reader takes them, or only when told.
class CountingBody final : public HttpBody {
public:
    struct Control {
        std::atomic<int> alive{0};
        std::atomic<std::int64_t> blocks{0};
        std::atomic<std::int64_t> limit{INT64_MAX}; ///< blocks allowed so far
        std::atomic<bool> end{false};
        std::mutex mutex; // guards notify
        std::function<void()> notify;
        void wake()
        {
            std::lock_guard lock(mutex);
            if (notify)
                notify();
        }
    };
    explicit CountingBody(std::shared_ptr<Control> control) : m_control(std::move(control)) { ++m_control->alive; }
    ~CountingBody() override { --m_control->alive; }
    QByteArray contentType() const override { return QByteArrayLiteral("application/octet-stream"); }
    QByteArray read() override
    {
        if (m_control->blocks >= m_control->limit)
            return {};
        return QByteArray::number(static_cast<qlonglong>(m_control->blocks++)).rightJustified(16384, '.');
    }
    bool atEnd() const override { return m_control->end; }
    void onReadable(std::function<void()> notify) override
    {
        std::lock_guard lock(m_control->mutex);
        m_control->notify = std::move(notify);
    }

private:
    std::shared_ptr<Control> m_control;
};

HttpLimits quickLimits()
{
    HttpLimits limits;
    limits.header = milliseconds{300};
    limits.body = milliseconds{300};
    limits.stall = milliseconds{400};
    return limits;
}

QString detail(const QByteArray &body)
{
    return QJsonDocument::fromJson(body).object()[QStringLiteral("error")].toObject()[QStringLiteral("detail")].toString();
}

} // namespace

class HttpServerTest : public QObject {
    Q_OBJECT
private:
    /// Routes that all tests share; started on a free port.
    std::unique_ptr<HttpServer> serve(const HttpLimits &limits = {})
    {
        auto server = std::make_unique<HttpServer>(limits);
        server->addRoute(QStringLiteral("/hello"), HttpPolicy::Read, [](const HttpRequest &) { return HttpResponse{200, "text/plain", "hello", {}}; });
        server->addRoute(QStringLiteral("/who/{name}/{what}"), HttpPolicy::Read, [](const HttpRequest &r) {
            const QString text = r.parameters[QStringLiteral("name")] + QLatin1Char('|') + r.parameters[QStringLiteral("what")]
                + QLatin1Char('|') + r.query[QStringLiteral("q")];
            return HttpResponse{200, "text/plain", text.toUtf8(), {}};
        });
        server->addRoute(QStringLiteral("/who/me/exact"), HttpPolicy::Read, [](const HttpRequest &) { return HttpResponse{200, "text/plain", "exact", {}}; });
        server->addRoute(QStringLiteral("/do"), HttpPolicy::Command, [this](const HttpRequest &r) {
            ++m_commands;
            return HttpResponse{200, "application/json", r.body, {}};
        });
        server->addStream(QStringLiteral("/stream/{name}"), [this](const HttpRequest &r) -> Result<std::unique_ptr<HttpBody>> {
            const auto control = m_streams.value(r.parameters[QStringLiteral("name")]);
            if (!control)
                return fail(ErrorKind::NotFound, QStringLiteral("There is no stream %1.").arg(r.parameters[QStringLiteral("name")]));
            return std::make_unique<CountingBody>(control);
        });
        const auto started = server->start(QStringLiteral("127.0.0.1"), 0);
        if (!started)
            qFatal("%s", qPrintable(started.error().text()));
        return server;
    }

    std::atomic<int> m_commands{0};
    QHash<QString, std::shared_ptr<CountingBody::Control>> m_streams;

private Q_SLOTS:
    void init()
    {
        m_commands = 0;
        m_streams = {{QStringLiteral("a"), std::make_shared<CountingBody::Control>()}, {QStringLiteral("b"), std::make_shared<CountingBody::Control>()}};
    }

    void answers_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("contains");
        const QByteArray host = " HTTP/1.1\r\nHost: x\r\n\r\n";
        QTest::newRow("get") << "GET /hello" + host << 200 << QByteArray("\r\n\r\nhello");
        QTest::newRow("head") << "HEAD /hello" + host << 200 << QByteArray("Content-Length: 5\r\n");
        QTest::newRow("parameters") << "GET /who/a%20b/c?q=%C3%A4&x" + host << 200 << QByteArray("a b|c|\xC3\xA4");
        QTest::newRow("slash in a segment") << "GET /who/a%2Fb/c" + host << 200 << QByteArray("a/b|c|");
        QTest::newRow("literal first") << "GET /who/me/exact" + host << 200 << QByteArray("exact");
        QTest::newRow("empty segment") << "GET /who//c" + host << 404 << QByteArray("not_found");
        QTest::newRow("dots") << "GET /who/../hello" + host << 200 << QByteArray("..|hello|");
        QTest::newRow("404") << "GET /nowhere" + host << 404 << QByteArray("/nowhere");
        QTest::newRow("404 trailing slash") << "GET /hello/" + host << 404 << QByteArray("not_found");
        QTest::newRow("405 read") << "DELETE /hello" + host << 405 << QByteArray("Allow: GET, HEAD\r\n");
        QTest::newRow("405 command") << "GET /do" + host << 405 << QByteArray("Allow: POST\r\n");
        QTest::newRow("no host") << QByteArray("GET /hello HTTP/1.1\r\n\r\n") << 400 << QByteArray("Host");
        QTest::newRow("two hosts") << QByteArray("GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") << 400 << QByteArray("Host");
        QTest::newRow("http 1.0") << QByteArray("GET /hello HTTP/1.0\r\n\r\n") << 200 << QByteArray("Connection: close");
        QTest::newRow("bad escape") << "GET /who/%zz/c" + host << 400 << QByteArray("path");
        QTest::newRow("nul") << "GET /who/%00/c" + host << 400 << QByteArray("path");
        QTest::newRow("not utf-8") << "GET /who/%ff/c" + host << 400 << QByteArray("path");
        QTest::newRow("absolute form") << "GET http://x/hello" + host << 400 << QByteArray("path");
        QTest::newRow("garbage") << QByteArray("\x16\x03\x01 hello\r\n\r\n") << 400 << QByteArray("not an HTTP request");
        QTest::newRow("http 3") << QByteArray("GET /hello HTTP/3.0\r\n\r\n") << 400 << QByteArray("not an HTTP request");
        QTest::newRow("bad chunk") << QByteArray("POST /do HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nxx\r\n") << 400 << QByteArray("not an HTTP request");
        QTest::newRow("huge chunk") << QByteArray("POST /do HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\nxx\r\n") << 413 << QByteArray("1048576");
        QTest::newRow("length and chunked") << QByteArray("POST /do HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") << 400 << QByteArray("not an HTTP request");
        QTest::newRow("two lengths") << QByteArray("POST /do HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde") << 400 << QByteArray("not an HTTP request");
        QTest::newRow("negative length") << QByteArray("POST /do HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n") << 400 << QByteArray("not an HTTP request");
        QTest::newRow("body too long") << QByteArray("POST /do HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\n") << 413 << QByteArray("1048576");
        QTest::newRow("header too long") << "GET /hello HTTP/1.1\r\nHost: x\r\nX: " + QByteArray(17000, 'x') + "\r\n\r\n" << 431 << QByteArray("16384");
        QTest::newRow("unending header") << "GET /" + QByteArray(70000, 'x') << 431 << QByteArray("16384");
        QTest::newRow("unknown stream") << "GET /stream/zzz" + host << 404 << QByteArray("There is no stream zzz.");
        QTest::newRow("stream by post") << QByteArray("POST /stream/a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n") << 405 << QByteArray("Allow: GET, HEAD");
        QTest::newRow("stream head") << "HEAD /stream/a" + host << 200 << QByteArray("Transfer-Encoding: chunked");
    }
    void answers()
    {
        QFETCH(QByteArray, request);
        QFETCH(int, status);
        QFETCH(QByteArray, contains);
        const auto server = serve();
        RawClient client(server->port());
        QVERIFY(client.send(request));
        QTRY_COMPARE(client.status(), status);
        QTRY_VERIFY2(client.poll().contains(contains), client.poll().constData());
        if (status >= 400)
            QVERIFY2(!detail(client.body()).isEmpty(), client.poll().constData());
        if (request.startsWith("HEAD"))
            QVERIFY(client.body().isEmpty());
    }

    void commandPolicy_data()
    {
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<int>("status");
        QTest::newRow("name") << QByteArray("localhost") << QByteArray("application/json") << 200;
        QTest::newRow("v4 port") << QByteArray("127.0.0.1:8083") << QByteArray("application/json; charset=utf-8") << 200;
        QTest::newRow("v6") << QByteArray("[::1]:80") << QByteArray("Application/JSON") << 200;
        QTest::newRow("foreign") << QByteArray("evil.example") << QByteArray("application/json") << 403;
        QTest::newRow("suffix") << QByteArray("localhost.evil.example") << QByteArray("application/json") << 403;
        QTest::newRow("prefix address") << QByteArray("127.0.0.1.evil.example") << QByteArray("application/json") << 403;
        QTest::newRow("user part") << QByteArray("localhost:80@evil.example") << QByteArray("application/json") << 403;
        QTest::newRow("lan") << QByteArray("192.168.1.5") << QByteArray("application/json") << 403;
        QTest::newRow("form") << QByteArray("localhost") << QByteArray("text/plain") << 415;
        QTest::newRow("nearly") << QByteArray("localhost") << QByteArray("application/jsonp") << 415;
        QTest::newRow("no type") << QByteArray("localhost") << QByteArray() << 415;
    }
    void commandPolicy()
    {
        QFETCH(QByteArray, host);
        QFETCH(QByteArray, type);
        QFETCH(int, status);
        const auto server = serve();
        RawClient client(server->port());
        client.send("POST /do HTTP/1.1\r\nHost: " + host + (type.isEmpty() ? QByteArray() : "\r\nContent-Type: " + type) + "\r\nContent-Length: 2\r\n\r\n{}");
        QTRY_COMPARE(client.status(), status);
        QCOMPARE(m_commands.load(), status == 200 ? 1 : 0);
    }

    void pipelinedRequestsAreAnsweredInOrder()
    {
        const auto server = serve();
        RawClient client(server->port());
        QByteArray requests;
        for (int i = 0; i < 20; ++i)
            requests += "GET /who/n" + QByteArray::number(i) + "/x HTTP/1.1\r\nHost: x\r\n\r\n";
        client.send(requests);
        QTRY_VERIFY(client.poll().contains("n19|x|"));
        qsizetype last = -1;
        for (int i = 0; i < 20; ++i) {
            const qsizetype at = client.poll().indexOf("\r\n\r\nn" + QByteArray::number(i) + "|x|");
            QVERIFY(at > last);
            last = at;
        }
        QVERIFY(!client.closed());
        QCOMPARE(server->counts().connections, 1U);
        QCOMPARE(server->counts().requests, 20U);
    }

    void aRequestByteByByte()
    {
        const auto server = serve();
        RawClient client(server->port());
        for (const char c : QByteArrayLiteral("POST /do HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n"))
            QVERIFY(client.send(QByteArray(1, c)));
        QTRY_COMPARE(client.body(), QByteArray("[1,2]"));
    }

    void continueIsSaidBeforeABody()
    {
        const auto server = serve();
        RawClient client(server->port());
        client.send("POST /do HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        QTRY_COMPARE(client.poll(), QByteArray("HTTP/1.1 100 Continue\r\n\r\n"));
        client.forget();
        client.send("{}");
        QTRY_COMPARE(client.status(), 200);
    }

    void slowHeaderAndBodyAreCut()
    {
        const auto server = serve(quickLimits());
        RawClient idle(server->port());
        RawClient header(server->port());
        RawClient body(server->port());
        header.send("GET /hello HTTP/1.1\r\nHost: x\r\nX-Slow: ");
        body.send("POST /do HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{");
        // One byte now and then must not buy more time.
        QElapsedTimer time;
        time.start();
        const auto drip = [&] {
            header.send("x");
            return header.closed();
        };
        QTRY_VERIFY_WITH_TIMEOUT(drip(), 3000);
        QVERIFY(time.elapsed() < 2500);
        QCOMPARE(header.status(), 408);
        QTRY_VERIFY(body.closed());
        QCOMPARE(body.status(), 408);
        QTRY_VERIFY(idle.closed());
        QVERIFY(idle.poll().isEmpty());
        QTRY_COMPARE(server->counts().open, 0);
        QCOMPARE(m_commands.load(), 0);
    }

    void connectionsAreLimited()
    {
        HttpLimits limits;
        limits.connections = 4;
        const auto server = serve(limits);
        std::vector<std::unique_ptr<RawClient>> clients;
        for (int i = 0; i < 4; ++i)
            clients.push_back(std::make_unique<RawClient>(server->port()));
        QTRY_COMPARE(server->counts().open, 4);
        RawClient more(server->port());
        QTRY_COMPARE(more.status(), 503);
        QVERIFY(detail(more.body()).contains(QStringLiteral("at most 4")));
        clients.front()->send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        QTRY_COMPARE(clients.front()->status(), 200);
        clients.clear();
        QTRY_COMPARE(server->counts().open, 1);
        RawClient again(server->port());
        again.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        QTRY_COMPARE(again.status(), 200);
        QCOMPARE(server->counts().refused, 1U);
    }

    void aBusyMainThreadGives503AndObeysNothingLater()
    {
        HttpLimits limits;
        limits.handler = milliseconds{200};
        const auto server = serve(limits);
        RawClient client(server->port());
        client.send("POST /do HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
        // The main thread does not turn its loop here, as if busy.
        QElapsedTimer time;
        time.start();
        while (client.status() == 0 && time.elapsed() < 5000)
            std::this_thread::yield();
        QCOMPARE(client.status(), 503);
        QCoreApplication::processEvents();
        QCOMPARE(m_commands.load(), 0);
    }

    void aStreamIsPulledAndEnds()
    {
        const auto server = serve();
        auto &control = *m_streams[QStringLiteral("a")];
        control.limit = 0;
        RawClient client(server->port());
        client.send("GET /stream/a HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        QTRY_COMPARE(client.status(), 200);
        QVERIFY(client.poll().contains("Content-Type: application/octet-stream\r\n"));
        control.limit = 3;
        control.wake();
        QTRY_COMPARE(client.body().count("4000\r\n"), 3);
        control.end = true;
        control.wake();
        QTRY_VERIFY(client.poll().contains("0\r\n\r\nHTTP/1.1 200 OK"));
        QTRY_VERIFY(client.poll().endsWith("hello"));
        QTRY_COMPARE(control.alive.load(), 0);
    }

    void aStreamToHttp10IsNotChunked()
    {
        const auto server = serve();
        auto &control = *m_streams[QStringLiteral("a")];
        control.limit = 2;
        control.end = true;
        RawClient client(server->port());
        client.send("GET /stream/a HTTP/1.0\r\n\r\n");
        QTRY_VERIFY(client.closed());
        QCOMPARE(client.body().size(), 2 * 16384);
    }

    void aStreamEndsWhenItsClientGoes()
    {
        const auto server = serve();
        auto &control = *m_streams[QStringLiteral("a")];
        control.limit = 1;
        {
            RawClient client(server->port());
            client.send("GET /stream/a HTTP/1.1\r\nHost: x\r\n\r\n");
            QTRY_COMPARE(control.alive.load(), 1);
            QTRY_VERIFY(client.body().size() > 16384);
        }
        QTRY_COMPARE(control.alive.load(), 0);
        QTRY_COMPARE(server->counts().open, 0);
    }

    void aStalledReaderIsCutAndHurtsNobody()
    {
        const auto server = serve(quickLimits());
        auto &fast = *m_streams[QStringLiteral("b")];
        fast.limit = 100;
        RawClient stalled(server->port(), 4096);
        stalled.send("GET /stream/a HTTP/1.1\r\nHost: x\r\n\r\n");
        auto &slow = *m_streams[QStringLiteral("a")];
        QTRY_COMPARE(slow.alive.load(), 1);
        RawClient reader(server->port());
        reader.send("GET /stream/b HTTP/1.1\r\nHost: x\r\n\r\n");
        QTRY_VERIFY(reader.poll().contains(".99\r\n"));
        QTRY_COMPARE_WITH_TIMEOUT(server->counts().stalled, 1U, 5000);
        QTRY_COMPARE(slow.alive.load(), 0);
        fast.limit = 200;
        fast.end = true;
        fast.wake();
        QTRY_VERIFY(reader.poll().endsWith("0\r\n\r\n"));
        const QByteArray body = reader.body();
        qsizetype at = 0;
        for (int i = 0; i < 200; ++i) {
            at = body.indexOf('.' + QByteArray::number(i) + "\r\n", at);
            QVERIFY2(at >= 0, QByteArray::number(i));
        }
        // What could be queued for the stalled one is bounded by the socket's buffers.
        QVERIFY(slow.blocks < 200);
    }

    void stopEndsSixtyFourOpenStreams()
    {
        const auto server = serve();
        auto &control = *m_streams[QStringLiteral("a")];
        std::vector<std::unique_ptr<RawClient>> clients;
        for (int i = 0; i < 64; ++i) {
            clients.push_back(std::make_unique<RawClient>(server->port(), 4096));
            clients.back()->send("GET /stream/a HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        QTRY_COMPARE(control.alive.load(), 64);
        QElapsedTimer time;
        time.start();
        server->stop();
        QVERIFY(time.elapsed() < 1000);
        QCOMPARE(control.alive.load(), 0);
        QCOMPARE(server->counts().open, 0);
        for (const auto &client : clients)
            QTRY_VERIFY(client->closed());
        server->stop();
        control.wake(); // a producer that still knows the gone session
    }

    void addressesAndPortsAreChecked()
    {
        HttpServer first;
        QVERIFY(first.start(QStringLiteral("127.0.0.1"), 0));
        HttpServer second;
        const auto taken = second.start(QStringLiteral("127.0.0.1"), first.port());
        QVERIFY(!taken);
        QVERIFY(taken.error().kind == ErrorKind::Unavailable);
        QVERIFY2(taken.error().detail.contains(QStringLiteral("127.0.0.1 port %1").arg(first.port())), qPrintable(taken.error().detail));
        QVERIFY(second.start(QStringLiteral("0.0.0.0"), 0).error().kind == ErrorKind::Denied);
        QVERIFY(second.start(QStringLiteral("::"), 0).error().kind == ErrorKind::Denied);
        QVERIFY(second.start(QStringLiteral("192.168.1.4"), 0).error().kind == ErrorKind::Denied);
        QVERIFY(second.start(QStringLiteral("nonsense"), 0).error().kind == ErrorKind::InvalidInput);
        QVERIFY(second.start(QStringLiteral("localhost"), 0));
        QVERIFY(second.port() > 0);
    }

    void randomBytesNeverHurt()
    {
        const auto server = serve(quickLimits());
        std::minstd_rand random(7);
        const QByteArray seed = "POST /do HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
        for (int i = 0; i < 300; ++i) {
            QByteArray bytes = seed;
            for (unsigned n = random() % 6 + 1; n > 0; --n)
                bytes[static_cast<qsizetype>(random() % static_cast<unsigned>(bytes.size()))] = static_cast<char>(random());
            RawClient client(server->port());
            client.send(bytes);
            QCoreApplication::processEvents();
        }
        RawClient client(server->port());
        client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        QTRY_COMPARE(client.status(), 200);
    }
};

QTEST_GUILESS_MAIN(HttpServerTest)
#include "tst_http_server.moc"
