// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/probe.h"

#include "tests/edge-agent/fake_v4l2.h"
#include "tests/edge-agent/rpicam_fixture.h"

#include <QElapsedTimer>
#include <QJsonArray>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;

namespace {

v4l2_queryctrl control(std::uint32_t id, std::uint32_t type, const char *name, int minimum, int maximum, int standard)
{
    v4l2_queryctrl out{};
    out.id = id;
    out.type = type;
    std::strncpy(reinterpret_cast<char *>(out.name), name, sizeof out.name - 1);
    out.minimum = minimum;
    out.maximum = maximum;
    out.step = 1;
    out.default_value = standard;
    return out;
}

void makeWebcam(FakeV4l2Camera &camera)
{
    camera.card = QStringLiteral("HD Webcam");
    camera.formats = {{V4L2_PIX_FMT_MJPEG, {{1280, 720, {30, 15}}, {640, 480, {60}}}}, {V4L2_PIX_FMT_YUYV, {{640, 480, {30}}}}};
    camera.controls = {control(V4L2_CID_BRIGHTNESS, V4L2_CTRL_TYPE_INTEGER, "Brightness", -64, 64, 0),
                       control(V4L2_CID_EXPOSURE_AUTO, V4L2_CTRL_TYPE_MENU, "Auto Exposure", 0, 3, 3)};
    camera.menus[V4L2_CID_EXPOSURE_AUTO] = {"", "Manual Mode", "", "Aperture Priority Mode"};
    camera.set = {{V4L2_CID_BRIGHTNESS, 5}, {V4L2_CID_EXPOSURE_AUTO, 3}};
}

const ProbeReport::V4l2 &device(const ProbeReport &report, const char *path)
{
    for (const auto &each : report.v4l2) {
        if (each.camera.path == QLatin1String(path))
            return each;
    }
    qFatal("no such device");
}

} // namespace

class TestProbe : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void v4l2Cameras();
    void thisMachine();
    void rpicam();
    void listsOfRpicam();
    void whatHangsIsLeftBehind();
    void goldenText();
    void goldenProblems();
    void exitCodes();
};

void TestProbe::v4l2Cameras()
{
    FakeV4l2 system;
    makeWebcam(system.add(QStringLiteral("/dev/video0")));
    system.add(QStringLiteral("/dev/video1")).openError = EACCES;
    FakeV4l2Camera &encoder = system.add(QStringLiteral("/dev/video11"));
    encoder.card = QStringLiteral("bcm2835-codec-encode");
    encoder.capabilities = V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_STREAMING;
    FakeV4l2Camera &sensor = system.add(QStringLiteral("/dev/video20"));
    sensor.card = QStringLiteral("unicam");
    sensor.formats = {{V4L2_PIX_FMT_SRGGB10, {{3280, 2464, {}}}}};
    const ProbeReport report = probe(system, 5s);
    QVERIFY(!report.overdue);
    QCOMPARE(report.v4l2.size(), 4);

    const auto &webcam = device(report, "/dev/video0");
    QVERIFY(webcam.usable && !webcam.error);
    QCOMPARE(webcam.camera.modes.size(), 3);
    QCOMPARE(webcam.camera.controls.size(), 2);
    QCOMPARE(webcam.camera.controls[0].minimum, -64);
    QCOMPARE(webcam.camera.controls[0].value, 5);
    QCOMPARE(device(report, "/dev/video1").error->text(), QStringLiteral("/dev/video1 may not be used: the agent's user must be in the group video"));
    QVERIFY(device(report, "/dev/video11").error->text().contains(QStringLiteral("is no camera")));
    QVERIFY(device(report, "/dev/video20").error->text().contains(QStringLiteral("source libcamera")));
    QVERIFY(report.problems().join(u'\n').contains(QStringLiteral("sudo usermod -aG video ")));
    QVERIFY(report.usable());

    const QJsonObject json = report.json();
    QVERIFY(json[QStringLiteral("usable")].toBool());
    const QJsonObject first = json[QStringLiteral("v4l2")][0].toObject();
    QCOMPARE(first[QStringLiteral("path")].toString(), QStringLiteral("/dev/video0"));
    QCOMPARE(first[QStringLiteral("driver")].toString(), QStringLiteral("uvcvideo"));
    const QJsonObject mode = first[QStringLiteral("modes")][0].toObject();
    QCOMPARE(mode, (QJsonObject{{QStringLiteral("format"), QStringLiteral("MJPG")}, {QStringLiteral("width"), 1280}, {QStringLiteral("height"), 720},
                                {QStringLiteral("framerate"), 30}}));
    const QJsonObject exposure = first[QStringLiteral("controls")][1].toObject();
    QCOMPARE(exposure[QStringLiteral("choices")].toArray().size(), 4);
    QCOMPARE(exposure[QStringLiteral("choices")][3].toString(), QStringLiteral("Aperture Priority Mode"));
    const QJsonObject denied = json[QStringLiteral("v4l2")][1].toObject();
    QVERIFY(!denied[QStringLiteral("usable")].toBool(true) && denied.contains(QStringLiteral("reason")) && !denied.contains(QStringLiteral("modes")));
}

