// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/demuxer.h"

#include "core/base/worker.h"
#include "core/media/decoder.h"
#include "tests/core/media/media_fixture.h"
#include "tests/core/media/scripted_server.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::media;
using test::ScriptedServer;

namespace {

Demuxer::Options fileOptions()
{
    Demuxer::Options options;
    options.live = false;
    return options;
}

Demuxer::Options quick(int openMs, int readMs = 3000)
{
    Demuxer::Options options;
    options.openTimeout = milliseconds{openMs};
    options.readTimeout = milliseconds{readMs};
    return options;
}

QString kindOfOpen(const QString &url, const Demuxer::Options &options, QString *text = nullptr)
{
    const auto demuxer = Demuxer::open(url, options, {});
    if (text && !demuxer)
        *text = demuxer.error().text();
    return demuxer ? QStringLiteral("opened") : toString(demuxer.error().kind);
}

ScriptedServer::Script answerOnce(const QByteArray &answer)
{
    return [answer](QTcpSocket &socket, std::stop_token) {
        ScriptedServer::readRequest(socket);
        ScriptedServer::send(socket, answer);
    };
}

constexpr char kSource[] = "-f lavfi -i testsrc2=s=320x180:r=25:d=2 -pix_fmt yuv420p ";

} // namespace

class TestDemuxer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void readsFiles_data();
    void readsFiles();
    void givesTheRightPictureData();
    void rewindsToTheFirstPacket_data();
    void rewindsToTheFirstPacket();
    void badFiles();
    void truncatedFilesEndCleanly_data();
    void truncatedFilesEndCleanly();
    void httpAnswers_data();
    void httpAnswers();
    void motionJpegIsTimedByItsArrival();
    void refusedAndUnknown();
    void silentServersTimeOut();
    void tricklingServersTimeOut();
    void readTimesOut();
    void stopsWithin200Ms();
    void networkListsDoNotReadLocalFiles();
    void mjpegOverHttp();
    void damagedStreamsNeverCrash();

private:
    QString clip(const QString &name, const QString &arguments);
    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestDemuxer::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
}

QString TestDemuxer::clip(const QString &name, const QString &arguments)
{
    const QString path = m_dir->filePath(name);
    return test::makeClip(QLatin1String(kSource) + arguments, path) ? path : QString();
}

void TestDemuxer::readsFiles_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("arguments");
    QTest::addColumn<QString>("codec");
    const QString x264 = QStringLiteral("-c:v libx264 -bf 2 -g 20");
    const QString x265 = QStringLiteral("-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=20");
    QTest::newRow("mp4") << QStringLiteral("a.mp4") << x264 << QStringLiteral("h264");
    QTest::newRow("fragmented mp4") << QStringLiteral("f.mp4") << x264 + QStringLiteral(" -movflags frag_keyframe+empty_moov")
                                    << QStringLiteral("h264");
    QTest::newRow("mkv") << QStringLiteral("a.mkv") << x264 << QStringLiteral("h264");
    QTest::newRow("ts") << QStringLiteral("a.ts") << x264 << QStringLiteral("h264");
    QTest::newRow("flv") << QStringLiteral("a.flv") << x264 << QStringLiteral("h264");
    QTest::newRow("raw") << QStringLiteral("a.h264") << QStringLiteral("-c:v libx264 -bf 0") << QStringLiteral("h264");
    QTest::newRow("h265 mp4") << QStringLiteral("h.mp4") << x265 << QStringLiteral("h265");
    QTest::newRow("h265 ts") << QStringLiteral("h.ts") << x265 << QStringLiteral("h265");
    QTest::newRow("mjpeg") << QStringLiteral("a.avi") << QStringLiteral("-c:v mjpeg") << QStringLiteral("mjpeg");
    QTest::newRow("other") << QStringLiteral("o.mp4") << QStringLiteral("-c:v mpeg4") << QString();
    QTest::newRow("colon in the name") << QStringLiteral("10:30.mp4") << x264 << QStringLiteral("h264");
}

