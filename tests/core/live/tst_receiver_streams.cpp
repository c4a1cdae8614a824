// SPDX-License-Identifier: GPL-3.0-or-later
// StreamReceiver and streams of every kind from a real RTSP camera: transports, sizes, order, and what goes wrong later.
#include "core/live/stream_receiver.h"

#include "core/live/tile_state.h"
#include "tests/core/live/viewer.h"
#include "tests/core/media/media_fixture.h"
#include "tests/support/rtsp_camera.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QUdpSocket>

#include <set>

using namespace vedette;
using namespace vedette::live;
using protocol::StageState;
using test::RtspCamera;
using test::RtspCameraOptions;
using test::Viewer;

namespace {

constexpr char kEncode[] = " -c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p";

} // namespace

class tst_ReceiverStreams : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void kinds_data();
    void kinds();
    void sizes_data();
    void sizes();
    void sizeChangesInMidStream();
    void passwordFromNowOn();
    void stopsAtOnce();

private:
    QString clip(const QString &name, const QString &line);

    QTemporaryDir m_dir;
};

void tst_ReceiverStreams::initTestCase()
{
    if (!RtspCamera::available())
        QSKIP("no GStreamer RTSP server on this machine");
}

QString tst_ReceiverStreams::clip(const QString &name, const QString &line)
{
    const QString path = m_dir.filePath(name);
    return QFile::exists(path) || test::makeClip(line, path) ? path : QString();
}

void tst_ReceiverStreams::kinds_data()
{
    QTest::addColumn<QString>("encode");
    QTest::addColumn<QString>("query");
    QTest::addColumn<QString>("address");
    QTest::addColumn<bool>("sound");
    const QString plain = QLatin1String(kEncode);
    const QString here = QStringLiteral("127.0.0.1");
    QTest::newRow("TCP") << plain << QString() << here << false;
    QTest::newRow("UDP") << plain << QStringLiteral("?transport=udp") << here << false;
    QTest::newRow("IPv6") << plain << QString() << QStringLiteral("::1") << false;
    QTest::newRow("with sound") << plain << QString() << here << true;
    QTest::newRow("B-frames") << QStringLiteral(" -c:v libx264 -preset veryfast -bf 3 -b_strategy 0 -g 25 -pix_fmt yuv420p") << QString() << here << false;
    QTest::newRow("parameter sets before each picture") << plain + QStringLiteral(" -g 1") << QString() << here << false;
    QTest::newRow("several slices") << plain + QStringLiteral(" -slices 4") << QString() << here << false;
}

