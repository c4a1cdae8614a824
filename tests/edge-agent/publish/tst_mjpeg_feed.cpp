// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/publish/mjpeg_feed.h"

#include "edge-agent/http/http_server.h"
#include "edge-agent/publish/mjpeg_body.h"
#include "tests/edge-agent/http/raw_client.h"
#include "tests/support/manual_clock.h"
#include "tests/support/process.h"

#include <QDeadlineTimer>
#include <QTest>

#include <atomic>
#include <condition_variable>
#include <thread>

using namespace vedette;
using namespace vedette::agent;
using namespace std::chrono_literals;

namespace {

/// A camera that gives one picture for each step(); its JPEG is the number, repeated.
struct Camera {
    std::mutex mutex;
    std::condition_variable_any came;
    int pictures = 0;
    std::atomic<int> done{0};
    std::atomic<int> encoded{0};
    std::atomic<int> alive{0};
    std::atomic<bool> broken{false};
    std::size_t size = 100;

    void step()
    {
        {
            std::lock_guard lock(mutex);
            ++pictures;
        }
        came.notify_all();
    }
};

class Supply final : public PictureSupply {
public:
    explicit Supply(Camera &camera) : m_camera(camera) { ++m_camera.alive; }
    ~Supply() override { --m_camera.alive; }
    std::optional<media::Frame> next(std::stop_token stop, milliseconds) override
    {
        m_camera.done = m_seen; // it comes back for the next one only when this one has been dealt with
        std::unique_lock lock(m_camera.mutex);
        if (!m_camera.came.wait_for(lock, stop, 5ms, [this] { return m_camera.pictures > m_seen; }))
            return std::nullopt;
        m_seen = m_camera.pictures;
        media::Frame frame;
        frame.pts = microseconds{m_seen};
        return frame;
    }
    Result<JpegPicture> encode(const media::Frame &frame) override
    {
        if (m_camera.broken)
            return fail(ErrorKind::Internal, QStringLiteral("no"));
        ++m_camera.encoded;
        return JpegPicture{media::Bytes(m_camera.size, static_cast<std::uint8_t>(frame.pts.count())), std::nullopt};
    }

private:
    Camera &m_camera;
    int m_seen = 0;
};

struct Fixture {
    Camera camera;
    test::ManualClock clock;
    MjpegFeed feed{QStringLiteral("gate"), clock, [this] { return std::make_unique<Supply>(camera); }};

    /// One more picture, dealt with by the feed, the given time after the one before.
    void step(milliseconds after)
    {
        clock.advance(after);
        const int wanted = camera.pictures + 1;
        camera.step();
        QDeadlineTimer deadline(5000);
        while (camera.done != wanted && !deadline.hasExpired())
            std::this_thread::yield();
        QCOMPARE(camera.done.load(), wanted);
    }
};

/// Of the next picture; 0 when none comes.
int next(MjpegReader &reader)
{
    JpegPtr picture;
    return test::waitUntil([&] { return (picture = reader.take()) != nullptr; }, 5s) ? picture->data.front() : 0;
}

} // namespace

