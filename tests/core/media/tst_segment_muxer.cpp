// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/segment_muxer.h"

#include "core/media/demuxer.h"
#include "core/media/sps.h"
#include "tests/core/media/media_fixture.h"
#include "tests/core/media/mp4_boxes.h"

#include <QCryptographicHash>
#include <QFile>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::media;

namespace {

struct Clip {
    StreamInfo info;
    std::vector<PacketPtr> packets;
};

Clip readClip(const QString &path)
{
    Clip clip;
    Demuxer::Options options;
    options.live = false;
    options.audio = true;
    auto demuxer = Demuxer::open(path, options, {});
    if (!demuxer)
        return clip;
    while (auto packet = (*demuxer)->read({}))
        clip.packets.push_back(*packet);
    clip.info = (*demuxer)->info();
    return clip;
}

Clip pictures(int count, int width = 320, int height = 192)
{
    Clip clip;
    clip.packets = test::encodePictures(count, width, height, &clip.info);
    return clip;
}

std::unique_ptr<SegmentMuxer> openInto(QByteArray &file, const StreamInfo &info)
{
    auto muxer = SegmentMuxer::open(info, [&file](std::span<const std::uint8_t> bytes) {
        file.append(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size()));
        return Status();
    });
    return muxer ? std::move(*muxer) : nullptr;
}

/// The clip with a fragment before each key frame, and without a finish where it is not wanted.
QByteArray mux(const Clip &clip, bool finish = true)
{
    QByteArray file;
    const auto muxer = openInto(file, clip.info);
    for (const PacketPtr &packet : clip.packets) {
        if (!muxer->write(packet))
            return {};
        if (packet->key && !isSound(packet->codec) && !muxer->flushFragment())
            return {};
    }
    return finish && !muxer->finish() ? QByteArray() : file;
}

std::vector<PacketPtr> track(const Clip &clip, bool sound)
{
    std::vector<PacketPtr> out;
    std::copy_if(clip.packets.begin(), clip.packets.end(), std::back_inserter(out), [sound](const PacketPtr &p) { return isSound(p->codec) == sound; });
    return out;
}

/// Kind, length and SHA-256 of each NAL unit, however they are framed.
QStringList nalUnits(const Packet &packet)
{
    QStringList units;
    forEachNal(packet.data, [&](std::span<const std::uint8_t> nal) {
        const QByteArray bytes(reinterpret_cast<const char *>(nal.data()), static_cast<qsizetype>(nal.size()));
        units.append(QStringLiteral("%1 %2 %3").arg(nal[0]).arg(bytes.size()).arg(QString::fromLatin1(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex())));
    });
    return units;
}

QStringList nalUnits(const QByteArray &file, const test::Mp4Sample &sample)
{
    QStringList units;
    for (qsizetype at = sample.begin; at + 4 < sample.begin + sample.size;) {
        const auto length = qFromBigEndian<quint32>(file.constData() + at);
        const QByteArray bytes = file.mid(at + 4, length);
        units.append(QStringLiteral("%1 %2 %3").arg(static_cast<quint8>(bytes[0])).arg(bytes.size()).arg(QString::fromLatin1(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex())));
        at += 4 + length;
    }
    return units;
}

