// SPDX-License-Identifier: GPL-3.0-or-later
// RtspReceiver over UDP, TLS and IPv6, with sound and with passwords, against servers not written here.
#include "core/net/rtsp_receiver.h"

#include "tests/core/net/rtsp_helpers.h"
#include "tests/core/net/udp_forwarder.h"
#include "tests/support/mediamtx.h"
#include "tests/support/rtsp_camera.h"

#include <QTemporaryDir>
#include <QTest>
#include <QUdpSocket>
#include <QUrl>

using namespace vedette;
using namespace vedette::net;
using test::openRtsp;
using test::readPictures;
using test::RtspCamera;
using test::RtspCameraOptions;

namespace {

using Transport = RtspReceiver::Transport;

RtspReceiver::Options options(Transport transport = Transport::Auto)
{
    RtspReceiver::Options made{milliseconds{3000}, milliseconds{3000}};
    made.transport = transport;
    return made;
}

QString over(const QString &url, const char *transport)
{
    return url + QStringLiteral("?transport=") + QLatin1String(transport);
}

} // namespace

#define VERIFY_OPEN(receiver) QVERIFY2((receiver).has_value(), (receiver) ? "" : qPrintable((receiver).error().text()))

class tst_RtspTransports : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void udp();
    void udpWhereTcpIsRefused();
    void notTheTransportThatWasAskedFor_data();
    void notTheTransportThatWasAskedFor();
    void lostAndReordered();
    void udpThatNeverComes();
    void udpThroughARelay();
    void tls();
    void wrongCertificates_data();
    void wrongCertificates();
    void tlsIsNotWhatIsSpoken();
    void ipv6();
    void sound();
    void soundThroughARelay();
    void strangePasswords_data();
    void strangePasswords();

private:
    QString certificate(const QString &name, const QString &subjectAltName, int days = 30);

    QTemporaryDir m_dir;
    QString m_clip;
    RtspCamera m_camera;
};