class TestMjpegFeed : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void oneEncoderForAll()
    {
        Fixture f;
        QCOMPARE(f.camera.alive.load(), 0);
        auto first = f.feed.subscribe(60);
        auto second = f.feed.subscribe(60);
        f.step(100ms);
        QCOMPARE(next(*first), 1);
        QCOMPARE(next(*second), 1);
        QCOMPARE(f.camera.encoded.load(), 1);
        QCOMPARE(f.camera.alive.load(), 1);
        QCOMPARE(f.feed.counts().readers, 2);

        auto third = f.feed.subscribe(60); // begins with what is there
        QCOMPARE(next(*third), 1);

        first.reset();
        second.reset();
        third.reset();
        QTRY_COMPARE(f.camera.alive.load(), 0);
        QVERIFY(!f.feed.counts().running);
        QCOMPARE(f.feed.counts().readers, 0);
        first = f.feed.subscribe(60);
        QVERIFY(!first->take()); // the old picture is not kept
        QTRY_COMPARE(f.camera.alive.load(), 1);
    }

    void theNewestAndNoQueue()
    {
        Fixture f;
        const auto slow = f.feed.subscribe(20);
        for (int i = 1; i <= 50; ++i)
            f.step(50ms);
        QTRY_COMPARE(f.camera.encoded.load(), 50);
        QTRY_COMPARE(slow->count().replaced, std::uint64_t{49});
        QCOMPARE(next(*slow), 50);
        QVERIFY(!slow->take());
    }

    void eachAtItsOwnRate_data()
    {
        QTest::addColumn<double>("rate");
        QTest::addColumn<int>("intervalMs"); // of the source, for 10 s
        QTest::addColumn<int>("least");
        QTest::addColumn<int>("most");
        QTest::newRow("5 of 20") << 5.0 << 50 << 49 << 51;
        QTest::newRow("as many as there are") << 20.0 << 50 << 200 << 200;
        QTest::newRow("more than there are") << 60.0 << 50 << 200 << 200;
        QTest::newRow("7 of 25") << 7.0 << 40 << 69 << 71;
        QTest::newRow("one in two seconds") << 0.5 << 50 << 5 << 6;
        QTest::newRow("a slow source") << 5.0 << 1000 << 10 << 10;
    }
    void eachAtItsOwnRate()
    {
        QFETCH(double, rate);
        QFETCH(int, intervalMs);
        QFETCH(int, least);
        QFETCH(int, most);
        Fixture f;
        const auto reader = f.feed.subscribe(rate);
        for (int i = 0; i < 10'000 / intervalMs; ++i)
            f.step(milliseconds{intervalMs} + milliseconds{i % 2 == 0 ? 7 : -7}); // no source is regular
        const auto taken = static_cast<int>(f.feed.counts().encoded);
        QVERIFY2(taken >= least && taken <= most + 1, qPrintable(QString::number(taken)));
    }

    void brokenEncoderIsTriedAgain()
    {
        Fixture f;
        f.camera.broken = true;
        const auto reader = f.feed.subscribe(60);
        f.step(100ms);
        f.step(100ms);
        QVERIFY(!reader->take());
        f.camera.broken = false;
        f.step(100ms);
        QCOMPARE(next(*reader), 3);
    }

    void endsWithTheCamera()
    {
        Fixture f;
        const auto reader = f.feed.subscribe(60);
        f.step(100ms);
        QTRY_COMPARE(f.feed.counts().encoded, std::uint64_t{1});
        std::atomic<int> told{0};
        reader->onReadable([&told] { ++told; });
        f.feed.stop();
        QCOMPARE(told.load(), 1);
        QVERIFY(!reader->ended()); // the last picture is still there
        QVERIFY(reader->take());
        QVERIFY(reader->ended());
        QCOMPARE(f.camera.alive.load(), 0);
    }

    void aClientThatReadsSlowlySeesNewPictures()
    {
        Fixture f;
        f.camera.size = 100'000;
        HttpServer server;
        server.addStream(QStringLiteral("/mjpg"), [&f](const HttpRequest &) -> Result<std::unique_ptr<HttpBody>> {
            return std::make_unique<MjpegBody>(f.feed.subscribe(60));
        });
        QVERIFY(server.start(QStringLiteral("127.0.0.1"), 0));
        test::RawClient client(server.port(), 32 << 10);
        QVERIFY(client.send("GET /mjpg HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"));
        QTRY_COMPARE(f.feed.counts().readers, 1);
        for (int i = 0; i < 200; ++i) // 20 MB, none of it read
            f.step(50ms);
        QByteArray all;
        QTRY_VERIFY((all = client.poll()).endsWith("--vedette\r\n") && all.contains(QByteArray(1000, char(200))));
        QVERIFY2(all.count("Content-Length") <= 12, qPrintable(QString::number(all.count("Content-Length"))));
    }
};

QTEST_GUILESS_MAIN(TestMjpegFeed)
#include "tst_mjpeg_feed.moc"
