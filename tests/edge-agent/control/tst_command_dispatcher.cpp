// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/control/command_dispatcher.h"

#include "edge-agent/control/command_route.h"
#include "edge-agent/http/http_server.h"
#include "tests/edge-agent/http/raw_client.h"

#include <QtTest>

using namespace vedette;
using namespace vedette::agent;

namespace {

protocol::CommandReply replyOf(CommandDispatcher &dispatcher, const QByteArray &json, CommandDispatcher::Via via)
{
    std::optional<protocol::CommandReply> reply;
    dispatcher.dispatch(json, via, [&reply](const protocol::CommandReply &given) { reply = given; });
    return reply.value_or(protocol::CommandReply{fail(ErrorKind::Timeout, QStringLiteral("no reply at once"))});
}

} // namespace

class CommandDispatcherTest : public QObject {
    Q_OBJECT
private:
    CommandDispatcher m_dispatcher;
    QStringList m_asked;

private Q_SLOTS:
    void init()
    {
        m_asked.clear();
        m_dispatcher = {};
        m_dispatcher.setAction(QStringLiteral("keyframe"), [this](const protocol::CommandRequest &request) -> Result<QJsonObject> {
            m_asked.append(request.camera);
            if (request.camera != QLatin1String("gate"))
                return fail(ErrorKind::NotFound, QStringLiteral("There is no camera %1 here.").arg(request.camera));
            return QJsonObject{{QStringLiteral("done"), true}};
        });
    }

    void refusals_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("names");
        QTest::addColumn<int>("asked");
        const auto invalid = int(ErrorKind::InvalidInput);
        const auto missing = int(ErrorKind::NotFound);
        QTest::newRow("empty") << QByteArray() << invalid << QString() << 0;
        QTest::newRow("no json") << QByteArray("keyframe") << invalid << QString() << 0;
        QTest::newRow("array") << QByteArray("[]") << invalid << QString() << 0;
        QTest::newRow("no command") << QByteArray("{}") << invalid << QStringLiteral("command") << 0;
        QTest::newRow("number") << QByteArray(R"({"command":1})") << invalid << QStringLiteral("command") << 0;
        QTest::newRow("unknown") << QByteArray(R"({"command":"explode"})") << missing << QStringLiteral("explode") << 0;
        QTest::newRow("no camera") << QByteArray(R"({"command":"keyframe"})") << invalid << QStringLiteral("camera") << 0;
        QTest::newRow("camera is a path") << QByteArray(R"({"command":"keyframe","camera":"../x"})") << invalid << QStringLiteral("camera") << 0;
        QTest::newRow("unknown camera") << QByteArray(R"({"command":"keyframe","camera":"barn"})") << missing << QStringLiteral("barn") << 1;
        QTest::newRow("deep") << "{\"command\":" + QByteArray(5000, '[') << invalid << QString() << 0;
    }
    void refusals()
    {
        QFETCH(QByteArray, json);
        QFETCH(int, kind);
        QFETCH(QString, names);
        QFETCH(int, asked);
        for (const auto via : {CommandDispatcher::Via::Http, CommandDispatcher::Via::Mqtt}) {
            m_asked.clear();
            const auto reply = replyOf(m_dispatcher, json, via);
            QVERIFY(!reply.outcome);
            QCOMPARE(int(reply.outcome.error().kind), kind);
            QVERIFY2(reply.outcome.error().text().contains(names), qPrintable(reply.outcome.error().text()));
            QCOMPARE(m_asked.size(), asked);
        }
    }

    void keyframeComesBothWays()
    {
        for (const auto via : {CommandDispatcher::Via::Http, CommandDispatcher::Via::Mqtt}) {
            const auto reply = replyOf(m_dispatcher, R"({"command":"keyframe","camera":"gate","later":1})", via);
            QVERIFY(reply.outcome);
            QCOMPARE(reply.outcome->value(QLatin1String("done")).toBool(), true);
        }
        QCOMPARE(m_asked.size(), 2);
    }

    void anActionMayAnswerLater()
    {
        CommandDispatcher::Outcome outcome;
        m_dispatcher.setLater(QStringLiteral("keyframe"), [&outcome](const protocol::CommandRequest &, const CommandDispatcher::Outcome &later) { outcome = later; });
        std::optional<protocol::CommandReply> reply;
        m_dispatcher.dispatch(R"({"command":"keyframe","camera":"gate"})", CommandDispatcher::Via::Http, [&reply](const protocol::CommandReply &given) { reply = given; });
        QVERIFY(!reply && outcome);
        outcome(QJsonObject{{QStringLiteral("done"), true}});
        QVERIFY(reply && reply->outcome);
    }

    void aCommandWithoutActionIsUnsupported()
    {
        CommandDispatcher empty;
        const auto reply = replyOf(empty, R"({"command":"keyframe","camera":"gate"})", CommandDispatcher::Via::Http);
        QVERIFY(reply.outcome.error().kind == ErrorKind::Unsupported);
    }

    void theRouteGivesStatusAndReply()
    {
        HttpServer server;
        addCommandRoute(server, m_dispatcher);
        QVERIFY(server.start(QStringLiteral("127.0.0.1"), 0));
        const auto post = [](test::RawClient &client, const QByteArray &json) {
            client.send("POST /api/v1/command HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
                        + QByteArray::number(json.size()) + "\r\n\r\n" + json);
        };
        test::RawClient good(server.port());
        post(good, R"({"command":"keyframe","camera":"gate"})");
        QTRY_COMPARE(good.status(), 200);
        const auto reply = protocol::parseCommandReply(good.body());
        QVERIFY(reply);
        QVERIFY(reply->outcome);
        test::RawClient unknown(server.port());
        post(unknown, R"({"command":"keyframe","camera":"barn"})");
        QTRY_COMPARE(unknown.status(), 404);
        const auto refused = protocol::parseCommandReply(unknown.body());
        QVERIFY(refused);
        QVERIFY(refused->outcome.error().kind == ErrorKind::NotFound);
        test::RawClient broken(server.port());
        post(broken, "{");
        QTRY_COMPARE(broken.status(), 400);
        QVERIFY(server.port() > 0);
    }
};

QTEST_GUILESS_MAIN(CommandDispatcherTest)
#include "tst_command_dispatcher.moc"