/// What this machine really has.
void TestProbe::thisMachine()
{
    const ProbeReport report = probe(linuxV4l2(), 10s);
    QVERIFY(!report.overdue);
    bool x264 = false;
    for (const auto &each : report.encoders)
        x264 = x264 || (each.name == QLatin1String("libx264") && each.reason.isEmpty());
    QVERIFY(x264);
    const QJsonObject json = report.json();
    for (const char *key : {"usable", "problems", "libcamera", "rpicam", "v4l2", "encoders", "sense_hat", "clock"})
        QVERIFY2(json.contains(QLatin1String(key)), key);
    QCOMPARE(json[QStringLiteral("v4l2")].toArray().size(), linuxV4l2().paths().size());
    QVERIFY(!report.user.isEmpty());
}

void TestProbe::rpicam()
{
    const FakeRpicam fake(3);
    FakeV4l2 system;
    ProbeReport report = probe(system, 10s);
    QVERIFY(report.rpicam.program.endsWith(QStringLiteral("/rpicam-vid")));
    const QList<ProbeReport::RpicamCamera> expected{{0, QStringLiteral("imx708"), QStringLiteral("/base/soc/i2c0mux/i2c@1/imx708@1a"), QStringLiteral("4608x2592 10-bit RGGB")}};
    QCOMPARE(report.rpicam.cameras, expected);
    QVERIFY(report.usable());
    FakeRpicam::does("no-camera");
    report = probe(system, 10s);
    QVERIFY(report.rpicam.cameras.isEmpty() && report.rpicam.reason.isEmpty());
    QCOMPARE(report.usable(), !report.libcamera.cameras.isEmpty()); // libcamera may have virtual ones
    QCOMPARE(report.problems().value(0).startsWith(QStringLiteral("No camera was found.")), report.libcamera.cameras.isEmpty());
}

void TestProbe::listsOfRpicam()
{
    const QString text = QStringLiteral("Available cameras\n-----------------\n"
                                        "0 : imx219 [3280x2464 10-bit RGGB] (/base/soc/i2c0mux/i2c@1/imx219@10)\n"
                                        "    Modes: 'SRGGB10_CSI2P' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]\n"
                                        "                             1640x1232 [41.85 fps - (0, 0)/3280x2464 crop]\n\n"
                                        "1 : ov9281 [1280x800 10-bit MONO] (/base/axi/pcie@120000/rp1/i2c@88000/ov9281@60)\n");
    const auto cameras = parseRpicamList(text);
    QCOMPARE(cameras.size(), 2);
    QCOMPARE(cameras[1].number, 1);
    QCOMPARE(cameras[1].model, QStringLiteral("ov9281"));
    QVERIFY(parseRpicamList(QStringLiteral("No cameras available!\n")).isEmpty());
    QVERIFY(parseRpicamList(QStringLiteral("0 : broken [")).isEmpty());
}

void TestProbe::whatHangsIsLeftBehind()
{
    static FakeV4l2 system; // the threads left behind outlive this function
    makeWebcam(system.add(QStringLiteral("/dev/video0")));
    FakeV4l2Camera &broken = system.add(QStringLiteral("/dev/video2"));
    broken.hangs = true;
    QElapsedTimer timer;
    timer.start();
    const ProbeReport report = probe(system, 1500ms);
    QVERIFY2(timer.elapsed() < 4000, qPrintable(QString::number(timer.elapsed())));
    QVERIFY(report.overdue);
    QVERIFY(device(report, "/dev/video0").usable);
    QCOMPARE(device(report, "/dev/video2").error->text(), QStringLiteral("its driver did not answer for 1.5 s"));
    {
        std::lock_guard lock(broken.mutex);
        broken.hangs = false;
    }
    broken.changed.notify_all();
}

