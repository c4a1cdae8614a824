// SPDX-License-Identifier: GPL-3.0-or-later
// An agent's Motion JPEG and single picture as our console and programs that are not ours read them.
#include "core/live/tile_state.h"
#include "core/protocol/capture_jpeg.h"
#include "tests/core/live/viewer.h"
#include "tests/e2e/agent_process.h"
#include "tests/support/fault_proxy.h"

#include <QSet>
#include <QTest>

using namespace vedette;
using namespace std::chrono_literals;
using test::AgentProcess;

namespace {

CaptureStamp stampOf(const QByteArray &jpeg)
{
    const auto stamp = protocol::findJpegCapture({reinterpret_cast<const std::uint8_t *>(jpeg.constData()), std::size_t(jpeg.size())});
    return stamp.value_or(CaptureStamp{});
}


} // namespace

class TestMjpeg : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        const auto started = m_agent.start(test::testCamera(QStringLiteral("gate")));
        QVERIFY2(started, started ? "" : qPrintable(started.error().text()));
        QTRY_COMPARE(m_agent.get(QStringLiteral("/live/gate/main.jpg")).status, 200);
    }

    void ffmpegDecodesIt()
    {
        const auto done = test::runProcess(QStringLiteral("ffmpeg"),
                                           {QStringLiteral("-v"), QStringLiteral("error"), QStringLiteral("-xerror"), QStringLiteral("-f"),
                                            QStringLiteral("mpjpeg"), QStringLiteral("-i"), url(QStringLiteral("main.mjpg?fps=10")),
                                            QStringLiteral("-frames:v"), QStringLiteral("10"), QStringLiteral("-f"),
                                            QStringLiteral("framemd5"), QStringLiteral("-")},
                                           30s);
        QVERIFY(done);
        QVERIFY2(done->exitCode == 0 && done->err.isEmpty(), done->err.constData());
        QSet<QByteArray> pictures;
        for (const QByteArray &line : done->out.split('\n')) {
            if (!line.startsWith('#') && !line.isEmpty())
                pictures.insert(line.mid(line.lastIndexOf(',')));
        }
        QCOMPARE(pictures.size(), 10); // each another picture
    }

    void gstreamerDecodesIt()
    {
        const QString gst = test::findProgram(QStringLiteral("gst-launch-1.0"));
        const auto has = [](const char *element) {
            const auto done = test::runProcess(QStringLiteral("gst-inspect-1.0"), {QStringLiteral("--exists"), QLatin1String(element)}, 30s);
            return done && done->exitCode == 0;
        };
        if (gst.isEmpty() || !has("souphttpsrc") || !has("multipartdemux") || !has("jpegdec"))
            QSKIP("no GStreamer with souphttpsrc, multipartdemux and jpegdec on this machine");
        const auto done = test::runProcess(gst, {QStringLiteral("-q"), QStringLiteral("souphttpsrc"), QStringLiteral("location=") + url(QStringLiteral("main.mjpg")),
                                                 QStringLiteral("!"), QStringLiteral("multipartdemux"), QStringLiteral("!"), QStringLiteral("jpegdec"),
                                                 QStringLiteral("!"), QStringLiteral("identity"), QStringLiteral("eos-after=5"), QStringLiteral("!"), QStringLiteral("fakesink")},
                                           30s);
        QVERIFY(done);
        QVERIFY2(done->exitCode == 0, done->err.constData());
    }

    void curlSeesTheHeaders()
    {
        if (test::findProgram(QStringLiteral("curl")).isEmpty())
            QSKIP("no curl on this machine");
        const auto picture = test::runProcess(QStringLiteral("curl"), {QStringLiteral("-sSi"), url(QStringLiteral("main.jpg"))}, 10s);
        QVERIFY(picture && picture->exitCode == 0);
        checkPart(picture->out);

        // curl ends at its own time limit (28), as an endless stream does not.
        const auto stream = test::runProcess(QStringLiteral("curl"), {QStringLiteral("-sSN"), QStringLiteral("-m"), QStringLiteral("3"), url(QStringLiteral("main.mjpg?fps=5"))}, 10s);
        QVERIFY(stream && stream->exitCode == 28);
        QVERIFY(stream->out.startsWith("--vedette\r\n"));
        const qsizetype parts = stream->out.count("--vedette\r\nContent-Type: image/jpeg\r\n");
        QVERIFY2(parts >= 8 && parts <= 16, qPrintable(QString::number(parts)));
        checkPart(stream->out);
    }

    void readersAreCounted()
    {
        const auto told = [this](const QByteArray &name) {
            const QByteArray metrics = m_agent.get(QStringLiteral("/metrics")).body;
            const QByteArray line = name + "{camera_id=\"gate\",stream=\"main\"} ";
            const qsizetype at = metrics.indexOf('\n' + line);
            return at < 0 ? -1 : metrics.mid(at + 1 + line.size(), metrics.indexOf('\n', at + 1) - at - 1 - line.size()).toDouble();
        };
        QTRY_COMPARE(told("camera_mjpeg_readers"), 0.0);
        const double before = told("camera_mjpeg_frames_total");
        test::ChildProcess reader;
        QVERIFY(reader.start(QStringLiteral("curl"), {QStringLiteral("-sSN"), QStringLiteral("-o"), QStringLiteral("/dev/null"), url(QStringLiteral("main.mjpg?fps=10"))}));
        QTRY_COMPARE(told("camera_mjpeg_readers"), 1.0);
        QTRY_VERIFY(told("camera_mjpeg_frames_total") >= before + 3);
        QVERIFY(told("camera_stream_frames_encoded_total") > 0);
        QCOMPARE(told("camera_stream_encoder_restarts_total"), 0.0);
        reader.kill();
        QTRY_COMPARE(told("camera_mjpeg_readers"), 0.0);
    }

    void savedPictureKeepsItsTime()
    {
        const auto answer = m_agent.get(QStringLiteral("/live/gate/main.jpg"));
        const CaptureStamp stamp = stampOf(answer.body);
        QVERIFY(stamp.known && stamp.run != 0);
        const auto age = SystemClock().utcNow() - stamp.captured;
        QVERIFY2(age >= 0s && age < 5s, qPrintable(QString::number(age.count())));
    }

    void oursReadsIt()
    {
        test::Viewer viewer;
        viewer.watch({url(QStringLiteral("main.mjpg?fps=10"))});
        QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.stats().decoded >= 20, 10'000);
        QVERIFY(viewer.receiver.state().path.kind == live::PathKind::Mjpeg);
        QCOMPARE(live::nextTileCondition({}, viewer.receiver.state(), viewer.clock.now()).state, live::TileState::Live);
        const live::StreamStats stats = viewer.receiver.stats();
        QVERIFY2(stats.latencyMs && *stats.latencyMs < 500, qPrintable(stats.latencyReason));
        QVERIFY2(stats.fps > 8 && stats.fps < 12, qPrintable(QString::number(stats.fps)));
        QVERIFY(viewer.timeNeverGoesBack());
    }

    void ladderGoesDownAndUpAgain()
    {
        test::FaultProxy direct;
        test::FaultProxy mjpeg;
        const auto port = static_cast<std::uint16_t>(m_agent.port());
        QVERIFY(direct.start(port) && mjpeg.start(port));
        const auto by = [](const test::FaultProxy &proxy, const char *file) {
            return QStringLiteral("http://127.0.0.1:%1/live/gate/%2").arg(proxy.port()).arg(QLatin1String(file));
        };
        const auto cut = [](test::FaultProxy &proxy) {
            proxy.setRefuse(true);
            proxy.cutAll();
        };
        test::Viewer viewer;
        live::TileCondition tile;
        const auto kind = [&] { return viewer.receiver.state().path.kind; };
        const auto state = [&] { return (tile = live::nextTileCondition(tile, viewer.receiver.state(), viewer.clock.now())).state; };
        viewer.watch({by(direct, "main.au"), by(mjpeg, "main.mjpg"), url(QStringLiteral("main.jpg"))});
        QTRY_VERIFY(viewer.shown.size() >= 10);
        QVERIFY(kind() == live::PathKind::Direct);

        cut(direct);
        QTRY_VERIFY_WITH_TIMEOUT(kind() == live::PathKind::Mjpeg && viewer.receiver.state().stage == protocol::StageState::Running, 5000);
        std::size_t shown = viewer.shown.size();
        QTRY_VERIFY(viewer.shown.size() >= shown + 10);
        QCOMPARE(state(), live::TileState::Live);
        QVERIFY(viewer.receiver.stats().latencyMs);
        QTRY_VERIFY(viewer.receiver.state().nextTry); // of the better one
        QVERIFY(viewer.receiver.state().reason.contains(by(direct, "main.au")));

        cut(mjpeg);
        QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().snapshot, 8000);
        const MonoTime first = viewer.receiver.state().lastNewCapture;
        QCOMPARE(state(), live::TileState::Stale);
        QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().lastNewCapture > first + 2s, 8000); // fetched again
        QCOMPARE(state(), live::TileState::Stale);

        mjpeg.setRefuse(false);
        QTRY_VERIFY_WITH_TIMEOUT(kind() == live::PathKind::Mjpeg && !viewer.receiver.state().snapshot, 20'000);
        QTRY_COMPARE(state(), live::TileState::Live);
        direct.setRefuse(false);
        QTRY_VERIFY_WITH_TIMEOUT(kind() == live::PathKind::Direct, 20'000);
        shown = viewer.shown.size();
        QTRY_VERIFY(viewer.shown.size() >= shown + 20);
        QCOMPARE(state(), live::TileState::Live);
        QVERIFY(!viewer.receiver.state().nextTry);
        QVERIFY(viewer.timeNeverGoesBack());
    }

private:
    QString url(const QString &file) const { return m_agent.url() + QStringLiteral("/live/gate/") + file; }

    /// The first picture in these bytes: its header and its COM segment say the same.
    static void checkPart(const QByteArray &bytes)
    {
        const qsizetype begin = bytes.indexOf("X-Capture-Time: ");
        const qsizetype end = bytes.indexOf("\r\n", begin);
        const qsizetype body = bytes.indexOf("\xff\xd8", begin);
        QVERIFY(begin > 0 && end > begin && body > end);
        const auto told = protocol::parseCaptureTime(bytes.mid(begin + 16, end - begin - 16));
        QVERIFY2(told, bytes.mid(begin, end - begin).constData());
        QVERIFY(*told == stampOf(bytes.mid(body)));
    }

    AgentProcess m_agent;
};

QTEST_GUILESS_MAIN(TestMjpeg)
#include "tst_mjpeg.moc"
