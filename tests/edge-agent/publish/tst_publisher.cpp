// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/publisher.h"

#include "core/media/demuxer.h"
#include "core/media/nal.h"
#include "tests/edge-agent/live_fixture.h"
#include "tests/support/mediamtx.h"
#include "tests/support/rtmp_server.h"

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
    Publisher::StageReport report()
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

PublishTarget targetAt(const QString &url)
{
    return {QStringLiteral("gate"), QStringLiteral("The relay"), Secret(url), redact(url), 2s};
}

QString relayUrl(quint16 port, const QString &user = {})
{
    return QStringLiteral("rtsp://") + user + QStringLiteral("127.0.0.1:%1").arg(port);
}

} // namespace

class TestPublisher : public QObject {
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
    void secondPublisherAtMediaMtx();
    void secondPublisherThatWins();
    void rtmp();
    void rtmpRefusals_data();
    void rtmpRefusals();
    void acceptsAndNeverReads_data();
    void acceptsAndNeverReads();
    void srt();
    void srtRefusals_data();
    void srtRefusals();
    void oneHurtsNoOther();

private:
    SystemClock m_clock;
    QTemporaryDir m_dir;
};

void TestPublisher::urls()
{
    QCOMPARE(relayStreamUrl(QStringLiteral("rtsp://h:8554"), QStringLiteral("gate")), QStringLiteral("rtsp://h:8554/gate"));
    QCOMPARE(relayStreamUrl(QStringLiteral("rtsp://u:p@h:8554/site//"), QStringLiteral("gate")), QStringLiteral("rtsp://u:p@h:8554/site/gate"));
    QCOMPARE(relayStreamUrl(QStringLiteral("rtsp://h:8554"), QStringLiteral("gate"), QStringLiteral("sub")), QStringLiteral("rtsp://h:8554/gate/sub"));
    QCOMPARE(relayStreamUrl(QStringLiteral("rtsp://h:8554/?jwt=a/b"), QStringLiteral("gate"), QStringLiteral("sub")), QStringLiteral("rtsp://h:8554/gate/sub?jwt=a/b"));
}

void TestPublisher::pushesAndReconnects()
{
    const quint16 port = freePort();
    Producer producer;
    Stage stage;
    Publisher publisher(targetAt(relayStreamUrl(relayUrl(port), QStringLiteral("gate"))), m_clock, producer.tee, stage.report());
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
    Publisher publisher(targetAt(relayStreamUrl(relayUrl(freePort(), QStringLiteral("user:hidden@")), QStringLiteral("gate"))), m_clock, producer.tee, stage.report());
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
    Publisher publisher(targetAt(relayStreamUrl(relayUrl(server.serverPort(), QStringLiteral("user:hidden@")), QStringLiteral("gate"))), m_clock, producer.tee, stage.report());
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
    Publisher publisher(targetAt(relayStreamUrl(relayUrl(silent.serverPort()), QStringLiteral("gate"))), m_clock, producer.tee, stage.report());
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
    Publisher publisher(targetAt(relayStreamUrl(relayUrl(port), QStringLiteral("gate"))), m_clock, producer.tee, stage.report());
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

void TestPublisher::rtmp()
{
    if (!RtmpServer::available())
        QSKIP("no nginx with its RTMP module");
    RtmpServer server;
    QVERIFY(server.start());
    Producer producer;
    Stage stage;
    const QString url = server.url(QStringLiteral("live/key-1"));
    Publisher publisher({QStringLiteral("gate"), QStringLiteral("Target cloud"), Secret(url), server.url(QStringLiteral("live")), 2s}, m_clock,
                        producer.tee, stage.report());
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Running), 10'000);
    const QString file = m_dir.filePath(QStringLiteral("rtmp.ts"));
    const auto play = [&](ChildProcess &player) {
        return player
            .start(QStringLiteral("ffmpeg"), {QStringLiteral("-v"), QStringLiteral("error"), QStringLiteral("-y"), QStringLiteral("-analyzeduration"), QStringLiteral("1000000"),
                                              QStringLiteral("-i"), url, QStringLiteral("-c"), QStringLiteral("copy"), QStringLiteral("-frames:v"), QStringLiteral("40"),
                                              QStringLiteral("-f"), QStringLiteral("mpegts"), file})
            .has_value();
    };
    ChildProcess player;
    QVERIFY(play(player));
    QVERIFY(vedette::test::waitUntil([&] { return !player.running(); }, 30s));
    const Received received = inspect(file);
    QVERIFY2(received.pictures >= 35, qPrintable(QString::number(received.pictures)));
    QVERIFY2(received.marked >= received.pictures - 1, qPrintable(QString::number(received.marked))); // the capture times survive

    server.kill();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Waiting), 10'000);
    QVERIFY2(stage.why().contains(QStringLiteral("/live")) && !stage.why().contains(QStringLiteral("key-1")), qPrintable(stage.why()));
    QVERIFY(server.start());
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Running), 20'000);
    QElapsedTimer timer;
    timer.start();
    publisher.stop();
    QVERIFY(timer.elapsed() < 2000);
    const Publisher::Counts counts = publisher.counts();
    QVERIFY(counts.connections >= 2 && counts.failures >= 1 && counts.packets >= 40 && counts.bytes > counts.packets);
}

