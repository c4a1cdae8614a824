// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/capture/rpicam_source.h"

#include "edge-agent/capture/capture_clock.h"
#include "edge-agent/capture/rpicam_arguments.h"
#include "tests/edge-agent/rpicam_fixture.h"

#include <QElapsedTimer>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;

namespace {

struct Fixture {
    SystemClock clock;
    CaptureClock capture{clock, ClockTrust::Always, ClockProbes{}};
    SourceContext context{clock, [this](MonoTime t, auto rank) { return capture.stamp(QStringLiteral("yard"), t, 1, rank); }};
    settings::CameraSettings settings = FakeRpicam::camera();
    FakeRpicam fake;

    Result<std::unique_ptr<RpicamSource>> open(std::stop_token stop = {}) { return RpicamSource::open(settings, context, stop); }
};

/// Its place in the clip, told by the bytes.
std::size_t placeOf(const Fixture &f, const media::Bytes &unit)
{
    for (std::size_t i = 0; i < f.fake.packets.size(); ++i) {
        if (f.fake.packets[i]->data == unit)
            return i;
    }
    return SIZE_MAX;
}

} // namespace

class TestRpicamSource : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void arguments();
    void controls();
    void oldProgram();
    void refusedControls_data();
    void refusedControls();
    void passesThrough();
    void givesPicturesAtOnce();
    void picturesInParts();
    void picturesInLumps();
    void errors_data();
    void errors();
    void endsWhilePlaying_data();
    void endsWhilePlaying();
    void noProgram();
    void stopsWhileItHangs();
};

void TestRpicamSource::arguments()
{
    Fixture f;
    f.settings.device = QStringLiteral("1");
    QVERIFY(f.open().has_value());
    const QStringList expected{QStringLiteral("--nopreview"), QStringLiteral("--timeout=0"), QStringLiteral("--camera=1"), QStringLiteral("--codec=h264"),
                               QStringLiteral("--width=320"), QStringLiteral("--height=240"), QStringLiteral("--framerate=25"),
                               QStringLiteral("--bitrate=400000"), QStringLiteral("--intra=10"), QStringLiteral("--profile=high"), QStringLiteral("--inline"),
                               QStringLiteral("--flush"), QStringLiteral("--low-latency"), QStringLiteral("--libav-format=h264"), QStringLiteral("--output=-")};
    QCOMPARE(f.fake.arguments(), expected);
}

