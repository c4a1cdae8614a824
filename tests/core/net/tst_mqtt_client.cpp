// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/mqtt_client.h"

#include "tests/support/test_broker.h"

#include <QTcpServer>
#include <QTest>

#include <algorithm>

using namespace vedette;
using namespace vedette::net;
using namespace vedette::test;

namespace {

constexpr int kDeadline = 10'000;

/// One client and everything it said.
struct Peer {
    Peer(const MqttConfig &config, MqttClient::Backend backend) : client(MqttClient::create(config, backend))
    {
        QObject::connect(client.get(), &MqttClient::connected, client.get(), [this] { ++connects; });
        QObject::connect(client.get(), &MqttClient::disconnected, client.get(), [this](const Error &error, qint64 next) {
            errors.append(error);
            nextTries.append(next);
        });
        QObject::connect(client.get(), &MqttClient::published, client.get(),
                         [this](quint64 token, int reason) { reasons.insert(token, reason); });
        QObject::connect(client.get(), &MqttClient::received, client.get(),
                         [this](const MqttMessage &message) { messages.append(message); });
    }
    /// Connected, and what it subscribed to is known to the broker: that answers in order.
    bool settled()
    {
        if (!client->isConnected())
            return false;
        if (m_marker == 0) {
            MqttMessage marker;
            marker.topic = QStringLiteral("marker");
            m_marker = client->publish(marker).value_or(0);
        }
        return reasons.contains(m_marker);
    }
    bool heard(const QString &topic, const QByteArray &payload) const
    {
        return std::any_of(messages.begin(), messages.end(),
                           [&](const MqttMessage &m) { return m.topic == topic && m.payload == payload; });
    }

    int connects = 0;
    QList<Error> errors;
    QList<qint64> nextTries;
    QHash<quint64, int> reasons;
    QList<MqttMessage> messages;
    std::unique_ptr<MqttClient> client;

private:
    quint64 m_marker = 0;
};

MqttMessage message(const char *topic, const QByteArray &payload, int qos = 1, bool retain = false)
{
    MqttMessage m;
    m.topic = QLatin1String(topic);
    m.payload = payload;
    m.qos = qos;
    m.retain = retain;
    return m;
}

QString text(const char *latin1)
{
    return QLatin1String(latin1);
}

} // namespace

/// What every back end of MqttClient must do, against the real broker.
class TestMqttClient : public QObject {
    Q_OBJECT

private:
    MqttConfig config(const char *id, const TestBroker &broker)
    {
        MqttConfig c;
        c.host = text("127.0.0.1");
        c.port = broker.port();
        c.clientId = text(id);
        c.backoffBase = milliseconds{50};
        c.backoffCap = milliseconds{200};
        return c;
    }
    MqttClient::Backend backend() { return static_cast<MqttClient::Backend>(m_backend); }
    std::unique_ptr<Peer> peer(const MqttConfig &c)
    {
        auto made = std::make_unique<Peer>(c, backend());
        made->client->start();
        return made;
    }

    int m_backend = 0;
    std::unique_ptr<TestBroker> m_broker;

private Q_SLOTS:
    void initTestCase_data()
    {
        QTest::addColumn<int>("backend");
        for (const auto backend : MqttClient::backends())
            QTest::newRow(backend == MqttClient::Backend::Mosquitto ? "mosquitto" : "qt") << int(backend);
    }
    void initTestCase()
    {
        if (!TestBroker::available())
            QSKIP("no mosquitto on this machine");
    }
    void init()
    {
        QFETCH_GLOBAL(int, backend);
        m_backend = backend;
        if (!m_broker)
            m_broker = std::make_unique<TestBroker>();
        const auto started = m_broker->start();
        QVERIFY2(started, started ? "" : qPrintable(started.error().detail));
    }
    void cleanup() { m_broker->stop(); }