void TestDemuxer::readsFiles()
{
    QFETCH(QString, name);
    QFETCH(QString, arguments);
    QFETCH(QString, codec);
    const QString path = clip(QStringLiteral("make.") + name.section(QLatin1Char('.'), 1), arguments);
    QVERIFY(!path.isEmpty());
    const QString renamed = m_dir->filePath(name);
    QVERIFY(QFile::rename(path, renamed));
    auto demuxer = Demuxer::open(renamed, fileOptions(), {});
    QVERIFY2(demuxer, demuxer ? "" : qPrintable(demuxer.error().text()));
    const StreamInfo info = (*demuxer)->info();
    QCOMPARE(QLatin1String(toString(info.codec)), codec);
    QCOMPARE(info.width, 320);
    QCOMPARE(info.height, 180);
    QVERIFY(qAbs(info.framerate - 25) < 0.1);
    QVERIFY((*demuxer)->audioCodec().isEmpty());
    auto decoder = Decoder::create(info);
    QVERIFY(decoder);
    std::size_t shown = 0;
    int count = 0;
    microseconds lastDts{INT64_MIN};
    auto packet = (*demuxer)->read({});
    for (; packet; packet = (*demuxer)->read({}), ++count) {
        QVERIFY((*packet)->dts <= (*packet)->pts);
        QVERIFY((*packet)->dts > lastDts);
        lastDts = (*packet)->dts;
        QCOMPARE((*packet)->key, (*packet)->key || count == 0);
        if ((*packet)->key && (info.codec == Codec::H264 || info.codec == Codec::H265))
            QVERIFY(!extractParameterSets(info.codec, (*packet)->data).empty());
        const auto frames = (*decoder)->decode(*packet);
        QVERIFY(frames);
        shown += frames->size();
    }
    shown += (*decoder)->flush().size();
    QCOMPARE(count, 50);
    QCOMPARE(shown, 50U);
    QCOMPARE(toString(packet.error().kind), QStringLiteral("not_found"));
    QVERIFY(packet.error().detail.contains(QStringLiteral("end of file")));
}

/// MP4 and MPEG-TS of the same encoding give the same NAL units.
void TestDemuxer::givesTheRightPictureData()
{
    const QString mp4 = clip(QStringLiteral("a.mp4"), QStringLiteral("-c:v libx264 -bf 2"));
    const QString ts = m_dir->filePath(QStringLiteral("a.ts"));
    QVERIFY(test::makeClip({QStringLiteral("-i"), mp4, QStringLiteral("-c"), QStringLiteral("copy"), ts}));
    auto first = Demuxer::open(mp4, fileOptions(), {});
    auto second = Demuxer::open(ts, fileOptions(), {});
    QVERIFY(first && second);
    for (int i = 0; i < 50; ++i) {
        const auto a = (*first)->read({});
        const auto b = (*second)->read({});
        QVERIFY(a && b);
        QCOMPARE(test::vclUnits(Codec::H264, (*a)->data), test::vclUnits(Codec::H264, (*b)->data));
        QCOMPARE((*a)->key, (*b)->key);
    }
}

void TestDemuxer::rewindsToTheFirstPacket_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("arguments");
    for (const char *name : {"a.mp4", "a.mkv", "a.ts", "a.flv", "a.h264", "a.avi"})
        QTest::newRow(name) << QString::fromLatin1(name) << QStringLiteral("-c:v libx264 -bf 0 -g 20");
    QTest::newRow("b frames") << QStringLiteral("b.mp4") << QStringLiteral("-c:v libx264 -bf 3 -g 20");
}

void TestDemuxer::rewindsToTheFirstPacket()
{
    QFETCH(QString, name);
    QFETCH(QString, arguments);
    auto demuxer = Demuxer::open(clip(name, arguments), fileOptions(), {});
    QVERIFY2(demuxer, demuxer ? "" : qPrintable(demuxer.error().text()));
    std::vector<PacketPtr> first;
    for (int round = 0; round < 3; ++round) {
        std::vector<PacketPtr> packets;
        for (auto packet = (*demuxer)->read({}); packet; packet = (*demuxer)->read({}))
            packets.push_back(*packet);
        if (round == 0)
            first = packets;
        QCOMPARE(packets.size(), 50U);
        for (std::size_t i = 0; i < packets.size(); ++i) {
            QCOMPARE(packets[i]->pts, first[i]->pts);
            QVERIFY(packets[i]->data == first[i]->data);
        }
        QVERIFY((*demuxer)->rewind());
    }
}

