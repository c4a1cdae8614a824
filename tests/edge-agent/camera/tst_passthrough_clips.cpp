// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/decoder.h"
#include "core/media/demuxer.h"
#include "core/media/muxer.h"
#include "core/media/sps.h"
#include "core/protocol/capture_sei.h"
#include "edge-agent/capture/packet_stamper.h"
#include "edge-agent/encode/passthrough.h"
#include "tests/edge-agent/live_fixture.h"
#include "tests/support/manual_clock.h"

#include <QCryptographicHash>
#include <QTemporaryDir>

#include <map>
#include <set>

using namespace vedette;
using namespace vedette::agent;
using namespace vedette::test;
using namespace std::chrono_literals;

namespace {

constexpr microseconds kFrame{40'000};

bool isPicture(media::Codec codec, std::span<const std::uint8_t> nal)
{
    return codec == media::Codec::H265 ? (nal[0] >> 1 & 0x3F) < 32 : (nal[0] & 0x1F) >= 1 && (nal[0] & 0x1F) <= 5;
}

/// SHA-256 over every VCL NAL unit, with its length, in order.
class Hash {
public:
    void add(const media::Packet &packet)
    {
        media::forEachNal(packet.data, [&](std::span<const std::uint8_t> nal) {
            if (!isPicture(packet.codec, nal))
                return;
            ++m_slices;
            m_hash.addData(QByteArray::number(static_cast<qulonglong>(nal.size())));
            m_hash.addData(QByteArray(reinterpret_cast<const char *>(nal.data()), static_cast<qsizetype>(nal.size())));
        });
    }
    int slices() const { return m_slices; }
    QByteArray result() const { return m_hash.result().toHex(); }

private:
    QCryptographicHash m_hash{QCryptographicHash::Sha256};
    int m_slices = 0;
};

std::optional<CaptureStamp> written(const media::Packet &packet)
{
    const auto payload = media::findUserDataSei(packet.codec, packet.data, protocol::kCaptureUuid);
    const auto stamp = payload ? protocol::decodeCapture(*payload) : fail(ErrorKind::NotFound, {});
    return stamp ? std::optional(*stamp) : std::nullopt;
}

/// NAL unit types of an access unit.
std::vector<int> typesOf(const media::Packet &packet)
{
    std::vector<int> types;
    media::forEachNal(packet.data, [&](std::span<const std::uint8_t> nal) {
        types.push_back(packet.codec == media::Codec::H265 ? nal[0] >> 1 & 0x3F : nal[0] & 0x1F);
    });
    return types;
}

std::vector<media::PacketPtr> readAll(const QString &file)
{
    std::vector<media::PacketPtr> packets;
    media::Demuxer::Options options;
    options.live = false;
    auto demuxer = media::Demuxer::open(file, options, {});
    while (demuxer) {
        const auto packet = (*demuxer)->read({});
        if (!packet)
            break;
        packets.push_back(*packet);
    }
    return packets;
}

media::Bytes withoutParameterSets(const media::Packet &packet)
{
    media::Bytes bare;
    media::forEachNal(packet.data, [&](std::span<const std::uint8_t> nal) {
        const int type = packet.codec == media::Codec::H265 ? nal[0] >> 1 & 0x3F : nal[0] & 0x1F;
        const bool set = packet.codec == media::Codec::H265 ? type >= 32 && type <= 34 : type == 7 || type == 8;
        if (set)
            return;
        bare.insert(bare.end(), {0, 0, 0, 1});
        bare.insert(bare.end(), nal.begin(), nal.end());
    });
    return bare;
}

/// A camera that sends what a file holds, without a decoding time, as RTP does; what leaves the agent is kept.
struct Line {
    explicit Line(const media::StreamInfo &info)
        : stamper(info, context), reader(tee->subscribe("test", 1000, media::PacketTee::Start::NextKeyFrame))
    {
        passthrough.begin(info);
    }

    void send(const media::Packet &packet)
    {
        media::Packet arrived = packet;
        arrived.pts += jump;
        arrived.dts = arrived.pts;
        arrived.arrival = clock.now();
        passthrough.write(stamper.stamp(arrived, 0us));
        while (const auto packetOut = reader->tryRead())
            out.push_back(packetOut);
        clock.advance(kFrame);
    }

    ManualClock clock;
    CaptureClock capture{clock, ClockTrust::Kernel, ClockProbes{}};
    SourceContext context{clock, [this](MonoTime t, auto rank) { return capture.stamp(QStringLiteral("far"), t, 9, rank); }};
    PacketStamper stamper;
    std::shared_ptr<media::PacketTee> tee = std::make_shared<media::PacketTee>();
    media::PacketReaderPtr reader;
    Passthrough passthrough{tee};
    microseconds jump{0};
    std::vector<media::PacketPtr> out;
};

QString orderFault(const std::vector<media::PacketPtr> &packets, const std::vector<int> &shownAs, bool contiguous)
{
    std::map<int, CaptureStamp> shown;
    std::optional<microseconds> lastDts;
    std::set<microseconds> times;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const media::Packet &p = *packets[i];
        if (p.dts > p.pts)
            return QStringLiteral("picture %1: dts %2 after pts %3").arg(i).arg(p.dts.count()).arg(p.pts.count());
        if (lastDts && p.dts <= *lastDts)
            return QStringLiteral("picture %1: dts does not rise").arg(i);
        lastDts = p.dts;
        if (!times.insert(p.pts).second)
            return QStringLiteral("picture %1: pts twice").arg(i);
        const auto stamp = written(p);
        if (!stamp)
            return QStringLiteral("picture %1: no SEI").arg(i);
        if (stamp->settingsVersion != 9 || !stamp->known)
            return QStringLiteral("picture %1: wrong SEI").arg(i);
        shown[shownAs[i]] = *stamp;
    }
    std::optional<CaptureStamp> last;
    for (const auto &[number, stamp] : shown) {
        if (last && last->run == stamp.run) {
            if (stamp.sequence <= last->sequence || (contiguous && stamp.sequence != last->sequence + 1))
                return QStringLiteral("shown picture %1: sequence %2 after %3").arg(number).arg(stamp.sequence).arg(last->sequence);
            if (stamp.captured <= last->captured)
                return QStringLiteral("shown picture %1: captured %2 after %3").arg(number).arg(toMicros(stamp.captured)).arg(toMicros(last->captured));
        }
        last = stamp;
    }
    return {};
}

/// Which picture in the order of presentation each packet is.
std::vector<int> presentation(const std::vector<media::PacketPtr> &packets)
{
    std::vector<std::size_t> byTime(packets.size());
    for (std::size_t i = 0; i < byTime.size(); ++i)
        byTime[i] = i;
    std::sort(byTime.begin(), byTime.end(), [&](auto a, auto b) { return packets[a]->pts < packets[b]->pts; });
    std::vector<int> shown(packets.size());
    for (std::size_t i = 0; i < byTime.size(); ++i)
        shown[byTime[i]] = static_cast<int>(i);
    return shown;
}

} // namespace