void TestProbe::goldenText()
{
    ProbeReport report;
    report.user = QStringLiteral("pi");
    report.libcamera.cameras = {{QStringLiteral("/base/imx708"), QStringLiteral("imx708"), {{QStringLiteral("NV12"), {{32, 32}, {4608, 2592}}, true}},
                                 {{QStringLiteral("ev"), -8, 8, 0.0, {}}, {QStringLiteral("awb"), 0, 0, std::nullopt, {QStringLiteral("auto"), QStringLiteral("cloudy")}},
                                  {QStringLiteral("roi"), 0, 0, std::nullopt, {}}}}};
    report.rpicam = {QStringLiteral("/usr/bin/rpicam-vid"), {}, {{0, QStringLiteral("imx708"), QStringLiteral("/base/imx708"), QStringLiteral("4608x2592 10-bit RGGB")}}};
    ProbeReport::V4l2 webcam;
    webcam.usable = true;
    webcam.camera = {QStringLiteral("/dev/video0"), QStringLiteral("HD Webcam"), QStringLiteral("uvcvideo"), QStringLiteral("usb-1"),
                     {{V4L2_PIX_FMT_MJPEG, 1280, 720, false, 30}, {V4L2_PIX_FMT_MJPEG, 640, 480, false, 60}, {V4L2_PIX_FMT_YUYV, 640, 480, true, 0}},
                     {{V4L2_CID_BRIGHTNESS, QStringLiteral("Brightness"), -64, 64, 1, 0, 5, {}},
                      {V4L2_CID_EXPOSURE_AUTO, QStringLiteral("Auto Exposure"), 0, 3, 1, 3, 3,
                       {QString(), QStringLiteral("Manual Mode"), QString(), QStringLiteral("Aperture Priority Mode")}}}};
    ProbeReport::V4l2 encoder;
    encoder.camera.path = QStringLiteral("/dev/video11");
    encoder.error = Error{ErrorKind::Unsupported, QStringLiteral("/dev/video11 (bcm2835-codec-encode) is no camera: it gives no pictures to programs"), nullptr};
    report.v4l2 = {webcam, encoder};
    report.encoders = {{QStringLiteral("libx264"), {}}, {QStringLiteral("h264_v4l2m2m"), QStringLiteral("does not open: Could not find a valid device")}};
    report.clock = {true, 350us, false, false};
    QCOMPARE(report.text(), QStringLiteral("Cameras\n"
                                           "  libcamera 0      imx708 (/base/imx708)\n"
                                           "                   NV12: 32x32 to 4608x2592\n"
                                           "                   ev -8 to 8\n"
                                           "                   awb auto | cloudy\n"
                                           "                   roi\n"
                                           "  rpicam 0         imx708 (4608x2592 10-bit RGGB)\n"
                                           "  /dev/video0      HD Webcam (uvcvideo)\n"
                                           "                   MJPG: 1280x720 at 30/s, 640x480 at 60/s\n"
                                           "                   YUYV: up to 640x480\n"
                                           "                   Brightness -64 to 64 (now 5)\n"
                                           "                   Auto Exposure Manual Mode | Aperture Priority Mode (now Aperture Priority Mode)\n"
                                           "Not usable\n"
                                           "  /dev/video11     (bcm2835-codec-encode) is no camera: it gives no pictures to programs\n"
                                           "Encoders for H.264\n"
                                           "  libx264          works\n"
                                           "  h264_v4l2m2m     no: does not open: Could not find a valid device\n"
                                           "Machine\n"
                                           "  Sense HAT        answers\n"
                                           "  clock            synchronised, within 0.35 ms\n"));
}

void TestProbe::goldenProblems()
{
    ProbeReport report;
    report.user = QStringLiteral("pi");
    report.libcamera.built = false;
    report.senseHat = Error{ErrorKind::Denied, QStringLiteral("/dev/i2c-1: Permission denied."), nullptr};
    ProbeReport::V4l2 legacy;
    legacy.camera.path = QStringLiteral("/dev/video0");
    legacy.camera.name = QStringLiteral("mmal service 16.1");
    legacy.camera.driver = QStringLiteral("bm2835 mmal");
    legacy.usable = true;
    report.v4l2 = {legacy};
    const QStringList expected{
        QStringLiteral("The legacy camera stack is on: take source v4l2, or switch it off by raspi-config for libcamera and rpicam."),
        QStringLiteral("rpicam-vid is not installed, which source rpicam needs: sudo apt install rpicam-apps-lite."),
        QStringLiteral("This build has no source libcamera: use rpicam, or build with libcamera-dev installed."),
        QStringLiteral("No encoder works: install an FFmpeg with libx264 (Debian: libavcodec59 or libavcodec61)."),
        QStringLiteral("The user pi may not use the I2C bus: sudo usermod -aG i2c pi, then log in again."),
        QStringLiteral("The clock is not synchronised: check the network and timedatectl; without it pictures carry no known time.")};
    QCOMPARE(report.problems(), expected);
    QVERIFY(!report.usable()); // a camera, and no encoder
    report.encoders = {{QStringLiteral("h264_nvenc"), {}}};
    QVERIFY(!report.usable()); // not one that the agent uses
    report.encoders = {{QStringLiteral("libx264"), {}}};
    QVERIFY(report.usable());
    report.v4l2.clear();
    QVERIFY(!report.usable());
    report.libcamera.cameras.append(LocalCamera{QStringLiteral("a"), {}, {}, {}});
    QVERIFY(report.usable());
}

void TestProbe::exitCodes()
{
    QCOMPARE(runProbe({QStringLiteral("--jsno")}), 2);
    const FakeRpicam fake(3);
    QCOMPARE(runProbe({QStringLiteral("--json")}), 0);
    FakeV4l2 none;
    if (!linuxV4l2().paths().isEmpty() || !probe(none, 10s).libcamera.cameras.isEmpty())
        QSKIP("this machine has a camera");
    FakeRpicam::does("no-camera");
    QCOMPARE(runProbe({}), 1);
}

QTEST_GUILESS_MAIN(TestProbe)
#include "tst_probe.moc"
