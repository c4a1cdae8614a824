// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/publisher.h"

#include "core/media/demuxer.h"
#include "core/media/nal.h"
#include "core/settings/target_address.h"
#include "tests/edge-agent/publish/publisher_fixture.h"
#include "tests/support/log_capture.h"
#include "tests/support/mediamtx.h"

#include <QElapsedTimer>
#include <QFileInfo>
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

} // namespace

class TestPublisher : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void pushesAndReconnects();
    void nobodyListens();
    void refusals_data();
    void refusals();
    void stopsWhileConnecting();
    void silentCameraGivesPathBack();
    void mediamtx();
    void secondPublisherAtMediaMtx();
    void secondPublisherThatWins();
    void acceptsAndNeverReads_data();
    void acceptsAndNeverReads();
    void oneHurtsNoOther();

private:
    SystemClock m_clock;
    QTemporaryDir m_dir;
};

void TestPublisher::pushesAndReconnects()
{
    const quint16 port = freePort();
    Producer producer;
    Stage stage;
    Publisher publisher(targetAt(settings::relayStreamUrl(relayUrl(port), QStringLiteral("gate"))), m_clock, producer.tee, stage.report());
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

void TestPublisher::nobodyListens()
{
    Producer producer;
    Stage stage;
    Publisher publisher(targetAt(settings::relayStreamUrl(relayUrl(freePort(), QStringLiteral("user:hidden@")), QStringLiteral("gate"))), m_clock, producer.tee, stage.report());
    publisher.start();
    QTRY_VERIFY(stage.is(StageState::Waiting));
    QVERIFY2(stage.why().contains(QStringLiteral("127.0.0.1")), qPrintable(stage.why()));
    QVERIFY2(!stage.why().contains(QStringLiteral("hidden")), qPrintable(stage.why()));
    qInfo().noquote() << stage.why();
}

void TestPublisher::refusals_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QString>("word");
    QTest::addColumn<bool>("stopped");
    QTest::newRow("400") << QByteArray("400 Bad Request") << "400" << false;
    QTest::newRow("401") << QByteArray("401 Unauthorized") << "password" << true;
    QTest::newRow("404") << QByteArray("404 Not Found") << "404" << false;
}

void TestPublisher::refusals()
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
    Publisher publisher(targetAt(settings::relayStreamUrl(relayUrl(server.serverPort(), QStringLiteral("user:hidden@")), QStringLiteral("gate"))), m_clock, producer.tee, stage.report());
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(stopped ? StageState::Stopped : StageState::Waiting), 10'000);
    qInfo().noquote() << stage.why();
    QVERIFY2(stage.why().contains(word), qPrintable(stage.why()));
    QVERIFY(stage.why().contains(QStringLiteral("/gate")));
    QVERIFY(!stage.why().contains(QStringLiteral("hidden")));
    publisher.stop();
}

void TestPublisher::stopsWhileConnecting()
{
    QTcpServer silent; // accepts and says nothing
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    Producer producer;
    Stage stage;
    Publisher publisher(targetAt(settings::relayStreamUrl(relayUrl(silent.serverPort()), QStringLiteral("gate"))), m_clock, producer.tee, stage.report());
    publisher.start();
    QTRY_VERIFY(silent.hasPendingConnections());
    QElapsedTimer timer;
    timer.start();
    publisher.stop();
    QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
    QVERIFY(stage.is(StageState::Idle));
}

void TestPublisher::silentCameraGivesPathBack()
{
    const quint16 port = freePort();
    Producer producer;
    Stage stage;
    Publisher publisher(targetAt(settings::relayStreamUrl(relayUrl(port), QStringLiteral("gate"))), m_clock, producer.tee, stage.report());
    Receiver receiver;
    QVERIFY(receiver.start(port, m_dir.filePath(QStringLiteral("silent.ts")), 10'000));
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Running), 20'000);
    producer.timer.stop();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Idle), 15'000);
    QVERIFY(!stage.why().isEmpty());
    QVERIFY(receiver.process.waitForEnd(5s)); // it was told that the stream has ended
}

void TestPublisher::mediamtx()
{
    if (!MediaMtx::available())
        QSKIP("no mediamtx on PATH");
    MediaMtx relay;
    QVERIFY(relay.start());
    Producer producer;
    Stage stage;
    Publisher publisher(targetAt(relay.rtspUrl(QStringLiteral("gate"))), m_clock, producer.tee, stage.report());
    const LogCapture log;
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Running), 10'000);

    std::atomic<int> marked{0};
    Worker reader("reader", [&](std::stop_token stop) {
        while (!stop.stop_requested()) {
            auto demuxer = media::Demuxer::open(relay.rtspUrl(QStringLiteral("gate")), {}, stop);
            while (demuxer) {
                const auto packet = (*demuxer)->read(stop);
                if (!packet)
                    break;
                marked += media::findUserDataSei(media::Codec::H264, (*packet)->data, kTestUuid) ? 1 : 0;
            }
        }
    });
    QTRY_VERIFY_WITH_TIMEOUT(marked > 25, 20'000);
    relay.kill();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Waiting), 10'000);
    QVERIFY(relay.start());
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Running), 20'000);
    const int before = marked;
    QTRY_VERIFY_WITH_TIMEOUT(marked > before + 10, 20'000);
    QCOMPARE(log.count(QStringLiteral("is pushed to")), 1); // and no more each time it comes back
}