void tst_RtspTransports::initTestCase()
{
    m_clip = m_dir.filePath(QStringLiteral("clip.mp4"));
    const QStringList arguments = QStringLiteral("-v error -f lavfi -i testsrc2=size=640x360:rate=25 -t 4 -c:v libx264 "
                                                 "-preset ultrafast -g 10 -bf 0 -pix_fmt yuv420p")
                                      .split(QLatin1Char(' '));
    const auto made = test::runProcess(test::findProgram(QStringLiteral("ffmpeg")), arguments + QStringList{m_clip}, milliseconds{30'000});
    QVERIFY(made && made->exitCode == 0);
    if (!RtspCamera::available())
        QSKIP("no GStreamer RTSP server on this machine");
    QVERIFY(m_camera.start(m_clip));
}

void tst_RtspTransports::udp()
{
    auto receiver = openRtsp(over(m_camera.url(), "udp"), options());
    VERIFY_OPEN(receiver);
    microseconds last{-1};
    for (int i = 0; i < 60; ++i) {
        const auto packet = (*receiver)->read({});
        QVERIFY2(packet.has_value(), packet ? "" : qPrintable(packet.error().text()));
        QVERIFY((*packet)->pts > last);
        last = (*packet)->pts;
    }
    const RtspStats stats = (*receiver)->stats();
    QVERIFY(stats.udp);
    QCOMPARE(stats.lost, std::uint64_t{0});
    QCOMPARE(stats.droppedUnits, std::uint64_t{0});
    QVERIFY(stats.packets >= 60);
}

void tst_RtspTransports::udpWhereTcpIsRefused()
{
    RtspCamera camera;
    RtspCameraOptions onlyUdp;
    onlyUdp.transport = QStringLiteral("udp");
    QVERIFY(camera.start(m_clip, onlyUdp));
    auto receiver = openRtsp(camera.url(), options());
    VERIFY_OPEN(receiver);
    QVERIFY(readPictures(**receiver, 10));
    QVERIFY((*receiver)->stats().udp);
}

void tst_RtspTransports::notTheTransportThatWasAskedFor_data()
{
    QTest::addColumn<QString>("offered");
    QTest::addColumn<QByteArray>("asked");
    QTest::newRow("tcp of udp") << QStringLiteral("udp") << QByteArray("tcp");
    QTest::newRow("udp of tcp") << QStringLiteral("tcp") << QByteArray("udp");
}

void tst_RtspTransports::notTheTransportThatWasAskedFor()
{
    QFETCH(QString, offered);
    QFETCH(QByteArray, asked);
    RtspCamera camera;
    RtspCameraOptions only;
    only.transport = offered;
    QVERIFY(camera.start(m_clip, only));
    const auto receiver = openRtsp(over(camera.url(), asked.constData()), options());
    QVERIFY(!receiver);
    QVERIFY2(receiver.error().kind == ErrorKind::Unsupported, qPrintable(receiver.error().text()));
}

void tst_RtspTransports::lostAndReordered()
{
    test::UdpForwarder::Faults faults;
    faults.loseEvery = 97;
    faults.swapEvery = 7;
    faults.repeatEvery = 11;
    test::UdpForwarder forwarder(m_camera.port(), faults);
    auto receiver = openRtsp(forwarder.url(), options());
    VERIFY_OPEN(receiver);
    QElapsedTimer timer;
    timer.start();
    microseconds last{-1};
    int pictures = 0;
    for (; timer.elapsed() < 7000; ++pictures) {
        const auto packet = (*receiver)->read({});
        QVERIFY2(packet.has_value(), packet ? "" : qPrintable(packet.error().text()));
        QVERIFY((*packet)->pts > last); // in order
        last = (*packet)->pts;
    }
    const RtspStats stats = (*receiver)->stats();
    QVERIFY(forwarder.lost() >= 2);
    // What was lost is counted, and nothing else: what came late was waited for.
    QVERIFY2(stats.lost >= static_cast<unsigned>(forwarder.lost()) - 1 && stats.lost <= static_cast<unsigned>(forwarder.lost()),
             qPrintable(QStringLiteral("%1 of %2").arg(stats.lost).arg(forwarder.lost())));
    QVERIFY(stats.late >= stats.packets / 20); // the repeated ones
    QVERIFY2(pictures > 40, qPrintable(QString::number(pictures)));
    QTRY_VERIFY(forwarder.reports() >= 2); // the first opens the way; then every 5 s
}

void tst_RtspTransports::udpThatNeverComes()
{
    test::UdpForwarder::Faults all;
    all.loseEvery = 1;
    test::UdpForwarder forwarder(m_camera.port(), all);
    auto receiver = openRtsp(forwarder.url(), {milliseconds{3000}, milliseconds{500}});
    VERIFY_OPEN(receiver);
    const auto nothing = (*receiver)->read({});
    QVERIFY(!nothing && nothing.error().kind == ErrorKind::Timeout);
    QVERIFY2(nothing.error().text().contains(QStringLiteral("UDP")), qPrintable(nothing.error().text()));
    const milliseconds took = test::timeToStop([&](std::stop_token stop) { (void)(*receiver)->read(stop); }, [] { return true; });
    QVERIFY2(took <= milliseconds{100}, qPrintable(QString::number(took.count())));
}

void tst_RtspTransports::udpThroughARelay()
{
    if (!test::MediaMtx::available())
        QSKIP("no mediamtx on PATH");
    test::MediaMtxOptions withUdp;
    withUdp.udp = true;
    test::MediaMtx relay(withUdp);
    QVERIFY(relay.start());
    const QString url = relay.rtspUrl(QStringLiteral("gate"));
    test::ChildProcess publisher;
    QVERIFY(publisher.start(test::findProgram(QStringLiteral("ffmpeg")),
                            QStringLiteral("-v error -re -stream_loop -1 -i %1 -an -c copy -f rtsp -rtsp_transport tcp %2")
                                .arg(m_clip, url).split(QLatin1Char(' '))));
    QVERIFY(test::waitUntil([&] { return relay.isLive(QStringLiteral("gate")); }, milliseconds{10'000}));
    auto receiver = openRtsp(over(url, "udp"), options());
    VERIFY_OPEN(receiver);
    QVERIFY(readPictures(**receiver, 50));
    QVERIFY((*receiver)->stats().udp);
    QCOMPARE((*receiver)->stats().lost, std::uint64_t{0});
    publisher.kill();
    const Status ended = readPictures(**receiver, 100'000, false);
    QVERIFY2(!ended && ended.error().kind == ErrorKind::Unavailable, ended ? "" : qPrintable(ended.error().text()));
}

/// A self-signed certificate and its key in one PEM file; empty when this openssl makes no such certificate.
QString tst_RtspTransports::certificate(const QString &name, const QString &subjectAltName, int days)
{
    const QString script = QStringLiteral("cd %1 && printf 'subjectAltName=%2\\n' > %3.ext && openssl req -new -newkey rsa:2048 -nodes -subj /CN=camera "
                                          "-keyout %3.key -out %3.csr && openssl x509 -req -days %4 -in %3.csr -signkey %3.key -extfile %3.ext "
                                          "-out %3.crt && cat %3.crt %3.key > %3.pem")
                               .arg(m_dir.path(), subjectAltName, name).arg(days);
    const auto made = test::runProcess(QStringLiteral("sh"), {QStringLiteral("-c"), script}, milliseconds{20'000});
    return made && made->exitCode == 0 ? m_dir.filePath(name + QStringLiteral(".pem")) : QString();
}

void tst_RtspTransports::tls()
{
    RtspCamera camera;
    RtspCameraOptions encrypted;
    encrypted.certificate = certificate(QStringLiteral("own"), QStringLiteral("IP:127.0.0.1"));
    encrypted.user = QStringLiteral("guard");
    encrypted.password = QStringLiteral("s3cret");
    QVERIFY(camera.start(m_clip, encrypted));
    QVERIFY(camera.url().startsWith(QStringLiteral("rtsps://")));
    RtspReceiver::Options trusting = options();
    trusting.caFile = encrypted.certificate;
    auto receiver = openRtsp(camera.urlWith(encrypted.user, encrypted.password), trusting);
    VERIFY_OPEN(receiver);
    QVERIFY(readPictures(**receiver, 60));
    const milliseconds took = test::timeToStop(
        [&](std::stop_token stop) {
            while ((*receiver)->read(stop)) {
            }
        },
        [] { return true; });
    QVERIFY2(took <= milliseconds{100}, qPrintable(QString::number(took.count())));
    const auto asUdp = RtspReceiver::open(over(camera.url(), "udp"), trusting, {});
    QVERIFY(!asUdp && asUdp.error().kind == ErrorKind::InvalidInput); // pictures in the clear would be a surprise
}

void tst_RtspTransports::wrongCertificates_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("days");
    QTest::addColumn<bool>("trusted");
    QTest::addColumn<QString>("said");
    QTest::newRow("self-signed") << QStringLiteral("IP:127.0.0.1") << 30 << false << QStringLiteral("self");
    QTest::newRow("of another host") << QStringLiteral("DNS:elsewhere.example") << 30 << true << QStringLiteral("127.0.0.1");
    QTest::newRow("expired") << QStringLiteral("IP:127.0.0.1") << -1 << true << QStringLiteral("expired");
}

void tst_RtspTransports::wrongCertificates()
{
    QFETCH(QString, name);
    QFETCH(int, days);
    QFETCH(bool, trusted);
    QFETCH(QString, said);
    RtspCamera camera;
    RtspCameraOptions encrypted;
    encrypted.certificate = certificate(QStringLiteral("wrong"), name, days);
    if (encrypted.certificate.isEmpty())
        QSKIP("this openssl makes no such certificate");
    QVERIFY(camera.start(m_clip, encrypted));
    RtspReceiver::Options asked = options();
    if (trusted)
        asked.caFile = encrypted.certificate;
    const auto receiver = RtspReceiver::open(camera.urlWith(QStringLiteral("guard"), QStringLiteral("hunter2")), asked, {});
    QVERIFY(!receiver);
    const QString text = receiver.error().text();
    QVERIFY2(receiver.error().kind == ErrorKind::Denied, qPrintable(text));
    QVERIFY2(text.contains(QStringLiteral("certificate is not trusted")) && text.contains(said), qPrintable(text));
    QVERIFY(!text.contains(QStringLiteral("hunter2")));
}

void tst_RtspTransports::tlsIsNotWhatIsSpoken()
{
    const auto plain = RtspReceiver::open(QString(m_camera.url()).replace(QStringLiteral("rtsp:"), QStringLiteral("rtsps:")), options(), {});
    QVERIFY(!plain);
    QVERIFY2(plain.error().kind == ErrorKind::Unavailable && plain.error().text().contains(QStringLiteral("TLS")), qPrintable(plain.error().text()));
    // A server that accepts and says nothing, not even its part of the handshake.
    test::ScriptedServer silent([](QTcpSocket &socket, std::stop_token stop) { test::ScriptedServer::hold(socket, stop); });
    const QString url = silent.url(QStringLiteral("rtsps"), QStringLiteral("x"));
    const auto late = RtspReceiver::open(url, {milliseconds{300}, milliseconds{300}}, {});
    QVERIFY2(!late && late.error().kind == ErrorKind::Timeout, late ? "" : qPrintable(late.error().text()));
    std::atomic<bool> begun{false};
    const milliseconds took = test::timeToStop(
        [&](std::stop_token stop) {
            begun = true;
            (void)RtspReceiver::open(url, options(), stop);
        },
        [&] { return begun.load(); });
    QVERIFY2(took <= milliseconds{100}, qPrintable(QString::number(took.count())));
}

void tst_RtspTransports::ipv6()
{
    if (QUdpSocket probe; !probe.bind(QHostAddress::LocalHostIPv6))
        QSKIP("no IPv6 on this machine");
    RtspCamera camera;
    RtspCameraOptions onIpv6;
    onIpv6.address = QStringLiteral("::1");
    onIpv6.user = QStringLiteral("guard");
    onIpv6.password = QStringLiteral("s3cret");
    QVERIFY(camera.start(m_clip, onIpv6));
    const QString url = camera.urlWith(onIpv6.user, onIpv6.password);
    QVERIFY(url.contains(QStringLiteral("@[::1]:")));
    auto receiver = openRtsp(url, options());
    VERIFY_OPEN(receiver);
    QVERIFY(readPictures(**receiver, 5));
    receiver->reset();
    auto byUdp = openRtsp(over(url, "udp"), options());
    VERIFY_OPEN(byUdp);
    QVERIFY(readPictures(**byUdp, 5));
    const auto refused = RtspReceiver::open(camera.urlWith(onIpv6.user, QStringLiteral("hunter2")), options(), {});
    QVERIFY(!refused && refused.error().text().contains(QStringLiteral("[::1]")) && !refused.error().text().contains(QStringLiteral("hunter2")));
}

void tst_RtspTransports::sound()
{
    RtspCamera camera;
    RtspCameraOptions withSound;
    withSound.sound = true;
    QVERIFY(camera.start(m_clip, withSound));
    for (const Transport transport : {Transport::Tcp, Transport::Udp}) {
        auto silent = openRtsp(camera.url(), options(transport));
        VERIFY_OPEN(silent);
        QVERIFY((*silent)->audio() && (*silent)->audio()->sampleRate == 44'100);
        for (int i = 0; i < 10; ++i) {
            const auto packet = (*silent)->read({});
            QVERIFY(packet && (*packet)->codec == media::Codec::H264); // nobody asked for more
        }
        silent->reset();
        RtspReceiver::Options both = options(transport);
        both.audio = true;
        auto receiver = openRtsp(camera.url(), both);
        VERIFY_OPEN(receiver);
        QCOMPARE((*receiver)->audio()->config.size(), std::size_t{2});
        int pictures = 0;
        int sounds = 0;
        std::optional<microseconds> last;
        int corrected = 0; // when reports come, and while arrival teaches
        while (pictures < 20 || sounds < 20) {
            const auto packet = (*receiver)->read({});
            QVERIFY2(packet.has_value(), packet ? "" : qPrintable(packet.error().text()));
            if ((*packet)->codec == media::Codec::H264) {
                ++pictures;
                continue;
            }
            ++sounds;
            QVERIFY(!(*packet)->data.empty());
            if (last) // 1024 samples each
                corrected += std::abs(((*packet)->pts - *last).count() - 23'220) < 300 ? 0 : 1;
            last = (*packet)->pts;
        }
        QVERIFY2(corrected <= 3, qPrintable(QString::number(corrected)));
    }
}

void tst_RtspTransports::soundThroughARelay()
{
    if (!test::MediaMtx::available())
        QSKIP("no mediamtx on PATH");
    test::MediaMtx relay;
    QVERIFY(relay.start());
    const QString url = relay.rtspUrl(QStringLiteral("gate"));
    test::ChildProcess publisher;
    QVERIFY(publisher.start(test::findProgram(QStringLiteral("ffmpeg")),
                            QStringLiteral("-v error -re -stream_loop -1 -i %1 -f lavfi -re -i sine=sample_rate=48000 -c:v copy -c:a aac -f rtsp "
                                           "-rtsp_transport tcp %2").arg(m_clip, url).split(QLatin1Char(' '))));
    QVERIFY(test::waitUntil([&] { return relay.isLive(QStringLiteral("gate")); }, milliseconds{10'000}));
    RtspReceiver::Options both = options();
    both.audio = true;
    auto receiver = openRtsp(url, both);
    VERIFY_OPEN(receiver);
    QVERIFY((*receiver)->audio() && (*receiver)->audio()->sampleRate == 48'000);
    int pictures = 0;
    int sounds = 0;
    while (pictures < 20 || sounds < 20) {
        const auto packet = (*receiver)->read({});
        QVERIFY2(packet.has_value(), packet ? "" : qPrintable(packet.error().text()));
        ++((*packet)->codec == media::Codec::Aac ? sounds : pictures);
    }
}

void tst_RtspTransports::strangePasswords_data()
{
    QTest::addColumn<bool>("digest");
    QTest::addColumn<QString>("password");
    const QString marks = QStringLiteral(R"(p@s:s/w?o#r&d%25 +;=!$'()*,[]<>"\\^`{|}~)");
    const QString letters = QString::fromUtf8("žluťoučký-パスワード");
    for (const bool digest : {false, true}) {
        const char *scheme = digest ? "Digest" : "Basic";
        QTest::addRow("%s, marks", scheme) << digest << marks;
        QTest::addRow("%s, letters", scheme) << digest << letters;
    }
}

void tst_RtspTransports::strangePasswords()
{
    QFETCH(bool, digest);
    QFETCH(QString, password);
    RtspCamera camera;
    RtspCameraOptions guarded;
    guarded.user = QStringLiteral("guard");
    guarded.password = password;
    guarded.digest = digest;
    QVERIFY(camera.start(m_clip, guarded));
    const QString encoded = QString::fromUtf8(QUrl::toPercentEncoding(password));
    auto receiver = openRtsp(camera.urlWith(guarded.user, encoded), options());
    VERIFY_OPEN(receiver);
    QVERIFY(readPictures(**receiver, 3));
    const auto wrong = RtspReceiver::open(camera.urlWith(guarded.user, encoded + QLatin1Char('x')), options(), {});
    QVERIFY(!wrong && wrong.error().kind == ErrorKind::Denied);
    for (const QString &part : {encoded, password, QStringLiteral("p@s"), QStringLiteral("w%3Fo")})
        QVERIFY2(!wrong.error().text().contains(part), qPrintable(wrong.error().text()));
}

QTEST_GUILESS_MAIN(tst_RtspTransports)
#include "tst_rtsp_transports.moc"
