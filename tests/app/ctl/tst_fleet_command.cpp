// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/fleet_command.h"

#include "core/net/mqtt_client.h"
#include "core/protocol/topics.h"
#include "tests/app/ctl/ctl_fixture.h"
#include "tests/support/manual_clock.h"
#include "tests/support/process.h"
#include "tests/support/test_broker.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>

using namespace vedette;
using namespace vedette::app;
using test::CannedHttp;
using test::Ctl;

class tst_FleetCommand : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void objectOfAStore();
    void agentsByAddress();
    void oneAnswersOneDoesNot();
    void nobodyAnswers();
    void malformedStatus();
    void agentsBehindABroker();
    void brokerRefusesThePassword();
};

void tst_FleetCommand::objectOfAStore()
{
    const test::ManualClock clock;
    control::FleetStore store(clock);
    store.setStatus(test::agentStatus(QStringLiteral("pi-1"), {QStringLiteral("http://pi-1/live/gate/main.ts")}));
    store.setOnline(QStringLiteral("pi-1"), false, QStringLiteral("http://guard:hunter2@pi-1: Connection refused"), -1);
    QJsonObject agent = fleetJson(store).value(QStringLiteral("agents")).toArray().at(0).toObject();
    QCOMPARE(agent.value(QStringLiteral("id")).toString(), QStringLiteral("pi-1"));
    QCOMPARE(agent.value(QStringLiteral("online")).toBool(true), false);
    QVERIFY(agent.value(QStringLiteral("reason")).toString().contains(QStringLiteral("refused")));
    QVERIFY(!agent.value(QStringLiteral("reason")).toString().contains(QStringLiteral("hunter2")));
    QJsonObject camera = agent.value(QStringLiteral("cameras")).toArray().at(0).toObject();
    QCOMPARE(camera.value(QStringLiteral("id")).toString(), QStringLiteral("gate"));
    QCOMPARE(camera.value(QStringLiteral("state")).toString(), QStringLiteral("offline"));

    store.setOnline(QStringLiteral("pi-1"), true, {}, -1);
    agent = fleetJson(store).value(QStringLiteral("agents")).toArray().at(0).toObject();
    camera = agent.value(QStringLiteral("cameras")).toArray().at(0).toObject();
    QCOMPARE(camera.value(QStringLiteral("state")).toString(), QStringLiteral("running")); // its publisher is not its picture
    const QString text = fleetText(store);
    QVERIFY2(text.contains(QStringLiteral("pi-1/gate  running  main 320x192  (publisher: ")), qPrintable(text));
    QVERIFY(!text.contains(QStringLiteral("hunter2")));
}

