// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/control/bookmark_commands.h"

#include "core/protocol/bookmark.h"
#include "edge-agent/control/command_dispatcher.h"
#include "edge-agent/http/http_server.h"
#include "edge-agent/spool/bookmarks.h"
#include "tests/edge-agent/http/raw_client.h"
#include "tests/support/manual_clock.h"

#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::agent;
using protocol::Bookmark;

namespace {

constexpr std::int64_t kMoment = 1'795'270'503'250'000; // 2026-11-21T14:15:03.25Z

} // namespace

class TestBookmarkCommands : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<test::ManualClock> m_clock;
    std::optional<Bookmarks> m_bookmarks;
    std::unique_ptr<CommandDispatcher> m_dispatcher;

    void open()
    {
        m_bookmarks.reset();
        auto opened = Bookmarks::open(m_dir->filePath(QStringLiteral("bookmarks.db")));
        QVERIFY(opened);
        m_bookmarks = std::move(*opened);
        m_dispatcher = std::make_unique<CommandDispatcher>();
        offerBookmarkCommands(*m_dispatcher, *m_bookmarks, {QStringLiteral("gate"), QStringLiteral("yard")}, *m_clock);
    }
    protocol::CommandReply ask(const QByteArray &json, CommandDispatcher::Via via = CommandDispatcher::Via::Http)
    {
        std::optional<protocol::CommandReply> reply;
        m_dispatcher->dispatch(json, via, [&reply](const protocol::CommandReply &given) { reply = given; });
        return reply.value_or(protocol::CommandReply{fail(ErrorKind::Timeout, QStringLiteral("no reply at once"))});
    }
    static QByteArray command(const QByteArray &camera, const QByteArray &arguments) { return "{\"command\":\"bookmark\",\"camera\":\"" + camera + "\",\"arguments\":{" + arguments + "}}"; }

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_clock = std::make_unique<test::ManualClock>();
        open();
    }
    void cleanup()
    {
        m_dispatcher.reset();
        m_bookmarks.reset();
    }

    void outlivesTheAgent()
    {
        const auto made = ask(command("gate", R"("at":"2026-11-21T15:15:03.25+01:00","text":" the  parcel ","author":"guard")"));
        QVERIFY2(made.outcome, qPrintable(made.outcome ? QString() : made.outcome.error().text()));
        QCOMPARE(made.outcome->value(QLatin1String("id")).toInt(), 1);
        QVERIFY(ask(command("yard", R"("at":1795270500000000,"author":"guard")")).outcome);
        open();
        const auto all = m_bookmarks->list({}, utcFromMicros(0), UtcTime::max());
        QVERIFY(all && all->size() == 2);
        QCOMPARE(all->at(0).camera, QStringLiteral("yard"));
        QCOMPARE(all->at(1), (Bookmark{1, QStringLiteral("gate"), utcFromMicros(kMoment), QStringLiteral("the parcel"), QStringLiteral("guard"), m_clock->utcNow()}));
        QCOMPARE(m_bookmarks->list(QStringLiteral("gate"), utcFromMicros(kMoment), utcFromMicros(kMoment + 1))->size(), 1);
        QVERIFY(m_bookmarks->list(QStringLiteral("gate"), utcFromMicros(kMoment + 1), UtcTime::max())->isEmpty());
        QVERIFY(m_bookmarks->list(QStringLiteral("yard"), utcFromMicros(kMoment), UtcTime::max())->isEmpty());
    }

    void anIdIsNeverGivenTwice()
    {
        QVERIFY(ask(command("gate", R"("at":1,"author":"a")")).outcome);
        const auto removed = ask(R"({"command":"unbookmark","arguments":{"id":1}})");
        QVERIFY(removed.outcome);
        QCOMPARE(removed.outcome->value(QLatin1String("camera")).toString(), QStringLiteral("gate"));
        QVERIFY(ask(R"({"command":"unbookmark","arguments":{"id":1}})").outcome.error().kind == ErrorKind::NotFound);
        open();
        QCOMPARE(ask(command("gate", R"("at":1,"author":"a")")).outcome->value(QLatin1String("id")).toInt(), 2);
    }

    void refusals_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("named");
        QTest::newRow("no time") << command("gate", R"("author":"a")") << QStringLiteral("arguments.at");
        QTest::newRow("no zone") << command("gate", R"("at":"2026-11-21T14:15:00","author":"a")") << QStringLiteral("arguments.at");
        QTest::newRow("negative") << command("gate", R"("at":-1,"author":"a")") << QStringLiteral("arguments.at");
        QTest::newRow("nobody") << command("gate", R"("at":1)") << QStringLiteral("arguments.author");
        QTest::newRow("blank") << command("gate", R"("at":1,"author":"  ")") << QStringLiteral("arguments.author");
        QTest::newRow("a book") << command("gate", "\"at\":1,\"author\":\"a\",\"text\":\"" + QByteArray(501, 'x') + '"') << QStringLiteral("arguments.text");
        QTest::newRow("no such camera") << command("roof", R"("at":1,"author":"a")") << QStringLiteral("roof");
        QTest::newRow("no id") << QByteArray(R"({"command":"unbookmark","arguments":{}})") << QStringLiteral("arguments.id");
    }
    void refusals()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, named);
        const auto reply = ask(json);
        QVERIFY(!reply.outcome);
        QVERIFY2(reply.outcome.error().text().contains(named), qPrintable(reply.outcome.error().text()));
        QVERIFY(m_bookmarks->list({}, utcFromMicros(0), UtcTime::max())->isEmpty());
        QVERIFY(ask(command("gate", R"("at":1,"author":"a")"), CommandDispatcher::Via::Mqtt).outcome.error().kind == ErrorKind::Denied);
    }

    void overHttp()
    {
        QVERIFY(ask(command("gate", R"("at":5000000,"author":"a","text":"<b>&")")).outcome);
        HttpServer server;
        addBookmarkRoute(server, *m_bookmarks);
        QVERIFY(server.start(QStringLiteral("127.0.0.1"), 0));
        const auto get = [&server](const QByteArray &query) {
            test::RawClient client(server.port());
            client.send("GET /api/v1/bookmarks" + query + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            return QTest::qWaitFor([&client] { return client.closed(); }, 20'000) ? std::pair(client.poll().isEmpty() ? 0 : client.status(), client.body()) : std::pair(0, QByteArray());
        };
        const auto [status, body] = get("?camera=gate&from=5000000&to=5000001");
        QCOMPARE(status, 200);
        const auto told = protocol::parseBookmarks(body);
        QVERIFY2(told && told->size() == 1, body.constData());
        QCOMPARE(told->first().text, QStringLiteral("<b>&"));
        QVERIFY(protocol::parseBookmarks(get("?camera=yard").second)->isEmpty());
        QCOMPARE(get("?from=x").first, 400);
        QVERIFY(!protocol::parseBookmarks("{\"bookmarks\":[{\"id\":0}]}"));
    }
};

QTEST_GUILESS_MAIN(TestBookmarkCommands)
#include "tst_bookmark_commands.moc"