/// Streams as cameras send them, through what the agent does to a passed-through stream.
class TestPassthroughClips : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void picturesStayAndStampsFollow_data();
    void picturesStayAndStampsFollow();
    void sizeChangesInTheStream_data();
    void sizeChangesInTheStream();
    void parameterSetsOnlyOutOfBand();
    void clockSteps_data();
    void clockSteps();
    void sourceTimes_data();
    void sourceTimes();

private:
    QString clip(const QString &size, const QStringList &coding, const QString &ending);
    QTemporaryDir m_dir;
    int m_clips = 0;
};

QString TestPassthroughClips::clip(const QString &size, const QStringList &coding, const QString &ending)
{
    const QString path = m_dir.filePath(QStringLiteral("%1.%2").arg(++m_clips).arg(ending));
    const QString scene = QStringLiteral("testsrc2=size=%1:rate=25:duration=3").arg(size);
    return makeVideo(path, scene, QStringList{QStringLiteral("-pix_fmt"), QStringLiteral("yuv420p")} + coding) ? path : QString();
}

void TestPassthroughClips::picturesStayAndStampsFollow_data()
{
    QTest::addColumn<QString>("coding");
    QTest::addColumn<QString>("ending");
    QTest::addColumn<bool>("reorders");
    QTest::addColumn<int>("slices"); // of a picture, at least
    const QString h264 = QStringLiteral("-c:v libx264 -preset veryfast ");
    const QString h265 = QStringLiteral("-c:v libx265 -preset ultrafast -x265-params log-level=error:");
    const auto row = [](const char *name, const QString &coding, const char *ending, bool reorders, int slices) {
        QTest::newRow(name) << coding << QString::fromLatin1(ending) << reorders << slices;
    };
    row("H.264", h264 + QStringLiteral("-bf 0 -g 25"), "mp4", false, 1);
    row("H.264 B-frames", h264 + QStringLiteral("-bf 2 -b_strategy 0 -g 12 -x264-params b-pyramid=none:scenecut=0"), "mp4", true, 1);
    row("H.264 B-pyramid", h264 + QStringLiteral("-bf 7 -b_strategy 0 -refs 4 -g 30 -x264-params b-pyramid=normal:scenecut=0"), "mkv", true, 1);
    row("H.264 open groups", h264 + QStringLiteral("-bf 3 -b_strategy 0 -g 10 -x264-params open-gop=1:scenecut=0"), "mp4", true, 1);
    row("H.264 one long group", h264 + QStringLiteral("-bf 3 -g 1000"), "ts", true, 1);
    row("H.264 several slices", h264 + QStringLiteral("-bf 2 -g 20 -slices 4"), "mp4", true, 4);
    row("H.264 sets only in band", h264 + QStringLiteral("-bf 2 -g 20 -bsf:v dump_extra"), "ts", true, 1);
    row("H.264 interlaced", h264 + QStringLiteral("-flags +ilme+ildct -bf 2 -g 20"), "mp4", true, 1);
    row("H.265", h265 + QStringLiteral("bframes=0:keyint=25"), "mp4", false, 1);
    row("H.265 B-frames", h265 + QStringLiteral("bframes=2:b-adapt=0:b-pyramid=0:keyint=12:open-gop=0:scenecut=0"), "mp4", true, 1);
    row("H.265 B-pyramid", h265 + QStringLiteral("bframes=7:rc-lookahead=15:b-adapt=0:b-pyramid=1:keyint=30:open-gop=0:scenecut=0"), "mkv", true, 1);
    row("H.265 open groups", h265 + QStringLiteral("bframes=3:b-adapt=0:keyint=10:open-gop=1:scenecut=0"), "mp4", true, 1);
    row("H.265 one long group", h265 + QStringLiteral("bframes=3:keyint=1000"), "ts", true, 1);
    row("H.265 several slices", h265 + QStringLiteral("bframes=2:keyint=20:slices=3"), "mp4", true, 2);
    row("H.265 sets only in band", h265 + QStringLiteral("bframes=2:keyint=20:repeat-headers=1"), "ts", true, 1);
    row("H.265 temporal layers", h265 + QStringLiteral("bframes=3:keyint=20:temporal-layers=1"), "ts", true, 1);
}