void TestPublisher::secondPublisherAtMediaMtx()
{
    if (!MediaMtx::available())
        QSKIP("no mediamtx on PATH");
    MediaMtx relay({.secondPublisherWins = false});
    QVERIFY(relay.start());
    Producer producer;
    Stage first;
    Publisher holder(targetAt(relay.rtspUrl(QStringLiteral("gate"))), m_clock, producer.tee, first.report());
    holder.start();
    QTRY_VERIFY_WITH_TIMEOUT(first.is(StageState::Running), 10'000);
    Stage second;
    Publisher late(targetAt(relay.rtspUrl(QStringLiteral("gate"))), m_clock, producer.tee, second.report());
    late.start();
    QTRY_VERIFY_WITH_TIMEOUT(second.is(StageState::Waiting), 10'000);
    QVERIFY2(second.why().contains(QStringLiteral("another publisher holds this path")), qPrintable(second.why()));
    QVERIFY(first.is(StageState::Running));
    holder.stop();
    QTRY_VERIFY_WITH_TIMEOUT(second.is(StageState::Running), 20'000);
}

/// MediaMTX's default: each puts the other out, without a word.
void TestPublisher::secondPublisherThatWins()
{
    if (!MediaMtx::available())
        QSKIP("no mediamtx on PATH");
    MediaMtx relay({.secondPublisherWins = true});
    QVERIFY(relay.start());
    Producer producer;
    Stage first;
    Publisher one(targetAt(relay.rtspUrl(QStringLiteral("gate"))), m_clock, producer.tee, first.report());
    one.start();
    QTRY_VERIFY_WITH_TIMEOUT(first.is(StageState::Running), 10'000);
    Stage second;
    Publisher two(targetAt(relay.rtspUrl(QStringLiteral("gate"))), m_clock, producer.tee, second.report());
    two.start();
    const QString inTurn = QStringLiteral("another publisher takes this path in turn");
    QTRY_VERIFY_WITH_TIMEOUT(first.why().contains(inTurn) || second.why().contains(inTurn), 20'000);
}

void TestPublisher::acceptsAndNeverReads_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::newRow("rtsp") << "rtsp";
    QTest::newRow("rtmp") << "rtmp";
}

void TestPublisher::acceptsAndNeverReads()
{
    QFETCH(QString, scheme);
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    Producer producer;
    Stage stage;
    Publisher publisher(targetAt(QStringLiteral("%1://127.0.0.1:%2/live/key").arg(scheme).arg(server.serverPort())), m_clock, producer.tee,
                        stage.report());
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Waiting), 15'000);
    qInfo().noquote() << stage.why();
    QVERIFY2(stage.why().contains(QStringLiteral("did not answer for 5 s")), qPrintable(stage.why()));
    QElapsedTimer timer;
    timer.start();
    publisher.stop();
    QVERIFY(timer.elapsed() < 2000);
}

/// A target that takes nothing and one that is not there leave the others alone.
void TestPublisher::oneHurtsNoOther()
{
    const quint16 port = freePort();
    Receiver receiver;
    QVERIFY(receiver.start(port, m_dir.filePath(QStringLiteral("good.ts")), 100));
    QTcpServer deaf;
    QVERIFY(deaf.listen(QHostAddress::LocalHost));
    Producer producer;
    Stage good;
    Stage bad;
    Stage absent;
    Publisher first(targetAt(QStringLiteral("rtmp://127.0.0.1:%1/live/key").arg(deaf.serverPort())), m_clock, producer.tee, bad.report());
    Publisher second(targetAt(QStringLiteral("rtsp://127.0.0.1:%1/gate").arg(freePort())), m_clock, producer.tee, absent.report());
    Publisher third(targetAt(settings::relayStreamUrl(relayUrl(port), QStringLiteral("gate"))), m_clock, producer.tee, good.report());
    first.start();
    second.start();
    third.start();
    QVERIFY(vedette::test::waitUntil([&] { return !receiver.process.running(); }, 40s));
    const Received received = inspect(m_dir.filePath(QStringLiteral("good.ts")));
    QVERIFY2(received.pictures >= 95, qPrintable(QString::number(received.pictures)));
    QCOMPARE(third.counts().dropped, 0U);
    QTRY_VERIFY_WITH_TIMEOUT(bad.is(StageState::Waiting) && absent.is(StageState::Waiting), 15'000);
}

QTEST_GUILESS_MAIN(TestPublisher)
#include "tst_publisher.moc"
