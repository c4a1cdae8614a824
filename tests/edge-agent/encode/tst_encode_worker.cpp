// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/encode/encode_worker.h"

#include "core/media/decoder.h"
#include "core/media/nal.h"
#include "core/protocol/capture_sei.h"
#include "tests/edge-agent/live_fixture.h"
#include "tests/support/manual_clock.h"

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;
using protocol::StageState;

namespace {

struct Fixture {
    explicit Fixture(const settings::CameraSettings &settings, EncodeWorker::MakeEncoder make = media::Encoder::create, Clock *other = nullptr)
        : worker(settings, other ? *other : clock, tee, [this](StageState s, const QString &r, std::optional<milliseconds> n) {
              std::lock_guard lock(mutex);
              state = s;
              reason = r;
              nextTry = n;
          }, std::move(make))
    {
    }
    StageState stateNow()
    {
        std::lock_guard lock(mutex);
        return state;
    }
    QString reasonNow()
    {
        std::lock_guard lock(mutex);
        return reason;
    }
    media::Frame frame(std::uint64_t number, int width = 320, int height = 240)
    {
        CaptureStamp stamp;
        stamp.run = run;
        stamp.sequence = number;
        stamp.captured = utcFromMicros(1'790'000'000'000'000);
        const microseconds pts{static_cast<std::int64_t>(number) * 40'000};
        media::Frame made = movingPicture(number, width, height, clock.now(), pts);
        made.capture = stamp;
        return made;
    }
    /// Pushes one picture and waits for its packet.
    media::PacketPtr encode(std::uint64_t number, int width = 320, int height = 240)
    {
        worker.push(frame(number, width, height));
        return reader->read({}, 10s);
    }

    SystemClock clock;
    std::shared_ptr<media::PacketTee> tee = std::make_shared<media::PacketTee>();
    media::PacketReaderPtr reader = tee->subscribe("test", 100, media::PacketTee::Start::CachedGroup);
    std::uint64_t run = 9;
    std::mutex mutex;
    StageState state = StageState::Idle;
    QString reason;
    std::optional<milliseconds> nextTry;
    EncodeWorker worker;
};

/// The hardware that is not there: encodes some pictures well, then fails or takes pictures and gives none.
class FakeHardware final : public media::FrameEncoder {
public:
    FakeHardware(std::unique_ptr<media::FrameEncoder> inner, bool wedges) : m_inner(std::move(inner)), m_wedges(wedges) {}
    const media::StreamInfo &info() const override { return m_inner->info(); }
    Status setBitrate(int kbps) override { return m_inner->setBitrate(kbps); }
    Result<std::vector<media::PacketPtr>> encode(const media::Frame &frame, bool forceKey) override
    {
        if (m_taken++ < 3)
            return m_inner->encode(frame, forceKey);
        if (m_wedges)
            return std::vector<media::PacketPtr>{};
        return fail(ErrorKind::Unavailable, QStringLiteral("the device has gone"));
    }

private:
    std::unique_ptr<media::FrameEncoder> m_inner;
    const bool m_wedges;
    int m_taken = 0;
};

} // namespace

class TestEncodeWorker : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyPictureIsMarked();
    void keyFrameOnDemand();
    void anotherRunBeginsWithAKeyFrame();
    void oldestPicturesGoFirst();
    void sizeChangeMakesNewStream();
    void badEncoderWaitsWithReason();
    void interruptedEncoderIsMadeAgain();
    void hardwareThatDoesNotOpenIsReplaced();
    void hardwareThatFailsIsReplacedAndTriedAgain_data();
    void hardwareThatFailsIsReplacedAndTriedAgain();
};

void TestEncodeWorker::everyPictureIsMarked()
{
    Fixture f(testCamera());
    f.worker.start();
    auto decoder = std::unique_ptr<media::Decoder>();
    for (std::uint64_t i = 0; i < 12; ++i) {
        const auto packet = f.encode(i);
        QVERIFY(packet);
        QCOMPARE(packet->key, i == 0 || i == 10); // 0.4 s at 25 frames/s
        const auto payload = media::findUserDataSei(media::Codec::H264, packet->data, protocol::kCaptureUuid);
        QVERIFY(payload.has_value());
        const auto stamp = protocol::decodeCapture(*payload);
        QVERIFY(stamp.has_value());
        QCOMPARE(stamp->run, 9ULL);
        QCOMPARE(stamp->sequence, i);
        QVERIFY(*stamp == *packet->capture);
        if (!decoder)
            decoder = std::move(*media::Decoder::create(f.tee->info()));
        QCOMPARE((*decoder->decode(packet)).size(), 1U);
    }
    QTRY_VERIFY(f.stateNow() == StageState::Running);
    QTRY_COMPARE(f.worker.encoded(), 12ULL);
    QCOMPARE(f.worker.dropped(), 0ULL);
    QVERIFY(f.worker.newerThan({}, {}, milliseconds{0}).has_value());
    f.worker.stop();
    QVERIFY(f.stateNow() == StageState::Idle);
}

/// The clock was set: a recorder can go on in another file at once.
void TestEncodeWorker::anotherRunBeginsWithAKeyFrame()
{
    Fixture f(testCamera());
    f.worker.start();
    QVERIFY(f.encode(0)->key);
    QVERIFY(!f.encode(1)->key);
    f.run = 10;
    QVERIFY(f.encode(2)->key);
    QVERIFY(!f.encode(3)->key);
}

void TestEncodeWorker::keyFrameOnDemand()
{
    Fixture f(testCamera());
    f.worker.start();
    QVERIFY(f.encode(0)->key);
    QVERIFY(!f.encode(1)->key);
    f.worker.requestKeyFrame();
    QVERIFY(f.encode(2)->key);
    QVERIFY(!f.encode(3)->key);
}

void TestEncodeWorker::oldestPicturesGoFirst()
{
    Fixture f(testCamera());
    for (std::uint64_t i = 0; i < 10; ++i) // nobody encodes yet
        f.worker.push(f.frame(i));
    QCOMPARE(f.worker.dropped(), 7ULL);
    f.worker.start();
    for (std::uint64_t i = 7; i < 10; ++i) {
        const auto packet = f.reader->read({}, 10s);
        QVERIFY(packet);
        QCOMPARE(packet->capture->sequence, i);
    }
}

void TestEncodeWorker::sizeChangeMakesNewStream()
{
    Fixture f(testCamera());
    f.worker.start();
    QVERIFY(f.encode(0));
    QCOMPARE(f.tee->info().width, 320);
    const auto packet = f.encode(1, 160, 120);
    QVERIFY(packet && packet->key);
    QCOMPARE(f.tee->info().width, 160);
    // Larger than the settings: kept inside them.
    QVERIFY(f.encode(2, 640, 480));
    QCOMPARE(f.tee->info().width, 320);
}

void TestEncodeWorker::badEncoderWaitsWithReason()
{
    auto settings = testCamera();
    settings.preset = QStringLiteral("warp");
    Fixture f(settings);
    f.worker.start();
    f.worker.push(f.frame(0));
    QTRY_VERIFY(f.stateNow() == StageState::Waiting);
    std::lock_guard lock(f.mutex);
    QVERIFY2(f.reason.contains(QStringLiteral("warp")) && f.reason.contains(QStringLiteral("gate")), qPrintable(f.reason));
    QVERIFY(f.nextTry && *f.nextTry > 0ms);
}

void TestEncodeWorker::interruptedEncoderIsMadeAgain()
{
    Fixture f(testCamera());
    f.worker.start();
    QVERIFY(f.encode(0)->key);
    QVERIFY(!f.encode(1)->key);
    QVERIFY(!f.worker.pulse().silent(SystemClock().now()));
    f.worker.interrupt(QStringLiteral("the encoder gave no picture for 2 s"));
    f.worker.push(f.frame(2));
    QTRY_VERIFY(f.stateNow() == StageState::Waiting);
    std::uint64_t number = 3;
    QTRY_VERIFY((f.worker.push(f.frame(number++)), f.stateNow() == StageState::Running));
    const auto packet = f.reader->read({}, 10s);
    QVERIFY(packet && packet->key);
    QCOMPARE(f.worker.restarts(), 1ULL);
    f.worker.stop();
    QVERIFY(!f.worker.pulse().silent(SystemClock().now() + 1h)); // owes nothing any more
}

/// This machine may have the hardware or not: what cannot be opened here is the seam's.
void TestEncodeWorker::hardwareThatDoesNotOpenIsReplaced()
{
    int tried = 0;
    Fixture f(testCamera(), [&tried](const media::EncoderConfig &config) -> Result<std::unique_ptr<media::FrameEncoder>> {
        if (config.codec == QLatin1String(media::kSoftwareEncoder))
            return media::Encoder::create(config);
        ++tried;
        return fail(ErrorKind::Unsupported, QStringLiteral("no such device"));
    });
    f.worker.start();
    for (std::uint64_t i = 0; i < 5; ++i)
        QVERIFY(f.encode(i));
    QTRY_VERIFY(f.stateNow() == StageState::Running);
    QCOMPARE(f.reasonNow(), QStringLiteral("by libx264: no such device"));
    QCOMPARE(f.worker.dropped(), 0ULL);
    f.worker.stop();
    QCOMPARE(tried, 1);
}

void TestEncodeWorker::hardwareThatFailsIsReplacedAndTriedAgain_data()
{
    QTest::addColumn<bool>("wedges");
    QTest::newRow("fails") << false;
    QTest::newRow("wedges") << true;
}

void TestEncodeWorker::hardwareThatFailsIsReplacedAndTriedAgain()
{
    QFETCH(bool, wedges);
    std::atomic<int> made{0};
    ManualClock clock;
    Fixture f(testCamera(), [&](const media::EncoderConfig &config) -> Result<std::unique_ptr<media::FrameEncoder>> {
        media::EncoderConfig real = config;
        real.codec = QString::fromLatin1(media::kSoftwareEncoder);
        auto inner = media::Encoder::create(real);
        if (!inner || config.codec == real.codec)
            return inner;
        ++made;
        return std::make_unique<FakeHardware>(std::move(*inner), wedges);
    }, &clock);
    f.worker.start();
    std::uint64_t number = 0;
    while (number < 3)
        QVERIFY(f.encode(number++));
    QTRY_COMPARE(f.reasonNow(), QStringLiteral("by h264_v4l2m2m"));
    f.worker.push(f.frame(number++)); // the one that it fails on, or swallows
    if (wedges)
        f.worker.interrupt(QStringLiteral("the encoder gave no picture for 2 s")); // as Camera does
    media::PacketPtr packet;
    for (int tries = 0; !packet && tries < 20; ++tries) {
        f.worker.push(f.frame(number++));
        packet = f.reader->read({}, 500ms);
    }
    QVERIFY(packet && packet->key);
    QVERIFY2(!media::extractParameterSets(media::Codec::H264, packet->data).empty(), "who joins here can decode");
    const QString why = wedges ? QStringLiteral("gave no picture for 2 s") : QStringLiteral("the device has gone");
    QTRY_VERIFY2(f.reasonNow().startsWith(QStringLiteral("by libx264: ")) && f.reasonNow().contains(why), qPrintable(f.reasonNow()));
    QCOMPARE(f.worker.restarts(), 1ULL);
    for (int i = 0; i < 5; ++i)
        QVERIFY(f.encode(number++));
    QCOMPARE(made.load(), 1);
    clock.advance(EncodeWorker::kHardwareRest);
    QVERIFY(f.encode(number++)->key);
    QCOMPARE(made.load(), 2);
}

QTEST_GUILESS_MAIN(TestEncodeWorker)
#include "tst_encode_worker.moc"