void TestPassthroughClips::picturesStayAndStampsFollow()
{
    QFETCH(QString, coding);
    QFETCH(QString, ending);
    QFETCH(bool, reorders);
    QFETCH(int, slices);
    const QString file = clip(QStringLiteral("320x240"), coding.split(QLatin1Char(' ')), ending);
    QVERIFY(!file.isEmpty());
    const auto packets = readAll(file);
    QVERIFY2(packets.size() >= 70, qPrintable(QString::number(packets.size())));
    const auto shown = presentation(packets);
    QCOMPARE(!std::is_sorted(shown.begin(), shown.end()), reorders);

    media::StreamInfo info;
    info.codec = packets[0]->codec;
    Line line(info);
    Hash before;
    Hash after;
    for (const auto &packet : packets) {
        before.add(*packet);
        line.send(*packet);
    }
    QCOMPARE(line.out.size(), packets.size());
    for (const auto &packet : line.out) {
        after.add(*packet);
        const auto types = typesOf(*packet);
        QCOMPARE(std::count(types.begin(), types.end(), info.codec == media::Codec::H265 ? 39 : 6) >= 1, true);
    }
    QCOMPARE(after.result(), before.result());
    QCOMPARE(after.slices(), before.slices());
    QVERIFY(before.slices() >= slices * static_cast<int>(packets.size()));
    QCOMPARE(orderFault(line.out, shown, true), QString());
    QCOMPARE(line.tee->info().width, 320);
    QCOMPARE(line.tee->info().height, 240);

    // A decoder gives every picture out, in the order of the stamps.
    auto decoder = media::Decoder::create(line.tee->info());
    QVERIFY(decoder.has_value());
    std::vector<media::Frame> frames;
    for (const auto &packet : line.out) {
        const auto decoded = (*decoder)->decode(packet);
        QVERIFY2(decoded.has_value(), decoded ? "" : qPrintable(decoded.error().text()));
        frames.insert(frames.end(), decoded->begin(), decoded->end());
    }
    const auto rest = (*decoder)->flush();
    frames.insert(frames.end(), rest.begin(), rest.end());
    QCOMPARE(frames.size(), packets.size());
    for (std::size_t i = 1; i < frames.size(); ++i) {
        QCOMPARE(frames[i].capture->sequence, frames[i - 1].capture->sequence + 1);
        QVERIFY(frames[i].capture->captured > frames[i - 1].capture->captured);
    }

    // As MPEG-TS: every picture, with its stamp, and no decoding time after its presentation.
    QFile ts(m_dir.filePath(QStringLiteral("out.ts")));
    QVERIFY(ts.open(QIODevice::WriteOnly));
    auto muxer = media::Muxer::openTs(line.tee->info(), [&](std::span<const std::uint8_t> bytes) {
        ts.write(reinterpret_cast<const char *>(bytes.data()), static_cast<qint64>(bytes.size()));
    });
    QVERIFY(muxer.has_value());
    for (const auto &packet : line.out)
        QVERIFY((*muxer)->write(packet).has_value());
    ts.close();
    const auto back = readAll(ts.fileName());
    QCOMPARE(back.size(), line.out.size());
    Hash again;
    for (const auto &packet : back)
        again.add(*packet);
    QCOMPARE(again.result(), before.result());
    QCOMPARE(orderFault(back, shown, true), QString());
}