    void deliversAndTellsWhoHasIt()
    {
        auto a = peer(config("a", *m_broker));
        auto b = peer(config("b", *m_broker));
        b->client->subscribe(text("t/+"), 1);
        QTRY_VERIFY_WITH_TIMEOUT(a->settled() && b->settled(), kDeadline);
        QVERIFY(a->client->isConnected());

        const auto token = a->client->publish(message("t/x", "hello"));
        QVERIFY(token);
        QTRY_VERIFY_WITH_TIMEOUT(a->reasons.contains(*token), kDeadline);
        QCOMPARE(a->reasons.value(*token), 0x00);
        QTRY_COMPARE_WITH_TIMEOUT(b->messages.size(), 1, kDeadline);
        QCOMPARE(b->messages[0].topic, text("t/x"));
        QCOMPARE(b->messages[0].payload, QByteArray("hello"));
        QVERIFY(!b->messages[0].retain);

        const auto alone = a->client->publish(message("nobody/listens", "x"));
        QVERIFY(alone);
        QTRY_VERIFY_WITH_TIMEOUT(a->reasons.contains(*alone), kDeadline);
        QCOMPARE(a->reasons.value(*alone), 0x10);

        const auto fast = a->client->publish(message("t/y", "qos 0", 0));
        QVERIFY(fast);
        QTRY_VERIFY_WITH_TIMEOUT(a->reasons.contains(*fast), kDeadline);
        QTRY_VERIFY_WITH_TIMEOUT(b->heard(text("t/y"), "qos 0"), kDeadline);
        QCOMPARE(a->client->inFlight(), 0);
    }

    void subscribesWhileConnected()
    {
        auto a = peer(config("a", *m_broker));
        QTRY_COMPARE_WITH_TIMEOUT(a->connects, 1, kDeadline);
        a->client->subscribe(text("later"), 1);
        QVERIFY(a->client->publish(message("later", "mine")));
        QTRY_VERIFY_WITH_TIMEOUT(a->heard(text("later"), "mine"), kDeadline);
    }

    void overlappingFiltersKeepTheirMessages()
    {
        auto a = peer(config("a", *m_broker));
        a->client->subscribe(text("o/+"), 1);
        a->client->subscribe(text("o/#"), 1);
        QTRY_COMPARE_WITH_TIMEOUT(a->connects, 1, kDeadline);
        QVERIFY(a->client->publish(message("o/x", "1")));
        QVERIFY(a->client->publish(message("o/end", "2")));
        QTRY_VERIFY_WITH_TIMEOUT(a->heard(text("o/end"), "2"), kDeadline);
        QVERIFY(a->heard(text("o/x"), "1"));
        QVERIFY(a->messages.size() <= 4); // at most one for each filter and message
    }

    void keepsTheOrder()
    {
        auto a = peer(config("a", *m_broker));
        auto b = peer(config("b", *m_broker));
        b->client->subscribe(text("n"), 1);
        QTRY_VERIFY_WITH_TIMEOUT(a->settled() && b->settled(), kDeadline);
        constexpr int kCount = 500;
        int sent = 0;
        const auto sendMore = [&] {
            while (sent < kCount && a->client->publish(message("n", QByteArray::number(sent))))
                ++sent;
        };
        connect(a->client.get(), &MqttClient::published, this, sendMore);
        sendMore();
        QTRY_COMPARE_WITH_TIMEOUT(b->messages.size(), kCount, kDeadline);
        for (int i = 0; i < kCount; ++i)
            QCOMPARE(b->messages[i].payload.toInt(), i);
        QTRY_COMPARE_WITH_TIMEOUT(a->client->inFlight(), 0, kDeadline);
    }

    void keepsRetained()
    {
        auto a = peer(config("a", *m_broker));
        QTRY_COMPARE_WITH_TIMEOUT(a->connects, 1, kDeadline);
        const auto token = a->client->publish(message("kept", "state", 1, true));
        QVERIFY(token);
        QTRY_VERIFY_WITH_TIMEOUT(a->reasons.contains(*token), kDeadline);
        auto b = peer(config("b", *m_broker));
        b->client->subscribe(text("kept"), 1);
        QTRY_VERIFY_WITH_TIMEOUT(b->heard(text("kept"), "state"), kDeadline);
        QVERIFY(b->messages[0].retain);
    }