void TestPublisher::rtmpRefusals_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("words");
    QTest::newRow("second publisher") << "live/taken" << "another publisher holds this path";
    QTest::newRow("not allowed") << "closed/taken" << "most often the stream key";
    QTest::newRow("no such application") << "nosuch/taken" << "most often the stream key or the application is wrong";
    QTest::newRow("no key") << "live" << "rtmp://HOST/APPLICATION/KEY";
}

void TestPublisher::rtmpRefusals()
{
    if (!RtmpServer::available())
        QSKIP("no nginx with its RTMP module");
    QFETCH(QString, path);
    QFETCH(QString, words);
    RtmpServer server;
    QVERIFY(server.start());
    Producer producer;
    Stage first;
    Publisher holder(targetAt(server.url(QStringLiteral("live/taken"))), m_clock, producer.tee, first.report());
    holder.start();
    QTRY_VERIFY_WITH_TIMEOUT(first.is(StageState::Running), 10'000);
    Stage stage;
    Publisher publisher({QStringLiteral("gate"), QStringLiteral("Target cloud"), Secret(server.url(path)), QStringLiteral("rtmp://shown"), 30s}, m_clock,
                        producer.tee, stage.report());
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.why().contains(words), 15'000);
    qInfo().noquote() << stage.why();
    QVERIFY(stage.why().contains(QStringLiteral("rtmp://shown")) && !stage.why().contains(QStringLiteral("taken")));
    QVERIFY(first.is(StageState::Running));
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

void TestPublisher::srt()
{
    const quint16 port = freePort();
    Producer producer;
    Stage stage;
    const QString listen = QStringLiteral("srt://127.0.0.1:%1?mode=listener&passphrase=0123456789ab").arg(port);
    const QString call = QStringLiteral("srt://127.0.0.1:%1?passphrase=0123456789ab").arg(port);
    const QString file = m_dir.filePath(QStringLiteral("srt.ts"));
    ChildProcess listener;
    QVERIFY(listener.start(QStringLiteral("ffmpeg"), {QStringLiteral("-v"), QStringLiteral("error"), QStringLiteral("-y"), QStringLiteral("-i"), listen, QStringLiteral("-c"),
                                                      QStringLiteral("copy"), QStringLiteral("-frames:v"), QStringLiteral("40"), QStringLiteral("-f"), QStringLiteral("mpegts"), file}));
    Publisher publisher(targetAt(call), m_clock, producer.tee, stage.report());
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Running), 20'000);
    QVERIFY(vedette::test::waitUntil([&] { return !listener.running(); }, 40s));
    const Received received = inspect(file);
    QVERIFY2(received.pictures >= 35, qPrintable(QString::number(received.pictures)));
    QVERIFY2(received.marked >= received.pictures - 2, qPrintable(QString::number(received.marked)));
    QTRY_VERIFY_WITH_TIMEOUT(stage.is(StageState::Waiting), 15'000); // the listener has gone
    QVERIFY2(!stage.why().contains(QStringLiteral("0123456789ab")), qPrintable(stage.why()));
    publisher.stop();
}

void TestPublisher::srtRefusals_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<QString>("words");
    QTest::newRow("wrong passphrase") << "?passphrase=wrongwrong12" << "refuses the passphrase";
    QTest::newRow("no passphrase") << "" << "refuses the passphrase";
    QTest::newRow("short passphrase") << "?passphrase=short" << "10 to 79 characters";
    QTest::newRow("nobody") << "nobody" << "no SRT listener answers";
    QTest::newRow("no name") << "name" << "the name nosuch.invalid does not resolve";
}

void TestPublisher::srtRefusals()
{
    QFETCH(QString, query);
    QFETCH(QString, words);
    const QString program = findProgram(QStringLiteral("srt-live-transmit"));
    if (program.isEmpty())
        QSKIP("no srt-live-transmit");
    const quint16 port = freePort();
    ChildProcess listener;
    if (query != QLatin1String("nobody"))
        QVERIFY(listener.start(program, {QStringLiteral("-q"), QStringLiteral("srt://127.0.0.1:%1?mode=listener&passphrase=0123456789ab").arg(port), QStringLiteral("file://con")}));
    QString url = QStringLiteral("srt://127.0.0.1:%1").arg(port) + (query.startsWith(u'?') ? query : QString());
    if (query == QLatin1String("name"))
        url = QStringLiteral("srt://nosuch.invalid:1234");
    Producer producer;
    Stage stage;
    Publisher publisher(targetAt(url), m_clock, producer.tee, stage.report());
    publisher.start();
    QTRY_VERIFY_WITH_TIMEOUT(stage.why().contains(words), 20'000);
    qInfo().noquote() << stage.why();
    QVERIFY(!stage.why().contains(QStringLiteral("wrongwrong12")));
    publisher.stop();
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
    Publisher third(targetAt(relayStreamUrl(relayUrl(port), QStringLiteral("gate"))), m_clock, producer.tee, good.report());
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
