// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/rtsp_publisher.h"

#include "core/media/demuxer.h"
#include "core/media/nal.h"
#include "tests/edge-agent/live_fixture.h"

#include <QElapsedTimer>
#include <QFileInfo>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTimer>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;
using protocol::StageState;

namespace {

/// A tee that gets a picture every 40 ms on the main thread.
struct Producer {
    Producer()
    {
        tee->setInfo(maker.info());
        timer.setInterval(40);
        QObject::connect(&timer, &QTimer::timeout, &timer, [this] { write(); });
        timer.start();
    }
    void write()
    {
        auto packet = std::make_shared<media::Packet>(*maker.next());
        packet->arrival = SystemClock().now();
        tee->write(packet);
    }
    PacketMaker maker;
    std::shared_ptr<media::PacketTee> tee = std::make_shared<media::PacketTee>();
    QTimer timer;
};

struct Stage {
    RtspPublisher::StageReport report()
    {
        return [this](StageState s, const QString &r, std::optional<milliseconds> n) {
            std::lock_guard lock(mutex);
            state = s;
            reason = r;
            nextTry = n;
            if (s == StageState::Running)
                ++runs;
        };
    }
    bool is(StageState s)
    {
        std::lock_guard lock(mutex);
        return state == s;
    }
    QString why()
    {
        std::lock_guard lock(mutex);
        return reason;
    }
    std::mutex mutex;
    StageState state = StageState::Idle;
    QString reason;
    std::optional<milliseconds> nextTry;
    std::atomic<int> runs{0};
};

/// FFmpeg's own listening receiver, which writes what it gets and ends after so many pictures.
struct Receiver {
    bool start(quint16 port, const QString &file, int pictures)
    {
        return process
            .start(QStringLiteral("ffmpeg"),
                   {QStringLiteral("-v"), QStringLiteral("error"), QStringLiteral("-y"), QStringLiteral("-rtsp_flags"), QStringLiteral("listen"),
                    QStringLiteral("-i"), QStringLiteral("rtsp://127.0.0.1:%1/gate").arg(port), QStringLiteral("-c"), QStringLiteral("copy"),
                    QStringLiteral("-frames:v"), QString::number(pictures), QStringLiteral("-f"), QStringLiteral("mpegts"), file})
            .has_value();
    }
    ChildProcess process;
};

/// What arrived: number of pictures, of those with our SEI, and whether the first is a key picture.
struct Received {
    int pictures = 0;
    int marked = 0;
    bool keyFirst = false;
};

Received inspect(const QString &file)
{
    Received received;
    media::Demuxer::Options options;
    options.live = false;
    auto demuxer = media::Demuxer::open(file, options, {});
    while (demuxer) {
        const auto packet = (*demuxer)->read({});
        if (!packet)
            break;
        if (received.pictures++ == 0)
            received.keyFirst = (*packet)->key;
        received.marked += media::findUserDataSei(media::Codec::H264, (*packet)->data, kTestUuid) ? 1 : 0;
    }
    return received;
}

QString relayUrl(quint16 port, const QString &user = {})
{
    return QStringLiteral("rtsp://") + user + QStringLiteral("127.0.0.1:%1").arg(port);
}

} // namespace

class TestRtspPublisher : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void urls();
    void pushesAndReconnects();
    void nobodyListens();
    void refusals_data();
    void refusals();
    void stopsWhileConnecting();
    void silentCameraGivesPathBack();
    void mediamtx();

private:
    SystemClock m_clock;
    QTemporaryDir m_dir;
};

void TestRtspPublisher::urls()
{
    QCOMPARE(relayStreamUrl(QStringLiteral("rtsp://h:8554"), QStringLiteral("gate")), QStringLiteral("rtsp://h:8554/gate"));
    QCOMPARE(relayStreamUrl(QStringLiteral("rtsp://u:p@h:8554/site//"), QStringLiteral("gate")), QStringLiteral("rtsp://u:p@h:8554/site/gate"));
}

void TestRtspPublisher::pushesAndReconnects()
{
    const quint16 port = freePort();
    Producer producer;
    Stage stage;
    RtspPublisher publisher(QStringLiteral("gate"), relayStreamUrl(relayUrl(port), QStringLiteral("gate")), m_clock, producer.tee,
                            stage.report());
    const QString first = m_dir.filePath(QStringLiteral("first.ts"));
    Receiver receiver;
    QVERIFY(receiver.start(port, first, 10'000));
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Running), 20'000);
    QTRY_VERIFY_WITH_TIMEOUT(QFileInfo(first).size() > 20'000, 20'000);
    receiver.process.kill();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Waiting), 10'000);

    const QString second = m_dir.filePath(QStringLiteral("second.ts"));
    Receiver again;
    QVERIFY(again.start(port, second, 30));
    QVERIFY(vedette::test::waitUntil([&] { return !again.process.running(); }, 40s));
    QVERIFY(stage.runs >= 2);
    QElapsedTimer timer;
    timer.start();
    publisher.stop();
    QVERIFY(timer.elapsed() < 2000);

    QVERIFY(inspect(first).keyFirst);
    const Received received = inspect(second);
    QVERIFY2(received.pictures >= 25, qPrintable(QString::number(received.pictures)));
    QVERIFY(received.keyFirst);
    QVERIFY2(received.marked >= received.pictures - 1, qPrintable(QString::number(received.marked)));
}