    void carriesRequestAndResponse()
    {
        auto server = peer(config("server", *m_broker));
        auto console = peer(config("console", *m_broker));
        server->client->subscribe(text("ask"), 1);
        console->client->subscribe(text("answers/1"), 1);
        connect(server->client.get(), &MqttClient::received, this, [&](const MqttMessage &asked) {
            MqttMessage reply = message("", "pong");
            reply.topic = asked.responseTopic;
            reply.correlation = asked.correlation;
            QVERIFY(server->client->publish(reply));
        });
        QTRY_VERIFY_WITH_TIMEOUT(server->settled() && console->settled(), kDeadline);
        MqttMessage request = message("ask", "ping");
        request.responseTopic = text("answers/1");
        request.correlation = QByteArray("\x00\xff\x01", 3);
        request.expirySeconds = 30;
        QVERIFY(console->client->publish(request));
        QTRY_COMPARE_WITH_TIMEOUT(console->messages.size(), 1, kDeadline);
        QCOMPARE(console->messages[0].payload, QByteArray("pong"));
        QCOMPARE(console->messages[0].correlation, request.correlation);
        QVERIFY(server->messages[0].expirySeconds > 0);
    }

    void willComesOnlyWhenCut()
    {
        auto watcher = peer(config("watcher", *m_broker));
        watcher->client->subscribe(text("will/+"), 1);
        QTRY_VERIFY_WITH_TIMEOUT(watcher->settled(), kDeadline);

        MqttConfig polite = config("polite", *m_broker);
        polite.willTopic = text("will/polite");
        polite.willPayload = "gone";
        auto a = peer(polite);
        QTRY_COMPARE_WITH_TIMEOUT(a->connects, 1, kDeadline);
        QVERIFY(a->client->publish(message("will/marker", "last words")));
        a->client->stop(); // what was published before the stop still goes out
        QTRY_VERIFY_WITH_TIMEOUT(watcher->heard(text("will/marker"), "last words"), kDeadline);

        // Another one takes the id: the broker cuts the first, which is not a clean end.
        MqttConfig victim = config("victim", *m_broker);
        victim.willTopic = text("will/victim");
        victim.willPayload = "gone";
        auto b = peer(victim);
        QTRY_COMPARE_WITH_TIMEOUT(b->connects, 1, kDeadline);
        auto thief = peer(config("victim", *m_broker));
        QTRY_VERIFY_WITH_TIMEOUT(watcher->heard(text("will/victim"), "gone"), kDeadline);
        QVERIFY(!watcher->heard(text("will/polite"), "gone"));
        b->client->stop();
        QTRY_VERIFY_WITH_TIMEOUT(thief->client->isConnected(), kDeadline);
        // And it is retained for those who come later.
        auto late = peer(config("late", *m_broker));
        late->client->subscribe(text("will/victim"), 1);
        QTRY_VERIFY_WITH_TIMEOUT(late->heard(text("will/victim"), "gone"), kDeadline);
    }

    void comesBackAndRenews()
    {
        auto a = peer(config("a", *m_broker));
        a->client->subscribe(text("again"), 1);
        QTRY_COMPARE_WITH_TIMEOUT(a->connects, 1, kDeadline);
        m_broker->kill();
        QTRY_VERIFY_WITH_TIMEOUT(!a->errors.isEmpty(), kDeadline);
        QVERIFY(!a->client->isConnected());
        QVERIFY(!a->client->publish(message("again", "lost")));
        QTRY_VERIFY_WITH_TIMEOUT(a->errors.size() >= 3, kDeadline);
        for (const qint64 next : std::as_const(a->nextTries))
            QVERIFY2(next >= 25 && next <= 200, qPrintable(QString::number(next)));
        QVERIFY(a->errors.last().kind == ErrorKind::Unavailable);
        QVERIFY(a->errors.last().detail.contains(QString::number(m_broker->port())));
        QVERIFY(m_broker->start());
        QTRY_COMPARE_WITH_TIMEOUT(a->connects, 2, kDeadline);
        QVERIFY(a->client->publish(message("again", "back")));
        QTRY_VERIFY_WITH_TIMEOUT(a->heard(text("again"), "back"), kDeadline);
    }

