// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/telemetry/telemetry_publisher.h"

#include "core/protocol/topics.h"
#include "edge-agent/spool/spool.h"
#include "tests/support/manual_clock.h"
#include "tests/support/test_broker.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace vedette;
using namespace vedette::agent;

namespace {

/// A console's side: subscribed for certain once ready() is true, because its own probe came back.
class Listener {
public:
    explicit Listener(const test::TestBroker &broker)
    {
        net::MqttConfig config;
        config.host = QStringLiteral("127.0.0.1");
        config.port = broker.port();
        config.clientId = QStringLiteral("listener");
        config.backoffBase = milliseconds{20};
        config.backoffCap = milliseconds{100};
        m_mqtt = net::MqttClient::create(config);
        m_mqtt->subscribe(QStringLiteral("probe"), 1);
        m_mqtt->subscribe(QStringLiteral("vedette/1/pi-1/telemetry"), 1);
        m_mqtt->subscribe(QStringLiteral("vedette/1/pi-1/backlog"), 1);
        QObject::connect(m_mqtt.get(), &net::MqttClient::connected, m_mqtt.get(), [this] {
            m_ready = false;
            net::MqttMessage probe;
            probe.topic = QStringLiteral("probe");
            (void)m_mqtt->publish(probe);
        });
        QObject::connect(m_mqtt.get(), &net::MqttClient::received, m_mqtt.get(), [this](const net::MqttMessage &message) {
            if (message.topic == QLatin1String("probe")) {
                m_ready = true;
                return;
            }
            const auto batch = protocol::parseSampleBatch(message.payload);
            if (!batch)
                qFatal("%s", qPrintable(batch.error().text()));
            (message.topic.endsWith(QLatin1String("backlog")) ? backlog : live).append(*batch);
        });
        m_mqtt->start();
    }
    bool ready() const { return m_ready; }
    static QList<std::uint64_t> sequences(const QList<protocol::SampleBatch> &batches)
    {
        QList<std::uint64_t> all;
        for (const auto &batch : batches) {
            for (const auto &sample : batch.samples)
                all.append(sample.sequence);
        }
        return all;
    }

    QList<protocol::SampleBatch> live;
    QList<protocol::SampleBatch> backlog;

private:
    std::unique_ptr<net::MqttClient> m_mqtt;
    bool m_ready = false;
};

} // namespace

class TelemetryPublisherTest : public QObject {
    Q_OBJECT
private:
    test::ManualClock m_clock;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<Spool> m_spool;
    std::unique_ptr<test::TestBroker> m_broker;

    protocol::Sample append(double value = 1)
    {
        protocol::Sample sample;
        sample.time = m_clock.utcNow();
        sample.values = {{QStringLiteral("cpu_temperature_celsius"), value}};
        m_clock.advance(std::chrono::seconds{1});
        return m_spool->append(sample);
    }
    std::unique_ptr<net::MqttClient> agentClient() const
    {
        net::MqttConfig config;
        config.host = QStringLiteral("127.0.0.1");
        config.port = m_broker->port();
        config.clientId = QStringLiteral("agent");
        config.backoffBase = milliseconds{20};
        config.backoffCap = milliseconds{100};
        return net::MqttClient::create(config);
    }
    qsizetype unsent() const { return m_spool->unsent(0, m_spool->lastSequence(), 10000)->size(); }

private Q_SLOTS:
    void init()
    {
        if (!test::TestBroker::available())
            QSKIP("no mosquitto on this machine");
        m_dir = std::make_unique<QTemporaryDir>();
        auto spool = Spool::open({m_dir->filePath(QStringLiteral("spool.db"))}, m_clock);
        QVERIFY(spool);
        m_spool = std::move(*spool);
        m_broker = std::make_unique<test::TestBroker>();
        const auto started = m_broker->start();
        QVERIFY2(started, started ? "" : qPrintable(started.error().text()));
    }