void TestDemuxer::badFiles()
{
    QString text;
    QCOMPARE(kindOfOpen(m_dir->filePath(QStringLiteral("none.mp4")), fileOptions(), &text), QStringLiteral("not_found"));
    QVERIFY2(text.contains(QStringLiteral("none.mp4")), qPrintable(text));
    QCOMPARE(kindOfOpen(m_dir->path(), fileOptions()), QStringLiteral("not_found"));
    QCOMPARE(kindOfOpen(QString(), fileOptions()), QStringLiteral("invalid_input"));

    const auto write = [&](const QString &name, const QByteArray &data) {
        QFile file(m_dir->filePath(name));
        return file.open(QIODevice::WriteOnly) && file.write(data) == data.size() ? file.fileName() : QString();
    };
    QCOMPARE(kindOfOpen(write(QStringLiteral("empty.mp4"), {}), fileOptions()), QStringLiteral("corrupt"));
    QCOMPARE(kindOfOpen(write(QStringLiteral("page.mp4"), "<!DOCTYPE html><html><body>Hello</body></html>"), fileOptions()),
             QStringLiteral("corrupt"));

    const QString audio = m_dir->filePath(QStringLiteral("audio.m4a"));
    QVERIFY(test::makeClip(QStringLiteral("-f lavfi -i sine=d=1 -c:a aac"), audio));
    QCOMPARE(kindOfOpen(audio, fileOptions(), &text), QStringLiteral("unsupported"));
    QVERIFY2(text.contains(QStringLiteral("no video")) && text.contains(QStringLiteral("aac")), qPrintable(text));

    const QString both = m_dir->filePath(QStringLiteral("both.mp4"));
    QVERIFY(test::makeClip(QStringLiteral("-f lavfi -i testsrc2=d=2 -f lavfi -i sine=d=2 -pix_fmt yuv420p -c:v libx264 -c:a aac"), both));
    const auto demuxer = Demuxer::open(both, fileOptions(), {});
    QVERIFY(demuxer);
    QCOMPARE((*demuxer)->audioCodec(), QStringLiteral("aac"));
}

void TestDemuxer::truncatedFilesEndCleanly_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("arguments");
    QTest::addColumn<bool>("opens");
    QTest::newRow("mp4 without its index") << QStringLiteral("t.mp4") << QStringLiteral("-c:v libx264") << false;
    QTest::newRow("fragmented mp4") << QStringLiteral("f.mp4")
                                    << QStringLiteral("-c:v libx264 -g 10 -movflags frag_keyframe+empty_moov") << true;
    QTest::newRow("ts") << QStringLiteral("t.ts") << QStringLiteral("-c:v libx264 -g 10") << true;
    QTest::newRow("mkv") << QStringLiteral("t.mkv") << QStringLiteral("-c:v libx264 -g 10") << true;
}

void TestDemuxer::truncatedFilesEndCleanly()
{
    QFETCH(QString, name);
    QFETCH(QString, arguments);
    QFETCH(bool, opens);
    const QString path = clip(name, arguments);
    QFile file(path);
    QVERIFY(file.resize(file.size() * 6 / 10));
    auto demuxer = Demuxer::open(path, fileOptions(), {});
    QCOMPARE(demuxer.has_value(), opens);
    if (!opens) {
        QCOMPARE(toString(demuxer.error().kind), QStringLiteral("corrupt"));
        return;
    }
    int count = 0;
    auto packet = (*demuxer)->read({});
    for (; packet; packet = (*demuxer)->read({}))
        ++count;
    QVERIFY(count > 5 && count < 50);
    QCOMPARE(toString(packet.error().kind), QStringLiteral("not_found"));
}

void TestDemuxer::httpAnswers_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QString>("kind");
    const auto status = [](const QByteArray &line) { return "HTTP/1.1 " + line + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"; };
    QTest::newRow("401") << status("401 Unauthorized") << QStringLiteral("denied");
    QTest::newRow("403") << status("403 Forbidden") << QStringLiteral("denied");
    QTest::newRow("404") << status("404 Not Found") << QStringLiteral("not_found");
    QTest::newRow("503") << status("503 Service Unavailable") << QStringLiteral("unavailable");
    QTest::newRow("html page") << QByteArray("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
                                             "<!DOCTYPE html><html><head><title>Router</title></head><body>Log in</body></html>")
                               << QStringLiteral("corrupt");
    QTest::newRow("nothing") << QByteArray() << QStringLiteral("unavailable");
    QTest::newRow("empty body") << status("200 OK") << QStringLiteral("corrupt");
}

void TestDemuxer::httpAnswers()
{
    QFETCH(QByteArray, answer);
    QFETCH(QString, kind);
    ScriptedServer server(answerOnce(answer));
    QString url = server.url(QStringLiteral("http"), QStringLiteral("main.ts?token=verysecret"));
    url.replace(QStringLiteral("://"), QStringLiteral("://joe:hunter2@"));
    QString text;
    const QString got = kindOfOpen(url, quick(3000), &text);
    QVERIFY2(got == kind, qPrintable(got + QLatin1Char(' ') + text));
    QVERIFY2(!text.contains(QStringLiteral("hunter2")) && !text.contains(QStringLiteral("verysecret")), qPrintable(text));
    QVERIFY2(text.contains(QStringLiteral("127.0.0.1")), qPrintable(text));
}

