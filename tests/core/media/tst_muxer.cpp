// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/muxer.h"

#include "core/base/worker.h"
#include "core/media/decoder.h"
#include "core/media/demuxer.h"
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

/// The packets with a capture-time SEI each, as the agent sends them.
std::vector<PacketPtr> withSei(const std::vector<PacketPtr> &packets)
{
    std::vector<PacketPtr> out;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        auto copy = std::make_shared<Packet>(*packets[i]);
        copy->data = insertUserDataSei(copy->codec, copy->data, test::userData(static_cast<int>(i)));
        out.push_back(copy);
    }
    return out;
}

Bytes muxTs(const std::vector<PacketPtr> &packets, const StreamInfo &info, std::vector<std::size_t> *ends = nullptr)
{
    Bytes ts;
    auto muxer = Muxer::openTs(info, [&](std::span<const std::uint8_t> bytes) { ts.insert(ts.end(), bytes.begin(), bytes.end()); });
    if (!muxer)
        return ts;
    for (const PacketPtr &packet : packets) {
        if (!(*muxer)->write(packet))
            return {};
        if (ends)
            ends->push_back(ts.size());
    }
    return ts;
}

QByteArray toByteArray(std::span<const std::uint8_t> bytes)
{
    return QByteArray(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size()));
}

const QByteArray kTsHeader = "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n\r\n";

} // namespace

class TestMuxer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tsRoundTripIsExact_data();
    void tsRoundTripIsExact();
    void tsIsWholePacketsAndTables();
    void tsPacketIsOutAtOnce_data();
    void tsPacketIsOutAtOnce();
    void tsOfEverySizeIsExact();
    void tsIsReadByOthers();
    void timesAreMadeMonotonic();
    void refusesOtherCodecs();
};

void TestMuxer::tsRoundTripIsExact_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("kbps");
    QTest::newRow("small") << 320 << 192 << 800;
    QTest::newRow("beyond a PES packet's 64 KiB") << 1280 << 720 << 8'000;
    QTest::newRow("beyond libavformat's 200 KiB") << 1280 << 720 << 30'000;
}

/// Encode, insert the SEI, mux, serve over HTTP, demux live, decode: times, SEI and picture data are unchanged.
void TestMuxer::tsRoundTripIsExact()
{
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(int, kbps);
    StreamInfo info;
    const auto encoded = test::encodePictures(25, width, height, &info, kbps);
    QCOMPARE(encoded.size(), 25U);
    QCOMPARE(encoded[0]->data.size() > 65'536, kbps > 1000);
    QCOMPARE(encoded[0]->data.size() > 204'800, kbps > 10'000);
    const auto packets = withSei(encoded);
    const Bytes ts = muxTs(packets, info);
    QVERIFY(!ts.empty());
    ScriptedServer server([&](QTcpSocket &socket, std::stop_token) {
        ScriptedServer::readRequest(socket);
        ScriptedServer::send(socket, kTsHeader + toByteArray(ts));
    });
    Demuxer::Options options;
    options.wholeAccessUnits = true;
    auto demuxer = Demuxer::open(server.url(QStringLiteral("http"), QStringLiteral("live/a/main.ts")), options, {});
    QVERIFY2(demuxer, demuxer ? "" : qPrintable(demuxer.error().text()));
    QVERIFY((*demuxer)->info().codec == Codec::H264);
    auto decoder = Decoder::create((*demuxer)->info());
    QVERIFY(decoder);
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const auto packet = (*demuxer)->read({});
        QVERIFY2(packet, packet ? "" : qPrintable(packet.error().text()));
        QCOMPARE((*packet)->key, packets[i]->key);
        QCOMPARE(findUserDataSei(Codec::H264, (*packet)->data, test::kUuid).value_or(Bytes{}), test::userData(static_cast<int>(i)));
        QCOMPARE(test::vclUnits(Codec::H264, (*packet)->data), test::vclUnits(Codec::H264, encoded[i]->data));
        QCOMPARE((*packet)->pts.count() % 50'000, 0);
        QVERIFY((*packet)->dts <= (*packet)->pts);
        auto stamped = std::make_shared<Packet>(**packet);
        stamped->capture = test::stampOf(static_cast<int>(i));
        const auto frames = (*decoder)->decode(stamped);
        QVERIFY(frames);
        QCOMPARE(frames->size(), 1U);
        QVERIFY(frames->front().capture == test::stampOf(static_cast<int>(i)));
    }
    QCOMPARE((*demuxer)->info().width, width);
    QCOMPARE((*demuxer)->info().height, height);
    const auto end = (*demuxer)->read({});
    QVERIFY(!end);
    QCOMPARE(toString(end.error().kind), QStringLiteral("unavailable"));
}

void TestMuxer::tsIsWholePacketsAndTables()
{
    StreamInfo info;
    const auto packets = test::encodePictures(21, 320, 192, &info);
    std::vector<std::size_t> ends;
    const Bytes ts = muxTs(packets, info, &ends);
    QCOMPARE(ends.size(), 21U);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        QVERIFY(ends[i] > begin);
        QCOMPARE((ends[i] - begin) % 188, 0U);
        bool pat = false;
        for (std::size_t at = begin; at < ends[i]; at += 188) {
            QCOMPARE(ts[at], std::uint8_t{0x47});
            pat = pat || ((ts[at + 1] & 0x1F) == 0 && ts[at + 2] == 0);
        }
        if (packets[i]->key)
            QVERIFY2(pat, qPrintable(QString::number(i)));
        begin = ends[i];
    }
}