void TestPassthroughClips::sizeChangesInTheStream_data()
{
    QTest::addColumn<QString>("coding");
    QTest::newRow("H.264") << QStringLiteral("-c:v libx264 -preset veryfast -bf 2 -b_strategy 0 -g 20");
    QTest::newRow("H.265") << QStringLiteral("-c:v libx265 -preset ultrafast -x265-params log-level=error:bframes=2:b-adapt=0:keyint=20");
}

void TestPassthroughClips::sizeChangesInTheStream()
{
    QFETCH(QString, coding);
    const QStringList words = coding.split(QLatin1Char(' '));
    const auto small = readAll(clip(QStringLiteral("320x240"), words, QStringLiteral("mp4")));
    const auto large = readAll(clip(QStringLiteral("640x360"), words, QStringLiteral("mp4")));
    QVERIFY(small.size() > 50 && large.size() > 50);
    std::vector<media::PacketPtr> packets = small;
    for (const auto &packet : large) {
        auto later = std::make_shared<media::Packet>(*packet);
        later->pts += 3s;
        packets.push_back(later);
    }
    media::StreamInfo info;
    info.codec = packets[0]->codec;
    Line line(info);
    Hash before;
    Hash after;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        before.add(*packets[i]);
        line.send(*packets[i]);
        QCOMPARE(line.tee->info().width, i < small.size() ? 320 : 640);
        QCOMPARE(line.tee->info().height, i < small.size() ? 240 : 360);
    }
    for (const auto &packet : line.out)
        after.add(*packet);
    QCOMPARE(after.result(), before.result());
    QCOMPARE(orderFault(line.out, presentation(packets), true), QString());
}

void TestPassthroughClips::parameterSetsOnlyOutOfBand()
{
    for (const QString &codec : {QStringLiteral("libx264"), QStringLiteral("libx265")}) {
        const auto packets = readAll(clip(QStringLiteral("320x240"), {QStringLiteral("-c:v"), codec, QStringLiteral("-preset"), QStringLiteral("ultrafast"),
                                                                      QStringLiteral("-g"), QStringLiteral("10")}, QStringLiteral("mp4")));
        QVERIFY(packets.size() > 50);
        media::StreamInfo info;
        info.codec = packets[0]->codec;
        info.parameterSets = media::extractParameterSets(info.codec, packets[0]->data);
        QVERIFY(!info.parameterSets.empty());
        Line line(info);
        QCOMPARE(line.tee->info().width, 320);
        Hash before;
        Hash after;
        for (const auto &packet : packets) {
            media::Packet bare = *packet;
            bare.data = withoutParameterSets(*packet);
            before.add(bare);
            line.send(bare);
        }
        for (const auto &packet : line.out) {
            after.add(*packet);
            QCOMPARE(media::extractParameterSets(info.codec, packet->data).empty(), !packet->key);
        }
        QCOMPARE(after.result(), before.result());
        QCOMPARE(orderFault(line.out, presentation(packets), true), QString());
    }
}

void TestPassthroughClips::clockSteps_data()
{
    QTest::addColumn<qint64>("step");
    QTest::addColumn<bool>("synchronized");
    constexpr qint64 second = 1'000'000;
    for (const bool synchronized : {true, false}) {
        const char *when = synchronized ? "after synchronisation" : "at synchronisation";
        QTest::addRow("-20 min %s", when) << -20 * 60 * second << synchronized;
        QTest::addRow("+1 h %s", when) << 3600 * second << synchronized;
        QTest::addRow("+56 years %s", when) << 56LL * 365 * 86'400 * second << synchronized;
    }
}