/// Motion JPEG tells no times, and a camera's rate is anything: they are those of the arrival.
void TestDemuxer::motionJpegIsTimedByItsArrival()
{
    constexpr int kPictures = 20;
    QTemporaryDir dir;
    QVERIFY(test::makeClip(QStringLiteral("-f lavfi -i testsrc2=s=64x48 -frames:v 1 -f mjpeg"), dir.filePath(QStringLiteral("one.jpg"))));
    QFile file(dir.filePath(QStringLiteral("one.jpg")));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray jpeg = file.readAll();
    QByteArray answer = "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=xx\r\n\r\n";
    for (int i = 0; i <= kPictures; ++i)
        answer += "--xx\r\nContent-Type: image/jpeg\r\nContent-Length: " + QByteArray::number(jpeg.size()) + "\r\n\r\n" + jpeg + "\r\n";
    ScriptedServer server(answerOnce(answer));
    const auto demuxer = Demuxer::open(server.url(QStringLiteral("http"), QStringLiteral("x")), quick(3000), {});
    QVERIFY(demuxer);
    QCOMPARE((*demuxer)->info().framerate, 0.0); // not known
    microseconds first{0};
    microseconds last{-1};
    for (int i = 0; i < kPictures; ++i) {
        const auto packet = (*demuxer)->read({});
        QVERIFY(packet);
        QVERIFY((*packet)->pts > last);
        last = (*packet)->pts;
        first = i == 0 ? last : first;
    }
    QVERIFY2(last - first < milliseconds{500}, qPrintable(QString::number((last - first).count()))); // libavformat counts 760
}

void TestDemuxer::refusedAndUnknown()
{
    QTcpServer probe;
    QVERIFY(probe.listen(QHostAddress::LocalHost));
    const quint16 port = probe.serverPort();
    probe.close();
    for (const char *scheme : {"http", "rtsp", "rtmp"})
        QCOMPARE(kindOfOpen(QStringLiteral("%1://127.0.0.1:%2/cam").arg(QLatin1String(scheme)).arg(port), quick(3000)),
                 QStringLiteral("unavailable"));
    QCOMPARE(kindOfOpen(QStringLiteral("nosuch://127.0.0.1/cam"), quick(3000)), QStringLiteral("unsupported"));
}

void TestDemuxer::silentServersTimeOut()
{
    ScriptedServer server([](QTcpSocket &socket, std::stop_token stop) { ScriptedServer::hold(socket, stop); });
    for (const char *scheme : {"http", "rtsp", "rtmp"}) {
        QElapsedTimer timer;
        timer.start();
        QString text;
        const QString got = kindOfOpen(server.url(QLatin1String(scheme), QStringLiteral("cam")), quick(300), &text);
        QVERIFY2(got == QStringLiteral("timeout"), qPrintable(got + QLatin1Char(' ') + text));
        QVERIFY2(timer.elapsed() < 1000, scheme);
    }
}

void TestDemuxer::tricklingServersTimeOut()
{
    ScriptedServer server([](QTcpSocket &socket, std::stop_token stop) {
        ScriptedServer::readRequest(socket);
        ScriptedServer::send(socket, "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n");
        while (!stop.stop_requested() && socket.state() == QAbstractSocket::ConnectedState) {
            ScriptedServer::send(socket, "\x47");
            socket.waitForReadyRead(20);
        }
    });
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(kindOfOpen(server.url(QStringLiteral("http"), QStringLiteral("cam.ts")), quick(400)), QStringLiteral("timeout"));
    QVERIFY(timer.elapsed() < 1200);
}

void TestDemuxer::readTimesOut()
{
    QFile file(clip(QStringLiteral("a.ts"), QStringLiteral("-c:v libx264 -bf 0 -g 25")));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray ts = file.readAll();
    ScriptedServer server([&](QTcpSocket &socket, std::stop_token stop) {
        ScriptedServer::readRequest(socket);
        ScriptedServer::send(socket, "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n" + ts);
        ScriptedServer::hold(socket, stop);
    });
    auto demuxer = Demuxer::open(server.url(QStringLiteral("http"), QStringLiteral("a.ts")), quick(3000, 300), {});
    QVERIFY2(demuxer, demuxer ? "" : qPrintable(demuxer.error().text()));
    QCOMPARE(toString((*demuxer)->rewind().error().kind), QStringLiteral("unsupported"));
    int count = 0;
    auto packet = (*demuxer)->read({});
    for (; packet; packet = (*demuxer)->read({}))
        ++count;
    QVERIFY(count >= 48);
    QCOMPARE(toString(packet.error().kind), QStringLiteral("timeout"));
}