void TestMuxer::tsPacketIsOutAtOnce_data()
{
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("kbps");
    QTest::newRow("small") << 320 << 800;
    QTest::newRow("pictures beyond 64 KiB") << 1280 << 8'000;
    QTest::newRow("pictures beyond 200 KiB") << 1280 << 30'000;
}

/// Each access unit is handed out before the next one is sent: no parser waits for its successor.
void TestMuxer::tsPacketIsOutAtOnce()
{
    QFETCH(int, width);
    QFETCH(int, kbps);
    StreamInfo info;
    const auto packets = withSei(test::encodePictures(25, width, width == 320 ? 192 : 720, &info, kbps));
    std::vector<std::size_t> ends;
    const Bytes ts = muxTs(packets, info, &ends);
    std::atomic<std::size_t> wanted = 10; // the cached group comes at once
    ScriptedServer server([&](QTcpSocket &socket, std::stop_token stop) {
        ScriptedServer::readRequest(socket);
        ScriptedServer::send(socket, kTsHeader + toByteArray(std::span(ts).first(ends[9])));
        for (std::size_t sent = 10; sent < ends.size() && !stop.stop_requested();) {
            if (wanted <= sent) {
                socket.waitForReadyRead(1);
                continue;
            }
            ScriptedServer::send(socket, toByteArray(std::span(ts).subspan(ends[sent - 1], ends[sent] - ends[sent - 1])));
            ++sent;
        }
        ScriptedServer::hold(socket, stop);
    });
    Demuxer::Options options;
    options.wholeAccessUnits = true;
    options.readTimeout = milliseconds{3000};
    QElapsedTimer timer;
    timer.start();
    auto demuxer = Demuxer::open(server.url(QStringLiteral("http"), QStringLiteral("main.ts")), options, {});
    QVERIFY2(demuxer, demuxer ? "" : qPrintable(demuxer.error().text()));
    const auto first = (*demuxer)->read({});
    QVERIFY(first);
    QVERIFY2(timer.elapsed() < 300, qPrintable(QString::number(timer.elapsed())));
    for (std::size_t i = 1; i < packets.size(); ++i) {
        wanted = i + 1;
        const auto packet = (*demuxer)->read({});
        QVERIFY2(packet, packet ? "" : qPrintable(packet.error().text()));
        QCOMPARE(findUserDataSei(Codec::H264, (*packet)->data, test::kUuid).value_or(Bytes{}), test::userData(static_cast<int>(i)));
    }
}

