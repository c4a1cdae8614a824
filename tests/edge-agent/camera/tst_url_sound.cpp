// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/camera.h"

#include "core/media/demuxer.h"
#include "core/media/muxer.h"
#include "core/net/rtsp_receiver.h"
#include "tests/core/net/rtsp_helpers.h"
#include "tests/edge-agent/camera/camera_fixture.h"
#include "tests/edge-agent/live_fixture.h"
#include "tests/support/mediamtx.h"
#include "tests/support/rtmp_server.h"
#include "tests/support/rtsp_camera.h"

#include <QFile>
#include <QTemporaryDir>

#include <map>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;
using media::PacketTee;
using protocol::StageState;

namespace {

constexpr microseconds kLipSync{40'000};

struct Fixture : CameraFixture {
    explicit Fixture(const QString &url, bool audio = true, const QString &relay = {}, const QString &target = {})
    {
        settings = testCamera(QStringLiteral("far"));
        settings.source = QStringLiteral("url");
        settings.url = Secret(url);
        settings.audio = audio;
        if (!target.isEmpty())
            settings.targets = {{QStringLiteral("cloud"), QStringLiteral("main"), Secret(target), target, true}};
        camera = std::make_unique<Camera>(settings, relay, environment);
    }
    protocol::StageStatus stage(const char *name) const { return test::stage(camera->status(), name); }

    settings::CameraSettings settings;
    std::unique_ptr<Camera> camera;
};

media::Bytes slices(const media::Packet &packet)
{
    media::Bytes all;
    media::forEachNal(packet.data, [&](std::span<const std::uint8_t> nal) {
        if ((nal[0] & 0x1f) >= 1 && (nal[0] & 0x1f) <= 5)
            all.insert(all.end(), nal.begin(), nal.end());
    });
    return all;
}

/// The times in a film by what is encoded: units of sound, and the slices of pictures.
struct Film {
    std::map<media::Bytes, microseconds> pictures;
    std::map<media::Bytes, microseconds> sounds;

    bool load(const QString &path)
    {
        media::Demuxer::Options options;
        options.live = false;
        options.audio = true;
        auto demuxer = media::Demuxer::open(path, options, {});
        if (!demuxer)
            return false;
        while (const auto packet = (*demuxer)->read({})) {
            if (media::isSound((*packet)->codec))
                sounds[(*packet)->data] = (*packet)->pts;
            else
                pictures[slices(**packet)] = (*packet)->pts;
        }
        return pictures.size() > 50 && sounds.size() > 50;
    }
};

QStringList words(const QString &line)
{
    return line.split(QLatin1Char(' '), Qt::SkipEmptyParts);
}

} // namespace

/// The sound of network cameras on its way through the agent, against servers not written here.
class TestUrlSound : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void aacPassesUntouched_data();
    void aacPassesUntouched();
    void otherSoundBecomesAac_data();
    void otherSoundBecomesAac();
    void reachesTargets_data();
    void reachesTargets();
    void switchedOff();
    void soundThatEndsHurtsNoPicture();

private:
    /// Serves the film by ffmpeg's program in real time, by way of a server where the protocol needs one; the address.
    QString serve(const QString &protocol, const QString &film, const QString &audio = QStringLiteral("copy"));

    QTemporaryDir m_dir;
    QString m_film;
    QString m_blinking; ///< black and silent for a second, then white and loud, and so on
    Film m_units;
    std::unique_ptr<RtspCamera> m_camera;
    std::unique_ptr<MediaMtx> m_relay;
    std::unique_ptr<RtmpServer> m_rtmp;
    std::unique_ptr<ChildProcess> m_sender;
};

void TestUrlSound::initTestCase()
{
    m_film = m_dir.filePath(QStringLiteral("film.mp4"));
    const QString coding = QStringLiteral("-c:v libx264 -preset ultrafast -bf 0 -g 12 -pix_fmt yuv420p -shortest ");
    QVERIFY(makeVideo(m_film, QStringLiteral("testsrc=size=320x240:rate=25:duration=20,noise=alls=30:allf=t"),
                      words(QStringLiteral("-f lavfi -i anoisesrc=r=48000:d=20 -ac 2 -c:a aac -b:a 96k ") + coding)));
    m_blinking = m_dir.filePath(QStringLiteral("blinking.mkv"));
    const QString picture = QStringLiteral("color=black:s=320x240:r=25:d=20,drawbox=t=fill:c=white:enable='mod(floor(t),2)'");
    const QString tone = QStringLiteral("sine=f=800:r=48000:d=20,asetnsamples=n=480,volume=volume='mod(floor(t),2)':eval=frame");
    QVERIFY(makeVideo(m_blinking, picture, words(QStringLiteral("-f lavfi -i ")) << tone << words(QStringLiteral("-c:a pcm_s16le ") + coding)));
    QVERIFY(m_units.load(m_film));
}

