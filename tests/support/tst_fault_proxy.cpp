// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fault_proxy.h"
#include "tests/support/process.h"

#include <QElapsedTimer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

using namespace vedette;
using namespace vedette::test;
using Direction = FaultProxy::Direction;

namespace {

constexpr int kDeadline = 10'000;

/// Sends back what it hears.
class EchoServer : public QTcpServer {
public:
    EchoServer()
    {
        listen(QHostAddress::LocalHost);
        QObject::connect(this, &QTcpServer::newConnection, this, [this] {
            QTcpSocket *socket = nextPendingConnection();
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [socket] { socket->write(socket->readAll()); });
            QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        });
    }
};

/// A client that keeps what it hears.
class Client : public QTcpSocket {
public:
    explicit Client(quint16 port)
    {
        QObject::connect(this, &QTcpSocket::readyRead, this, [this] { heard += readAll(); });
        QObject::connect(this, &QTcpSocket::errorOccurred, this, [this](SocketError e) { lastError = e; });
        connectToHost(QHostAddress::LocalHost, port);
    }
    bool gone() const { return state() == UnconnectedState; }
    QByteArray heard;
    SocketError lastError = UnknownSocketError;
};

} // namespace

class TestFaultProxy : public QObject {
    Q_OBJECT

    std::unique_ptr<EchoServer> m_server;
    std::unique_ptr<FaultProxy> m_proxy;

private Q_SLOTS:
    void init()
    {
        m_server = std::make_unique<EchoServer>();
        m_proxy = std::make_unique<FaultProxy>();
        QVERIFY(m_proxy->start(m_server->serverPort()));
    }
    void cleanup()
    {
        m_proxy.reset();
        m_server.reset();
    }

    void passesBytes()
    {
        Client client(m_proxy->port());
        QByteArray sent;
        for (int i = 0; i < 3'000'000; ++i)
            sent.append(static_cast<char>(i * 31));
        client.write(sent);
        QTRY_COMPARE_WITH_TIMEOUT(client.heard.size(), sent.size(), kDeadline);
        QCOMPARE(client.heard, sent);
        QCOMPARE(m_proxy->accepted(), 1U);
        QCOMPARE(m_proxy->open(), 1U);
        QCOMPARE(m_proxy->passed(Direction::ToServer), std::uint64_t(sent.size()));
        client.disconnectFromHost();
        QTRY_COMPARE_WITH_TIMEOUT(m_proxy->open(), 0U, kDeadline);
    }

    void delays()
    {
        m_proxy->setFault(Direction::ToServer, {.delay = milliseconds{120}, .jitter = milliseconds{60}});
        Client client(m_proxy->port());
        QElapsedTimer timer;
        timer.start();
        client.write("one");
        QTRY_COMPARE_WITH_TIMEOUT(client.heard, QByteArray("one"), kDeadline);
        QVERIFY2(timer.elapsed() >= 119, qPrintable(QString::number(timer.elapsed())));
        client.heard.clear();
        m_proxy->clear();
        QByteArray expected;
        for (int i = 0; i < 100; ++i) {
            // Changed in mid-stream, the order stays.
            m_proxy->setFault(Direction::ToClient, {.delay = milliseconds{i % 5}, .jitter = milliseconds{10}});
            const QByteArray number = QByteArray::number(i) + ',';
            expected += number;
            client.write(number);
            client.flush();
        }
        QTRY_COMPARE_WITH_TIMEOUT(client.heard, expected, kDeadline);
    }

    void stallsAndGoesOn()
    {
        Client client(m_proxy->port());
        client.write("a");
        QTRY_COMPARE_WITH_TIMEOUT(client.heard, QByteArray("a"), kDeadline);
        m_proxy->setFault(Direction::ToClient, {.stall = true});
        client.write("b");
        QTRY_COMPARE_WITH_TIMEOUT(m_proxy->passed(Direction::ToServer), 2U, kDeadline);
        QCOMPARE(m_proxy->passed(Direction::ToClient), 1U);
        QVERIFY(!client.gone());
        m_proxy->clear();
        QTRY_COMPARE_WITH_TIMEOUT(client.heard, QByteArray("ab"), kDeadline);
    }