void TestDemuxer::stopsWithin200Ms()
{
    std::atomic<int> connections = 0;
    ScriptedServer server([&](QTcpSocket &socket, std::stop_token stop) {
        ++connections;
        ScriptedServer::hold(socket, stop);
    });
    std::atomic<qint64> stoppedAfter = -1;
    QString kind;
    for (const char *scheme : {"http", "rtsp"}) {
        const int before = connections;
        Worker worker("demux", [&](std::stop_token stop) {
            const auto demuxer = Demuxer::open(server.url(QLatin1String(scheme), QStringLiteral("cam")), quick(60'000), stop);
            kind = demuxer ? QStringLiteral("opened") : toString(demuxer.error().kind);
        });
        QTRY_VERIFY(connections > before);
        QElapsedTimer timer;
        timer.start();
        worker.stop();
        QVERIFY2(timer.elapsed() < 200, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(kind, QStringLiteral("cancelled"));
    }
}

void TestDemuxer::networkListsDoNotReadLocalFiles()
{
    const QString secret = clip(QStringLiteral("secret.ts"), QStringLiteral("-c:v libx264"));
    ScriptedServer server(answerOnce("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\nConnection: close\r\n\r\n"
                                     "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://" + secret.toUtf8() + "\n#EXT-X-ENDLIST\n"));
    auto demuxer = Demuxer::open(server.url(QStringLiteral("http"), QStringLiteral("a.m3u8")), quick(3000), {});
    QVERIFY(!demuxer || !(*demuxer)->read({}));
}

void TestDemuxer::mjpegOverHttp()
{
    QFile file(clip(QStringLiteral("a.mjpeg"), QStringLiteral("-c:v mjpeg -q:v 5 -frames:v 1")));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray jpeg = file.readAll();
    ScriptedServer server([&](QTcpSocket &socket, std::stop_token stop) {
        ScriptedServer::readRequest(socket);
        ScriptedServer::send(socket, "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=frame\r\n\r\n");
        for (int i = 0; i < 5; ++i)
            ScriptedServer::send(socket, "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: " + QByteArray::number(jpeg.size())
                                             + "\r\n\r\n" + jpeg + "\r\n");
        ScriptedServer::hold(socket, stop);
    });
    auto demuxer = Demuxer::open(server.url(QStringLiteral("http"), QStringLiteral("main.mjpg")), quick(3000), {});
    QVERIFY2(demuxer, demuxer ? "" : qPrintable(demuxer.error().text()));
    QVERIFY((*demuxer)->info().codec == Codec::Mjpeg);
    auto decoder = Decoder::create((*demuxer)->info());
    QVERIFY(decoder);
    for (int i = 0; i < 4; ++i) {
        const auto packet = (*demuxer)->read({});
        QVERIFY2(packet, packet ? "" : qPrintable(packet.error().text()));
        QVERIFY((*packet)->key);
        const auto frames = (*decoder)->decode(*packet);
        QVERIFY(frames);
        QCOMPARE(frames->size(), 1U);
        QCOMPARE(frames->front().width, 320);
    }
}

void TestDemuxer::damagedStreamsNeverCrash()
{
    std::minstd_rand random(99);
    for (const auto &[name, arguments] : {std::pair{"d.ts", "-c:v libx264 -g 10"}, std::pair{"d.mp4", "-c:v libx264 -g 10"},
                                          std::pair{"d.mkv", "-c:v libx264 -g 10"}}) {
        QFile file(clip(QLatin1String(name), QLatin1String(arguments)));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray good = file.readAll();
        file.close();
        for (int round = 0; round < 25; ++round) {
            QByteArray bad = good.left(static_cast<qsizetype>(random() % static_cast<unsigned>(good.size())) + 1);
            for (int flips = 0; flips < 40; ++flips)
                bad[static_cast<qsizetype>(random() % static_cast<unsigned>(bad.size()))] = static_cast<char>(random());
            QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
            file.write(bad);
            file.close();
            auto demuxer = Demuxer::open(file.fileName(), fileOptions(), {});
            if (!demuxer)
                continue;
            auto decoder = Decoder::create((*demuxer)->info());
            for (auto packet = (*demuxer)->read({}); packet; packet = (*demuxer)->read({})) {
                if (decoder)
                    (void)(*decoder)->decode(*packet);
            }
        }
    }
}

QTEST_GUILESS_MAIN(TestDemuxer)
#include "tst_demuxer.moc"