QString TestUrlSound::serve(const QString &protocol, const QString &film, const QString &audio)
{
    m_sender.reset();
    m_camera.reset();
    m_relay.reset();
    m_rtmp.reset();
    const QString input = QStringLiteral("-v error -re -i %1 -c:v copy -c:a %2 ").arg(film, audio);
    const QString ffmpeg = QStringLiteral("ffmpeg");
    const auto start = [&](const QString &output) {
        m_sender = std::make_unique<ChildProcess>();
        return m_sender->start(ffmpeg, words(input + output)).has_value();
    };
    if (protocol == QLatin1String("camera")) {
        m_camera = std::make_unique<RtspCamera>();
        RtspCameraOptions options;
        options.film = true;
        return m_camera->start(film, options) ? m_camera->url() : QString();
    }
    if (protocol == QLatin1String("relay")) {
        m_relay = std::make_unique<MediaMtx>();
        const QString url = m_relay->start() ? m_relay->rtspUrl(QStringLiteral("gate")) : QString();
        // One unit of sound a packet, as cameras send it: the relay takes the arrival of the first packet for its time.
        const bool live = !url.isEmpty() && start(QStringLiteral("-muxdelay 0.03 -f rtsp -rtsp_transport tcp ") + url)
            && waitUntil([&] { return m_relay->isLive(QStringLiteral("gate")); }, 10s);
        return live ? url : QString();
    }
    if (protocol == QLatin1String("rtmp")) {
        m_rtmp = std::make_unique<RtmpServer>();
        const QString url = m_rtmp->start() ? m_rtmp->url(QStringLiteral("live/gate")) : QString();
        return !url.isEmpty() && start(QStringLiteral("-f flv ") + url) ? url : QString();
    }
    const quint16 port = freePort();
    if (protocol == QLatin1String("http"))
        return start(QStringLiteral("-f mpegts -listen 1 http://127.0.0.1:%1/film.ts").arg(port))
            ? QStringLiteral("http://127.0.0.1:%1/film.ts").arg(port)
            : QString();
    return start(QStringLiteral("-f mpegts srt://127.0.0.1:%1?mode=listener").arg(port)) ? QStringLiteral("srt://127.0.0.1:%1").arg(port) : QString();
}

void TestUrlSound::aacPassesUntouched_data()
{
    QTest::addColumn<QString>("protocol");
    for (const char *protocol : {"camera", "relay", "rtmp", "http", "srt"})
        QTest::newRow(protocol) << QString::fromLatin1(protocol);
}