void TestRtspPublisher::nobodyListens()
{
    Producer producer;
    Stage stage;
    RtspPublisher publisher(QStringLiteral("gate"), relayStreamUrl(relayUrl(freePort(), QStringLiteral("user:hidden@")), QStringLiteral("gate")),
                            m_clock, producer.tee, stage.report());
    publisher.start();
    QTRY_VERIFY(stage.is(StageState::Waiting));
    QVERIFY2(stage.why().contains(QStringLiteral("127.0.0.1")), qPrintable(stage.why()));
    QVERIFY2(!stage.why().contains(QStringLiteral("hidden")), qPrintable(stage.why()));
    qInfo().noquote() << stage.why();
}

void TestRtspPublisher::refusals_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QString>("word");
    QTest::addColumn<bool>("stopped");
    QTest::newRow("400") << QByteArray("400 Bad Request") << "400" << false;
    QTest::newRow("401") << QByteArray("401 Unauthorized") << "password" << true;
    QTest::newRow("404") << QByteArray("404 Not Found") << "404" << false;
}

void TestRtspPublisher::refusals()
{
    QFETCH(QByteArray, answer);
    QFETCH(QString, word);
    QFETCH(bool, stopped);
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    connect(&server, &QTcpServer::newConnection, this, [&] {
        QTcpSocket *socket = server.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket, [socket, answer] {
            const QByteArray request = socket->readAll();
            const qsizetype at = request.indexOf("CSeq:");
            const QByteArray sequence = request.mid(at, request.indexOf('\r', at) - at);
            const bool options = request.startsWith("OPTIONS");
            socket->write("RTSP/1.0 " + (options ? QByteArray("200 OK") : answer) + "\r\n" + sequence + "\r\n\r\n");
        });
    });
    Producer producer;
    Stage stage;
    RtspPublisher publisher(QStringLiteral("gate"), relayStreamUrl(relayUrl(server.serverPort(), QStringLiteral("user:hidden@")), QStringLiteral("gate")),
                            m_clock, producer.tee, stage.report());
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(stopped ? StageState::Stopped : StageState::Waiting), 10'000);
    qInfo().noquote() << stage.why();
    QVERIFY2(stage.why().contains(word), qPrintable(stage.why()));
    QVERIFY(stage.why().contains(QStringLiteral("/gate")));
    QVERIFY(!stage.why().contains(QStringLiteral("hidden")));
    publisher.stop();
}

void TestRtspPublisher::stopsWhileConnecting()
{
    QTcpServer silent; // accepts and says nothing
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    Producer producer;
    Stage stage;
    RtspPublisher publisher(QStringLiteral("gate"), relayStreamUrl(relayUrl(silent.serverPort()), QStringLiteral("gate")), m_clock,
                            producer.tee, stage.report());
    publisher.start();
    QTRY_VERIFY(silent.hasPendingConnections());
    QElapsedTimer timer;
    timer.start();
    publisher.stop();
    QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
    QVERIFY(stage.is(StageState::Idle));
}

void TestRtspPublisher::silentCameraGivesPathBack()
{
    const quint16 port = freePort();
    Producer producer;
    Stage stage;
    RtspPublisher publisher(QStringLiteral("gate"), relayStreamUrl(relayUrl(port), QStringLiteral("gate")), m_clock, producer.tee,
                            stage.report());
    Receiver receiver;
    QVERIFY(receiver.start(port, m_dir.filePath(QStringLiteral("silent.ts")), 10'000));
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Running), 20'000);
    producer.timer.stop();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Idle), 15'000);
    QVERIFY(!stage.why().isEmpty());
    QVERIFY(receiver.process.waitForEnd(5s)); // it was told that the stream has ended
}

void TestRtspPublisher::mediamtx()
{
    const QString program = QStandardPaths::findExecutable(QStringLiteral("mediamtx"));
    if (program.isEmpty())
        QSKIP("no mediamtx on PATH");
    const quint16 port = freePort();
    QFile config(m_dir.filePath(QStringLiteral("mediamtx.yml")));
    QVERIFY(config.open(QIODevice::WriteOnly));
    config.write(QStringLiteral("rtspAddress: 127.0.0.1:%1\nrtspTransports: [tcp]\nrtmp: no\nhls: no\nwebrtc: no\nsrt: no\npaths:\n  all_others:\n")
                     .arg(port).toUtf8());
    config.close();
    ChildProcess server;
    QVERIFY(server.start(program, {config.fileName()}));
    QVERIFY(waitForPort(port, 10s));
    Producer producer;
    Stage stage;
    RtspPublisher publisher(QStringLiteral("gate"), relayStreamUrl(relayUrl(port), QStringLiteral("gate")), m_clock, producer.tee,
                            stage.report());
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Running), 10'000);

    std::atomic<int> marked{0};
    Worker reader("reader", [&](std::stop_token stop) {
        while (!stop.stop_requested()) {
            auto demuxer = media::Demuxer::open(relayUrl(port) + QStringLiteral("/gate"), {}, stop);
            while (demuxer) {
                const auto packet = (*demuxer)->read(stop);
                if (!packet)
                    break;
                marked += media::findUserDataSei(media::Codec::H264, (*packet)->data, kTestUuid) ? 1 : 0;
            }
        }
    });
    QTRY_VERIFY_WITH_TIMEOUT(marked > 25, 20'000);
    server.kill();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Waiting), 10'000);
    ChildProcess again;
    QVERIFY(again.start(program, {config.fileName()}));
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Running), 20'000);
    const int before = marked;
    QTRY_VERIFY_WITH_TIMEOUT(marked > before + 10, 20'000);
}

QTEST_GUILESS_MAIN(TestRtspPublisher)
#include "tst_rtsp_publisher.moc"