/// Around every border: a TS packet's end, a piece's end.
void TestMuxer::tsOfEverySizeIsExact()
{
    StreamInfo info;
    const auto seed = test::encodePictures(1, 320, 192, &info);
    std::vector<std::size_t> sizes;
    for (std::size_t size = 150; size < 600; ++size)
        sizes.push_back(size);
    for (const std::size_t border : {65'000U, 65'536U, 130'000U, 204'800U}) {
        for (std::size_t size = border - 10; size < border + 10; ++size)
            sizes.push_back(size);
    }
    std::vector<PacketPtr> packets;
    std::minstd_rand random(5);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        auto packet = std::make_shared<Packet>(*seed[0]);
        packet->pts = packet->dts = microseconds{static_cast<std::int64_t>(i) * 50'000};
        packet->data.resize(50);
        packet->data.insert(packet->data.end(), {0, 0, 0, 1, 0x65});
        while (packet->data.size() < sizes[i])
            packet->data.push_back(static_cast<std::uint8_t>(1 + random() % 250));
        packets.push_back(packet);
    }
    const Bytes ts = muxTs(packets, info);
    ScriptedServer server([&](QTcpSocket &socket, std::stop_token stop) {
        ScriptedServer::readRequest(socket);
        ScriptedServer::send(socket, kTsHeader + toByteArray(ts));
        ScriptedServer::hold(socket, stop);
    });
    Demuxer::Options options;
    options.wholeAccessUnits = true;
    auto demuxer = Demuxer::open(server.url(QStringLiteral("http"), QStringLiteral("main.ts")), options, {});
    QVERIFY2(demuxer, demuxer ? "" : qPrintable(demuxer.error().text()));
    for (const PacketPtr &wanted : packets) {
        const auto packet = (*demuxer)->read({});
        QVERIFY2(packet, packet ? "" : qPrintable(packet.error().text()));
        QVERIFY2(test::vclUnits(Codec::H264, (*packet)->data) == test::vclUnits(Codec::H264, wanted->data),
                 qPrintable(QStringLiteral("%1 bytes").arg(wanted->data.size())));
        QCOMPARE((*packet)->pts, wanted->pts);
    }
}

/// The ffmpeg program, with its own parser, finds every picture and nothing to complain about.
void TestMuxer::tsIsReadByOthers()
{
    StreamInfo info;
    const auto packets = test::encodePictures(25, 1280, 720, &info, 20'000);
    QTemporaryDir dir;
    QFile file(dir.filePath(QStringLiteral("own.ts")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(toByteArray(muxTs(packets, info)));
    file.close();
    QProcess ffmpeg;
    ffmpeg.setProcessChannelMode(QProcess::MergedChannels);
    ffmpeg.start(QStringLiteral("ffmpeg"), {QStringLiteral("-v"), QStringLiteral("warning"), QStringLiteral("-i"), file.fileName(),
                                            QStringLiteral("-f"), QStringLiteral("framecrc"), QStringLiteral("-")});
    QVERIFY(ffmpeg.waitForFinished(30'000));
    const QList<QByteArray> lines = ffmpeg.readAll().split('\n');
    int pictures = 0;
    for (const QByteArray &line : lines) {
        pictures += line.startsWith("0,") ? 1 : 0;
        QVERIFY2(line.isEmpty() || line.startsWith('#') || line.startsWith("0,"), line.constData());
    }
    QCOMPARE(pictures, 25);
}

void TestMuxer::timesAreMadeMonotonic()
{
    StreamInfo info;
    auto packets = test::encodePictures(6, 320, 192, &info);
    const std::array<std::pair<int, int>, 6> times{{{500, 500}, {500, 500}, {490, 490}, {700, 650}, {680, 690}, {900, 1000}}};
    std::vector<PacketPtr> odd;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        auto copy = std::make_shared<Packet>(*packets[i]);
        copy->pts = microseconds{times[i].first * 1000};
        copy->dts = microseconds{times[i].second * 1000};
        odd.push_back(copy);
    }
    const Bytes ts = muxTs(odd, info);
    QVERIFY(!ts.empty());
    QTemporaryDir dir;
    QFile file(dir.filePath(QStringLiteral("odd.ts")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(toByteArray(ts));
    file.close();
    Demuxer::Options options;
    options.live = false;
    auto demuxer = Demuxer::open(file.fileName(), options, {});
    QVERIFY(demuxer);
    microseconds last{-1};
    int count = 0;
    for (auto packet = (*demuxer)->read({}); packet; packet = (*demuxer)->read({})) {
        QVERIFY((*packet)->dts > last);
        QVERIFY((*packet)->dts <= (*packet)->pts);
        last = (*packet)->dts;
        ++count;
    }
    QCOMPARE(count, 6);
}

void TestMuxer::refusesOtherCodecs()
{
    StreamInfo info;
    info.codec = Codec::Mjpeg;
    const auto muxer = Muxer::openTs(info, [](std::span<const std::uint8_t>) {});
    QVERIFY(!muxer);
    QCOMPARE(toString(muxer.error().kind), QStringLiteral("unsupported"));
}

QTEST_GUILESS_MAIN(TestMuxer)
#include "tst_muxer.moc"