    void limitsWhatIsInFlight()
    {
        auto a = peer(config("a", *m_broker));
        QTRY_COMPARE_WITH_TIMEOUT(a->connects, 1, kDeadline);
        m_broker->freeze();
        for (int i = 0; i < MqttClient::kMaxInFlight; ++i)
            QVERIFY(a->client->publish(message("full", "x")));
        const auto refused = a->client->publish(message("full", "x"));
        QVERIFY(!refused);
        QVERIFY(refused.error().kind == ErrorKind::Unavailable);
        QCOMPARE(a->client->inFlight(), MqttClient::kMaxInFlight);
        m_broker->thaw();
        QTRY_COMPARE_WITH_TIMEOUT(a->client->inFlight(), 0, kDeadline);
        QCOMPARE(a->reasons.size(), MqttClient::kMaxInFlight);
        QVERIFY(a->client->publish(message("full", "x")));
    }

    void refusesWhatCannotBeSent()
    {
        auto a = peer(config("a", *m_broker));
        QTRY_COMPARE_WITH_TIMEOUT(a->connects, 1, kDeadline);
        for (const char *topic : {"", "a/+/b", "a/#"}) {
            const auto refused = a->client->publish(message(topic, "x"));
            QVERIFY(!refused);
            QVERIFY(refused.error().kind == ErrorKind::InvalidInput);
        }
        const auto large = a->client->publish(message("t", QByteArray(MqttClient::kMaxPayload + 1, 'x')));
        QVERIFY(!large);
        QVERIFY(large.error().kind == ErrorKind::InvalidInput);
    }

    void dropsLargePayloads()
    {
        if (findProgram(text("mosquitto_pub")).isEmpty())
            QSKIP("no mosquitto_pub on this machine");
        auto a = peer(config("a", *m_broker));
        a->client->subscribe(text("big"), 1);
        QTRY_VERIFY_WITH_TIMEOUT(a->settled(), kDeadline);
        const QStringList arguments{text("-h"), text("127.0.0.1"), text("-p"), QString::number(m_broker->port()),
                                    text("-q"), text("1"),         text("-t"), text("big"), text("-s")};
        for (const int size : {MqttClient::kMaxPayload + 1, MqttClient::kMaxPayload}) {
            const auto run = runProcess(findProgram(text("mosquitto_pub")), arguments, milliseconds{kDeadline},
                                        QByteArray(size, 'x'));
            QVERIFY(run && run->exitCode == 0);
        }
        QTRY_COMPARE_WITH_TIMEOUT(a->messages.size(), 1, kDeadline);
        QCOMPARE(a->messages[0].payload.size(), MqttClient::kMaxPayload);
        QCOMPARE(a->client->droppedIncoming(), 1U);
        QVERIFY(a->client->isConnected());
    }

    void stopsInsideASignal()
    {
        auto a = peer(config("a", *m_broker));
        a->client->subscribe(text("stop"), 1);
        int heard = 0;
        connect(a->client.get(), &MqttClient::received, this, [&] {
            ++heard;
            a->client->stop();
        });
        QTRY_COMPARE_WITH_TIMEOUT(a->connects, 1, kDeadline);
        QVERIFY(a->client->publish(message("stop", "1")));
        QVERIFY(a->client->publish(message("stop", "2")));
        QTRY_VERIFY_WITH_TIMEOUT(heard > 0, kDeadline);
        QVERIFY(!a->client->isConnected());
        a->client->start();
        QTRY_COMPARE_WITH_TIMEOUT(a->connects, 2, kDeadline);
        QCOMPARE(heard, 1); // nothing of the old connection is delivered in the new one
    }