QString writeFile(const QTemporaryDir &dir, const QString &name, const QByteArray &bytes)
{
    QFile file(dir.filePath(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        return {};
    return file.fileName();
}

/// Lines of what the program says; "FAILED" and its errors when it fails or complains. FILE in the arguments is the path.
QStringList run(const QString &program, const char *arguments, const QString &path)
{
    QProcess process;
    process.start(program, QString::fromLatin1(arguments).replace(QLatin1String("FILE"), path).split(u' '));
    if (!process.waitForFinished(60'000) || process.exitCode() != 0)
        return {QStringLiteral("FAILED"), QString::fromUtf8(process.readAllStandardError())};
    const QString errors = QString::fromUtf8(process.readAllStandardError());
    QStringList lines = QString::fromUtf8(process.readAllStandardOutput()).split(u'\n', Qt::SkipEmptyParts);
    return errors.trimmed().isEmpty() ? lines : QStringList{QStringLiteral("FAILED"), errors};
}

QStringList decodedFrames(const QString &path)
{
    return run(QStringLiteral("ffmpeg"), "-v error -xerror -i FILE -map 0:v -fps_mode passthrough -f framemd5 -", path);
}

} // namespace

class TestSegmentMuxer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void isWellFormedAndExact_data();
    void isWellFormedAndExact();
    void soundStaysWithThePictures();
    void playsInOtherPlayers();
    void everyCutPlaysUpToTheLastWholeFragment();
    void nothingThatIsOutChanges();
    void fragmentsEndWhereTheNextBegins();
    void otherParameterSetsAreRefused();
    void badTimesAreMadeGood();
    void failuresOfTheWriterEndIt();
    void refusesWhatItCannotHold();

private:
    QString clip(const QString &arguments);
    QTemporaryDir m_dir;
    int m_clips = 0;
};

QString TestSegmentMuxer::clip(const QString &arguments)
{
    const QString path = m_dir.filePath(QStringLiteral("clip%1.ts").arg(++m_clips));
    const QString line = QStringLiteral("-f lavfi -i testsrc2=size=320x192:rate=25 -f lavfi -i sine=sample_rate=48000 -t 4 ") + arguments + QStringLiteral(" -muxdelay 0");
    return test::makeClip(line, path) ? path : QString();
}

void TestSegmentMuxer::isWellFormedAndExact_data()
{
    QTest::addColumn<QString>("arguments");
    QTest::addColumn<QByteArray>("entry");
    QTest::newRow("H.264") << "-map 0:v -c:v libx264 -preset ultrafast -g 25 -bf 0" << QByteArray("avc1");
    QTest::newRow("H.264 with B pictures and AAC") << "-c:v libx264 -preset veryfast -g 25 -bf 3 -c:a aac" << QByteArray("avc1");
    QTest::newRow("H.265 with B pictures") << "-map 0:v -c:v libx265 -preset ultrafast -x265-params keyint=25:bframes=3:log-level=none" << QByteArray("hev1");
}

/// The structure is what 14496-12 wants; each picture is there once with its own bytes and times.
void TestSegmentMuxer::isWellFormedAndExact()
{
    QFETCH(QString, arguments);
    QFETCH(QByteArray, entry);
    const Clip in = readClip(clip(arguments));
    const auto shown = track(in, false);
    QCOMPARE(shown.size(), 100U);
    const QByteArray file = mux(in);
    const test::Mp4File mp4 = test::readMp4(file);
    QVERIFY2(mp4.problem.isEmpty(), qPrintable(mp4.problem));
    QVERIFY(mp4.indexed);
    QCOMPARE(mp4.entries.value(1), entry);
    QCOMPARE(mp4.timescales.value(1), 1'000'000U);
    QCOMPARE(mp4.fragmentEnds.size(), 4);
    const auto samples = mp4.track(1);
    QCOMPARE(samples.size(), static_cast<qsizetype>(shown.size()));
    qint64 total = 0;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const test::Mp4Sample &sample = samples[static_cast<qsizetype>(i)];
        QCOMPARE(nalUnits(file, sample), nalUnits(*shown[i]));
        QCOMPARE(sample.sync, shown[i]->key);
        QCOMPARE(sample.dts + sample.offset - mp4.mediaTime.value(1), (shown[i]->pts - shown[0]->pts).count());
        QCOMPARE(sample.dts, (shown[i]->dts - shown[0]->dts).count());
        total += sample.duration;
    }
    QCOMPARE(total, 4'000'000);
    const QString path = writeFile(m_dir, QStringLiteral("whole.mp4"), file);
    const QStringList frames = decodedFrames(path);
    QVERIFY2(frames.value(0) != QLatin1String("FAILED"), qPrintable(frames.join(u'\n')));
    QCOMPARE(frames.filter(QRegularExpression(QStringLiteral("^0,"))).size(), 100);
    const QStringList duration = run(QStringLiteral("ffprobe"), "-v error -show_entries format=start_time,duration -of csv=p=0 FILE", path);
    QVERIFY2(duration.value(0).startsWith(QLatin1String("0.000000,4.0")), qPrintable(duration.join(u'\n')));
}

/// Units of sound keep their own times, also where they begin after the file does.
void TestSegmentMuxer::soundStaysWithThePictures()
{
    Clip in = readClip(clip(QStringLiteral("-c:v libx264 -preset veryfast -g 25 -bf 3 -c:a aac")));
    const microseconds first = track(in, false).front()->pts;
    std::erase_if(in.packets, [first](const PacketPtr &packet) { return isSound(packet->codec) && packet->pts < first + milliseconds{1300}; });
    const auto sounds = track(in, true);
    QVERIFY(sounds.size() > 100U);
    const test::Mp4File mp4 = test::readMp4(mux(in));
    QVERIFY2(mp4.problem.isEmpty(), qPrintable(mp4.problem));
    QCOMPARE(mp4.entries.value(2), QByteArray("mp4a"));
    const auto samples = mp4.track(2);
    QCOMPARE(samples.size(), static_cast<qsizetype>(sounds.size()));
    for (std::size_t i = 0; i < sounds.size(); ++i) {
        const qint64 at = (samples[static_cast<qsizetype>(i)].dts - mp4.mediaTime.value(2)) * 1'000'000 / 48'000;
        QVERIFY(std::abs(at - (sounds[i]->pts - first).count()) < 100);
    }
    const QString path = writeFile(m_dir, QStringLiteral("sound.mp4"), mux(in));
    const QStringList starts = run(QStringLiteral("ffprobe"), "-v error -select_streams a -show_entries packet=pts_time -read_intervals %+#1 -of csv=p=0 FILE", path);
    QVERIFY2(std::abs(starts.value(0).remove(u',').toDouble() - static_cast<double>((sounds[0]->pts - first).count()) / 1e6) < 0.001, qPrintable(starts.join(u'\n')));
}

void TestSegmentMuxer::playsInOtherPlayers()
{
    const Clip in = readClip(clip(QStringLiteral("-c:v libx264 -preset veryfast -g 25 -bf 3 -c:a aac")));
    const QString path = writeFile(m_dir, QStringLiteral("players.mp4"), mux(in));
    if (const QString gst = QStandardPaths::findExecutable(QStringLiteral("gst-launch-1.0")); !gst.isEmpty()) {
        const QStringList said = run(gst, "-q filesrc location=FILE ! qtdemux name=d d.video_0 ! queue ! h264parse ! avdec_h264 ! checksumsink d.audio_0 ! queue ! fakesink", path);
        QVERIFY2(said.size() == 100, qPrintable(said.join(u'\n')));
    }
    if (const QString mpv = QStandardPaths::findExecutable(QStringLiteral("mpv")); !mpv.isEmpty()) {
        const QStringList said = run(mpv, "--no-config --really-quiet FILE --no-audio --of=framemd5 --ovc=rawvideo --o=FILE.md5", path);
        QVERIFY2(said.isEmpty(), qPrintable(said.join(u'\n')));
        QFile sums(path + QStringLiteral(".md5"));
        QVERIFY(sums.open(QIODevice::ReadOnly));
        QCOMPARE(QString::fromUtf8(sums.readAll()).split(u'\n').filter(QRegularExpression(QStringLiteral("^0,"))).size(), 100);
    }
}

/// Cut at every byte, the box structure holds up to the last whole fragment; a decoder agrees at some of the cuts.
void TestSegmentMuxer::everyCutPlaysUpToTheLastWholeFragment()
{
    const Clip in = pictures(40);
    const QByteArray file = mux(in, false);
    const test::Mp4File whole = test::readMp4(file);
    QVERIFY2(whole.problem.isEmpty(), qPrintable(whole.problem));
    QCOMPARE(whole.fragmentEnds.size(), 3); // the fourth is not ended
    QCOMPARE(whole.fragmentEnds.last(), file.size());
    const qsizetype head = whole.boxes[1].end;
    for (qsizetype cut = head; cut <= file.size(); cut += cut % 997 == 0 ? 1 : 7) {
        const qsizetype fragments = std::count_if(whole.fragmentEnds.begin(), whole.fragmentEnds.end(), [cut](qsizetype end) { return end <= cut; });
        const test::Mp4File part = test::readMp4(file.left(cut));
        QCOMPARE(part.fragmentEnds.size(), fragments);
        QCOMPARE(part.samples.size(), fragments * 10);
    }
    for (const qsizetype end : {whole.fragmentEnds[0], whole.fragmentEnds[1]}) {
        for (const int more : {0, 1, 30, 4000}) {
            const QString path = writeFile(m_dir, QStringLiteral("cut.mp4"), file.left(end + more));
            QProcess ffmpeg; // it may complain about the rest
            ffmpeg.start(QStringLiteral("ffmpeg"), QStringLiteral("-v quiet -i %1 -f framemd5 -").arg(path).split(u' '));
            QVERIFY(ffmpeg.waitForFinished(30'000));
            const auto frames = QString::fromUtf8(ffmpeg.readAllStandardOutput()).split(u'\n').filter(QRegularExpression(QStringLiteral("^0,"))).size();
            QVERIFY2(frames >= (end == whole.fragmentEnds[0] ? 10 : 20), qPrintable(QStringLiteral("%1 pictures of %2+%3").arg(frames).arg(end).arg(more)));
        }
    }
}

void TestSegmentMuxer::nothingThatIsOutChanges()
{
    const Clip in = pictures(40);
    const QByteArray open = mux(in, false);
    const QByteArray finished = mux(in);
    QVERIFY(finished.size() > open.size());
    QVERIFY(finished.startsWith(open));
}

/// Every flush hands out whole fragments, the held picture stays, and counts say what is out.
void TestSegmentMuxer::fragmentsEndWhereTheNextBegins()
{
    const Clip in = pictures(20);
    QByteArray file;
    const auto muxer = openInto(file, in.info);
    QVERIFY(muxer->flushFragment());
    QVERIFY(file.isEmpty());
    for (std::size_t i = 0; i < in.packets.size(); ++i) {
        QVERIFY(muxer->write(in.packets[i]));
        QVERIFY(muxer->flushFragment());
        QCOMPARE(muxer->frames(), i);
        QCOMPARE(muxer->duration(), microseconds{50'000} * static_cast<int>(i));
        const test::Mp4File mp4 = test::readMp4(file);
        QVERIFY2(i == 0 || mp4.problem.isEmpty(), qPrintable(mp4.problem));
        QCOMPARE(mp4.samples.size(), static_cast<qsizetype>(i));
        if (i > 0)
            QCOMPARE(mp4.fragmentEnds.last(), file.size());
    }
    QVERIFY(muxer->finish());
    QCOMPARE(muxer->frames(), 20U);
    QCOMPARE(muxer->duration(), microseconds{1'000'000});
    QVERIFY(!muxer->write(in.packets[0]));
}

void TestSegmentMuxer::otherParameterSetsAreRefused()
{
    const Clip small = pictures(10);
    const Clip large = pictures(10, 640, 352);
    QByteArray file;
    const auto muxer = openInto(file, small.info);
    for (const PacketPtr &packet : small.packets)
        QVERIFY(muxer->write(packet));
    QVERIFY(muxer->takes(*small.packets[0]));
    QVERIFY(!muxer->takes(*large.packets[0]));
    const Status refused = muxer->write(large.packets[0]);
    QVERIFY(!refused && refused.error().kind == ErrorKind::InvalidInput);
    QVERIFY(muxer->finish()); // what is there stays good
    QCOMPARE(test::readMp4(file).samples.size(), 10);
}

/// Decoding times that stand still or go back rise by a tick; a long pause is that picture's duration; more is refused.
void TestSegmentMuxer::badTimesAreMadeGood()
{
    const Clip in = pictures(5);
    const auto at = [&](std::size_t i, microseconds time) {
        auto copy = std::make_shared<Packet>(*in.packets[i]);
        copy->pts = copy->dts = time;
        return copy;
    };
    QByteArray file;
    const auto muxer = openInto(file, in.info);
    const microseconds base{-7'000'000'000};
    QVERIFY(muxer->write(at(0, base)));
    QVERIFY(muxer->write(at(1, base)));
    QVERIFY(muxer->write(at(2, base - microseconds{5'000})));
    QVERIFY(muxer->write(at(3, base + SegmentMuxer::kLongestPicture)));
    QVERIFY(!muxer->write(at(4, base + 3 * SegmentMuxer::kLongestPicture)));
    QVERIFY(muxer->finish());
    const test::Mp4File mp4 = test::readMp4(file);
    QVERIFY2(mp4.problem.isEmpty(), qPrintable(mp4.problem));
    const auto samples = mp4.track(1);
    QCOMPARE(samples.size(), 4);
    QCOMPARE(samples[1].dts, 1);
    QCOMPARE(samples[2].dts, 2);
    QCOMPARE(samples[3].dts, SegmentMuxer::kLongestPicture.count());
}

/// Whichever write fails, the call says why, later ones again, and nothing more is written.
void TestSegmentMuxer::failuresOfTheWriterEndIt()
{
    const Clip in = pictures(30, 640, 352);
    int writes = 1;
    for (int failing = 1; failing <= writes; ++failing) {
        int calls = 0;
        auto muxer = SegmentMuxer::open(in.info, [&](std::span<const std::uint8_t>) {
            ++calls;
            return calls == failing ? Status(fail(ErrorKind::Unavailable, QStringLiteral("the disk is full"))) : Status();
        });
        QVERIFY(muxer);
        std::optional<Error> error;
        const auto keep = [&](const Status &status) {
            if (!status && !error)
                error = status.error();
        };
        for (const PacketPtr &packet : in.packets) {
            keep((*muxer)->write(packet));
            if (packet->key)
                keep((*muxer)->flushFragment());
        }
        keep((*muxer)->finish());
        if (!error) {
            QVERIFY(failing > 3 && failing == calls + 1); // all of them have been tried
            break;
        }
        QCOMPARE(error->detail, QStringLiteral("the disk is full"));
        QCOMPARE(calls, failing);
        QCOMPARE((*muxer)->write(in.packets[0]).error().detail, QStringLiteral("the disk is full"));
        writes = failing + 1;
    }
    QVERIFY(writes > 3);
}

void TestSegmentMuxer::refusesWhatItCannotHold()
{
    StreamInfo info;
    info.codec = Codec::Mjpeg;
    const auto mjpeg = SegmentMuxer::open(info, [](std::span<const std::uint8_t>) { return Status(); });
    QVERIFY(!mjpeg && mjpeg.error().kind == ErrorKind::Unsupported);
    const Clip in = pictures(3);
    QByteArray file;
    const auto muxer = openInto(file, in.info);
    QVERIFY(!muxer->write(nullptr));
    QVERIFY(!muxer->write(in.packets[1])); // no key frame
    auto bare = std::make_shared<Packet>(*in.packets[0]);
    bare->data = {0, 0, 0, 1, 0x65, 1, 2, 3};
    StreamInfo none = in.info;
    none.parameterSets.clear();
    const auto without = openInto(file, none);
    QVERIFY(without->write(bare).error().kind == ErrorKind::InvalidInput);
    QVERIFY(file.isEmpty());
}

QTEST_GUILESS_MAIN(TestSegmentMuxer)
#include "tst_segment_muxer.moc"