void tst_ReceiverStreams::kinds()
{
    QFETCH(QString, encode);
    QFETCH(QString, query);
    QFETCH(QString, address);
    QFETCH(bool, sound);
    if (QUdpSocket probe; address.contains(QLatin1Char(':')) && !probe.bind(QHostAddress::LocalHostIPv6))
        QSKIP("no IPv6 on this machine");
    const QString path = clip(QString::fromLatin1(QTest::currentDataTag()) + QStringLiteral(".mp4"),
                              QStringLiteral("-f lavfi -i testsrc2=size=320x192:rate=25:duration=4") + encode);
    QVERIFY(!path.isEmpty());
    RtspCameraOptions options;
    options.address = address;
    options.sound = sound;
    RtspCamera camera;
    QVERIFY(camera.start(path, options));
    Viewer viewer;
    viewer.watch({camera.url() + query});
    QTRY_VERIFY_WITH_TIMEOUT(viewer.shown.size() >= 60, 15'000);
    QVERIFY(viewer.receiver.state().stage == StageState::Running);
    const StreamStats stats = viewer.receiver.stats();
    QCOMPARE(stats.decodeErrors, std::uint64_t{0});
    QVERIFY2(stats.fps > 18 && stats.fps < 32, qPrintable(QString::number(stats.fps)));
    for (std::size_t i = 1; i < viewer.shown.size(); ++i)
        QVERIFY(viewer.shown[i].pts > viewer.shown[i - 1].pts);
}

void tst_ReceiverStreams::sizes_data()
{
    QTest::addColumn<QSize>("size");
    QTest::newRow("2 x 2") << QSize(2, 2);
    QTest::newRow("no multiple of 16") << QSize(322, 182);
    QTest::newRow("4K") << QSize(3840, 2160);
    QTest::newRow("8K") << QSize(7680, 4320);
}

void tst_ReceiverStreams::sizes()
{
    QFETCH(QSize, size);
    const QString path = clip(QStringLiteral("%1.mp4").arg(size.width()), QStringLiteral("-f lavfi -i color=gray:size=%1x%2:rate=4:duration=1")
                                  .arg(size.width()).arg(size.height()) + QLatin1String(kEncode));
    QVERIFY(!path.isEmpty());
    RtspCamera camera;
    QVERIFY(camera.start(path));
    Viewer viewer;
    viewer.watch({camera.url()});
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.stats().decoded >= 3, 20'000);
    const StreamStats stats = viewer.receiver.stats();
    QCOMPARE(QSize(stats.width, stats.height), size);
    QElapsedTimer timer;
    timer.start();
    viewer.receiver.stop();
    QVERIFY2(timer.elapsed() <= 500, qPrintable(QString::number(timer.elapsed())));
}

void tst_ReceiverStreams::sizeChangesInMidStream()
{
    QByteArray film;
    for (const char *size : {"320x192", "640x360", "64x48"}) {
        const QString part = clip(QStringLiteral("%1.h264").arg(QLatin1String(size)),
                                  QStringLiteral("-f lavfi -i testsrc2=size=%1:rate=25:duration=1 -bsf:v h264_mp4toannexb").arg(QLatin1String(size)) + QLatin1String(kEncode));
        QFile file(part);
        QVERIFY(file.open(QIODevice::ReadOnly));
        film += file.readAll();
    }
    QFile whole(m_dir.filePath(QStringLiteral("changing.h264")));
    QVERIFY(whole.open(QIODevice::WriteOnly) && whole.write(film) == film.size());
    whole.close();
    RtspCamera camera;
    QVERIFY(camera.start(whole.fileName()));
    Viewer viewer;
    std::set<int> widths;
    QObject::connect(&viewer.receiver, &StreamReceiver::frameReady, &viewer.receiver, [&] { widths.insert(viewer.receiver.stats().width); });
    viewer.watch({camera.url()});
    QTRY_COMPARE_WITH_TIMEOUT(widths, (std::set<int>{64, 320, 640}), 15'000);
    QVERIFY(viewer.receiver.state().stage == StageState::Running);
    QCOMPARE(viewer.receiver.stats().connects, std::uint64_t{1});
}

/// The camera comes back and wants a password, or another one.
void tst_ReceiverStreams::passwordFromNowOn()
{
    const QString path = clip(QStringLiteral("plain.mp4"), QStringLiteral("-f lavfi -i testsrc2=size=320x192:rate=25:duration=2") + QLatin1String(kEncode));
    RtspCamera camera;
    QVERIFY(camera.start(path));
    Viewer viewer;
    viewer.watch({camera.urlWith(QStringLiteral("guard"), QStringLiteral("hunter2"))});
    QTRY_VERIFY_WITH_TIMEOUT(viewer.shown.size() >= 10, 10'000);
    camera.kill();
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().stage != StageState::Running, 10'000);
    RtspCameraOptions guarded;
    guarded.user = QStringLiteral("guard");
    guarded.password = QStringLiteral("changed");
    guarded.digest = true;
    QVERIFY(camera.start(path, guarded));
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().errorKind == ErrorKind::Denied, 20'000);
    const ReceiverState state = viewer.receiver.state();
    QVERIFY(state.stage == StageState::Waiting && state.nextTry);
    QVERIFY(*state.nextTry > viewer.clock.now() + milliseconds{40'000}); // servers lock out
    QVERIFY2(!state.reason.contains(QStringLiteral("hunter2")), qPrintable(state.reason));
    viewer.receiver.setUrls({camera.urlWith(guarded.user, guarded.password)});
    QTRY_VERIFY_WITH_TIMEOUT(viewer.receiver.state().stage == StageState::Running, 10'000);
}

/// In the middle of pictures, over each transport.
void tst_ReceiverStreams::stopsAtOnce()
{
    const QString path = clip(QStringLiteral("plain.mp4"), QStringLiteral("-f lavfi -i testsrc2=size=320x192:rate=25:duration=2") + QLatin1String(kEncode));
    RtspCamera camera;
    QVERIFY(camera.start(path));
    for (const char *query : {"", "?transport=udp"}) {
        Viewer viewer;
        viewer.watch({camera.url() + QLatin1String(query)});
        QTRY_VERIFY_WITH_TIMEOUT(viewer.shown.size() >= 5, 10'000);
        QElapsedTimer timer;
        timer.start();
        viewer.receiver.stop();
        QVERIFY2(timer.elapsed() <= 100, qPrintable(QString::number(timer.elapsed())));
    }
}

QTEST_GUILESS_MAIN(tst_ReceiverStreams)
#include "tst_receiver_streams.moc"