void tst_FleetCommand::agentsByAddress()
{
    CannedHttp first;
    CannedHttp second;
    test::serveStatus(first, QStringLiteral("pi-1"), {});
    test::serveStatus(second, QStringLiteral("pi-2"), {});
    Ctl ctl;
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(ctl.run({QStringLiteral("fleet"), QStringLiteral("--agent"), second.url().toString(), QStringLiteral("--agent"),
                      first.url().toString(), QStringLiteral("--json"), QStringLiteral("--seconds"), QStringLiteral("20")}), 0);
    QVERIFY(timer.elapsed() < 10'000); // all have answered: nothing to wait for
    const QJsonArray agents = ctl.json().value(QStringLiteral("agents")).toArray();
    QCOMPARE(agents.size(), 2);
    QCOMPARE(agents.at(0).toObject().value(QStringLiteral("id")).toString(), QStringLiteral("pi-1"));
    QVERIFY(agents.at(1).toObject().value(QStringLiteral("online")).toBool());
    QVERIFY(ctl.err.data().isEmpty());
}

void tst_FleetCommand::oneAnswersOneDoesNot()
{
    CannedHttp http;
    test::serveStatus(http, QStringLiteral("pi-1"), {});
    Ctl ctl;
    QCOMPARE(ctl.run({QStringLiteral("fleet"), QStringLiteral("--agent"), http.url().toString(), QStringLiteral("--agent"),
                      QStringLiteral("http://127.0.0.1:%1").arg(test::freePort()), QStringLiteral("--seconds"), QStringLiteral("1")}), 0);
    QVERIFY2(ctl.out.data().startsWith("pi-1  online"), ctl.out.data());
}

void tst_FleetCommand::nobodyAnswers()
{
    const QString port = QString::number(test::freePort());
    Ctl ctl;
    QCOMPARE(ctl.run({QStringLiteral("fleet"), QStringLiteral("--agent"), QStringLiteral("http://guard:hunter2@127.0.0.1:") + port,
                      QStringLiteral("--seconds"), QStringLiteral("0.5"), QStringLiteral("--json")}), 1);
    QVERIFY(ctl.json().value(QStringLiteral("agents")).toArray().isEmpty());
    const QString error = ctl.json().value(QStringLiteral("error")).toString();
    QVERIFY2(error.contains(port), qPrintable(error));
    QVERIFY(!ctl.out.data().contains("hunter2") && !ctl.err.data().contains("hunter2"));
}

void tst_FleetCommand::malformedStatus()
{
    CannedHttp http;
    http.on(QString::fromLatin1(protocol::routes::kStatus), CannedHttp::Answer{"{\"id\":7}"});
    Ctl ctl;
    QCOMPARE(ctl.run({QStringLiteral("fleet"), QStringLiteral("--agent"), http.url().toString(), QStringLiteral("--seconds"),
                      QStringLiteral("0.5"), QStringLiteral("--json")}), 1);
    QVERIFY(!ctl.json().value(QStringLiteral("error")).toString().isEmpty());
}

void tst_FleetCommand::agentsBehindABroker()
{
    if (!test::TestBroker::available())
        QSKIP("no mosquitto on this machine");
    test::TestBroker broker;
    QVERIFY(broker.start());
    net::MqttConfig config;
    config.host = QStringLiteral("127.0.0.1");
    config.port = broker.port();
    config.clientId = QStringLiteral("pi-1");
    const auto agent = net::MqttClient::create(config);
    QSignalSpy connected(agent.get(), &net::MqttClient::connected);
    agent->start();
    QTRY_COMPARE(connected.size(), 1);
    const auto status = test::agentStatus(QStringLiteral("pi-1"), {});
    net::MqttMessage message{protocol::topicName(QStringLiteral("pi-1"), protocol::Topic::Status), protocol::toJson(status)};
    message.retain = true;
    QVERIFY(agent->publish(message));
    // Alive is only who says so now, not what the broker remembers.
    const auto beat = [&agent] {
        net::MqttMessage online{protocol::topicName(QStringLiteral("pi-1"), protocol::Topic::Online),
                                protocol::toJson(protocol::Online{true, QStringLiteral("boot-1"), SystemClock().utcNow()})};
        static_cast<void>(agent->publish(online));
    };
    QTimer heart;
    connect(&heart, &QTimer::timeout, agent.get(), beat);
    heart.start(200);
    Ctl ctl;
    QCOMPARE(ctl.run({QStringLiteral("fleet"), QStringLiteral("--server"), QStringLiteral("127.0.0.1:%1").arg(broker.port()),
                      QStringLiteral("--json"), QStringLiteral("--seconds"), QStringLiteral("20")}), 0);
    QJsonArray agents = ctl.json().value(QStringLiteral("agents")).toArray();
    QCOMPARE(agents.size(), 1);
    QVERIFY(agents.at(0).toObject().value(QStringLiteral("online")).toBool());

    heart.stop();
    Ctl later;
    QCOMPARE(later.run({QStringLiteral("fleet"), QStringLiteral("--server"), QStringLiteral("127.0.0.1:%1").arg(broker.port()),
                        QStringLiteral("--json"), QStringLiteral("--seconds"), QStringLiteral("1")}), 1);
    agents = later.json().value(QStringLiteral("agents")).toArray();
    QVERIFY(agents.isEmpty() || !agents.at(0).toObject().value(QStringLiteral("online")).toBool());
    agent->stop();
}

void tst_FleetCommand::brokerRefusesThePassword()
{
    if (!test::TestBroker::available())
        QSKIP("no mosquitto on this machine");
    test::BrokerOptions options;
    options.user = QStringLiteral("guard");
    options.password = QStringLiteral("hunter2");
    test::TestBroker broker(options);
    QVERIFY(broker.start());
    Ctl ctl;
    ctl.environment.insert(QStringLiteral("VEDETTE_MQTT_PASSWORD"), QStringLiteral("wr0ng"));
    QCOMPARE(ctl.run({QStringLiteral("fleet"), QStringLiteral("--server"), QStringLiteral("127.0.0.1:%1").arg(broker.port()), QStringLiteral("--user"),
                      QStringLiteral("guard"), QStringLiteral("--json"), QStringLiteral("--seconds"), QStringLiteral("2")}), 1);
    const QString error = ctl.json().value(QStringLiteral("error")).toString();
    QVERIFY2(error.contains(QString::number(broker.port())), qPrintable(error));
    QVERIFY(!ctl.out.data().contains("wr0ng") && !ctl.err.data().contains("wr0ng"));
}

QTEST_GUILESS_MAIN(tst_FleetCommand)
#include "tst_fleet_command.moc"