/// All that the settings have; the fake refuses what rpicam-vid does not know.
void TestRpicamSource::controls()
{
    Fixture f;
    f.settings.controls = {{QStringLiteral("rotation"), 180}, {QStringLiteral("hflip"), true}, {QStringLiteral("vflip"), false},
                           {QStringLiteral("awb"), QStringLiteral("daylight")}, {QStringLiteral("exposure"), QStringLiteral("short")},
                           {QStringLiteral("metering"), QStringLiteral("matrix")}, {QStringLiteral("shutter_us"), 10'000}, {QStringLiteral("gain"), 2.5},
                           {QStringLiteral("ev"), -1}, {QStringLiteral("brightness"), -0.25}, {QStringLiteral("contrast"), 1.1},
                           {QStringLiteral("saturation"), 0}, {QStringLiteral("sharpness"), 2}, {QStringLiteral("denoise"), QStringLiteral("high_quality")},
                           {QStringLiteral("hdr"), QStringLiteral("single_exposure")}, {QStringLiteral("autofocus"), QStringLiteral("manual")},
                           {QStringLiteral("lens_position"), 0.5}, {QStringLiteral("roi"), QStringLiteral("0.25,0.25,0.5,0.5")}};
    const auto source = f.open();
    QVERIFY2(source.has_value(), source ? "" : qPrintable(source.error().text()));
    const QStringList given = f.fake.arguments().mid(f.fake.arguments().indexOf(QStringLiteral("--libav-format=h264")) + 1);
    const QStringList expected{QStringLiteral("--rotation=180"), QStringLiteral("--hflip"), QStringLiteral("--awb=daylight"), QStringLiteral("--exposure=sport"),
                               QStringLiteral("--metering=average"), QStringLiteral("--shutter=10000"), QStringLiteral("--gain=2.5"), QStringLiteral("--ev=-1"),
                               QStringLiteral("--brightness=-0.25"), QStringLiteral("--contrast=1.1"), QStringLiteral("--saturation=0"),
                               QStringLiteral("--sharpness=2"), QStringLiteral("--denoise=cdn_hq"), QStringLiteral("--hdr=single-exp"),
                               QStringLiteral("--autofocus-mode=manual"), QStringLiteral("--lens-position=0.5"), QStringLiteral("--roi=0.25,0.25,0.5,0.5"),
                               QStringLiteral("--output=-")};
    QCOMPARE(given, expected);
}

/// A program of 2023 is not asked for what it has not.
void TestRpicamSource::oldProgram()
{
    Fixture f;
    qputenv("FAKE_RPICAM_OLD", "1");
    auto source = f.open();
    QVERIFY2(source.has_value(), source ? "" : qPrintable(source.error().text()));
    QVERIFY(!f.fake.arguments().contains(QStringLiteral("--low-latency")));
    f.settings.controls = {{QStringLiteral("hdr"), QStringLiteral("off")}};
    source = f.open();
    QVERIFY(!source);
    QCOMPARE(source.error().text(), QStringLiteral("controls.hdr needs a newer rpicam-vid: the one here has no --hdr"));
}

void TestRpicamSource::refusedControls_data()
{
    QTest::addColumn<QString>("device");
    QTest::addColumn<QJsonObject>("controls");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("device") << QStringLiteral("imx708") << QJsonObject() << QStringLiteral("device is \"imx708\": for source rpicam it is the camera's number, from 0");
    QTest::newRow("hdr") << QString() << QJsonObject{{QStringLiteral("hdr"), QStringLiteral("night")}}
                         << QStringLiteral("controls.hdr is \"night\": rpicam-vid has no such mode");
}

void TestRpicamSource::refusedControls()
{
    QFETCH(QString, device);
    QFETCH(QJsonObject, controls);
    QFETCH(QString, sentence);
    settings::CameraSettings settings = FakeRpicam::camera();
    settings.device = device;
    settings.controls = controls;
    const auto arguments = rpicamArguments(settings, {QStringLiteral("hdr")});
    QVERIFY(!arguments);
    QCOMPARE(arguments.error().text(), sentence);
}

void TestRpicamSource::passesThrough()
{
    Fixture f;
    auto source = f.open();
    QVERIFY2(source.has_value(), source ? "" : qPrintable(source.error().text()));
    QVERIFY((*source)->info().codec == media::Codec::H264);
    QVERIFY(!(*source)->info().parameterSets.empty());
    microseconds last{0};
    for (std::size_t i = 0; i < 60; ++i) {
        const auto packet = (*source)->read({});
        QVERIFY2(packet.has_value(), packet ? "" : qPrintable(packet.error().text()));
        QCOMPARE(placeOf(f, (*packet)->data), i % f.fake.packets.size()); // every byte, none left out
        QCOMPARE((*packet)->key, f.fake.packets[i % f.fake.packets.size()]->key);
        QCOMPARE((*packet)->capture->sequence, i);
        QVERIFY((*packet)->pts > last);
        QVERIFY((*packet)->capture->uncertainty >= 100ms); // exposure, encoder and pipe: not known
        last = (*packet)->pts;
        QVERIFY(f.clock.now() - monoFromMicros(last.count()) < 1s);
    }
    QVERIFY(std::abs((*source)->info().framerate - 25) < 4); // as measured
}

/// Not held back until the next one begins, which is 250 ms later here.
void TestRpicamSource::givesPicturesAtOnce()
{
    Fixture f;
    f.settings.framerate = 4;
    auto source = f.open();
    QVERIFY2(source.has_value(), source ? "" : qPrintable(source.error().text()));
    QList<qint64> late;
    for (int i = 0; i < 9; ++i) {
        const auto packet = (*source)->read({});
        QVERIFY(packet.has_value());
        if (i > 0) // the first one was read when it was opened
            late.append((f.clock.now() - (*packet)->arrival).count());
    }
    std::sort(late.begin(), late.end());
    QVERIFY2(late[4] < 60'000, qPrintable(QString::number(late[4])));
    qInfo("held back: median %lld us", static_cast<long long>(late[4]));
}

/// One picture is lost; then each waits for the next, and all are whole.
void TestRpicamSource::picturesInParts()
{
    Fixture f;
    FakeRpicam::does("halves");
    auto source = f.open();
    QVERIFY2(source.has_value(), source ? "" : qPrintable(source.error().text()));
    std::size_t broken = 0;
    std::size_t last = 0;
    for (int i = 0; i < 30; ++i) {
        const auto packet = (*source)->read({});
        QVERIFY2(packet.has_value(), packet ? "" : qPrintable(packet.error().text()));
        const std::size_t place = placeOf(f, (*packet)->data);
        broken += place == SIZE_MAX ? 1 : 0;
        if (last == SIZE_MAX) // nobody sees what refers to the broken one
            QVERIFY((*packet)->key);
        last = place;
    }
    QCOMPARE(broken, 1U);
}

void TestRpicamSource::picturesInLumps()
{
    Fixture f;
    FakeRpicam::does("lumps");
    auto source = f.open();
    QVERIFY(source.has_value());
    for (std::size_t i = 0; i < 15; ++i) {
        const auto packet = (*source)->read({});
        QVERIFY(packet.has_value());
        QCOMPARE(placeOf(f, (*packet)->data), i);
    }
}

void TestRpicamSource::errors_data()
{
    QTest::addColumn<QByteArray>("how");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("no camera") << QByteArray("no-camera") << QStringLiteral("rpicam-vid ended with exit code 255: no cameras available");
    QTest::newRow("words") << QByteArray("text") << QStringLiteral("rpicam-vid writes something that is no H.264: it does not begin with a start code");
    QTest::newRow("garbage") << QByteArray("garbage") << QStringLiteral("rpicam-vid writes something that is no H.264: there is no unit of type 0xff");
    QTest::newRow("nothing to decode by") << QByteArray("bare") << QStringLiteral("rpicam-vid sends pictures, but no key frame with parameter sets (SPS and PPS)");
}

void TestRpicamSource::errors()
{
    QFETCH(QByteArray, how);
    QFETCH(QString, sentence);
    Fixture f;
    FakeRpicam::does(how);
    const auto source = f.open();
    QVERIFY(!source);
    QCOMPARE(source.error().text(), sentence);
}

void TestRpicamSource::endsWhilePlaying_data()
{
    QTest::addColumn<QByteArray>("how");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("error") << QByteArray("die") << QStringLiteral("rpicam-vid ended with exit code 255: failed to queue buffer rtsp://…@10.0.0.1/");
    QTest::newRow("signal") << QByteArray("crash") << QStringLiteral("rpicam-vid was ended by signal 6 (Aborted)");
}

void TestRpicamSource::endsWhilePlaying()
{
    QFETCH(QByteArray, how);
    QFETCH(QString, sentence);
    Fixture f;
    FakeRpicam::does(how);
    auto source = f.open();
    QVERIFY(source.has_value());
    Result<media::PacketPtr> packet = (*source)->read({});
    for (int i = 0; i < 20 && packet; ++i)
        packet = (*source)->read({});
    QVERIFY(!packet);
    QVERIFY2(packet.error().text().startsWith(sentence), qPrintable(packet.error().text()));
}

void TestRpicamSource::noProgram()
{
    Fixture f;
    qputenv("PATH", "/nonexistent");
    const auto source = f.open();
    QVERIFY(!source);
    QVERIFY(source.error().kind == ErrorKind::NotFound);
    QCOMPARE(source.error().text(), QStringLiteral("Neither rpicam-vid nor libcamera-vid is installed: install the package rpicam-apps-lite"));
}

void TestRpicamSource::stopsWhileItHangs()
{
    Fixture f;
    FakeRpicam::does("stubborn");
    std::stop_source stop;
    Worker stopper("stopper", [&](std::stop_token) {
        waitUntil([&] { return !f.fake.arguments().isEmpty(); }, 10s); // it runs
        stop.request_stop();
    });
    QElapsedTimer timer;
    timer.start();
    const auto source = f.open(stop.get_token());
    QVERIFY(!source);
    QVERIFY(source.error().kind == ErrorKind::Cancelled);
    QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
}

QTEST_GUILESS_MAIN(TestRpicamSource)
#include "tst_rpicam_source.moc"
