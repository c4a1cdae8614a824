// SPDX-License-Identifier: GPL-3.0-or-later
// What programs that are not ours see of an agent, itself and through MediaMTX: each saves pictures, and the barcode in
// them tells that they are whole, in order and of now.
#include "edge-agent/capture/barcode.h"
#include "tests/e2e/agent_process.h"
#include "tests/support/mediamtx.h"
#include "tests/support/screen.h"

#include <QDir>
#include <QGuiApplication>
#include <QImage>
#include <QPixmap>
#include <QScreen>
#include <QtTest>

#include <unistd.h>

using namespace vedette;
using test::AgentProcess;

namespace {

constexpr int kPictures = 5;
constexpr int kGroup = 20; // pictures from key frame to key frame
constexpr milliseconds kPatience{40'000};
const QString kCamera = QStringLiteral("[[camera]]\nid = \"gate\"\nsource = \"test\"\nwidth = 640\nheight = 360\nframerate = 20\n"
                                       "preset = \"ultrafast\"\nbitrate_kbps = 800\n[camera.sub]\nwidth = 320\nheight = 180\n");

/// A program and its arguments.
using Command = QStringList;

Command ffmpeg(const QString &url, const QString &dir)
{
    return {QStringLiteral("ffmpeg"), QStringLiteral("-v"), QStringLiteral("error"), QStringLiteral("-i"), url, QStringLiteral("-frames:v"),
            QString::number(kPictures), QStringLiteral("-fps_mode"), QStringLiteral("passthrough"), dir + QStringLiteral("/%08d.png")};
}

Command mpv(const QString &url, const QString &dir)
{
    return {QStringLiteral("mpv"), QStringLiteral("--no-config"), QStringLiteral("--ao=null"), QStringLiteral("--vo=image"),
            QStringLiteral("--vo-image-format=png"), QStringLiteral("--vo-image-outdir=") + dir,
            QStringLiteral("--frames=%1").arg(kPictures), url};
}

/// It refuses to be root.
Command vlc(const QString &url, const QString &dir)
{
    const Command dropping{QStringLiteral("setpriv"), QStringLiteral("--reuid=65534"), QStringLiteral("--regid=65534"),
                           QStringLiteral("--clear-groups"), QStringLiteral("env"), QStringLiteral("HOME=") + dir};
    return (geteuid() == 0 ? dropping : Command()) +
           Command{QStringLiteral("vlc"), QStringLiteral("-I"), QStringLiteral("dummy"), QStringLiteral("--no-audio"), QStringLiteral("--vout"),
                   QStringLiteral("dummy"), QStringLiteral("--video-filter"), QStringLiteral("scene"), QStringLiteral("--scene-format"),
                   QStringLiteral("png"), QStringLiteral("--scene-path"), dir, QStringLiteral("--scene-ratio"), QStringLiteral("5"), url};
}

Command gstreamer(const QString &url, const QString &dir)
{
    return {QStringLiteral("gst-launch-1.0"), QStringLiteral("-q"), QStringLiteral("uridecodebin"), QStringLiteral("uri=") + url, QStringLiteral("!"),
            QStringLiteral("videoconvert"), QStringLiteral("!"), QStringLiteral("pngenc"), QStringLiteral("!"), QStringLiteral("multifilesink"),
            QStringLiteral("location=%1/%08d.png").arg(dir)};
}

Command curl(const QString &url, const QString &dir)
{
    return {QStringLiteral("curl"), QStringLiteral("-sS"), QStringLiteral("-o"), dir + QStringLiteral("/picture.jpg"), url};
}

struct Client {
    const char *program;
    Command (*command)(const QString &url, const QString &dir);
};
const QHash<QString, Client> kClients{{QStringLiteral("ffmpeg"), {"ffmpeg", ffmpeg}}, {QStringLiteral("mpv"), {"mpv", mpv}},
                                      {QStringLiteral("vlc"), {"vlc", vlc}}, {QStringLiteral("gstreamer"), {"gst-launch-1.0", gstreamer}},
                                      {QStringLiteral("curl"), {"curl", curl}}};

std::optional<agent::Barcode> barcodeOf(const QImage &picture)
{
    const QImage grey = picture.convertToFormat(QImage::Format_Grayscale8);
    return agent::readBarcode(grey.constBits(), int(grey.bytesPerLine()), grey.width(), grey.height());
}

/// The barcode of a picture that fills the width of a screen, somewhere.
std::optional<agent::Barcode> barcodeOnScreen(const QImage &screen)
{
    const QImage grey = screen.convertToFormat(QImage::Format_Grayscale8);
    for (int y = 0; y < grey.height(); y += 4) {
        if (const auto barcode = agent::readBarcode(grey.constScanLine(y), 0, grey.width(), agent::kBarcodeCells))
            return barcode;
    }
    return std::nullopt;
}

bool isOfNow(const agent::Barcode &barcode)
{
    const std::int64_t age = QDateTime::currentMSecsSinceEpoch() - barcode.capturedMs;
    return age >= 0 && age < 60'000;
}

} // namespace

class ForeignClientsTest : public QObject {
    Q_OBJECT

