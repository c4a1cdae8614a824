// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/segment_demuxer.h"

#include "core/media/decoder.h"
#include "core/media/demuxer.h"
#include "tests/core/media/memory_bytes.h"
#include "tests/core/media/segment_fixture.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <random>
#include <set>

using namespace vedette;
using namespace vedette::media;

namespace {

/// 20 frames/s, a key frame each tenth.
test::RecordedStream encoded(int count, int width = 320, int height = 192)
{
    test::RecordedStream out;
    out.packets = test::encodePictures(count, width, height, &out.info);
    return out;
}

QByteArray fileOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

Result<std::unique_ptr<SegmentDemuxer>> openBytes(const QByteArray &bytes)
{
    return SegmentDemuxer::open(std::make_unique<test::MemoryBytes>(bytes), QStringLiteral("clip"), {});
}

/// Presentation times of all pictures from here on; at most so many.
std::vector<microseconds> timesOf(SegmentDemuxer &demuxer, std::size_t most = 100'000)
{
    std::vector<microseconds> out;
    while (out.size() < most) {
        const auto unit = demuxer.read({});
        if (!unit)
            break;
        if (!isSound((*unit)->codec))
            out.push_back((*unit)->pts);
    }
    return out;
}

std::size_t decodedOf(SegmentDemuxer &demuxer)
{
    auto decoder = Decoder::create(demuxer.info());
    if (!decoder)
        return 0;
    std::size_t count = 0;
    while (auto unit = demuxer.read({})) {
        if (isSound((*unit)->codec))
            continue;
        if (const auto frames = (*decoder)->decode(*unit))
            count += frames->size();
    }
    return count + (*decoder)->flush().size();
}

} // namespace

class TestSegmentDemuxer : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString clip(const QString &arguments, const QString &name)
    {
        const QString path = m_folder.filePath(name);
        return QFile::exists(path) || test::makeClip(arguments, path) ? path : QString();
    }

private Q_SLOTS:
    /// Whatever it is read from, a file gives the same pictures as it was written with.
    void givesEachPictureOfOurFiles()
    {
        const auto stream = encoded(65);
        for (const bool finish : {true, false}) {
            auto demuxer = openBytes(test::segmentOf(stream, finish));
            QVERIFY2(demuxer, qPrintable(demuxer ? QString() : demuxer.error().text()));
            QCOMPARE((*demuxer)->info().width, 320);
            std::size_t count = 0;
            while (auto unit = (*demuxer)->read({})) {
                const Packet &wanted = *stream.packets[count];
                QCOMPARE((*unit)->key, wanted.key);
                QCOMPARE((*unit)->pts, wanted.pts);
                QCOMPARE(test::vclUnits(Codec::H264, (*unit)->data), test::vclUnits(Codec::H264, wanted.data));
                ++count;
            }
            QCOMPARE(count, finish ? std::size_t{65} : std::size_t{60}); // up to the last whole fragment
            QCOMPARE((*demuxer)->damaged(), std::uint64_t{0});
        }
    }

