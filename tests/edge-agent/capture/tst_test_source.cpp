// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/test_source.h"

#include "core/base/worker.h"
#include "core/media/jpeg_encoder.h"
#include "edge-agent/capture/barcode.h"
#include "edge-agent/capture/capture_clock.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <cstring>

using namespace vedette;
using namespace vedette::agent;
using namespace std::chrono_literals;

namespace {

struct Fixture {
    SystemClock clock;
    CaptureClock capture{clock, ClockTrust::Always, ClockProbes{}};
    SourceContext context{clock, [this](MonoTime t, auto rank) { return capture.stamp(QStringLiteral("gate"), t, 1, rank); }};
};

} // namespace

class TestTestSource : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void refusesImpossible_data();
    void refusesImpossible();
    void givesPicturesInRealTime();
    void pictureMovesEverywhere();
    void unknownTimeIsNotDrawn();
    void stopsAtOnce();
    void drawsFastEnough();
};

void TestTestSource::refusesImpossible_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<double>("rate");
    QTest::newRow("odd") << 641 << 360 << 20.0;
    QTest::newRow("huge") << 640 << 10000 << 20.0;
    QTest::newRow("negative") << -2 << 360 << 20.0;
    QTest::newRow("rate") << 640 << 360 << 1000.0;
    QTest::newRow("nan") << 640 << 360 << qQNaN();
}

void TestTestSource::refusesImpossible()
{
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(double, rate);
    Fixture f;
    const auto source = TestSource::create({QStringLiteral("x"), width, height, rate}, f.context);
    QVERIFY(!source.has_value());
    QVERIFY(source.error().kind == ErrorKind::InvalidInput);
}

void TestTestSource::givesPicturesInRealTime()
{
    Fixture f;
    auto source = TestSource::create({QStringLiteral("Gate"), 640, 360, 50}, f.context);
    QVERIFY(source.has_value());
    const MonoTime begin = f.clock.now();
    MonoTime last{};
    std::uint32_t lastNumber = 0;
    constexpr int kPictures = 25;
    for (int i = 0; i < kPictures; ++i) {
        const auto frame = (*source)->read({});
        QVERIFY(frame.has_value());
        QCOMPARE(frame->width, 640);
        QVERIFY(frame->captured > last);
        last = frame->captured;
        QVERIFY(frame->capture.has_value());
        const auto code = readBarcode(frame->planes[0], frame->strides[0], 640, 360);
        QVERIFY(code.has_value());
        QCOMPARE(code->frame, static_cast<std::uint32_t>(frame->capture->sequence));
        QCOMPARE(code->capturedMs, toMicros(frame->capture->captured) / 1000);
        QVERIFY(i == 0 || code->frame == lastNumber + 1);
        lastNumber = code->frame;
    }
    const auto took = f.clock.now() - begin;
    QVERIFY2(took >= (kPictures - 1) * 20ms, "not faster than real time");
}

void TestTestSource::pictureMovesEverywhere()
{
    Fixture f;
    auto source = TestSource::create({QStringLiteral("Gate"), 640, 360, 60}, f.context);
    QVERIFY(source.has_value());
    const auto a = (*source)->read({});
    media::Frame b;
    for (int i = 0; i < 12; ++i)
        b = *(*source)->read({});
    // 8 by 6 fields below the strip; each must differ.
    for (int row = 0; row < 6; ++row) {
        for (int column = 0; column < 8; ++column) {
            int different = 0;
            for (int y = 20 + row * 56; y < 20 + row * 56 + 56; ++y)
                different += std::memcmp(a->planes[0] + y * a->strides[0] + column * 80, b.planes[0] + y * b.strides[0] + column * 80, 80) != 0;
            QVERIFY2(different > 0, qPrintable(QStringLiteral("field %1, %2 stands still").arg(column).arg(row)));
        }
    }
    if (const QString path = qEnvironmentVariable("VEDETTE_SAVE_PICTURE"); !path.isEmpty()) {
        auto large = TestSource::create({QStringLiteral("Gate north"), 1280, 720, 60}, f.context);
        const auto jpeg = media::JpegEncoder().encode(*(*large)->read({}), 90);
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(reinterpret_cast<const char *>(jpeg->data()), static_cast<qint64>(jpeg->size()));
    }
}

void TestTestSource::unknownTimeIsNotDrawn()
{
    TestScene scene(QStringLiteral("Gate"), 640, 360);
    CaptureStamp stamp;
    stamp.known = false;
    stamp.sequence = 9;
    stamp.captured = utcFromMicros(1'790'000'000'000'000);
    auto picture = scene.draw(stamp, MonoTime{5s});
    const auto code = readBarcode(picture.plane(0), picture.stride(0), 640, 360);
    QVERIFY(code.has_value());
    QCOMPARE(code->frame, 9U);
    QCOMPARE(code->capturedMs, 0);
}

void TestTestSource::stopsAtOnce()
{
    Fixture f;
    auto source = TestSource::create({QStringLiteral("Gate"), 64, 48, 0.1}, f.context);
    QVERIFY(source.has_value());
    QVERIFY((*source)->read({}).has_value()); // the second is due in 10 s
    QElapsedTimer timer;
    timer.start();
    std::atomic<bool> cancelled{false};
    Worker worker("reader", [&](std::stop_token stop) {
        const auto frame = (*source)->read(stop);
        cancelled = !frame && frame.error().kind == ErrorKind::Cancelled;
    });
    worker.stop();
    QVERIFY(cancelled);
    QVERIFY(timer.elapsed() < 2000);
}

void TestTestSource::drawsFastEnough()
{
    TestScene scene(QStringLiteral("Gate"), 1280, 720);
    CaptureStamp stamp;
    scene.draw(stamp, MonoTime{});
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 20; ++i) {
        stamp.sequence = static_cast<std::uint64_t>(i);
        QVERIFY(scene.draw(stamp, MonoTime{i * 50ms}).plane(0));
    }
    qInfo("one 720p picture: %.2f ms", static_cast<double>(timer.nsecsElapsed()) / 20e6);
    QVERIFY(timer.elapsed() / 20 < 25); // far above what it takes, for busy machines and sanitizers
}

QTEST_GUILESS_MAIN(TestTestSource)
#include "tst_test_source.moc"