void TestUrlSound::aacPassesUntouched()
{
    QFETCH(QString, protocol);
    if (protocol == QLatin1String("camera") && !RtspCamera::available())
        QSKIP("no GStreamer RTSP server on this machine");
    if (protocol == QLatin1String("relay") && !MediaMtx::available())
        QSKIP("no mediamtx on PATH");
    if (protocol == QLatin1String("rtmp") && !RtmpServer::available())
        QSKIP("no nginx with its RTMP module");
    const QString url = serve(protocol, m_film);
    QVERIFY(!url.isEmpty());
    Fixture f(url);
    const auto reader = f.camera->tee()->subscribe("test", 500, PacketTee::Start::NextKeyFrame, PacketTee::Tracks::PicturesAndSound);
    const auto pictureReader = f.camera->tee()->subscribe("pictures", 500, PacketTee::Start::NextKeyFrame);
    f.camera->start();
    int pictures = 0;
    int sounds = 0;
    std::optional<microseconds> pictureOff; // of the agent's time from the film's
    std::optional<microseconds> lastSound;
    microseconds worst{0};
    while (pictures < 100 || sounds < 150) {
        const auto packet = reader->read({}, 15s);
        QVERIFY2(packet, qPrintable(f.stage("source").reason + f.stage("audio").reason));
        if (!media::isSound(packet->codec)) {
            const auto found = m_units.pictures.find(slices(*packet));
            QVERIFY(found != m_units.pictures.end());
            pictureOff = packet->pts - found->second;
            ++pictures;
            continue;
        }
        QVERIFY(packet->codec == media::Codec::Aac);
        QVERIFY2(pictureOff, "the first packet is a key picture");
        const auto found = m_units.sounds.find(packet->data);
        QVERIFY2(found != m_units.sounds.end(), "the bytes are those of the film");
        QVERIFY(!lastSound || packet->pts > *lastSound);
        lastSound = packet->pts;
        const microseconds off = packet->pts - found->second - *pictureOff;
        // ffmpeg -re begins with a burst of half a second from 6.1 on: within it the agent finds the line of least delay.
        if (++sounds > 50)
            worst = std::max({worst, off, -off});
    }
    qInfo("%s: sound is off its pictures by at most %.1f ms", qPrintable(protocol), static_cast<double>(worst.count()) / 1000);
    // A relay tells the arrival of the first packets for the time that they were made: its readers cannot know better.
    QVERIFY2(worst <= (protocol == QLatin1String("relay") ? 5 * kLipSync : kLipSync), qPrintable(QString::number(worst.count())));
    const auto info = reader->info();
    QVERIFY(info.audio && info.audio->codec == media::Codec::Aac);
    QCOMPARE(info.audio->sampleRate, 48'000U);
    QCOMPARE(info.audio->channels, 2);
    QCOMPARE(info.audio->config.size(), info.audio->config.size() > 2 ? std::size_t{5} : std::size_t{2}); // libavformat adds what SBR is not there
    QVERIFY(f.stage("audio").state == StageState::Running);
    QVERIFY(*f.camera->figures().soundUnits >= 150);
    for (int i = 0; i < 50; ++i)
        QVERIFY(pictureReader->tryRead()->codec == media::Codec::H264); // who did not ask for sound gets none
}

void TestUrlSound::otherSoundBecomesAac_data()
{
    QTest::addColumn<QString>("protocol");
    QTest::addColumn<QString>("audio");
    QTest::newRow("PCMU") << QStringLiteral("relay") << QStringLiteral("pcm_mulaw -ar 8000 -ac 1");
    QTest::newRow("PCMA") << QStringLiteral("relay") << QStringLiteral("pcm_alaw -ar 8000 -ac 1");
    QTest::newRow("Opus") << QStringLiteral("relay") << QStringLiteral("libopus -ac 2");
    QTest::newRow("L16") << QStringLiteral("relay") << QStringLiteral("pcm_s16be -ac 2");
    QTest::newRow("MP2") << QStringLiteral("relay") << QStringLiteral("mp2 -ac 1");
    QTest::newRow("MP2 in MPEG-TS") << QStringLiteral("http") << QStringLiteral("mp2 -ac 1");
    QTest::newRow("MP3 by RTMP") << QStringLiteral("rtmp") << QStringLiteral("libmp3lame -ar 44100 -ac 1");
}

void TestUrlSound::otherSoundBecomesAac()
{
    QFETCH(QString, protocol);
    QFETCH(QString, audio);
    if (protocol == QLatin1String("relay") && !MediaMtx::available())
        QSKIP("no mediamtx on PATH");
    if (protocol == QLatin1String("rtmp") && !RtmpServer::available())
        QSKIP("no nginx with its RTMP module");
    const QString url = serve(protocol, m_blinking, audio);
    QVERIFY(!url.isEmpty());
    Fixture f(url);
    const auto reader = f.camera->tee()->subscribe("test", 500, PacketTee::Start::NextKeyFrame, PacketTee::Tracks::PicturesAndSound);
    f.camera->start();
    QFile file(m_dir.filePath(QStringLiteral("out.ts")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    std::unique_ptr<media::Muxer> muxer;
    int sounds = 0;
    for (int pictures = 0; pictures < 200;) {
        const auto packet = reader->read({}, 15s);
        QVERIFY2(packet, qPrintable(f.stage("source").reason));
        if (!muxer && !(packet->key && reader->info().audio))
            continue;
        if (!muxer)
            muxer = std::move(*media::Muxer::openTs(reader->info(), [&file](std::span<const std::uint8_t> bytes) {
                file.write(reinterpret_cast<const char *>(bytes.data()), static_cast<qint64>(bytes.size()));
            }));
        QVERIFY(muxer->write(packet));
        const bool sound = media::isSound(packet->codec);
        QVERIFY(!sound || packet->codec == media::Codec::Aac);
        pictures += sound ? 0 : 1;
        sounds += sound ? 1 : 0;
    }
    file.close();
    const auto info = reader->info();
    QVERIFY2(sounds > static_cast<int>(info.audio->sampleRate) * 7 / 1024, qPrintable(QString::number(sounds)));
    QVERIFY2(f.stage("audio").reason.contains(QStringLiteral("AAC")), qPrintable(f.stage("audio").reason));

    // What a player of the result sees and hears: it turns bright and loud at the same time.
    const auto watched = runProcess(QStringLiteral("ffmpeg"), words(QStringLiteral("-i %1 -vf blackdetect=d=0.3 -af silencedetect=n=-30dB:d=0.3 -f null -").arg(file.fileName())), 30s);
    QVERIFY(watched && watched->exitCode == 0);
    std::vector<double> bright;
    std::vector<double> loud;
    for (const auto &[pattern, times] : {std::pair{QStringLiteral("black_end:([0-9.]+)"), &bright}, std::pair{QStringLiteral("silence_end: ([0-9.]+)"), &loud}}) {
        for (auto match = QRegularExpression(pattern).globalMatch(QString::fromUtf8(watched->err)); match.hasNext();)
            times->push_back(match.next().captured(1).toDouble());
    }
    int compared = 0;
    double worst = 0;
    for (const double seen : bright) {
        const auto heard = std::min_element(loud.begin(), loud.end(), [seen](double a, double b) { return std::abs(a - seen) < std::abs(b - seen); });
        if (heard == loud.end() || std::abs(*heard - seen) > 0.5)
            continue;
        worst = std::max(worst, std::abs(*heard - seen));
        ++compared;
    }
    qInfo("%s: %d changes, heard at most %.1f ms beside what is seen", QTest::currentDataTag(), compared, worst * 1000);
    QVERIFY2(compared >= 2, watched->err.constData());
    const int most = protocol == QLatin1String("relay") ? 5 : 1; // as above
    QVERIFY2(worst * 1e6 <= most * static_cast<double>(kLipSync.count()) + 10'000, qPrintable(QString::number(worst))); // 10 ms: the tone's own steps
}

void TestUrlSound::reachesTargets_data()
{
    QTest::addColumn<QString>("protocol");
    for (const char *protocol : {"rtsp", "relay", "rtmp", "srt"})
        QTest::newRow(protocol) << QString::fromLatin1(protocol);
}

void TestUrlSound::reachesTargets()
{
    QFETCH(QString, protocol);
    if (protocol == QLatin1String("relay") && !MediaMtx::available())
        QSKIP("no mediamtx on PATH");
    if (protocol == QLatin1String("rtmp") && !RtmpServer::available())
        QSKIP("no nginx with its RTMP module");
    if (!RtspCamera::available())
        QSKIP("no GStreamer RTSP server on this machine");
    const QString url = serve(QStringLiteral("camera"), m_film);
    QVERIFY(!url.isEmpty());
    RtmpServer rtmp;
    MediaMtx relay;
    ChildProcess listener; // records what it gets for 4 s; FFmpeg 7.1 as an RTSP server marks no unit of sound as key
    const QString recorded = m_dir.filePath(protocol + QStringLiteral(".ts"));
    const quint16 port = freePort();
    QString target;
    QString listen;
    if (protocol == QLatin1String("rtmp")) {
        QVERIFY(rtmp.start());
        target = rtmp.url(QStringLiteral("live/far"));
    } else if (protocol == QLatin1String("relay")) {
        QVERIFY(relay.start());
        target = relay.rtspUrl(QStringLiteral("far"));
    } else if (protocol == QLatin1String("srt")) {
        target = QStringLiteral("srt://127.0.0.1:%1").arg(port);
        listen = target + QStringLiteral("?mode=listener");
    } else {
        target = QStringLiteral("rtsp://127.0.0.1:%1/far").arg(port);
        listen = QStringLiteral("-rtsp_flags listen -i ") + target;
    }
    if (!listen.isEmpty())
        QVERIFY(listener.start(QStringLiteral("ffmpeg"), words(QStringLiteral("-v error %1%2 -c copy -copyinkf -t 4 -y %3")
                                                                   .arg(listen.startsWith(u'-') ? QString() : QStringLiteral("-i "), listen, recorded))));
    Fixture f(url, true, {}, target);
    f.camera->start();

    std::unique_ptr<media::PacketSource> back;
    if (protocol == QLatin1String("relay")) {
        QVERIFY(waitUntil([&] { return relay.isLive(QStringLiteral("far")); }, 15s));
        net::RtspReceiver::Options options;
        options.audio = true;
        auto receiver = openRtsp(target, options);
        QVERIFY2(receiver, receiver ? "" : qPrintable(receiver.error().text()));
        back = std::move(*receiver);
    } else {
        if (!listen.isEmpty())
            QVERIFY(listener.waitForEnd(25s));
        else
            QVERIFY(waitUntil([&] { return f.stage("target/cloud").state == StageState::Running; }, 15s));
        media::Demuxer::Options options;
        options.audio = true;
        options.live = listen.isEmpty();
        auto demuxer = media::Demuxer::open(listen.isEmpty() ? target : recorded, options, {});
        QVERIFY2(demuxer, demuxer ? "" : qPrintable(demuxer.error().text()));
        back = std::move(*demuxer);
    }
    int sounds = 0;
    std::optional<microseconds> pictureOff;
    microseconds worst{0};
    while (sounds < 100) {
        const auto packet = back->read({});
        QVERIFY2(packet, packet ? "" : qPrintable(packet.error().text()));
        if (!media::isSound((*packet)->codec)) {
            const auto found = m_units.pictures.find(slices(**packet));
            QVERIFY(found != m_units.pictures.end());
            pictureOff = (*packet)->pts - found->second;
            continue;
        }
        const auto found = m_units.sounds.find((*packet)->data);
        QVERIFY2(found != m_units.sounds.end(), "the bytes are those of the film");
        if (pictureOff) {
            const microseconds off = (*packet)->pts - found->second - *pictureOff;
            worst = std::max({worst, off, -off});
        }
        ++sounds;
    }
    qInfo("%s: sound is off its pictures by at most %.1f ms", qPrintable(protocol), static_cast<double>(worst.count()) / 1000);
    QVERIFY2(worst <= kLipSync, qPrintable(QString::number(worst.count())));
    QVERIFY(back->info().audio && back->info().audio->sampleRate == 48'000);
}

void TestUrlSound::switchedOff()
{
    if (!MediaMtx::available())
        QSKIP("no mediamtx on PATH");
    const QString url = serve(QStringLiteral("relay"), m_film);
    QVERIFY(!url.isEmpty());
    Fixture f(url, false);
    const auto reader = f.camera->tee()->subscribe("test", 500, PacketTee::Start::NextKeyFrame, PacketTee::Tracks::PicturesAndSound);
    f.camera->start();
    for (int i = 0; i < 30; ++i) {
        const auto packet = reader->read({}, 15s);
        QVERIFY(packet && packet->codec == media::Codec::H264);
    }
    QVERIFY(!reader->info().audio);
    QVERIFY(f.stage("audio").state == StageState::Idle);
    QCOMPARE(f.stage("audio").reason, QStringLiteral("switched off"));
}

void TestUrlSound::soundThatEndsHurtsNoPicture()
{
    if (!MediaMtx::available())
        QSKIP("no mediamtx on PATH");
    const QString shortSound = m_dir.filePath(QStringLiteral("short.mkv"));
    QVERIFY(makeVideo(shortSound, QStringLiteral("testsrc=size=320x240:rate=25:duration=20"),
                      words(QStringLiteral("-f lavfi -i anoisesrc=r=48000:d=2 -c:a aac -c:v libx264 -preset ultrafast -bf 0 -g 12 -pix_fmt yuv420p"))));
    const QString url = serve(QStringLiteral("relay"), shortSound, QStringLiteral("copy -max_interleave_delta 100000"));
    QVERIFY(!url.isEmpty());
    Fixture f(url);
    f.camera->start();
    QVERIFY(waitUntil([&] { return f.stage("audio").state == StageState::Running; }, 10s));
    QVERIFY(waitUntil([&] { return f.stage("audio").state == StageState::Waiting; }, 15s));
    QVERIFY(f.stage("audio").reason.contains(QStringLiteral("5 s")));
    QVERIFY(f.stage("source").state == StageState::Running);
    QVERIFY(*f.camera->status().lastFrameAgeMs < 1000);
}

QTEST_GUILESS_MAIN(TestUrlSound)
#include "tst_url_sound.moc"