    /// Any file, any moment: the newest key frame that is shown at or before it, and all that follows.
    void seeksToTheKeyFrameBefore_data()
    {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<QString>("name");
        const QString source = QStringLiteral("-f lavfi -i testsrc2=size=320x240:rate=25:duration=12 -f lavfi -i sine=duration=12 -c:a aac ");
        QTest::newRow("mp4, B-frames") << source + QStringLiteral("-c:v libx264 -preset veryfast -g 25 -bf 3 -pix_fmt yuv420p") << "b.mp4";
        QTest::newRow("mp4, moov first") << source + QStringLiteral("-c:v libx264 -preset veryfast -g 50 -bf 2 -pix_fmt yuv420p -movflags +faststart") << "f.mp4";
        QTest::newRow("mp4, open GOP") << source + QStringLiteral("-c:v libx264 -preset veryfast -x264-params open-gop=1:keyint=30:bframes=3:scenecut=0 -pix_fmt yuv420p") << "o.mp4";
        QTest::newRow("mkv") << source + QStringLiteral("-c:v libx264 -preset veryfast -g 25 -bf 3 -pix_fmt yuv420p") << "m.mkv";
        QTest::newRow("ts") << source + QStringLiteral("-c:v libx264 -preset veryfast -g 40 -bf 3 -pix_fmt yuv420p -muxdelay 0") << "t.ts";
        QTest::newRow("ts, h265") << source + QStringLiteral("-c:v libx265 -preset ultrafast -x265-params keyint=30:bframes=2:log-level=0 -pix_fmt yuv420p") << "h.ts";
        QTest::newRow("mp4, h265, open GOP") << source + QStringLiteral("-c:v libx265 -preset ultrafast -x265-params keyint=30:bframes=3:open-gop=1:log-level=0 -tag:v hvc1 -pix_fmt yuv420p") << "h.mp4";
        QTest::newRow("fragmented, B-frames") << source + QStringLiteral("-c:v libx264 -preset veryfast -g 25 -bf 3 -pix_fmt yuv420p -movflags frag_keyframe+empty_moov+default_base_moof -frag_duration 400000") << "fb.mp4";
        QTest::newRow("fragmented, first in moov") << source + QStringLiteral("-c:v libx264 -preset veryfast -g 25 -bf 3 -pix_fmt yuv420p -movflags frag_keyframe") << "fm.mp4";
        QTest::newRow("avi") << QStringLiteral("-f lavfi -i testsrc2=size=320x240:rate=25:duration=12 -c:v mjpeg -pix_fmt yuvj420p") << "a.avi";
    }
    void seeksToTheKeyFrameBefore()
    {
        QFETCH(QString, arguments);
        QFETCH(QString, name);
        const QString path = clip(arguments, name);
        QVERIFY(!path.isEmpty());
        const QByteArray bytes = fileOf(path);
        auto demuxer = openBytes(bytes);
        QVERIFY2(demuxer, qPrintable(demuxer ? QString() : demuxer.error().text()));
        std::vector<PacketPtr> all;
        while (auto unit = (*demuxer)->read({})) {
            if (!isSound((*unit)->codec))
                all.push_back(*unit);
        }
        QCOMPARE(all.size(), std::size_t{300});
        QCOMPARE((*demuxer)->start(), (*std::min_element(all.begin(), all.end(), [](const auto &a, const auto &b) { return a->pts < b->pts; }))->pts);
        std::minstd_rand random(1);
        for (int i = 0; i < 60; ++i) {
            const microseconds at = (*demuxer)->start() + milliseconds{static_cast<int>(random() % 12'500) - 200};
            PacketPtr wanted;
            std::size_t after = 0;
            for (std::size_t k = 0; k < all.size(); ++k) {
                if (all[k]->key && (!wanted || (all[k]->pts <= at && all[k]->pts > wanted->pts))) {
                    wanted = all[k];
                    after = all.size() - k;
                }
            }
            const Status sought = (*demuxer)->seek(at, {});
            QVERIFY2(sought, qPrintable(sought ? QString() : sought.error().text()));
            PacketPtr got;
            while (!got) {
                auto unit = (*demuxer)->read({});
                QVERIFY2(unit, qPrintable(QStringLiteral("%1: %2").arg(at.count()).arg(unit ? QString() : unit.error().text())));
                if (!isSound((*unit)->codec))
                    got = *unit;
            }
            QVERIFY2(got->pts == wanted->pts, qPrintable(QStringLiteral("at %1: %2 in place of %3").arg(at.count()).arg(got->pts.count()).arg(wanted->pts.count())));
            QVERIFY(got->key);
            QCOMPARE(got->data, wanted->data);
            if (i % 10 == 0)
                QCOMPARE(timesOf(**demuxer).size() + 1, after);
        }
    }

    /// A seek into an hour that is still being written costs few reads, and so does one where there is an index.
    void seeksWithFewReads()
    {
        auto stream = encoded(2000);
        for (PacketPtr &packet : stream.packets) { // as large as a camera's, by filler data (H.264 7.3.2.7)
            auto large = std::make_shared<Packet>(*packet);
            large->data.insert(large->data.end(), {0, 0, 0, 1, 12});
            large->data.insert(large->data.end(), 10'000, 0xFF);
            large->data.push_back(0x80);
            packet = large;
        }
        for (const bool finish : {true, false}) {
            auto file = std::make_shared<test::MemoryBytes::Shared>();
            file->bytes = test::segmentOf(stream, finish);
            file->there = finish ? -1 : file->bytes.size();
            std::minstd_rand random(2);
            for (int i = 0; i < 40; ++i) {
                auto demuxer = SegmentDemuxer::open(std::make_unique<test::MemoryBytes>(file), QStringLiteral("clip"), {});
                QVERIFY(demuxer);
                file->reads = 0;
                file->given = 0;
                const std::size_t at = random() % 1980;
                QVERIFY((*demuxer)->seek(stream.packets[at]->pts, {}));
                const auto unit = (*demuxer)->read({});
                QVERIFY(unit);
                QCOMPARE((*unit)->pts, stream.packets[at / 10 * 10]->pts);
                QVERIFY2(file->reads <= (finish ? 8 : 30), qPrintable(QStringLiteral("%1 reads").arg(file->reads)));
                QVERIFY2(file->given <= 4'000'000, qPrintable(QStringLiteral("%1 bytes").arg(file->given)));
            }
        }
    }

    void followsAFileThatGrows()
    {
        const auto stream = encoded(60);
        auto file = std::make_shared<test::MemoryBytes::Shared>();
        file->bytes = test::segmentOf(stream);
        file->there = 0;
        QVERIFY(!SegmentDemuxer::open(std::make_unique<test::MemoryBytes>(file), QStringLiteral("clip"), {}));
        file->there = 3000; // head, and a part of the first fragment
        auto demuxer = SegmentDemuxer::open(std::make_unique<test::MemoryBytes>(file), QStringLiteral("clip"), {});
        QVERIFY2(demuxer, qPrintable(demuxer ? QString() : demuxer.error().text()));
        std::size_t count = 0;
        for (; file->there <= file->bytes.size(); file->there += 777) {
            for (;;) {
                const auto unit = (*demuxer)->read({});
                if (!unit) {
                    QVERIFY(unit.error().kind == ErrorKind::NotFound);
                    break;
                }
                QCOMPARE((*unit)->pts, stream.packets[count]->pts);
                ++count;
            }
        }
        file->there = file->bytes.size();
        count += timesOf(**demuxer).size();
        QCOMPARE(count, std::size_t{60});
        QCOMPARE((*demuxer)->damaged(), std::uint64_t{0});
        QVERIFY((*demuxer)->seek(milliseconds{1'600}, {}));
        QCOMPARE(timesOf(**demuxer).size(), std::size_t{30});
    }

    /// What lies before the damage plays, and what comes behind it from the next key frame on.
    void goesAroundDamage()
    {
        const auto stream = encoded(100);
        const QByteArray whole = test::segmentOf(stream);
        const QByteArray word("moof");
        qsizetype fifth = 0;
        for (int i = 0; i < 5; ++i)
            fifth = whole.indexOf(word, fifth + 1);
        QByteArray broken = whole;
        broken.replace(fifth, 40, QByteArray(40, '\x5a'));
        auto demuxer = openBytes(broken);
        QVERIFY(demuxer);
        const auto times = timesOf(**demuxer);
        QCOMPARE(times.size(), std::size_t{90});
        QCOMPARE(times[40], stream.packets[50]->pts);
        QCOMPARE((*demuxer)->damaged(), std::uint64_t{1});
        QVERIFY((*demuxer)->seek(stream.packets[45]->pts, {}));
        QCOMPARE(timesOf(**demuxer, 1).front(), stream.packets[30]->pts);

        auto cut = openBytes(whole.left(whole.size() / 2));
        QVERIFY(cut);
        const auto left = timesOf(**cut);
        QVERIFY2(left.size() > 40 && left.size() < 60, qPrintable(QString::number(left.size())));
    }

    void saysWhatItCannotRead()
    {
        const QByteArray noise = QByteArray("this is a text and no video at all, however long it may be\n").repeated(200);
        for (const QByteArray &bytes : {QByteArray(), noise, QByteArray(5000, '\0'), QByteArray("\0\0\0\x20" "ftypisom", 12)}) {
            const auto demuxer = openBytes(bytes);
            QVERIFY(!demuxer);
            QVERIFY2(demuxer.error().kind == ErrorKind::Corrupt || demuxer.error().kind == ErrorKind::Unsupported, qPrintable(demuxer.error().text()));
            QVERIFY2(demuxer.error().detail.startsWith(QLatin1String("clip: ")), qPrintable(demuxer.error().text()));
        }
        const QByteArray playlist = "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n";
        QVERIFY(!openBytes(playlist));
    }

    void tellsWhenItsBytesAreGone()
    {
        auto file = std::make_shared<test::MemoryBytes::Shared>();
        file->bytes = test::segmentOf(encoded(400, 640, 480));
        auto demuxer = SegmentDemuxer::open(std::make_unique<test::MemoryBytes>(file), QStringLiteral("clip"), {});
        QVERIFY(demuxer);
        file->failAt = file->reads;
        auto unit = (*demuxer)->read({});
        while (unit)
            unit = (*demuxer)->read({});
        QVERIFY(unit.error().kind == ErrorKind::Unavailable);
        std::stop_source stop;
        stop.request_stop();
        file->failAt = -1;
        const Status sought = (*demuxer)->seek(milliseconds{12'000}, stop.get_token());
        QVERIFY(sought || sought.error().kind == ErrorKind::Cancelled);
        QVERIFY((*demuxer)->seek(milliseconds{12'000}, {}));
        QCOMPARE(timesOf(**demuxer).size(), std::size_t{160});
    }

    /// Flips, cuts, zeroed and swapped stretches: no crash, no hang.
    void damagedFilesNeverCrash()
    {
        const auto stream = encoded(100);
        QList<QByteArray> wholes{test::segmentOf(stream), test::segmentOf(stream, false)};
        for (const char *name : {"b.mp4", "m.mkv", "t.ts", "f.mp4"}) {
            const QString path = m_folder.filePath(QLatin1String(name));
            if (QFile::exists(path))
                wholes.append(fileOf(path));
        }
        std::minstd_rand random(3);
        for (int i = 0; i < 60; ++i) {
            QByteArray bytes = wholes[i % wholes.size()];
            const auto place = static_cast<qsizetype>(random() % static_cast<unsigned>(bytes.size()));
            switch (random() % 4) {
            case 0: bytes[place] = static_cast<char>(bytes[place] ^ (1 << random() % 8)); break;
            case 1: bytes.truncate(place); break;
            case 2: std::fill_n(bytes.begin() + place, std::min<qsizetype>(4096, bytes.size() - place), '\0'); break;
            default: std::rotate(bytes.begin() + place, bytes.begin() + place + (bytes.size() - place) / 3, bytes.end()); break;
            }
            auto demuxer = openBytes(bytes);
            if (!demuxer)
                continue;
            decodedOf(**demuxer);
            (void)(*demuxer)->seek(microseconds{static_cast<std::int64_t>(random() % 6'000'000)}, {});
            timesOf(**demuxer, 3);
        }
    }
};

QTEST_GUILESS_MAIN(TestSegmentDemuxer)
#include "tst_segment_demuxer.moc"
