// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/broker_link.h"

#include "core/protocol/topics.h"
#include "tests/core/control/agent_answers.h"
#include "tests/support/manual_clock.h"
#include "tests/support/test_broker.h"

#include <QTest>

#include <numeric>

using namespace vedette;
using namespace vedette::control;
using namespace vedette::test;
using protocol::Topic;

namespace {

constexpr int kDeadline = 15'000;
const QString kPi = QStringLiteral("pi");

QList<std::uint64_t> range(std::uint64_t first, int count)
{
    QList<std::uint64_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), first);
    return numbers;
}

} // namespace

/// Against the real broker, with the payloads that a real agent publishes.
class TestBrokerLink : public QObject {
    Q_OBJECT

    ManualClock m_clock;
    std::unique_ptr<TestBroker> m_broker;
    std::unique_ptr<net::MqttClient> m_agent;
    std::unique_ptr<BrokerLink> m_link;
    std::unique_ptr<Heard> m_heard;

    net::MqttConfig config(const char *id) const
    {
        net::MqttConfig c;
        c.host = QStringLiteral("127.0.0.1");
        c.port = m_broker->port();
        c.clientId = QLatin1String(id);
        c.backoffBase = milliseconds{20};
        c.backoffCap = milliseconds{100};
        return c;
    }
    void publish(Topic topic, const QByteArray &payload, bool retain = false, const QString &agent = kPi)
    {
        net::MqttMessage message;
        message.topic = protocol::topicName(agent, topic);
        message.payload = payload;
        message.retain = retain;
        QTRY_VERIFY_WITH_TIMEOUT(m_agent->inFlight() < net::MqttClient::kMaxInFlight, kDeadline);
        QVERIFY(m_agent->publish(message));
    }
    void publishOnline(bool online, bool retain = true, const QString &boot = QStringLiteral("boot-1"))
    {
        publish(Topic::Online, protocol::toJson(protocol::Online{online, online ? boot : QString(), m_clock.utcNow()}), retain);
    }
    void startLink()
    {
        m_link = std::make_unique<BrokerLink>(config("console"), m_clock);
        m_heard = std::make_unique<Heard>(*m_link);
        m_link->start();
        QTRY_VERIFY_WITH_TIMEOUT(m_heard->up, kDeadline);
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (!TestBroker::available())
            QSKIP("no mosquitto on this machine");
    }
    void init()
    {
        m_broker = std::make_unique<TestBroker>();
        QVERIFY(m_broker->start());
        net::MqttConfig c = config("agent");
        c.willTopic = protocol::topicName(kPi, Topic::Online);
        c.willPayload = protocol::toJson(protocol::Online{});
        m_agent = net::MqttClient::create(c);
        m_agent->start();
        QTRY_VERIFY_WITH_TIMEOUT(m_agent->isConnected(), kDeadline);
    }
    void cleanup()
    {
        m_link.reset();
        m_heard.reset();
        m_agent.reset();
        m_broker.reset();
    }

