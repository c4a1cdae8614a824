// SPDX-License-Identifier: GPL-3.0-or-later
// The helpers that start real servers, checked with programs not written here (ffmpeg, ffprobe).
#include "tests/support/mediamtx.h"
#include "tests/support/process.h"
#include "tests/support/rtsp_camera.h"
#include "tests/support/test_broker.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::test;

namespace {

constexpr milliseconds kDeadline{30'000};

QStringList words(const char *text)
{
    return QString::fromLatin1(text).split(QLatin1Char(' '));
}

} // namespace

class TestServers : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    QString m_film;

    /// Prints one line for each packet received.
    static Result<Finished> probe(const QString &url, const char *seconds)
    {
        return runProcess(findProgram(QStringLiteral("ffprobe")),
                          words("-v error -rtsp_transport tcp -analyzeduration 500000 -show_entries packet=pts_time,flags:stream=codec_name -of csv -read_intervals")
                              << QStringLiteral("%+") + QLatin1String(seconds) << url,
                          kDeadline);
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (findProgram(QStringLiteral("ffmpeg")).isEmpty())
            QSKIP("no ffmpeg on this machine");
        m_film = m_dir.filePath(QStringLiteral("film.mp4"));
        const auto made = runProcess(findProgram(QStringLiteral("ffmpeg")),
                                     words("-v error -f lavfi -i testsrc2=size=320x240:rate=20 -t 1 -c:v libx264 -preset ultrafast -g 10 -bf 0 -pix_fmt yuv420p")
                                         << m_film,
                                     kDeadline);
        QVERIFY(made);
        QVERIFY2(made->exitCode == 0, made->err.constData());
    }

    void processesKeepTheirDeadline()
    {
        const auto slow = runProcess(QStringLiteral("sleep"), {QStringLiteral("60")}, milliseconds{100});
        QVERIFY(!slow);
        QVERIFY(slow.error().kind == ErrorKind::Timeout);
        const auto missing = runProcess(QStringLiteral("/nonexistent/program"), {}, milliseconds{100});
        QVERIFY(!missing);
        QVERIFY(missing.error().kind == ErrorKind::NotFound);
        const auto echo = runProcess(QStringLiteral("cat"), {}, kDeadline, "hello");
        QVERIFY(echo);
        QCOMPARE(echo->out, QByteArray("hello"));
        ChildProcess child;
        QVERIFY(child.start(QStringLiteral("sh"), {QStringLiteral("-c"), QStringLiteral("trap '' TERM; echo up; while :; do sleep 1; done")}));
        QVERIFY(child.waitForLine(QStringLiteral("up"), kDeadline));
        QVERIFY(!child.terminate(milliseconds{200})); // had to be killed
        QVERIFY(!child.running());
    }

    void brokerKeepsItsPort()
    {
        if (!TestBroker::available())
            QSKIP("no mosquitto on this machine");
        TestBroker broker;
        QVERIFY(broker.start());
        const quint16 port = broker.port();
        broker.kill();
        QVERIFY(!waitForPort(port, milliseconds{100}));
        QVERIFY(broker.start());
        QCOMPARE(broker.port(), port);
    }

    void cameraShowsTheFileForEver()
    {
        if (!RtspCamera::available())
            QSKIP("no GStreamer RTSP server on this machine");
        RtspCamera camera;
        const auto started = camera.start(m_film);
        QVERIFY2(started, started ? "" : qPrintable(started.error().detail));
        QElapsedTimer timer;
        timer.start();
        const auto seen = probe(camera.url(), "3");
        QVERIFY(seen);
        QVERIFY2(seen->exitCode == 0, seen->err.constData());
        QVERIFY(seen->out.contains("h264"));
        // Three times the film's length, in real time.
        const qsizetype packets = seen->out.count("packet,");
        QVERIFY2(packets >= 50 && packets <= 75, qPrintable(QString::number(packets)));
        QVERIFY(timer.elapsed() >= 2000);
    }

    void cameraAsksForThePassword()
    {
        if (!RtspCamera::available())
            QSKIP("no GStreamer RTSP server on this machine");
        RtspCamera camera;
        QVERIFY(camera.start(m_film, {.user = QStringLiteral("u"), .password = QStringLiteral("right")}));
        const auto right = probe(camera.urlWith(QStringLiteral("u"), QStringLiteral("right")), "1");
        QVERIFY(right);
        QVERIFY2(right->exitCode == 0 && right->out.contains("packet,"), right->err.constData());
        for (const QString &url : {camera.url(), camera.urlWith(QStringLiteral("u"), QStringLiteral("wrong"))}) {
            const auto refused = probe(url, "1");
            QVERIFY(refused);
            QVERIFY(refused->exitCode != 0);
            QVERIFY2(refused->err.contains("401"), refused->err.constData());
        }
    }

    void cameraWithoutVideo()
    {
        if (!RtspCamera::available())
            QSKIP("no GStreamer RTSP server on this machine");
        RtspCamera camera;
        QVERIFY(camera.start({}, {.video = false}));
        const auto seen = probe(camera.url(), "1");
        QVERIFY(seen);
        QVERIFY2(seen->exitCode == 0, seen->err.constData());
        QVERIFY(seen->out.contains("pcm_alaw"));
        QVERIFY(!seen->out.contains("h264"));
    }

    void cameraRefusesAFileWithoutVideo()
    {
        if (!RtspCamera::available())
            QSKIP("no GStreamer RTSP server on this machine");
        const auto missing = runProcess(toolPath(QStringLiteral("rtsp_camera")), {m_dir.filePath(QStringLiteral("no.mp4"))}, kDeadline);
        QVERIFY(missing);
        QCOMPARE(missing->exitCode, 1);
        QVERIFY(missing->err.contains("no.mp4"));
        QCOMPARE(runProcess(toolPath(QStringLiteral("rtsp_camera")), {}, kDeadline)->exitCode, 2);
    }

    void relayRelays()
    {
        if (!MediaMtx::available())
            QSKIP("no mediamtx on PATH");
        MediaMtx relay({.publishUser = QStringLiteral("cam"), .publishPassword = QStringLiteral("secret")});
        const auto started = relay.start();
        QVERIFY2(started, started ? "" : qPrintable(started.error().detail));
        QVERIFY(!relay.isLive(QStringLiteral("gate")));
        const QStringList push = words("-v error -re -stream_loop -1 -i") << m_film << words("-c copy -f rtsp -rtsp_transport tcp");
        const auto refused = runProcess(findProgram(QStringLiteral("ffmpeg")), push + QStringList{relay.rtspUrl(QStringLiteral("gate"))}, kDeadline);
        QVERIFY(refused);
        QVERIFY(refused->exitCode != 0);
        ChildProcess publisher;
        QVERIFY(publisher.start(findProgram(QStringLiteral("ffmpeg")),
                                push + QStringList{QStringLiteral("rtsp://cam:secret@127.0.0.1:%1/gate").arg(relay.rtspPort())}));
        QTRY_VERIFY_WITH_TIMEOUT(relay.isLive(QStringLiteral("gate")), 10'000);
        const auto seen = probe(relay.rtspUrl(QStringLiteral("gate")), "1");
        QVERIFY(seen);
        QVERIFY2(seen->out.contains("packet,"), seen->err.constData());
        relay.kill();
        QVERIFY(relay.start());
        QVERIFY(!relay.isLive(QStringLiteral("gate")));
    }
};

QTEST_GUILESS_MAIN(TestServers)
#include "tst_servers.moc"
