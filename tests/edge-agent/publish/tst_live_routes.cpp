// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/live_routes.h"

#include "core/base/worker.h"
#include "core/media/demuxer.h"
#include "edge-agent/publish/mjpeg_feed.h"
#include "edge-agent/publish/ts_body.h"
#include "tests/edge-agent/http/raw_client.h"
#include "tests/edge-agent/live_fixture.h"

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;

namespace {

/// Says the same again and again.
class OnePicture final : public PictureSupply {
public:
    explicit OnePicture(Result<JpegPicture> picture) : m_picture(std::move(picture)) {}
    std::optional<media::Frame> next(std::stop_token, milliseconds) override { return media::Frame{}; }
    Result<JpegPicture> encode(const media::Frame &) override { return m_picture; }

private:
    const Result<JpegPicture> m_picture;
};

struct Fixture {
    explicit Fixture(const HttpLimits &limits = {}) : server(limits)
    {
        tee->setInfo(maker.info());
        addLiveRoutes(server, [this](const QString &id, const QString &stream) -> Result<LiveCamera> {
            if (id != QLatin1String("gate") || stream != QLatin1String("main"))
                return fail(ErrorKind::NotFound, QStringLiteral("There is no camera %1 on this agent.").arg(id));
            return LiveCamera{tee, [this](double wanted) { rate = wanted; return feed.subscribe(wanted); },
                              [this] { return age; }, [this] { return reason; }, false};
        });
    }
    Status start() { return server.start(QStringLiteral("127.0.0.1"), 0); }
    void write(int count)
    {
        for (int i = 0; i < count; ++i)
            tee->write(maker.next());
    }
    QByteArray get(const QByteArray &path, const char *method = "GET")
    {
        return QByteArray(method) + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    }

    PacketMaker maker;
    std::shared_ptr<media::PacketTee> tee = std::make_shared<media::PacketTee>();
    Result<JpegPicture> picture = JpegPicture{{0xff, 0xd8, 0xff, 0xd9}, CaptureStamp{77, 1, 4711, utcFromMicros(1'500'000), 350us, true}};
    SystemClock clock;
    double rate = 0;
    MjpegFeed feed{QStringLiteral("gate"), clock, [this] { return std::make_unique<OnePicture>(picture); }};
    std::optional<microseconds> age = 0us;
    QString reason;
    HttpServer server;
};

/// Reads a stream of the server beside the test.
struct StreamReader {
    explicit StreamReader(int port)
        : worker("reader", [this, port](std::stop_token stop) {
              media::Demuxer::Options options;
              options.wholeAccessUnits = true;
              auto demuxer = media::Demuxer::open(QStringLiteral("http://127.0.0.1:%1/live/gate/main.ts").arg(port), options, stop);
              while (demuxer) {
                  const auto packet = (*demuxer)->read(stop);
                  if (!packet)
                      break;
                  if (pictures == 0)
                      keyFirst = (*packet)->key;
                  marked += media::findUserDataSei(media::Codec::H264, (*packet)->data, kTestUuid) ? 1 : 0;
                  ++pictures;
              }
              ended = true;
          })
    {
    }
    std::atomic<int> pictures{0};
    std::atomic<int> marked{0};
    std::atomic<bool> keyFirst{false};
    std::atomic<bool> ended{false};
    Worker worker;
};

} // namespace

class TestLiveRoutes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void streamStartsWithCachedGroup();
    void noStreamWithoutPictures_data();
    void noStreamWithoutPictures();
    void streamEndsWithCamera();
    void slowReaderStaysBounded();
    void picture();
    void pictureThatIsNotThere_data();
    void pictureThatIsNotThere();
    void pictureOfAGoneClient();
    void motionJpeg();
    void motionJpegRate_data();
    void motionJpegRate();
    void unknownCamera();
};

void TestLiveRoutes::streamStartsWithCachedGroup()
{
    Fixture f;
    QVERIFY(f.start());
    f.write(17); // key pictures are number 0 and 10
    StreamReader reader(f.server.port());
    QTRY_VERIFY(reader.pictures >= 7); // without one more picture from the camera
    QVERIFY(reader.keyFirst);
    f.write(10);
    QTRY_COMPARE(reader.pictures.load(), 17);
    QCOMPARE(reader.marked.load(), 17);
}