    void liveRowsGoOutOnceAndAreSentWhenSomebodyHasThem()
    {
        Listener listener(*m_broker);
        QTRY_VERIFY(listener.ready());
        const auto mqtt = agentClient();
        TelemetryPublisher publisher(QStringLiteral("pi-1"), *m_spool, *mqtt);
        mqtt->start();
        QTRY_VERIFY(mqtt->isConnected());
        const auto row = append(42.5);
        publisher.publish(row);
        QTRY_COMPARE(publisher.counts().sent, 1U);
        QTRY_COMPARE(listener.live.size(), 1);
        QCOMPARE(listener.live.first().agent, QStringLiteral("pi-1"));
        QCOMPARE(listener.live.first().spool, m_spool->id());
        QCOMPARE(listener.live.first().last, row.sequence);
        QCOMPARE(listener.live.first().samples.first().values, row.values);
        QCOMPARE(unsent(), 0);
        QVERIFY(listener.backlog.isEmpty());
    }

    void whatNobodyWantedWaitsForTheNextConnection()
    {
        const auto mqtt = agentClient();
        TelemetryPublisher publisher(QStringLiteral("pi-1"), *m_spool, *mqtt);
        mqtt->start();
        QTRY_VERIFY(mqtt->isConnected());
        const auto unclaimed = append();
        publisher.publish(unclaimed);
        QTRY_COMPARE(publisher.counts().unclaimed, 1U); // PUBACK 0x10
        QCOMPARE(unsent(), 1);
        Listener listener(*m_broker);
        QTRY_VERIFY(listener.ready());
        const auto claimed = append();
        publisher.publish(claimed);
        QTRY_COMPARE(publisher.counts().sent, 1U);
        QCOMPARE(Listener::sequences(listener.live), QList<std::uint64_t>{claimed.sequence});
        QVERIFY(listener.backlog.isEmpty());
        QCOMPARE(unsent(), 1);
        // The next connection.
        mqtt->stop();
        const auto next = agentClient();
        TelemetryPublisher second(QStringLiteral("pi-1"), *m_spool, *next);
        next->start();
        QTRY_COMPARE(second.counts().sent, 1U);
        QCOMPARE(Listener::sequences(listener.backlog), QList<std::uint64_t>{unclaimed.sequence});
        QCOMPARE(unsent(), 0);
    }

    void theBacklogComesInOrderInBatches()
    {
        constexpr int kRows = 2 * TelemetryPublisher::kBacklogRows + 30;
        QList<std::uint64_t> expected;
        for (int i = 0; i < kRows; ++i)
            expected.append(append().sequence);
        Listener listener(*m_broker);
        QTRY_VERIFY(listener.ready());
        const auto mqtt = agentClient();
        TelemetryPublisher publisher(QStringLiteral("pi-1"), *m_spool, *mqtt);
        QElapsedTimer time;
        mqtt->start();
        QTRY_VERIFY(mqtt->isConnected());
        time.start();
        const auto live = append();
        publisher.publish(live);
        QTRY_COMPARE(publisher.counts().sent, static_cast<std::uint64_t>(kRows + 1));
        QVERIFY2(time.elapsed() > 2 * TelemetryPublisher::kBacklogPause.count() - 100, "the rate is bounded");
        QTRY_COMPARE(listener.backlog.size(), 3);
        QCOMPARE(Listener::sequences(listener.backlog), expected);
        QCOMPARE(Listener::sequences(listener.live), QList<std::uint64_t>{live.sequence});
        QCOMPARE(unsent(), 0);
    }

    void anAbsentBrokerLosesNothing()
    {
        const auto mqtt = agentClient();
        TelemetryPublisher publisher(QStringLiteral("pi-1"), *m_spool, *mqtt);
        mqtt->start();
        QTRY_VERIFY(mqtt->isConnected());
        m_broker->kill();
        QTRY_VERIFY(!mqtt->isConnected());
        QList<std::uint64_t> rows;
        for (int i = 0; i < 5; ++i) {
            const auto row = append();
            publisher.publish(row);
            rows.append(row.sequence);
        }
        QCOMPARE(publisher.counts().held, 5U);
        QCOMPARE(unsent(), 5);
        QVERIFY(m_broker->start());
        // Whether somebody subscribes in time or not, nothing is marked that nobody has.
        Listener listener(*m_broker);
        QTRY_VERIFY(listener.ready());
        QTRY_VERIFY(mqtt->isConnected());
        QTRY_COMPARE(publisher.counts().sent + publisher.counts().unclaimed, 5U);
        QCOMPARE(unsent(), static_cast<qsizetype>(publisher.counts().unclaimed));
    }
};

QTEST_GUILESS_MAIN(TelemetryPublisherTest)
#include "tst_telemetry_publisher.moc"
