// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/json_http.h"

#include "tests/support/canned_http.h"
#include "tests/support/process.h"

#include <QTest>

#include <optional>

using namespace vedette;
using namespace vedette::net;
using namespace vedette::test;

namespace {

constexpr int kDeadline = 10'000;
const QString kPath = QStringLiteral("/x");

} // namespace

class TestJsonHttp : public QObject {
    Q_OBJECT

    std::optional<Result<QByteArray>> m_answer;

    void ask(JsonHttp &http, const QUrl &url, milliseconds timeout = milliseconds{5000})
    {
        m_answer.reset();
        http.get(url, timeout, this, [this](const Result<QByteArray> &answer) { m_answer = answer; });
    }

private Q_SLOTS:
    void gets()
    {
        CannedHttp server;
        server.on(kPath, [](const CannedHttp::Request &r) {
            return CannedHttp::Answer{"{\"a\":\"" + r.query.queryItemValue(QStringLiteral("q")).toUtf8() + "\"}"};
        });
        JsonHttp http;
        ask(http, server.url(QStringLiteral("/x?q=1")));
        QTRY_VERIFY_WITH_TIMEOUT(m_answer, kDeadline);
        QVERIFY(*m_answer);
        QCOMPARE(m_answer->value(), QByteArray("{\"a\":\"1\"}"));
    }

    void posts()
    {
        m_answer.reset();
        CannedHttp server;
        server.on(kPath, [](const CannedHttp::Request &r) { return CannedHttp::Answer{r.method == "POST" ? r.body : "no"}; });
        JsonHttp http;
        http.post(server.url(kPath), "{\"b\":2}", milliseconds{5000}, this, [this](const Result<QByteArray> &a) { m_answer = a; });
        QTRY_VERIFY_WITH_TIMEOUT(m_answer, kDeadline);
        QCOMPARE(m_answer->value(), QByteArray("{\"b\":2}"));
    }

    void namesTheKind_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("says");
        const QByteArray said = R"({"error":{"kind":"x","detail":"limit: too small"}})";
        QTest::newRow("400") << 400 << said << int(ErrorKind::InvalidInput) << QStringLiteral("limit: too small");
        QTest::newRow("422") << 422 << QByteArray() << int(ErrorKind::InvalidInput) << QStringLiteral("422");
        QTest::newRow("401") << 401 << QByteArray() << int(ErrorKind::Denied) << QStringLiteral("401");
        QTest::newRow("403") << 403 << said << int(ErrorKind::Denied) << QStringLiteral("limit: too small");
        QTest::newRow("404") << 404 << QByteArray("<html>") << int(ErrorKind::NotFound) << QStringLiteral("404");
        QTest::newRow("500") << 500 << QByteArray() << int(ErrorKind::Unavailable) << QStringLiteral("500");
        QTest::newRow("503") << 503 << said << int(ErrorKind::Unavailable) << QStringLiteral("limit: too small");
        QTest::newRow("not json") << 200 << QByteArray("<html>hello") << int(ErrorKind::Corrupt) << QStringLiteral("JSON");
        QTest::newRow("empty") << 200 << QByteArray() << int(ErrorKind::Corrupt) << QStringLiteral("JSON");
    }
    void namesTheKind()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        QFETCH(int, kind);
        QFETCH(QString, says);
        CannedHttp server;
        server.on(kPath, {body, status});
        JsonHttp http;
        ask(http, server.url(kPath));
        QTRY_VERIFY_WITH_TIMEOUT(m_answer, kDeadline);
        QVERIFY(!*m_answer);
        QCOMPARE(int(m_answer->error().kind), kind);
        QVERIFY2(m_answer->error().detail.contains(says), qPrintable(m_answer->error().detail));
        QVERIFY(m_answer->error().detail.contains(QString::number(server.port())));
    }

    void doesNotFollow()
    {
        CannedHttp server;
        CannedHttp other;
        other.on(kPath, {"{}"});
        server.on(kPath, {"{}", 302, false, {}, "Location: " + other.url(kPath).toEncoded() + "\r\n"});
        JsonHttp http;
        ask(http, server.url(kPath));
        QTRY_VERIFY_WITH_TIMEOUT(m_answer, kDeadline);
        QVERIFY(!*m_answer);
        QCOMPARE(other.count(kPath), 0);
    }

    void timesOut()
    {
        CannedHttp server;
        server.on(kPath, {.silent = true});
        JsonHttp http;
        ask(http, server.url(kPath), milliseconds{150});
        QTRY_VERIFY_WITH_TIMEOUT(m_answer, kDeadline);
        QVERIFY(!*m_answer && m_answer->error().kind == ErrorKind::Timeout);
    }

    void saysWhenNobodyListens()
    {
        JsonHttp http;
        ask(http, QUrl(QStringLiteral("http://u:secretword@127.0.0.1:%1/x").arg(freePort())));
        QTRY_VERIFY_WITH_TIMEOUT(m_answer, kDeadline);
        QVERIFY(!*m_answer && m_answer->error().kind == ErrorKind::Unavailable);
        QVERIFY(!m_answer->error().text().contains(QStringLiteral("secretword")));
    }

    void survivesGarbage()
    {
        CannedHttp server;
        for (const char *raw : {"garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "HTTP/1.1 999999\r\n\r\n"}) {
            server.on(kPath, {.raw = raw});
            JsonHttp http;
            ask(http, server.url(kPath), milliseconds{1000});
            QTRY_VERIFY_WITH_TIMEOUT(m_answer, kDeadline);
            QVERIFY(!*m_answer);
        }
    }

    void refusesLargeBodies()
    {
        CannedHttp server;
        server.on(kPath, {'"' + QByteArray(JsonHttp::kMaxBody + 1, 'x') + '"'});
        JsonHttp http;
        ask(http, server.url(kPath));
        QTRY_VERIFY_WITH_TIMEOUT(m_answer, kDeadline);
        QVERIFY(!*m_answer && m_answer->error().kind == ErrorKind::Corrupt);
    }

    void dropsTheAnswerOfAGoneContext()
    {
        CannedHttp server;
        server.on(kPath, {"{}"});
        JsonHttp http;
        bool called = false;
        auto context = std::make_unique<QObject>();
        http.get(server.url(kPath), milliseconds{5000}, context.get(), [&](const Result<QByteArray> &) { called = true; });
        context.reset();
        ask(http, server.url(kPath));
        QTRY_VERIFY_WITH_TIMEOUT(m_answer, kDeadline);
        QVERIFY(*m_answer);
        QVERIFY(!called);
        // And of the whole client.
        auto gone = std::make_unique<JsonHttp>();
        gone->get(server.url(kPath), milliseconds{5000}, this, [&](const Result<QByteArray> &) { called = true; });
        gone.reset();
        QCoreApplication::processEvents();
        QVERIFY(!called);
    }
};

QTEST_GUILESS_MAIN(TestJsonHttp)
#include "tst_json_http.moc"