    void deniesAWrongPassword()
    {
        BrokerOptions options;
        options.user = text("probe");
        options.password = text("secret");
        TestBroker broker(options);
        QVERIFY(broker.start());
        MqttConfig right = config("right", broker);
        right.username = options.user;
        right.password = Secret(options.password);
        MqttConfig wrong = right;
        wrong.clientId = text("wrong");
        wrong.password = Secret(text("hunter2"));
        auto a = peer(right);
        auto b = peer(wrong);
        auto c = peer(config("nobody", broker));
        QTRY_COMPARE_WITH_TIMEOUT(a->connects, 1, kDeadline);
        for (const auto *refused : {b.get(), c.get()}) {
            QTRY_VERIFY_WITH_TIMEOUT(!refused->errors.isEmpty(), kDeadline);
            QVERIFY(refused->errors[0].kind == ErrorKind::Denied);
            QVERIFY(!refused->errors[0].text().contains(text("hunter2")));
            // Slower than after any other failure.
            QVERIFY(refused->nextTries[0] >= 100);
        }
        QTRY_VERIFY_WITH_TIMEOUT(b->errors.size() >= 2, kDeadline);
        QCOMPARE(b->connects, 0);
    }

    void verifiesTheBroker()
    {
        BrokerOptions options;
        options.tls = true;
        TestBroker broker(options);
        const auto started = broker.start();
        QVERIFY2(started, started ? "" : qPrintable(started.error().detail));
        MqttConfig good = config("good", broker);
        good.tls = true;
        good.host = text("localhost");
        good.caFile = broker.caFile();
        auto a = peer(good);
        a->client->subscribe(text("tls"), 1);
        QTRY_COMPARE_WITH_TIMEOUT(a->connects, 1, kDeadline);
        const QByteArray large(300'000, 'x');
        QVERIFY(a->client->publish(message("tls", large)));
        QTRY_VERIFY_WITH_TIMEOUT(a->heard(text("tls"), large), kDeadline);

        MqttConfig other = good;
        other.clientId = text("other");
        other.caFile = broker.otherCaFile();
        MqttConfig plain = config("plain", broker);
        MqttConfig missing = good;
        missing.caFile = text("/nonexistent/ca.crt");
        auto b = peer(other);
        auto c = peer(plain);
        auto d = peer(missing);
        QTRY_VERIFY_WITH_TIMEOUT(!b->errors.isEmpty() && !c->errors.isEmpty() && !d->errors.isEmpty(), 2 * kDeadline);
        QVERIFY(b->errors[0].kind == ErrorKind::Unavailable);
        QVERIFY(d->errors[0].kind == ErrorKind::InvalidInput);
        QVERIFY(d->errors[0].detail.contains(missing.caFile));
        QCOMPARE(b->connects + c->connects + d->connects, 0);
    }

    void stopsWhileConnecting_data()
    {
        QTest::addColumn<QString>("host");
        // 192.0.2.0/24 is for documentation: packets vanish, or are refused at once without a route.
        QTest::newRow("address") << text("192.0.2.1");
        QTest::newRow("name") << text("broker.invalid");
    }
    void stopsWhileConnecting()
    {
        QFETCH(QString, host);
        MqttConfig hole = config("hole", *m_broker);
        hole.host = host;
        auto a = peer(hole);
        QCoreApplication::processEvents();
        QElapsedTimer timer;
        timer.start();
        a->client->stop();
        a->client->stop();
        QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(a->connects, 0);
    }

    void stopsWhileTheBrokerIsSilent()
    {
        // Accepts the connection by its backlog and never says a word.
        QTcpServer silent;
        QVERIFY(silent.listen(QHostAddress::LocalHost));
        MqttConfig c = config("silent", *m_broker);
        c.port = silent.serverPort();
        auto a = peer(c);
        QTRY_VERIFY_WITH_TIMEOUT(silent.hasPendingConnections(), kDeadline);
        QElapsedTimer timer;
        timer.start();
        a->client->stop();
        QVERIFY(timer.elapsed() < 1000);

        auto b = peer(config("b", *m_broker));
        QTRY_COMPARE_WITH_TIMEOUT(b->connects, 1, kDeadline);
        m_broker->freeze();
        for (int i = 0; i < MqttClient::kMaxInFlight; ++i)
            QVERIFY(b->client->publish(message("full", QByteArray(200'000, 'x'))));
        timer.start();
        b->client->stop();
        QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
        m_broker->thaw();
    }
};

QTEST_GUILESS_MAIN(TestMqttClient)
#include "tst_mqtt_client.moc"