    void believesOnlyWhatItHears()
    {
        publishOnline(true);
        publish(Topic::Status, protocol::toJson(AgentAnswers(kPi).status), true);
        startLink();
        // Both retained: the agent is known, and nothing proves that it is there.
        QTRY_COMPARE_WITH_TIMEOUT(m_heard->statuses.size(), 1, kDeadline);
        QVERIFY(!m_heard->online.value(kPi));
        publishOnline(true);
        QTRY_VERIFY_WITH_TIMEOUT(m_heard->online.value(kPi), kDeadline);
        // Every 5 s it is heard again.
        for (int i = 0; i < 4; ++i) {
            m_clock.advance(milliseconds{14'000});
            publishOnline(true);
            publish(Topic::Status, protocol::toJson(AgentAnswers(kPi).status));
            QTRY_COMPARE_WITH_TIMEOUT(m_heard->statuses.size(), i + 2, kDeadline);
        }
        QVERIFY(m_heard->online.value(kPi));
        QCOMPARE(m_heard->changes, 1);
        m_clock.advance(milliseconds{15'100});
        QTRY_VERIFY_WITH_TIMEOUT(!m_heard->online.value(kPi), kDeadline);
        QVERIFY(m_heard->reason.contains(QStringLiteral("15 s")));
        publishOnline(true);
        QTRY_VERIFY_WITH_TIMEOUT(m_heard->online.value(kPi), kDeadline);
        // A step of the wall clock says nothing about the agent.
        m_clock.stepUtc(std::chrono::hours{24});
        publish(Topic::Status, protocol::toJson(AgentAnswers(kPi).status));
        QTRY_COMPARE_WITH_TIMEOUT(m_heard->statuses.size(), 6, kDeadline);
        QVERIFY(m_heard->online.value(kPi));
    }

    void willEndsItAtOnce()
    {
        startLink();
        publishOnline(true);
        QTRY_VERIFY_WITH_TIMEOUT(m_heard->online.value(kPi), kDeadline);
        // The broker speaks the will when another client takes the agent's id.
        const auto thief = net::MqttClient::create(config("agent"));
        thief->start();
        QTRY_VERIFY_WITH_TIMEOUT(!m_heard->online.value(kPi), kDeadline);
        QVERIFY(!m_heard->reason.isEmpty());
        QCOMPARE(m_heard->changes, 2);
    }

    void malformedNeverDisturbs()
    {
        startLink();
        publishOnline(true);
        QTRY_VERIFY_WITH_TIMEOUT(m_heard->online.value(kPi), kDeadline);
        const QList<QByteArray> bad{"", "{", "[]", "null", "{\"online\":1}", "{\"id\":7}", QByteArray("\xff\xfe\x00", 3),
                                    QByteArray(1000, '['), "{\"agent\":\"pi\",\"spool\":\"s\",\"last\":-1,\"samples\":[]}"};
        std::uint64_t count = 0;
        for (const Topic topic : {Topic::Online, Topic::Status, Topic::Telemetry, Topic::Backlog}) {
            for (const QByteArray &payload : bad) {
                publish(topic, payload);
                ++count;
            }
        }
        // What names another agent than its topic is not believed either.
        publish(Topic::Status, protocol::toJson(AgentAnswers(QStringLiteral("other")).status));
        AgentAnswers other(QStringLiteral("other"));
        other.addRows(1, 1);
        publish(Topic::Telemetry, protocol::toJson(other.batch(0, 10)));
        count += 2;
        QTRY_COMPARE_WITH_TIMEOUT(m_link->malformed(), count, kDeadline);
        QVERIFY(m_heard->online.value(kPi));
        QVERIFY(m_heard->statuses.isEmpty());
        QVERIFY(m_heard->sequences.isEmpty());
        QVERIFY(m_heard->up);
        publish(Topic::Status, protocol::toJson(AgentAnswers(kPi).status));
        QTRY_COMPARE_WITH_TIMEOUT(m_heard->statuses.size(), 1, kDeadline);
    }

    void anUnreadableStatusIsSaid()
    {
        startLink();
        publish(Topic::Status, {}); // only clears what the broker retained
        publish(Topic::Status, "{\"id\":7}");
        publish(Topic::Status, protocol::toJson(AgentAnswers(QStringLiteral("other")).status));
        QTRY_COMPARE_WITH_TIMEOUT(m_link->malformed(), std::uint64_t{3}, kDeadline);
        QCOMPARE(m_heard->unreadable.size(), 2);
        QVERIFY2(m_heard->unreadable[0].startsWith(kPi + QStringLiteral(": ")), qPrintable(m_heard->unreadable[0]));
        QVERIFY2(m_heard->unreadable[1].contains(QStringLiteral("names another agent")), qPrintable(m_heard->unreadable[1]));
    }

    void fetchesWhatTheBrokerDidNotBring()
    {
        CannedHttp http;
        AgentAnswers agent(kPi);
        agent.clockAhead = milliseconds{0};
        agent.status.httpUrl = http.url().toString();
        agent.addRows(1, 700);
        agent.serve(http);
        publish(Topic::Status, protocol::toJson(agent.status), true);
        startLink();
        publishOnline(true);
        QTRY_VERIFY_WITH_TIMEOUT(m_heard->online.value(kPi), kDeadline);
        const auto live = [&](std::uint64_t first, int count) {
            agent.addRows(first, count);
            publish(Topic::Telemetry, protocol::toJson(agent.batch(first - 1, count)));
        };
        live(701, 1);
        // The last ten minutes come by HTTP.
        QTRY_VERIFY_WITH_TIMEOUT(m_heard->sequences.contains(102) && m_heard->sequences.contains(701), kDeadline);
        QVERIFY(!m_heard->sequences.contains(50));
        const int asked = http.count(QString::fromLatin1(protocol::routes::kSamples));
        live(702, 1);
        live(703, 2);
        QTRY_VERIFY_WITH_TIMEOUT(m_heard->sequences.contains(704), kDeadline);
        QCOMPARE(http.count(QString::fromLatin1(protocol::routes::kSamples)), asked); // nothing was missing
        agent.addRows(705, 20); // measured, and lost on the way
        live(725, 1);
        QTRY_VERIFY_WITH_TIMEOUT(m_heard->sequences.contains(705) && m_heard->sequences.contains(724), kDeadline);
        const auto clockNow = [this] { return m_heard->clocks > 0; };
        QTRY_VERIFY_WITH_TIMEOUT(clockNow(), kDeadline);
    }

    void takesNoStrangersSamples()
    {
        CannedHttp http; // what answers at the announced address is another agent
        AgentAnswers stranger(QStringLiteral("stranger"));
        stranger.addRows(1, 50);
        stranger.serve(http);
        AgentAnswers agent(kPi);
        agent.status.httpUrl = http.url().toString();
        agent.addRows(1, 3);
        startLink();
        publish(Topic::Status, protocol::toJson(agent.status), true);
        publishOnline(true);
        publish(Topic::Telemetry, protocol::toJson(agent.batch(0, 3)));
        QTRY_VERIFY_WITH_TIMEOUT(http.count(QString::fromLatin1(protocol::routes::kSamples)) > 0, kDeadline);
        QTRY_VERIFY_WITH_TIMEOUT(http.count(QString::fromLatin1(protocol::routes::kStatus)) > 0, kDeadline);
        publish(Topic::Telemetry, protocol::toJson(agent.batch(2, 1)));
        QTRY_COMPARE_WITH_TIMEOUT(m_heard->sequences, range(1, 3) + range(3, 1), kDeadline);
        QCOMPARE(m_heard->clocks, 0);
    }

    void commandsTravel()
    {
        startLink();
        publish(Topic::Status, protocol::toJson(AgentAnswers(kPi).status), true);
        QTRY_COMPARE_WITH_TIMEOUT(m_heard->statuses.size(), 1, kDeadline);
        std::optional<Result<QJsonObject>> reply;
        const auto keep = [&](const Result<QJsonObject> &r) { reply = r; };
        const protocol::CommandRequest request{QStringLiteral("keyframe"), QStringLiteral("gate"), {}};
        m_link->send(QStringLiteral("nobody"), request, this, keep);
        QVERIFY(reply && !*reply && reply->error().kind == ErrorKind::NotFound);
        // Nobody listens at the agent's topic yet: told at once.
        reply.reset();
        m_link->send(kPi, request, this, keep);
        QTRY_VERIFY_WITH_TIMEOUT(reply, kDeadline);
        QVERIFY(!*reply && reply->error().kind == ErrorKind::Unavailable);

        QByteArray answer = protocol::toJson(protocol::CommandReply{QJsonObject{{QStringLiteral("done"), true}}});
        bool silent = false;
        m_agent->subscribe(protocol::topicName(kPi, Topic::Command), 1);
        publish(Topic::Status, protocol::toJson(AgentAnswers(kPi).status)); // heard when the broker knows the subscription
        QTRY_COMPARE_WITH_TIMEOUT(m_heard->statuses.size(), 2, kDeadline);
        connect(m_agent.get(), &net::MqttClient::received, this, [&](const net::MqttMessage &asked) {
            QCOMPARE(protocol::parseTopic(asked.responseTopic)->topic, Topic::Reply);
            QCOMPARE(protocol::parseTopic(asked.responseTopic)->agent, kPi);
            QCOMPARE(protocol::parseCommandRequest(asked.payload)->camera, QStringLiteral("gate"));
            net::MqttMessage back;
            back.topic = asked.responseTopic;
            back.correlation = asked.correlation;
            back.payload = answer;
            if (!silent)
                QVERIFY(m_agent->publish(back));
        });
        const auto ask = [&] {
            reply.reset();
            m_link->send(kPi, request, this, keep);
        };
        ask();
        QTRY_VERIFY_WITH_TIMEOUT(reply, kDeadline);
        QVERIFY2(*reply, *reply ? "" : qPrintable(reply->error().text()));
        QVERIFY(reply->value().value(QStringLiteral("done")).toBool());

        answer = protocol::toJson(protocol::CommandReply{fail(ErrorKind::NotFound, QStringLiteral("no camera gate"))});
        ask();
        QTRY_VERIFY_WITH_TIMEOUT(reply, kDeadline);
        QVERIFY(!*reply && reply->error().kind == ErrorKind::NotFound);

        const auto before = m_link->malformed();
        answer = "not json";
        ask();
        QTRY_VERIFY_WITH_TIMEOUT(reply, kDeadline);
        QVERIFY(!*reply && reply->error().kind == ErrorKind::Corrupt);
        QCOMPARE(m_link->malformed(), before + 1);

        silent = true;
        ask();
        publishOnline(true); // comes after the command
        QTRY_VERIFY_WITH_TIMEOUT(m_heard->online.value(kPi), kDeadline);
        QVERIFY(!reply);
        m_clock.advance(milliseconds{30'000});
        QTRY_VERIFY_WITH_TIMEOUT(reply, kDeadline);
        QVERIFY(!*reply && reply->error().kind == ErrorKind::Timeout);
    }

    void saysWhenTheBrokerIsAway()
    {
        startLink();
        publishOnline(true);
        QTRY_VERIFY_WITH_TIMEOUT(m_heard->online.value(kPi), kDeadline);
        m_broker->kill();
        QTRY_VERIFY_WITH_TIMEOUT(!m_heard->up, kDeadline);
        QVERIFY(m_heard->linkReason.contains(QString::number(m_broker->port())));
        QVERIFY(m_heard->linkNextTry > 0);
        m_clock.advance(milliseconds{16'000});
        QTRY_VERIFY_WITH_TIMEOUT(!m_heard->online.value(kPi), kDeadline);
        QVERIFY(m_broker->start());
        QTRY_VERIFY_WITH_TIMEOUT(m_heard->up && m_agent->isConnected(), kDeadline);
        publishOnline(true);
        QTRY_VERIFY_WITH_TIMEOUT(m_heard->online.value(kPi), kDeadline);
    }
};

QTEST_GUILESS_MAIN(TestBrokerLink)
#include "tst_broker_link.moc"