void TestLiveRoutes::noStreamWithoutPictures_data()
{
    QTest::addColumn<int>("age"); ///< seconds; below 0: none yet
    QTest::addColumn<bool>("encoded");
    QTest::addColumn<QByteArray>("sentence");
    QTest::newRow("none yet") << -1 << false << QByteArray("Camera gate has sent no picture yet: asleep");
    QTest::newRow("an outage") << 11 << true << QByteArray("Camera gate has sent no picture for 11 s: asleep");
    QTest::newRow("none encoded") << 0 << false << QByteArray("Camera gate has no encoded picture yet");
}

void TestLiveRoutes::noStreamWithoutPictures()
{
    QFETCH(int, age);
    QFETCH(bool, encoded);
    QFETCH(QByteArray, sentence);
    Fixture f;
    QVERIFY(f.start());
    f.write(encoded ? 15 : 0);
    f.age = age < 0 ? std::nullopt : std::optional<microseconds>(std::chrono::seconds{age});
    f.reason = QStringLiteral("asleep");
    for (const char *path : {"/live/gate/main.ts", "/live/gate/main.au"}) {
        RawClient client(f.server.port());
        QVERIFY(client.send(f.get(path)));
        QTRY_COMPARE(client.status(), 503);
        QTRY_VERIFY2(client.body().contains("\"" + sentence + "\""), client.body().constData());
        QVERIFY(client.poll().contains("\r\nRetry-After: 1\r\n"));
    }
    f.age = 0us;
    f.write(15);
    RawClient client(f.server.port());
    QVERIFY(client.send(f.get("/live/gate/main.ts")));
    QTRY_COMPARE(client.status(), 200);
    QTRY_VERIFY(client.body().size() > 188);
    QVERIFY(!client.closed());
}

void TestLiveRoutes::streamEndsWithCamera()
{
    Fixture f;
    QVERIFY(f.start());
    f.write(3);
    StreamReader reader(f.server.port());
    QTRY_VERIFY(reader.pictures >= 3);
    f.tee.reset();
    QTRY_VERIFY(reader.ended);
}

void TestLiveRoutes::slowReaderStaysBounded()
{
    PacketMaker maker;
    media::PacketTee tee;
    tee.setInfo(maker.info());
    TsBody body(tee.subscribe("test", TsBody::kQueue, media::PacketTee::Start::CachedGroup));
    for (int i = 0; i < 1000; ++i)
        tee.write(maker.next());
    const auto count = tee.readerCounts().front();
    QVERIFY(count.dropped >= 850);
    QVERIFY(count.queued <= TsBody::kQueue);
    QVERIFY(!body.read().isEmpty());
    QVERIFY(!body.atEnd());
}

void TestLiveRoutes::picture()
{
    Fixture f;
    QVERIFY(f.start());
    RawClient client(f.server.port());
    QVERIFY(client.send(f.get("/live/gate/main.jpg")));
    QTRY_COMPARE(client.status(), 200);
    QTRY_COMPARE(client.body(), QByteArray("\xff\xd8\xff\xd9"));
    QVERIFY(client.poll().contains("image/jpeg"));
    QCOMPARE(client.poll().count("Cache-Control"), 1);
    QVERIFY(client.poll().contains("no-store"));
    QVERIFY(client.poll().contains("X-Capture-Time: 1970-01-01T00:00:01.500000Z; uncertainty-us=350; run=77; sequence=4711; settings=1\r\n"));
    // Nobody is kept waiting for the next one.
    QTRY_COMPARE(f.feed.counts().readers, 0);
    QVERIFY(client.send(f.get("/live/gate/main.jpg"))); // on the same connection
    QTRY_COMPARE(client.poll().count("\xff\xd8\xff\xd9"), 2);
    QVERIFY(client.send(f.get("/live/gate/main.jpg", "HEAD")));
    QTRY_COMPARE(client.poll().count("Content-Length: 4\r\n"), 3);
    QCOMPARE(client.poll().count("\xff\xd8\xff\xd9"), 2);
}

