// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/http/http_file.h"

#include "tests/edge-agent/http/raw_client.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <fcntl.h>

using namespace vedette;
using namespace vedette::agent;
using test::RawClient;

namespace {

constexpr qsizetype kSize = 3'000'000; // many slices

QByteArray content()
{
    QByteArray bytes;
    bytes.reserve(kSize + 16);
    for (int i = 0; bytes.size() < kSize; ++i)
        bytes += QByteArray::number(i) + ' ';
    bytes.truncate(kSize);
    return bytes;
}

QByteArray bodyOf(const QByteArray &answer)
{
    return answer.mid(answer.indexOf("\r\n\r\n") + 4);
}

QByteArray headOf(const QByteArray &answer)
{
    return answer.left(answer.indexOf("\r\n\r\n") + 2);
}

} // namespace

class HttpFileTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    QByteArray m_content = content();
    bool m_growing = false;
    std::int64_t m_size = kSize;
    QByteArray m_etag = "\"one\"";

    QString path() const { return m_dir.filePath(QStringLiteral("file")); }
    std::unique_ptr<HttpServer> serve()
    {
        auto server = std::make_unique<HttpServer>();
        server->addRoute(QStringLiteral("/file"), HttpPolicy::Read, [this](const HttpRequest &request) {
            const int file = ::open(QFile::encodeName(path()).constData(), O_RDONLY | O_CLOEXEC);
            return fileResponse(request, {file, m_size, m_growing, m_etag, "video/mp4", {{"X-Mark", "1"}}});
        });
        if (auto started = server->start(QStringLiteral("127.0.0.1"), 0); !started)
            qFatal("%s", qPrintable(started.error().text()));
        return server;
    }
    static QByteArray get(RawClient &client, const QByteArray &fields, qsizetype bodySize, const QByteArray &method = "GET")
    {
        client.forget();
        if (!client.send(method + " /file HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n"))
            return {};
        const auto whole = [&] { return client.poll().contains("\r\n\r\n") && bodyOf(client.poll()).size() >= bodySize; };
        if (!QTest::qWaitFor(whole, 10'000))
            return {};
        return client.poll();
    }

private Q_SLOTS:
    void initTestCase()
    {
        QFile file(path());
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(m_content) == kSize);
    }
    void init()
    {
        m_growing = false;
        m_size = kSize;
        m_etag = "\"one\"";
    }

    void ranges_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("first"); // -1: the whole, -2: 416
        QTest::addColumn<int>("last");
        const auto row = [](const char *header, int size, int first, int last = 0) { QTest::addRow("%s of %d", header, size) << QByteArray(header) << size << first << last; };
        row("", 100, -1);
        row("bytes=0-0", 100, 0, 0);
        row("bytes=0-99", 100, 0, 99);
        row("bytes=10-", 100, 10, 99);
        row("bytes=10-1000", 100, 10, 99);
        row("bytes=-7", 100, 93, 99);
        row("bytes=-700", 100, 0, 99);
        row("Bytes = 5 - 6 ", 100, 5, 6);
        row("bytes=100-", 100, -2);
        row("bytes=100-100", 100, -2);
        row("bytes=-0", 100, -2);
        row("bytes=0-", 0, -2);
        row("bytes=-1", 0, -2);
        row("bytes=9999999999999999999-", 100, -2); // beyond 64 bits are numbers, too
        row("bytes=5-9999999999999999999", 100, 5, 99);
        row("bytes=-9999999999999999999", 100, 0, 99);
        for (const char *other : {"bytes=6-5", "bytes=0-1,5-6", "bytes=-", "bytes", "bytes=", "bytes=a-b", "bytes=0x1-2", "bytes=+1-2", "bytes=--1", "bytes=1-2-3",
                                  "items=0-5", "=0-5", "0-5", "bytes=1.5-2"})
            row(other, 100, -1);
    }
    void ranges()
    {
        QFETCH(QByteArray, header);
        QFETCH(int, size);
        QFETCH(int, first);
        QFETCH(int, last);
        const auto range = parseRange(header, size);
        QCOMPARE(!range, first == -2);
        if (first == -2)
            return;
        QCOMPARE(range->has_value(), first >= 0);
        if (first >= 0)
            QVERIFY(**range == (ByteRange{first, last}));
    }

    void wholeAndParts()
    {
        const auto server = serve();
        RawClient client(server->port()); // one connection for all
        QByteArray answer = get(client, {}, kSize);
        QVERIFY(headOf(answer).startsWith("HTTP/1.1 200 OK\r\n"));
        QVERIFY(headOf(answer).contains("\r\nContent-Length: 3000000\r\n") && !headOf(answer).contains("chunked") && !headOf(answer).contains("Content-Range"));
        for (const char *field : {"ETag: \"one\"", "Accept-Ranges: bytes", "Content-Type: video/mp4", "X-Mark: 1"})
            QVERIFY2(headOf(answer).contains(QByteArray("\r\n") + field + "\r\n"), field);
        QVERIFY(bodyOf(answer) == m_content);
        answer = get(client, "range: bytes=1000000-1999999\r\n", 1'000'000);
        QVERIFY(headOf(answer).startsWith("HTTP/1.1 206 Partial Content\r\n"));
        QVERIFY(headOf(answer).contains("\r\nContent-Range: bytes 1000000-1999999/3000000\r\n"));
        QVERIFY(bodyOf(answer) == m_content.mid(1'000'000, 1'000'000));
        answer = get(client, "Range: bytes=-3\r\n", 3);
        QVERIFY(headOf(answer).contains("bytes 2999997-2999999/3000000"));
        QCOMPARE(bodyOf(answer), m_content.right(3));
        answer = get(client, "Range: bytes=3000000-\r\n", 10);
        QVERIFY(headOf(answer).startsWith("HTTP/1.1 416 "));
        QVERIFY(headOf(answer).contains("\r\nContent-Range: bytes */3000000\r\n"));
        answer = get(client, "Range: bytes=0-5\r\n", 0, "HEAD");
        QVERIFY(headOf(answer).startsWith("HTTP/1.1 200 OK\r\n") && headOf(answer).contains("\r\nContent-Length: 3000000\r\n"));
        QVERIFY(!client.closed());
    }

    void ifRange()
    {
        const auto server = serve();
        RawClient client(server->port());
        const QByteArray range = "Range: bytes=5-9\r\n";
        QVERIFY(get(client, range + "If-Range: \"one\"\r\n", 5).startsWith("HTTP/1.1 206 "));
        for (const QByteArray &other : {QByteArray("\"two\""), QByteArray("W/\"one\""), QByteArray("Sat, 21 Nov 2026 16:45:00 GMT")})
            QVERIFY2(get(client, range + "If-Range: " + other + "\r\n", kSize).startsWith("HTTP/1.1 200 "), other.constData());
    }

    /// RFC 9110, 13.2.2: before any range.
    void ifMatch()
    {
        const auto server = serve();
        RawClient client(server->port());
        for (const QByteArray known : {"\"one\"", "W/\"one\"", "*", "\"two\" , \"one\""}) {
            const QByteArray answer = get(client, "Range: bytes=5-9\r\nIf-None-Match: " + known + "\r\n", 0);
            QVERIFY2(answer.startsWith("HTTP/1.1 304 ") && answer.contains("\r\nETag: \"one\"\r\n"), answer.constData());
            QVERIFY(bodyOf(answer).isEmpty() && !answer.contains("Content-Length"));
        }
        QVERIFY(get(client, "If-None-Match: \"two\"\r\n", kSize).startsWith("HTTP/1.1 200 "));
        for (const char *wanted : {"\"one\"", "*", "\"two\", \"one\""})
            QVERIFY(get(client, QByteArray("Range: bytes=5-9\r\nIf-Match: ") + wanted + "\r\n", 5).startsWith("HTTP/1.1 206 "));
        for (const char *wanted : {"\"two\"", "W/\"one\"", ""})
            QVERIFY(get(client, QByteArray("If-Match: ") + wanted + "\r\n", 10).startsWith("HTTP/1.1 412 "));
    }

    void aGrowingFile()
    {
        const auto server = serve();
        RawClient client(server->port());
        m_growing = true;
        m_size = 1'000'000; // what is whole; more of it is on the disk already
        QByteArray answer = get(client, {}, 1'000'000);
        QVERIFY(headOf(answer).contains("\r\nContent-Length: 1000000\r\n"));
        QVERIFY(bodyOf(answer) == m_content.left(1'000'000));
        answer = get(client, "Range: bytes=999990-\r\n", 10);
        QVERIFY(headOf(answer).contains("\r\nContent-Range: bytes 999990-999999/*\r\n"));
        QCOMPARE(bodyOf(answer), m_content.mid(999'990, 10));
        QVERIFY(get(client, "Range: bytes=1000000-\r\n", 0).startsWith("HTTP/1.1 416 "));
        m_size = 0;
        answer = get(client, {}, 0);
        QVERIFY(answer.startsWith("HTTP/1.1 200 ") && headOf(answer).contains("\r\nContent-Length: 0\r\n"));
        QVERIFY(!client.closed());
    }

    /// Less than was promised must not look like the whole.
    void aFileThatWasCut()
    {
        const auto server = serve();
        RawClient client(server->port());
        m_size = kSize + 1000;
        QVERIFY(get(client, {}, kSize).contains("Content-Length: 3001000\r\n"));
        QTRY_VERIFY(client.closed());
        QVERIFY(bodyOf(client.poll()) == m_content);
    }

    void aReaderThatGoesLeavesNoFileOpen()
    {
        const auto files = [] { return QDir(QStringLiteral("/proc/self/fd")).entryList(QDir::NoDotAndDotDot | QDir::AllEntries | QDir::System).size(); };
        const auto server = serve();
        const auto before = files();
        for (int i = 0; i < 20; ++i) {
            RawClient client(server->port(), 4096);
            QVERIFY(client.send("GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            QTRY_VERIFY(client.status() == 200);
        }
        QTRY_COMPARE(server->counts().open, 0);
        QCOMPARE(files(), before);
    }
};

QTEST_GUILESS_MAIN(HttpFileTest)
#include "tst_http_file.moc"