    test::MediaMtxOptions m_web{.web = true};
    test::MediaMtx m_relay{m_web};
    AgentProcess m_agent;

    QString url(const QString &path) const
    {
        if (path.startsWith(u'/'))
            return m_agent.url() + path;
        return path.startsWith(QLatin1String("hls/")) ? m_relay.hlsUrl(path.mid(4)) : m_relay.rtspUrl(path);
    }

private Q_SLOTS:
    void initTestCase()
    {
        QString relay;
        if (test::MediaMtx::available()) {
            QVERIFY(m_relay.start());
            relay = QStringLiteral("[relay]\nurl = \"%1\"\n").arg(m_relay.rtspUrl(QString()));
        }
        const auto started = m_agent.start(QStringLiteral("[clock]\ntrust = \"always\"\n") + relay + kCamera);
        QVERIFY2(started, started ? "" : qPrintable(started.error().text()));
        QTRY_COMPARE(m_agent.get(QStringLiteral("/ready")).status, 200);
        if (!relay.isEmpty())
            QTRY_VERIFY_WITH_TIMEOUT(m_relay.isLive(QStringLiteral("gate")) && m_relay.isLive(QStringLiteral("gate/sub")), 20'000);
    }

    void showsPictures_data()
    {
        QTest::addColumn<QString>("client");
        QTest::addColumn<QString>("path");
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("pictures");
        const auto row = [](const char *client, const char *path, int width = 640, int pictures = kPictures) {
            QTest::addRow("%s %s", client, path) << QString::fromLatin1(client) << QString::fromLatin1(path) << width << pictures;
        };
        for (const char *path : {"/live/gate/main.ts", "/live/gate/main.mjpg?fps=20", "gate", "hls/gate/index.m3u8"}) {
            row("ffmpeg", path);
            row("mpv", path);
            if (!QByteArrayView(path).contains(".mjpg")) // needs a pipeline of its own: tst_mjpeg
                row("gstreamer", path);
            if (QByteArrayView(path) != "gate") // Debian's VLC has no RTSP
                row("vlc", path);
        }
        row("mpv", "/live/gate/sub.ts", 320);
        row("mpv", "gate/sub", 320);
        row("curl", "/live/gate/main.jpg", 640, 1);
        row("mpv", "/camera/stream.mjpg");
    }
    void showsPictures()
    {
        QFETCH(QString, client);
        QFETCH(QString, path);
        QFETCH(int, width);
        QFETCH(int, pictures);
        if (!path.startsWith(u'/') && !test::MediaMtx::available())
            QSKIP("no mediamtx on this machine");
        if (test::findProgram(QString::fromLatin1(kClients[client].program)).isEmpty())
            QSKIP(qPrintable(QStringLiteral("no %1 on this machine").arg(client)));
        const QTemporaryDir dir;
        QFile::setPermissions(dir.path(), QFile::Permissions(0x7777)); // VLC may be somebody else
        Command command = kClients[client].command(url(path), dir.path());

        test::ChildProcess child;
        const QString program = command.takeFirst();
        QVERIFY(child.start(program, command));
        const QDir saved(dir.path());
        const auto files = [&saved] { return saved.entryList({QStringLiteral("*.png"), QStringLiteral("*.jpg")}, QDir::Files, QDir::Name); };
        // Joining a relayed stream, GStreamer shows what comes before the first key frame.
        const int early = client == QLatin1String("gstreamer") ? kGroup : 0;
        // One more than is looked at: the last one may be half written.
        const bool came = test::waitUntil([&] { return files().size() > early + pictures || (!child.running() && files().size() >= pictures); }, kPatience);
        child.terminate();
        QVERIFY2(came, (child.err() + child.out()).constData());
        QList<qint64> frames;
        for (const QString &name : files()) {
            const QImage picture(saved.filePath(name));
            const auto barcode = barcodeOf(picture);
            if (frames.size() == pictures || (frames.isEmpty() && !barcode && early > 0))
                continue;
            QCOMPARE(picture.width(), width);
            QVERIFY2(barcode, qPrintable(name));
            QVERIFY(isOfNow(*barcode));
            frames << barcode->frame;
        }
        QCOMPARE(frames.size(), pictures);
        QVERIFY(std::is_sorted(frames.begin(), frames.end())); // VLC shows a picture twice now and then
        QVERIFY(pictures == 1 || frames.last() > frames.first());
    }

    void aBrowserShowsIt_data()
    {
        QTest::addColumn<bool>("webRtc");
        QTest::addRow("HLS") << false;
        QTest::addRow("WebRTC") << true;
    }
    /// MediaMTX's own pages.
    void aBrowserShowsIt()
    {
        QFETCH(bool, webRtc);
        if (!test::MediaMtx::available())
            QSKIP("no mediamtx on this machine");
        const QString chromium = test::findProgram(QStringLiteral("chromium"));
        if (chromium.isEmpty())
            QSKIP("no chromium on this machine");
        if (QGuiApplication::platformName() != QLatin1String("xcb"))
            QSKIP("no Xvfb on this machine");
        const QTemporaryDir dir;
        test::ChildProcess child;
        QVERIFY(child.start(chromium, {QStringLiteral("--no-sandbox"), QStringLiteral("--test-type"), QStringLiteral("--disable-gpu"),
                                       QStringLiteral("--no-first-run"), QStringLiteral("--autoplay-policy=no-user-gesture-required"),
                                       QStringLiteral("--window-position=0,0"), QStringLiteral("--window-size=1280,1024"),
                                       QStringLiteral("--user-data-dir=") + dir.path(),
                                       QStringLiteral("--app=") + (webRtc ? m_relay.webRtcUrl(QStringLiteral("gate")) : m_relay.hlsUrl(QStringLiteral("gate/")))}));
        std::optional<agent::Barcode> first;
        const auto look = [] { return barcodeOnScreen(QGuiApplication::primaryScreen()->grabWindow(0).toImage()); };
        const bool shown = test::waitUntil([&] { return (first = look()) && isOfNow(*first); }, kPatience);
        QVERIFY2(shown, child.err().right(2000).constData());
        QVERIFY(test::waitUntil([&] { const auto now = look(); return now && now->frame > first->frame + 20; }, kPatience));
    }
};

int main(int argc, char **argv)
{
    if (const int code = test::runOnScreen(argc, argv); code >= 0)
        return code;
    QGuiApplication application(argc, argv);
    ForeignClientsTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_foreign_clients.moc"