void TestPassthroughClips::clockSteps()
{
    QFETCH(qint64, step);
    QFETCH(bool, synchronized);
    const auto packets = readAll(clip(QStringLiteral("320x240"), QStringLiteral("-c:v libx264 -preset veryfast -bf 3 -b_strategy 0 -g 20").split(QLatin1Char(' ')), QStringLiteral("mp4")));
    QVERIFY(packets.size() > 70);
    media::StreamInfo info;
    info.codec = packets[0]->codec;
    Line line(info);
    if (!synchronized) {
        line.clock.setSync(false, 0us);
        line.clock.advance(1s);
    }
    CaptureClock capture(line.clock, ClockTrust::Kernel, ClockProbes{});
    SourceContext context{line.clock, [&](MonoTime t, auto rank) { return capture.stamp(QStringLiteral("far"), t, 9, rank); }};
    PacketStamper stamper(info, context);
    std::map<int, CaptureStamp> shown;
    std::optional<microseconds> lastDts;
    std::vector<std::pair<microseconds, int>> times;
    const auto numbers = presentation(packets);
    for (std::size_t i = 0; i < packets.size(); ++i) {
        if (i == packets.size() / 2) {
            line.clock.stepUtc(microseconds{step});
            line.clock.setSync(true, 1000us);
        }
        media::Packet arrived = *packets[i];
        arrived.arrival = line.clock.now();
        const auto out = stamper.stamp(arrived, 0us);
        QVERIFY(out->dts <= out->pts);
        QVERIFY(!lastDts || out->dts > *lastDts);
        lastDts = out->dts;
        shown[numbers[i]] = *out->capture;
        times.emplace_back(out->pts, numbers[i]);
        line.clock.advance(kFrame);
    }
    std::sort(times.begin(), times.end());
    for (std::size_t i = 0; i < times.size(); ++i)
        QCOMPARE(times[i].second, static_cast<int>(i)); // what leaves is in order, whatever the wall clock does
    int runs = 1;
    for (auto it = std::next(shown.begin()); it != shown.end(); ++it) {
        const CaptureStamp &last = std::prev(it)->second;
        if (it->second.run != last.run) {
            ++runs;
            QVERIFY(it->second.known);
            QCOMPARE(last.known, synchronized);
            const auto stepped = it->second.captured - last.captured - kFrame;
            if (synchronized)
                QVERIFY(std::abs(stepped.count() - step) < 10'000);
        } else {
            QVERIFY(it->second.sequence > last.sequence);
            QVERIFY(it->second.captured > last.captured);
        }
    }
    QCOMPARE(runs, 2);
}

void TestPassthroughClips::sourceTimes_data()
{
    QTest::addColumn<QString>("what");
    QTest::newRow("32 bits of 90 kHz wrap") << QStringLiteral("wrap");
    QTest::newRow("1 h on") << QStringLiteral("on");
    QTest::newRow("10 s back") << QStringLiteral("back");
    QTest::newRow("1 s back") << QStringLiteral("slightly");
    QTest::newRow("again and again back") << QStringLiteral("sawtooth");
    QTest::newRow("none") << QStringLiteral("none");
}

void TestPassthroughClips::sourceTimes()
{
    QFETCH(QString, what);
    const QString coding = QStringLiteral("-c:v libx264 -preset veryfast -b_strategy 0 -g 20 -bf ") + (what == QStringLiteral("none") ? QStringLiteral("0") : QStringLiteral("2"));
    const auto packets = readAll(clip(QStringLiteral("320x240"), coding.split(QLatin1Char(' ')), QStringLiteral("mp4")));
    QVERIFY(packets.size() > 70);
    media::StreamInfo info;
    info.codec = packets[0]->codec;
    Line line(info);
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const bool later = i >= 40;
        if (what == QStringLiteral("wrap"))
            line.jump = later ? microseconds{-(1LL << 32) * 1'000'000 / 90'000} : 0us;
        else if (what == QStringLiteral("on"))
            line.jump = later ? 1h : 0us;
        else if (what == QStringLiteral("back"))
            line.jump = later ? microseconds{-10s} : 0us;
        else if (what == QStringLiteral("slightly"))
            line.jump = later ? microseconds{-1s} : 0us;
        else if (what == QStringLiteral("sawtooth"))
            line.jump = -static_cast<int>(i / 20) * 100s;
        else
            line.jump = -packets[i]->pts;
        line.send(*packets[i]);
    }
    QCOMPARE(line.out.size(), packets.size());
    QCOMPARE(orderFault(line.out, presentation(packets), true), QString());
    for (const auto &packet : line.out)
        QVERIFY(packet->pts <= packet->arrival.time_since_epoch() + 10ms);
}

QTEST_GUILESS_MAIN(TestPassthroughClips)
#include "tst_passthrough_clips.moc"
