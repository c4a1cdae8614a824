// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/control/mqtt_commands.h"

#include "edge-agent/control/command_dispatcher.h"
#include "tests/support/manual_clock.h"
#include "tests/support/test_broker.h"

#include <QtTest>

using namespace vedette;
using namespace vedette::agent;

class MqttCommandsTest : public QObject {
    Q_OBJECT
private:
    test::ManualClock m_clock;
    test::TestBroker m_broker;
    CommandDispatcher m_dispatcher;
    int m_asked = 0;
    QList<net::MqttMessage> m_received; ///< everything that the console hears below vedette/
    std::unique_ptr<net::MqttClient> m_agent;
    std::unique_ptr<net::MqttClient> m_console;
    std::unique_ptr<MqttCommands> m_commands;

    std::unique_ptr<net::MqttClient> client(const QString &id) const
    {
        net::MqttConfig config;
        config.host = QStringLiteral("127.0.0.1");
        config.port = m_broker.port();
        config.clientId = id;
        return net::MqttClient::create(config);
    }
    void command(const QByteArray &json, const QString &responseTopic, const QByteArray &correlation, bool retain = false)
    {
        net::MqttMessage message;
        message.topic = QStringLiteral("vedette/1/pi-1/command");
        message.payload = json;
        message.responseTopic = responseTopic;
        message.correlation = correlation;
        message.retain = retain;
        QVERIFY(m_console->publish(message));
    }
    /// A client's subscriptions stand once a message of its own came back by a later one.
    static void subscribed(net::MqttClient &client, const QString &topic)
    {
        bool back = false;
        const auto connection = connect(&client, &net::MqttClient::received, &client,
                                        [&back, topic](const net::MqttMessage &message) { back = back || message.topic == topic; });
        client.subscribe(topic, 1);
        net::MqttMessage probe;
        probe.topic = topic;
        QVERIFY(client.publish(probe));
        QTRY_VERIFY(back);
        disconnect(connection);
    }
    QList<net::MqttMessage> replies() const
    {
        QList<net::MqttMessage> found;
        for (const auto &message : m_received) {
            if (!message.topic.endsWith(QLatin1String("/command")) && !message.topic.startsWith(QLatin1String("probe/")))
                found.append(message);
        }
        return found;
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (!test::TestBroker::available())
            QSKIP("no mosquitto on this machine");
        QVERIFY(m_broker.start());
        m_dispatcher.setAction(QStringLiteral("keyframe"), [this](const protocol::CommandRequest &) -> Result<QJsonObject> {
            ++m_asked;
            return QJsonObject{};
        });
    }
    void init()
    {
        m_asked = 0;
        m_received.clear();
        m_agent = client(QStringLiteral("agent"));
        m_commands = std::make_unique<MqttCommands>(QStringLiteral("pi-1"), *m_agent, m_dispatcher, m_clock);
        m_agent->start();
        m_console = client(QStringLiteral("console"));
        m_console->subscribe(QStringLiteral("vedette/#"), 1);
        m_console->subscribe(QStringLiteral("elsewhere/#"), 1);
        connect(m_console.get(), &net::MqttClient::received, this, [this](const net::MqttMessage &message) { m_received.append(message); });
        m_console->start();
        QTRY_VERIFY(m_agent->isConnected() && m_console->isConnected());
        subscribed(*m_agent, QStringLiteral("probe/agent"));
        subscribed(*m_console, QStringLiteral("probe/console"));
        m_clock.advance(std::chrono::seconds{2});
    }
    void cleanup()
    {
        m_commands.reset();
        m_agent.reset();
        m_console.reset();
    }

    void aCommandIsAnsweredWhereItAsks()
    {
        command(R"({"command":"keyframe","camera":"gate"})", QStringLiteral("vedette/1/pi-1/reply/console-7"), "id-1");
        QTRY_COMPARE(replies().size(), 1);
        const auto reply = replies().first();
        QCOMPARE(reply.topic, QStringLiteral("vedette/1/pi-1/reply/console-7"));
        QCOMPARE(reply.correlation, QByteArray("id-1"));
        QVERIFY(!reply.retain);
        QVERIFY(protocol::parseCommandReply(reply.payload)->outcome);
        QCOMPARE(m_asked, 1);
    }

    void brokenRequestsAreAnsweredWithTheirError()
    {
        command("{", QStringLiteral("vedette/1/pi-1/reply/c"), "x");
        QTRY_COMPARE(replies().size(), 1);
        const auto reply = protocol::parseCommandReply(replies().first().payload);
        QVERIFY(reply);
        QVERIFY(reply->outcome.error().kind == ErrorKind::InvalidInput);
    }

    void itPublishesNowhereElse_data()
    {
        QTest::addColumn<QString>("topic");
        for (const char *topic : {"", "elsewhere/x", "vedette/1/pi-1/status", "vedette/1/pi-1/online", "vedette/1/pi-2/reply/c",
                                  "vedette/1/pi-1/reply", "vedette/1/pi-1/reply/a/b", "vedette/1/pi-1/command"})
            QTest::newRow(*topic ? topic : "none") << QString::fromLatin1(topic);
    }
    void itPublishesNowhereElse()
    {
        QFETCH(QString, topic);
        const auto refused = m_commands->refused();
        command(R"({"command":"keyframe","camera":"gate"})", topic, "x");
        QTRY_COMPARE(m_commands->refused(), refused + 1);
        command(R"({"command":"keyframe","camera":"gate"})", QStringLiteral("vedette/1/pi-1/reply/after"), "x");
        QTRY_VERIFY(!replies().isEmpty());
        QCOMPARE(replies().size(), 1);
        QVERIFY(replies().first().topic.endsWith(QLatin1String("after")));
        QCOMPARE(m_asked, 1);
    }

    void sizeAndRateAreBounded()
    {
        const QString reply = QStringLiteral("vedette/1/pi-1/reply/c");
        const auto refused = m_commands->refused();
        command(QByteArray(MqttCommands::kMaxRequest + 1, ' '), reply, "x");
        command("{}", reply, QByteArray(MqttCommands::kMaxCorrelation + 1, 'x'));
        QTRY_COMPARE(m_commands->refused(), refused + 2);
        for (int i = 0; i < MqttCommands::kMaxPerSecond + 5; ++i)
            command(R"({"command":"keyframe","camera":"gate"})", reply, QByteArray::number(i));
        QTRY_COMPARE(m_commands->refused(), refused + 7);
        QCOMPARE(m_asked, MqttCommands::kMaxPerSecond);
        m_clock.advance(std::chrono::seconds{1});
        command(R"({"command":"keyframe","camera":"gate"})", reply, "later");
        QTRY_COMPARE(m_asked, MqttCommands::kMaxPerSecond + 1);
    }

    void aRetainedCommandIsNotObeyedAtEachConnect()
    {
        command(R"({"command":"keyframe","camera":"gate"})", QStringLiteral("vedette/1/pi-1/reply/c"), "x", true);
        QTRY_COMPARE(replies().size(), 1); // to a present subscriber it comes as a live one
        const auto again = client(QStringLiteral("agent-again"));
        MqttCommands commands(QStringLiteral("pi-1"), *again, m_dispatcher, m_clock);
        m_commands.reset();
        const int before = m_asked;
        again->start();
        QTRY_COMPARE(commands.refused(), 1U);
        QCOMPARE(m_asked, before);
        command({}, {}, {}, true); // removes it from the broker
    }
};

QTEST_GUILESS_MAIN(MqttCommandsTest)
#include "tst_mqtt_commands.moc"
