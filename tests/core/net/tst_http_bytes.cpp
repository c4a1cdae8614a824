// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/http_bytes.h"

#include "tests/core/media/scripted_server.h"
#include "tests/support/fault_proxy.h"

#include <QTest>

#include <atomic>
#include <mutex>

using namespace vedette;
using namespace vedette::net;
using test::FaultProxy;
using test::ScriptedServer;

namespace {

const QString kName = QStringLiteral("agent pi-1, recording gate-20261121T141500");

/// A file behind HTTP ranges, honest but for one thing.
class RangeServer {
public:
    enum class Lie { None, Whole, Endless, OtherBytes, NoContentRange, ShortBody, LongBody, NoTotal, EndlessHeader, Redirect, Denied, Gone, NotHttp };

    explicit RangeServer(QByteArray content) : m_content(std::move(content)) {}

    quint16 port() const { return m_server.port(); }
    QString url() const { return m_server.url(QStringLiteral("http"), QStringLiteral("recordings/x")); }
    void set(Lie lie) { m_lie = lie; }
    void set(QByteArray content, QByteArray etag, bool open)
    {
        const std::lock_guard lock(m_mutex);
        m_content = std::move(content);
        m_etag = std::move(etag);
        m_open = open;
    }
    int connections() const { return m_connections; }
    int requests() const { return m_requests; }

private:
    void serve(QTcpSocket &socket, const std::stop_token &stop)
    {
        ++m_connections;
        while (!stop.stop_requested()) {
            const QByteArray request = ScriptedServer::readRequest(socket);
            if (request.isEmpty())
                return;
            ++m_requests;
            if (!answer(socket, request, stop))
                return;
        }
    }
    bool answer(QTcpSocket &socket, const QByteArray &request, const std::stop_token &stop)
    {
        const std::lock_guard lock(m_mutex);
        const auto send = [&socket](const QByteArray &bytes) { ScriptedServer::send(socket, bytes); };
        const auto number = [](qsizetype value) { return QByteArray::number(static_cast<qlonglong>(value)); };
        const qsizetype at = request.indexOf("Range: bytes=") + 13;
        const QByteArray range = request.mid(at, request.indexOf('\r', at) - at);
        const qsizetype dash = range.indexOf('-');
        qsizetype first = dash == 0 ? std::max<qsizetype>(0, m_content.size() - range.mid(1).toLongLong()) : range.left(dash).toLongLong();
        qsizetype last = dash == 0 ? m_content.size() - 1 : std::min<qsizetype>(range.mid(dash + 1).toLongLong(), m_content.size() - 1);
        if (m_lie == Lie::Redirect)
            return send("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"), true;
        if (m_lie == Lie::Denied)
            return send(refusal("403", "not for you")), true;
        if (m_lie == Lie::Gone)
            return send(refusal("404", "was removed")), true;
        if (m_lie == Lie::NotHttp)
            return send("SSH-2.0-OpenSSH_9.2p1\r\n"), false;
        if (m_lie == Lie::EndlessHeader) {
            send("HTTP/1.1 206 Partial\r\n");
            while (!stop.stop_requested() && socket.state() == QAbstractSocket::ConnectedState)
                send("X-More: " + QByteArray(1000, 'x') + "\r\n");
            return false;
        }
        if (m_lie == Lie::Whole || m_lie == Lie::Endless) {
            send("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n" + (m_lie == Lie::Whole ? "Content-Length: " + number(m_content.size()) + "\r\n\r\n" : QByteArray("\r\n")));
            while (m_lie == Lie::Endless && !stop.stop_requested() && socket.state() == QAbstractSocket::ConnectedState)
                send(QByteArray(65536, 'e'));
            return send(m_content), false;
        }
        if (first >= m_content.size())
            return send("HTTP/1.1 416 No\r\nContent-Range: bytes */" + number(m_content.size()) + "\r\nContent-Length: 0\r\n\r\n"), true;
        QByteArray body = m_content.mid(first, last - first + 1);
        const qsizetype length = body.size();
        if (m_lie == Lie::OtherBytes)
            first += 1, last += 1;
        if (m_lie == Lie::LongBody)
            body += QByteArray(200'000, 'l');
        QByteArray head = "HTTP/1.1 206 Partial\r\nETag: " + m_etag + "\r\n";
        if (m_lie != Lie::NoContentRange)
            head += "Content-Range: bytes " + number(first) + '-' + number(last) + '/' + (m_open || m_lie == Lie::NoTotal ? QByteArray("*") : number(m_content.size())) + "\r\n";
        if (m_open)
            head += "X-Segment-Open: 1\r\n";
        if (m_lie == Lie::ShortBody) {
            body.chop(1);
            head += "Content-Length: " + number(length - 1) + "\r\n";
        } else if (m_lie == Lie::LongBody) {
            head += "Connection: close\r\n";
        } else {
            head += "Content-Length: " + number(length) + "\r\n";
        }
        send(head + "\r\n" + body);
        return m_lie != Lie::LongBody;
    }

    static QByteArray refusal(const QByteArray &status, const QByteArray &detail)
    {
        const QByteArray body = "{\"error\":{\"kind\":\"x\",\"detail\":\"" + detail + "\"}}";
        return "HTTP/1.1 " + status + " No\r\nContent-Type: application/json\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
    }

    std::mutex m_mutex; // guards the next three
    QByteArray m_content;
    QByteArray m_etag = "\"a\"";
    bool m_open = false;
    std::atomic<Lie> m_lie = Lie::None;
    std::atomic<int> m_connections = 0;
    std::atomic<int> m_requests = 0;
    ScriptedServer m_server{[this](QTcpSocket &socket, std::stop_token stop) { serve(socket, stop); }};
};

QByteArray content(qsizetype size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    for (qsizetype i = 0; i < size; ++i)
        bytes[i] = static_cast<char>(i * 7 + i / 251);
    return bytes;
}

QByteArray readAll(HttpBytes &bytes, std::int64_t from, std::int64_t count)
{
    QByteArray out;
    std::vector<std::uint8_t> buffer(10'000);
    while (out.size() < count) {
        const auto got = bytes.read(from + out.size(), std::span(buffer).first(static_cast<std::size_t>(std::min<std::int64_t>(count - out.size(), 10'000))), {});
        if (!got || *got == 0)
            break;
        out.append(reinterpret_cast<const char *>(buffer.data()), static_cast<qsizetype>(*got));
    }
    return out;
}

HttpConnection::Options quick()
{
    return {milliseconds{2000}, milliseconds{300}, milliseconds{1500}, {}};
}

} // namespace

Q_DECLARE_METATYPE(RangeServer::Lie)

class TestHttpBytes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void inOrderAndAnywhere()
    {
        const QByteArray all = content(3'000'000);
        RangeServer server(all);
        auto bytes = HttpBytes::open(server.url(), kName, quick(), {});
        QVERIFY(bytes);
        QCOMPARE((*bytes)->size(), 3'000'000);
        QVERIFY(!(*bytes)->growing());
        QVERIFY(readAll(**bytes, 0, 3'000'000) == all);
        QVERIFY2((*bytes)->requests() <= 6, qPrintable(QString::number((*bytes)->requests()))); // 128 K, 256 K, 512 K, 1 M, 1 M
        const std::uint64_t before = (*bytes)->requests();
        QVERIFY(readAll(**bytes, 100, 50'000) == all.mid(100, 50'000));
        QCOMPARE((*bytes)->requests(), before); // kept
        QCOMPARE(server.connections(), 1);      // all over one
        QCOMPARE(*(*bytes)->read(3'000'000, std::span<std::uint8_t>(), {}), 0U);
        std::array<std::uint8_t, 4> few{};
        QCOMPARE(*(*bytes)->read(3'000'000, few, {}), 0U);
    }

    void aFileThatGrows()
    {
        const QByteArray all = content(400'000);
        RangeServer server({});
        server.set(all.left(300'000), "\"x-300000-open\"", true);
        auto bytes = HttpBytes::open(server.url(), kName, quick(), {});
        QVERIFY(bytes && (*bytes)->growing());
        QCOMPARE((*bytes)->size(), 300'000);
        server.set(all, "\"x-400000-open\"", true);
        QVERIFY((*bytes)->refresh({}));
        QCOMPARE((*bytes)->size(), 400'000);
        QVERIFY(readAll(**bytes, 0, 400'000) == all);
        server.set(all, "\"x-400000\"", false);
        QVERIFY((*bytes)->refresh({}));
        QVERIFY(!(*bytes)->growing());
        QVERIFY(readAll(**bytes, 200'000, 150'000) == all.mid(200'000, 150'000));
    }

    void nothingInItYet()
    {
        RangeServer server({});
        auto bytes = HttpBytes::open(server.url(), kName, quick(), {});
        QVERIFY(bytes);
        QCOMPARE((*bytes)->size(), 0);
    }

    void anotherVersionInTheMiddle()
    {
        RangeServer server(content(600'000));
        auto bytes = HttpBytes::open(server.url(), kName, quick(), {});
        QVERIFY(bytes);
        server.set(content(600'000), "\"b\"", false);
        std::array<std::uint8_t, 4> few{};
        const auto got = (*bytes)->read(500'000, few, {});
        QVERIFY(!got && got.error().kind == ErrorKind::Corrupt);
        QCOMPARE(got.error().text(), kName + QStringLiteral(": it has changed while it was read"));
    }

    void liars_data()
    {
        using Lie = RangeServer::Lie;
        QTest::addColumn<RangeServer::Lie>("lie");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char *name, Lie lie, ErrorKind kind, const char *sentence) { QTest::newRow(name) << lie << static_cast<int>(kind) << QString::fromLatin1(sentence); };
        row("whole", Lie::Whole, ErrorKind::Corrupt, "the whole instead of the bytes");
        row("endless", Lie::Endless, ErrorKind::Corrupt, "the whole instead of the bytes");
        row("other bytes", Lie::OtherBytes, ErrorKind::Corrupt, "bytes 400001 to 531072 where 400000 to 531071 were asked for");
        row("no range", Lie::NoContentRange, ErrorKind::Corrupt, "does not say which bytes");
        row("short", Lie::ShortBody, ErrorKind::Corrupt, "announces 131072 bytes and sends 131071");
        row("long", Lie::LongBody, ErrorKind::Corrupt, "more than the 131072 bytes expected");
        row("no length", Lie::NoTotal, ErrorKind::Corrupt, "does not say how long");
        row("header", Lie::EndlessHeader, ErrorKind::Corrupt, "the header of the answer does not end");
        row("redirect", Lie::Redirect, ErrorKind::Unavailable, "sends elsewhere (302)");
        row("denied", Lie::Denied, ErrorKind::Denied, "not for you");
        row("gone", Lie::Gone, ErrorKind::NotFound, "was removed");
        row("ssh", Lie::NotHttp, ErrorKind::Unavailable, "");
    }
    void liars()
    {
        QFETCH(RangeServer::Lie, lie);
        QFETCH(int, kind);
        QFETCH(QString, sentence);
        RangeServer server(content(900'000));
        auto bytes = HttpBytes::open(server.url(), kName, quick(), {});
        QVERIFY(bytes);
        server.set(lie);
        std::array<std::uint8_t, 4> few{};
        const auto got = (*bytes)->read(400'000, few, {});
        QVERIFY(!got);
        QCOMPARE(static_cast<int>(got.error().kind), kind);
        QVERIFY2(got.error().text().startsWith(kName + QStringLiteral(": ")) && got.error().text().contains(sentence), qPrintable(got.error().text()));
        // It tells the truth again: the same object goes on.
        server.set(RangeServer::Lie::None);
        QVERIFY(readAll(**bytes, 400'000, 200'000) == content(900'000).mid(400'000, 200'000));
    }

    void slowCutAndDead()
    {
        RangeServer server(content(900'000));
        FaultProxy proxy;
        QVERIFY(proxy.start(server.port()));
        const QString url = QStringLiteral("http://user:secret@127.0.0.1:%1/recordings/x").arg(proxy.port());
        auto bytes = HttpBytes::open(url, kName, quick(), {});
        QVERIFY(bytes);
        std::array<std::uint8_t, 4> few{};
        test::Fault stall;
        stall.stall = true;
        proxy.setFault(FaultProxy::Direction::ToClient, stall);
        auto got = (*bytes)->read(300'000, few, {});
        QVERIFY(!got && got.error().kind == ErrorKind::Timeout);
        QVERIFY(!got.error().text().contains(QLatin1String("secret")));
        proxy.clear();
        QTRY_COMPARE(proxy.open(), 0U); // it was left in the middle of an answer
        got = (*bytes)->read(300'000, few, {}); // over another connection
        QVERIFY2(got, qPrintable(got ? QString() : got.error().text()));
        QCOMPARE(*got, 4U);
        test::Fault slow;
        slow.bytesPerSecond = 20'000;
        proxy.setFault(FaultProxy::Direction::ToClient, slow);
        got = (*bytes)->read(600'000, few, {});
        QVERIFY(!got && got.error().kind == ErrorKind::Timeout);
        proxy.clear();
        QTRY_COMPARE(proxy.open(), 0U); // it was left in the middle of an answer
        test::Fault cut;
        cut.cutAt = 50'000;
        proxy.setFault(FaultProxy::Direction::ToClient, cut);
        got = (*bytes)->read(600'000, few, {});
        QVERIFY(!got && got.error().kind == ErrorKind::Unavailable);
        proxy.setRefuse(true);
        QTRY_COMPARE(proxy.open(), 0U);
        got = (*bytes)->read(600'000, few, {});
        QVERIFY(!got && got.error().kind == ErrorKind::Unavailable);
    }

    void aStopEndsTheWait()
    {
        RangeServer server(content(900'000));
        FaultProxy proxy;
        QVERIFY(proxy.start(server.port()));
        HttpConnection::Options patient;
        auto bytes = HttpBytes::open(QStringLiteral("http://127.0.0.1:%1/x").arg(proxy.port()), kName, patient, {});
        QVERIFY(bytes);
        test::Fault stall;
        stall.stall = true;
        proxy.setFault(FaultProxy::Direction::ToClient, stall);
        std::atomic<int> kind = -1;
        {
            Worker worker("reader", [&](const std::stop_token &stop) {
                std::array<std::uint8_t, 4> few{};
                const auto got = (*bytes)->read(300'000, few, stop);
                kind = got ? -2 : static_cast<int>(got.error().kind);
            });
            QTRY_VERIFY((*bytes)->requests() >= 1);
            worker.stop();
        }
        QCOMPARE(kind.load(), static_cast<int>(ErrorKind::Cancelled));
    }
};

QTEST_GUILESS_MAIN(TestHttpBytes)
#include "tst_http_bytes.moc"