void TestLiveRoutes::pictureOfAGoneClient()
{
    Fixture f;
    f.picture = fail(ErrorKind::NotFound, QStringLiteral("later"));
    QVERIFY(f.start());
    {
        RawClient client(f.server.port());
        QVERIFY(client.send(f.get("/live/gate/main.jpg")));
        QTRY_COMPARE(f.feed.counts().readers, 1);
    }
    QTRY_COMPARE_WITH_TIMEOUT(f.feed.counts().readers, 0, 10'000);
}

void TestLiveRoutes::motionJpeg()
{
    Fixture f;
    f.picture->capture.reset();
    QVERIFY(f.start());
    RawClient client(f.server.port());
    QVERIFY(client.send("GET /live/gate/main.mjpg HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")); // without chunks between
    QTRY_VERIFY(client.body().count("\r\n--vedette\r\n") >= 2);
    QCOMPARE(f.rate, 5.0);
    QVERIFY(client.poll().contains("Content-Type: multipart/x-mixed-replace; boundary=vedette\r\n"));
    const QByteArray part = "Content-Type: image/jpeg\r\nContent-Length: 4\r\nX-Capture-Time: unknown\r\n\r\n\xff\xd8\xff\xd9\r\n--vedette\r\n";
    QVERIFY2(client.body().startsWith("--vedette\r\n" + part + part), client.body().constData());
}

void TestLiveRoutes::motionJpegRate_data()
{
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<double>("rate"); // 0: refused
    QTest::newRow("default") << QByteArray() << 5.0;
    QTest::newRow("one") << QByteArray("?fps=1") << 1.0;
    QTest::newRow("a fraction") << QByteArray("?fps=0.5") << 0.5;
    QTest::newRow("more than any source") << QByteArray("?fps=100000") << 100'000.0;
    for (const char *bad : {"0", "-1", "abc", "nan", "inf", "", "5x"})
        QTest::addRow("\"%s\"", bad) << QByteArray("?fps=") + bad << 0.0;
}

void TestLiveRoutes::motionJpegRate()
{
    QFETCH(QByteArray, query);
    QFETCH(double, rate);
    Fixture f;
    QVERIFY(f.start());
    RawClient client(f.server.port());
    QVERIFY(client.send(f.get("/live/gate/main.mjpg" + query)));
    QTRY_COMPARE(client.status(), rate > 0 ? 200 : 400);
    QCOMPARE(f.rate, rate);
    if (rate == 0)
        QTRY_VERIFY2(client.body().contains("must be a number of pictures a second"), client.body().constData());
}

void TestLiveRoutes::pictureThatIsNotThere_data()
{
    QTest::addColumn<int>("ageSeconds");
    QTest::addColumn<bool>("pictureFails");
    QTest::addColumn<QByteArray>("word");
    QTest::newRow("first not there") << -1 << false << QByteArray("no picture yet");
    QTest::newRow("old") << 11 << false << QByteArray("for 11 s: the cable is cut");
    QTest::newRow("cannot be made") << 0 << true << QByteArray("no answer in time");
}

void TestLiveRoutes::pictureThatIsNotThere()
{
    QFETCH(int, ageSeconds);
    QFETCH(bool, pictureFails);
    QFETCH(QByteArray, word);
    HttpLimits limits;
    if (pictureFails)
        limits.handler = 200ms;
    Fixture f(limits);
    QVERIFY(f.start());
    f.reason = QStringLiteral("the cable is cut");
    f.age = ageSeconds < 0 ? std::nullopt : std::optional<microseconds>(std::chrono::seconds{ageSeconds});
    if (pictureFails)
        f.picture = fail(ErrorKind::NotFound, QStringLiteral("later"));
    RawClient client(f.server.port());
    QVERIFY(client.send(f.get("/live/gate/main.jpg")));
    QTRY_COMPARE(client.status(), 503);
    QTRY_VERIFY2(client.body().contains(word), client.body().constData());
}

void TestLiveRoutes::unknownCamera()
{
    Fixture f;
    QVERIFY(f.start());
    for (const char *path : {"/live/nowhere/main.ts", "/live/nowhere/main.jpg", "/live/nowhere/main.mjpg", "/live/gate/main.avi"}) {
        RawClient client(f.server.port());
        QVERIFY(client.send(f.get(path)));
        QTRY_COMPARE(client.status(), 404);
    }
}

QTEST_GUILESS_MAIN(TestLiveRoutes)
#include "tst_live_routes.moc"