    void cutsAtAByte_data()
    {
        QTest::addColumn<bool>("reset");
        QTest::newRow("fin") << false;
        QTest::newRow("rst") << true;
    }
    void cutsAtAByte()
    {
        QFETCH(bool, reset);
        m_proxy->setFault(Direction::ToServer, {.cutAt = 100'003, .cutByReset = reset});
        Client client(m_proxy->port());
        client.write(QByteArray(300'000, 'x'));
        QTRY_VERIFY_WITH_TIMEOUT(client.gone(), kDeadline);
        QCOMPARE(m_proxy->passed(Direction::ToServer), 100'003U);
        QVERIFY(client.heard.size() <= 100'003);
        if (!reset)
            QVERIFY(client.lastError == QAbstractSocket::RemoteHostClosedError);
    }

    void cutsTheAnswerExactly()
    {
        m_proxy->setFault(Direction::ToClient, {.cutAt = 7});
        Client client(m_proxy->port());
        client.write("0123456789");
        QTRY_VERIFY_WITH_TIMEOUT(client.gone(), kDeadline);
        QCOMPARE(client.heard, QByteArray("0123456"));
    }

    void corruptsOneByte()
    {
        m_proxy->setFault(Direction::ToClient, {.corruptAt = 50'000});
        Client client(m_proxy->port());
        QByteArray expected(200'000, 'x');
        client.write(expected);
        QTRY_COMPARE_WITH_TIMEOUT(client.heard.size(), expected.size(), kDeadline);
        expected[50'000] = static_cast<char>(~'x');
        QCOMPARE(client.heard, expected);
    }

    void readsSlowly()
    {
        constexpr int kRate = 100'000;
        m_proxy->setFault(Direction::ToServer, {.bytesPerSecond = kRate});
        Client client(m_proxy->port());
        QTRY_COMPARE_WITH_TIMEOUT(client.state(), QAbstractSocket::ConnectedState, kDeadline);
        QElapsedTimer timer;
        timer.start();
        client.write(QByteArray(8'000'000, 'x'));
        QTRY_VERIFY_WITH_TIMEOUT(client.heard.size() >= 60'000, kDeadline);
        // A tenth of a second may be saved up.
        QVERIFY2(timer.elapsed() >= 450, qPrintable(QString::number(timer.elapsed())));
        // The sender feels it: most of the data is still with it or in the kernel.
        QVERIFY(client.bytesToWrite() > 1'000'000);
        m_proxy->clear();
        QTRY_COMPARE_WITH_TIMEOUT(client.heard.size(), 8'000'000, kDeadline);
    }

    void refuses()
    {
        Client before(m_proxy->port());
        before.write("a");
        QTRY_COMPARE_WITH_TIMEOUT(before.heard, QByteArray("a"), kDeadline);
        m_proxy->setRefuse(true);
        const auto refused = [this] {
            QTcpSocket socket;
            socket.connectToHost(QHostAddress::LocalHost, m_proxy->port());
            return !socket.waitForConnected(1000) && socket.error() == QAbstractSocket::ConnectionRefusedError;
        };
        QTRY_VERIFY_WITH_TIMEOUT(refused(), kDeadline);
        before.write("b");
        QTRY_COMPARE_WITH_TIMEOUT(before.heard, QByteArray("ab"), kDeadline);
        m_proxy->setRefuse(false);
        QTRY_VERIFY_WITH_TIMEOUT(!refused(), kDeadline);
    }

    void cutsAllNow()
    {
        Client a(m_proxy->port());
        Client b(m_proxy->port());
        a.write("a");
        b.write("b");
        QTRY_VERIFY_WITH_TIMEOUT(a.heard == "a" && b.heard == "b", kDeadline);
        QCOMPARE(m_proxy->open(), 2U);
        m_proxy->cutAll(true);
        QTRY_VERIFY_WITH_TIMEOUT(a.gone() && b.gone(), kDeadline);
        QTRY_COMPARE_WITH_TIMEOUT(m_proxy->open(), 0U, kDeadline);
    }

    void showsADeadServer()
    {
        m_server->close();
        Client client(m_proxy->port());
        QTRY_VERIFY_WITH_TIMEOUT(client.gone(), kDeadline);
    }

    void stopsWithOpenConnections()
    {
        Client client(m_proxy->port());
        client.write("a");
        QTRY_COMPARE_WITH_TIMEOUT(client.heard, QByteArray("a"), kDeadline);
        m_proxy->setFault(Direction::ToClient, {.stall = true});
        m_proxy->stop();
        m_proxy->stop();
        QTRY_VERIFY_WITH_TIMEOUT(client.gone(), kDeadline);
    }

    void programObeys()
    {
        const QString path = toolPath(QStringLiteral("fault_proxy"));
        QVERIFY2(!path.isEmpty(), "the program is not built");
        ChildProcess program;
        QVERIFY(program.start(path, {QString::number(m_server->serverPort())}));
        const auto port = program.waitForLine(QStringLiteral("port "), milliseconds{kDeadline});
        QVERIFY2(port, port ? "" : qPrintable(port.error().detail));
        program.write("down cut 3\n");
        QVERIFY(program.waitForLine(QStringLiteral("ok"), milliseconds{kDeadline}));
        Client client(port->toUShort());
        client.write("12345");
        QTRY_VERIFY_WITH_TIMEOUT(client.gone(), kDeadline);
        QCOMPARE(client.heard, QByteArray("123"));
        program.write("nonsense\ncount\n");
        QVERIFY(program.waitForLine(QStringLiteral("error "), milliseconds{kDeadline}));
        const auto count = program.waitForLine(QStringLiteral("accepted "), milliseconds{kDeadline});
        QVERIFY(count);
        QCOMPARE(*count, QStringLiteral("1 open 0 up 5 down 3"));
        QVERIFY(program.terminate());
        const auto misused = runProcess(path, {QStringLiteral("x")}, milliseconds{kDeadline});
        QVERIFY(misused);
        QCOMPARE(misused->exitCode, 2);
    }
};

QTEST_GUILESS_MAIN(TestFaultProxy)
#include "tst_fault_proxy.moc"
