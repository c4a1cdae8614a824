// SPDX-License-Identifier: GPL-3.0-or-later
// RtspReceiver against servers not written here, and with faults between it and a server.
#include "core/net/rtsp_receiver.h"

#include "tests/core/net/rtsp_helpers.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/mediamtx.h"
#include "tests/support/rtsp_camera.h"

#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::net;
using test::Fault;
using test::FaultProxy;
using test::openRtsp;
using test::readPictures;

namespace {

const RtspReceiver::Options kOptions{milliseconds{3000}, milliseconds{3000}};

QString through(const FaultProxy &proxy)
{
    return QStringLiteral("rtsp://127.0.0.1:%1/camera").arg(proxy.port());
}

} // namespace

class tst_RtspReceiver : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        m_clip = m_dir.filePath(QStringLiteral("clip.mp4"));
        QStringList arguments = QStringLiteral("-v error -f lavfi -i testsrc2=size=640x360:rate=25 -f lavfi -i sine -t 4 "
                                               "-c:v libx264 -preset ultrafast -g 10 -bf 0 -pix_fmt yuv420p -c:a aac")
                                    .split(QLatin1Char(' '));
        const auto made = test::runProcess(test::findProgram(QStringLiteral("ffmpeg")), arguments << m_clip, milliseconds{30'000});
        QVERIFY(made && made->exitCode == 0);
        if (!test::RtspCamera::available())
            QSKIP("no GStreamer RTSP server on this machine");
        QVERIFY(m_camera.start(m_clip));
        QVERIFY(m_proxy.start(m_camera.port()));
    }
    void init() { m_proxy.clear(); }

    void playsACamera()
    {
        auto receiver = openRtsp(m_camera.url(), kOptions);
        QVERIFY2(receiver.has_value(), receiver ? "" : qPrintable(receiver.error().text()));
        QVERIFY((*receiver)->info().codec == media::Codec::H264);
        QVERIFY(!(*receiver)->info().parameterSets.empty());
        microseconds last{-1'000'000};
        for (int i = 0; i < 60; ++i) {
            const auto packet = (*receiver)->read({});
            QVERIFY2(packet.has_value(), packet ? "" : qPrintable(packet.error().text()));
            if (i == 0)
                QVERIFY((*packet)->key);
            QVERIFY((*packet)->pts > last);
            last = (*packet)->pts;
            if (const auto time = (*receiver)->senderTime(**packet); time && i > 50) {
                const auto behind = SystemClock().utcNow() - *time;
                QVERIFY(behind > milliseconds{-1000} && behind < milliseconds{5000});
            }
        }
        QCOMPARE((*receiver)->stats().lost, std::uint64_t{0});
        QVERIFY((*receiver)->stats().packets >= 60);
    }

    void passwords()
    {
        test::RtspCamera camera;
        test::RtspCameraOptions options;
        options.user = QStringLiteral("viewer");
        options.password = QStringLiteral("p%40ss");
        QVERIFY(camera.start(m_clip, options));
        const auto none = RtspReceiver::open(camera.url(), kOptions, {});
        QVERIFY(!none && none.error().kind == ErrorKind::Denied);
        const auto wrong = RtspReceiver::open(camera.urlWith(options.user, QStringLiteral("hunter2")), kOptions, {});
        QVERIFY(!wrong && wrong.error().kind == ErrorKind::Denied);
        QVERIFY(!wrong.error().text().contains(QStringLiteral("hunter2")));
        auto right = RtspReceiver::open(camera.urlWith(options.user, QString::fromUtf8(QUrl::toPercentEncoding(options.password))), kOptions, {});
        QVERIFY2(right.has_value(), right ? "" : qPrintable(right.error().text()));
        QVERIFY(readPictures(**right, 3));
    }

    void onlySound()
    {
        test::RtspCamera camera;
        test::RtspCameraOptions options;
        options.video = false;
        QVERIFY(camera.start(m_clip, options));
        const auto receiver = RtspReceiver::open(camera.url(), kOptions, {});
        QVERIFY(!receiver);
        QVERIFY2(receiver.error().kind == ErrorKind::Unsupported, qPrintable(receiver.error().text()));
    }

    void nobodyListens()
    {
        const auto receiver = RtspReceiver::open(QStringLiteral("rtsp://127.0.0.1:%1/x").arg(test::freePort()), kOptions, {});
        QVERIFY(!receiver && receiver.error().kind == ErrorKind::Unavailable);
    }

    void aWebServerAnswers()
    {
        test::ChildProcess server;
        const quint16 port = test::freePort();
        QVERIFY(server.start(QStringLiteral("python3"), {QStringLiteral("-m"), QStringLiteral("http.server"), QStringLiteral("--bind"),
                                                        QStringLiteral("127.0.0.1"), QString::number(port)}));
        QVERIFY(test::waitForPort(port, milliseconds{10'000}));
        const auto receiver = RtspReceiver::open(QStringLiteral("rtsp://127.0.0.1:%1/x").arg(port), kOptions, {});
        QVERIFY(!receiver);
        QVERIFY2(receiver.error().kind == ErrorKind::Corrupt, qPrintable(receiver.error().text()));
    }

    void noAddress_data()
    {
        QTest::addColumn<QString>("url");
        QTest::newRow("http") << QStringLiteral("http://127.0.0.1/x");
        QTest::newRow("no host") << QStringLiteral("rtsp:///x");
        QTest::newRow("noise") << QStringLiteral("::::");
    }
    void noAddress()
    {
        QFETCH(QString, url);
        const auto receiver = RtspReceiver::open(url, kOptions, {});
        QVERIFY(!receiver && receiver.error().kind == ErrorKind::InvalidInput);
    }

    void silenceWhileOpening()
    {
        Fault fault;
        fault.stall = true;
        m_proxy.setFault(FaultProxy::Direction::ToClient, fault);
        const auto receiver = RtspReceiver::open(through(m_proxy), {milliseconds{300}, milliseconds{300}}, {});
        QVERIFY(!receiver);
        QVERIFY2(receiver.error().kind == ErrorKind::Timeout, qPrintable(receiver.error().text()));
    }

    void aTrickleIsNoAnswer()
    {
        Fault fault;
        fault.bytesPerSecond = 20;
        m_proxy.setFault(FaultProxy::Direction::ToClient, fault);
        QElapsedTimer timer;
        timer.start();
        const auto receiver = RtspReceiver::open(through(m_proxy), {milliseconds{500}, milliseconds{500}}, {});
        QVERIFY(!receiver);
        QVERIFY2(receiver.error().kind == ErrorKind::Timeout, qPrintable(receiver.error().text()));
    }

    void silenceWhilePlaying()
    {
        auto receiver = openRtsp(through(m_proxy), {milliseconds{3000}, milliseconds{300}});
        QVERIFY2(receiver.has_value(), receiver ? "" : qPrintable(receiver.error().text()));
        QVERIFY(readPictures(**receiver, 5));
        Fault fault;
        fault.stall = true;
        m_proxy.setFault(FaultProxy::Direction::ToClient, fault);
        const Status ended = readPictures(**receiver, 100'000, false);
        QVERIFY(!ended);
        QVERIFY2(ended.error().kind == ErrorKind::Timeout, qPrintable(ended.error().text()));
    }

    void aStopEndsEveryWait()
    {
        auto receiver = openRtsp(through(m_proxy), kOptions);
        QVERIFY(receiver.has_value());
        Fault fault;
        fault.stall = true;
        m_proxy.setFault(FaultProxy::Direction::ToClient, fault);
        std::atomic<int> kind{-1};
        const milliseconds reading = test::timeToStop(
            [&](std::stop_token stop) {
                for (;;) {
                    const auto packet = (*receiver)->read(stop);
                    if (!packet) {
                        kind = static_cast<int>(packet.error().kind);
                        return;
                    }
                }
            },
            [] { return true; });
        QVERIFY2(reading <= milliseconds{100}, qPrintable(QString::number(reading.count())));
        QCOMPARE(kind.load(), static_cast<int>(ErrorKind::Cancelled));
        const std::uint64_t before = m_proxy.accepted();
        const milliseconds opening = test::timeToStop(
            [&](std::stop_token stop) {
                const auto opened = RtspReceiver::open(through(m_proxy), kOptions, stop);
                kind = opened ? -1 : static_cast<int>(opened.error().kind);
            },
            [&] { return m_proxy.accepted() > before; });
        QVERIFY2(opening <= milliseconds{100}, qPrintable(QString::number(opening.count())));
        QCOMPARE(kind.load(), static_cast<int>(ErrorKind::Cancelled));
        QElapsedTimer goodbye; // of a receiver whose server takes and says nothing
        goodbye.start();
        receiver->reset();
        QVERIFY(goodbye.elapsed() <= 100);
    }

    void cutAnywhere()
    {
        for (const std::uint64_t at : {1, 40, 200, 600, 700, 1200, 5000, 20'000}) {
            Fault fault;
            fault.cutAt = at;
            fault.cutByReset = at % 400 == 0;
            m_proxy.setFault(FaultProxy::Direction::ToClient, fault);
            auto receiver = openRtsp(through(m_proxy), kOptions);
            const Status ended = receiver ? readPictures(**receiver, 100'000) : fail(receiver.error());
            QVERIFY(!ended);
            QVERIFY2(ended.error().kind == ErrorKind::Unavailable, qPrintable(ended.error().text()));
        }
    }

    void corruptAnywhere()
    {
        for (std::uint64_t at = 0; at < 900; at += 37) {
            Fault fault;
            fault.corruptAt = at;
            m_proxy.setFault(FaultProxy::Direction::ToClient, fault);
            auto receiver = RtspReceiver::open(through(m_proxy), {milliseconds{400}, milliseconds{400}}, {});
            if (receiver)
                (void)readPictures(**receiver, 20); // whatever comes of it, it comes to an end
        }
    }

    void throughARelay()
    {
        test::MediaMtx relay;
        if (!test::MediaMtx::available())
            QSKIP("no mediamtx on PATH");
        QVERIFY(relay.start());
        const auto nobody = RtspReceiver::open(relay.rtspUrl(QStringLiteral("gate")), kOptions, {});
        QVERIFY(!nobody && nobody.error().kind == ErrorKind::NotFound);
        test::ChildProcess publisher;
        QVERIFY(publisher.start(test::findProgram(QStringLiteral("ffmpeg")),
                                QStringLiteral("-v error -re -stream_loop -1 -i %1 -an -c copy -f rtsp -rtsp_transport tcp %2")
                                    .arg(m_clip, relay.rtspUrl(QStringLiteral("gate")))
                                    .split(QLatin1Char(' '))));
        QVERIFY(test::waitUntil([&] { return relay.isLive(QStringLiteral("gate")); }, milliseconds{10'000}));
        auto receiver = RtspReceiver::open(relay.rtspUrl(QStringLiteral("gate")), kOptions, {});
        QVERIFY2(receiver.has_value(), receiver ? "" : qPrintable(receiver.error().text()));
        QVERIFY(readPictures(**receiver, 50));
        publisher.kill();
        const Status ended = readPictures(**receiver, 100'000, false);
        QVERIFY(!ended);
        QVERIFY2(ended.error().kind == ErrorKind::Unavailable, qPrintable(ended.error().text()));
    }

private:
    QTemporaryDir m_dir;
    QString m_clip;
    test::RtspCamera m_camera;
    FaultProxy m_proxy;
};

QTEST_GUILESS_MAIN(tst_RtspReceiver)
#include "tst_rtsp_receiver.moc"
