// SPDX-License-Identifier: GPL-3.0-or-later
// damage FILE COUNT [SEED]: COUNT times the file with a bit flipped, its end cut off, a stretch zeroed or two stretches
// swapped, is read and decoded to its end and sought in. One line of JSON at the end: how many opened, how many of the
// pictures that lie before the damage were shown (fragmented MP4 only, where their places are known), and the longest time
// that one file took. A crash is a crash.
#include "core/media/decoder.h"
#include "core/media/segment_demuxer.h"
#include "tests/core/media/memory_bytes.h"
#include "tests/core/media/mp4_boxes.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>

#include <cstdio>
#include <random>

using namespace vedette;
using namespace vedette::media;

namespace {

/// Where it begins.
qsizetype harm(QByteArray &bytes, std::minstd_rand &random)
{
    const auto place = static_cast<qsizetype>(random() % static_cast<unsigned>(bytes.size()));
    switch (random() % 4) {
    case 0: bytes[place] = static_cast<char>(bytes[place] ^ (1 << random() % 8)); break;
    case 1: bytes.truncate(place); break;
    case 2: std::fill_n(bytes.begin() + place, std::min<qsizetype>(1 + random() % 8192, bytes.size() - place), '\0'); break;
    default: std::rotate(bytes.begin() + place, bytes.begin() + place + (bytes.size() - place) / 3, bytes.end()); break;
    }
    return place;
}

/// Decoding times of all pictures that come out.
std::vector<microseconds> play(SegmentDemuxer &demuxer)
{
    std::vector<microseconds> out;
    auto decoder = Decoder::create(demuxer.info());
    if (!decoder)
        return out;
    const auto take = [&](const std::vector<Frame> &frames) {
        for (const Frame &frame : frames)
            out.push_back(frame.pts);
    };
    while (auto unit = demuxer.read({})) {
        if (!isSound((*unit)->codec))
            take((*decoder)->decode(*unit).value_or(std::vector<Frame>{}));
    }
    take((*decoder)->flush());
    return out;
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    const QStringList words = app.arguments();
    QFile file(words.value(1));
    if (words.size() < 3 || !file.open(QIODevice::ReadOnly)) {
        std::fprintf(stderr, "damage FILE COUNT [SEED]\n");
        return 1;
    }
    const QByteArray whole = file.readAll();
    const test::Mp4File boxes = test::Mp4Reader(whole).read();
    std::minstd_rand random(words.value(3).toUInt() + 1);
    long opened = 0;
    long before = 0;
    long shown = 0;
    qint64 longest = 0;
    auto intact = SegmentDemuxer::open(std::make_unique<test::MemoryBytes>(whole), words[1], {});
    const std::vector<microseconds> all = intact ? play(**intact) : std::vector<microseconds>{};
    const int count = words[2].toInt();
    for (int i = 0; i < count; ++i) {
        QByteArray bytes = whole;
        const qsizetype place = harm(bytes, random);
        const long due = std::count_if(boxes.samples.begin(), boxes.samples.end(), [&](const test::Mp4Sample &each) { return each.track == 1 && each.begin + each.size <= place; });
        QElapsedTimer timer;
        timer.start();
        auto demuxer = SegmentDemuxer::open(std::make_unique<test::MemoryBytes>(bytes), QStringLiteral("file"), {});
        if (due > 0 && place > boxes.boxes.value(1).end) {
            before += due;
            if (demuxer) {
                const std::vector<microseconds> got = play(**demuxer);
                for (long k = 0; k < due && k < static_cast<long>(all.size()); ++k)
                    shown += std::binary_search(got.begin(), got.end(), all[static_cast<std::size_t>(k)]) ? 1 : 0;
            }
        } else if (demuxer) {
            play(**demuxer);
        }
        if (demuxer) {
            ++opened;
            for (int k = 0; k < 3; ++k) {
                if ((*demuxer)->seek(microseconds{static_cast<std::int64_t>(random() % 10'000'000)}, {}))
                    (void)(*demuxer)->read({});
            }
        }
        longest = std::max(longest, timer.elapsed());
    }
    std::printf("{\"files\":%d,\"opened\":%ld,\"before_damage\":%ld,\"shown\":%ld,\"ratio\":%.5f,\"longest_ms\":%lld}\n", count, opened, before, shown,
                before > 0 ? static_cast<double>(shown) / static_cast<double>(before) : 0.0, static_cast<long long>(longest));
    return 0;
}
