// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/picture_order.h"

#include "core/media/demuxer.h"
#include "core/media/sps.h"
#include "tests/core/media/media_fixture.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace vedette;
using namespace vedette::media;
using namespace vedette::test;

namespace {

std::vector<PacketPtr> clip(const QString &coding)
{
    QTemporaryDir dir;
    const QString file = dir.filePath(QStringLiteral("clip.mp4"));
    std::vector<PacketPtr> packets;
    if (!makeClip(QStringLiteral("-f lavfi -i testsrc2=size=192x128:rate=25:duration=2 -pix_fmt yuv420p ") + coding, file))
        return packets;
    Demuxer::Options options;
    options.live = false;
    const auto demuxer = Demuxer::open(file, options, {});
    while (demuxer) {
        const auto packet = (*demuxer)->read({});
        if (!packet)
            break;
        packets.push_back(*packet);
    }
    return packets;
}

const QString kReordered = QStringLiteral("-c:v libx264 -bf 3 -b_strategy 0 -g 20 -x264-params b-pyramid=normal");

} // namespace

class TestPictureOrder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void depthIsToldByTheStream();
    void missingPicturesLeaveGaps();
    void neverBackAcrossGroups();
    void acceptsAnyBytes();
};

void TestPictureOrder::depthIsToldByTheStream()
{
    const auto depthOf = [](const QString &coding) {
        PictureOrder order;
        const auto packets = clip(coding);
        return packets.empty() ? -1 : (order.next(*packets[0]), static_cast<int>(order.depth().value_or(99)));
    };
    QCOMPARE(depthOf(QStringLiteral("-c:v libx264 -bf 0")), 0);
    QCOMPARE(depthOf(QStringLiteral("-c:v libx264 -bf 2 -b_strategy 0 -x264-params b-pyramid=none")), 1);
    QCOMPARE(depthOf(kReordered), 2);
    // With everything that may stand before it in the VUI.
    QCOMPARE(depthOf(kReordered + QStringLiteral(" -b:v 300k -x264-params b-pyramid=normal:nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500:"
                                                  "overscan=show:videoformat=pal:colorprim=bt709:transfer=bt709:colormatrix=bt709:chromaloc=1:sar=300/299")), 2);
    QCOMPARE(depthOf(QStringLiteral("-c:v libx265 -preset ultrafast -x265-params log-level=error:bframes=0")), 0);
    QVERIFY(depthOf(QStringLiteral("-c:v libx265 -preset ultrafast -x265-params log-level=error:bframes=3:b-adapt=0:b-pyramid=1")) >= 1);
}

void TestPictureOrder::missingPicturesLeaveGaps()
{
    const auto packets = clip(kReordered);
    QVERIFY(packets.size() > 40);
    PictureOrder all;
    PictureOrder some;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const auto rank = all.next(*packets[i]);
        QVERIFY(rank.has_value());
        if (i % 7 == 3 && !packets[i]->key && i < 15)
            continue;
        if (i < 15)
            QCOMPARE(some.next(*packets[i]).value(), *rank);
    }
}

void TestPictureOrder::neverBackAcrossGroups()
{
    // A camera that begins anew in the middle of a group.
    const auto packets = clip(kReordered);
    QVERIFY(packets.size() > 40);
    PictureOrder order;
    std::int64_t highest = -1;
    for (int round = 0; round < 3; ++round) {
        std::int64_t least = INT64_MAX;
        std::int64_t most = INT64_MIN;
        for (int i = 0; i < 12 + round; ++i) {
            const std::int64_t rank = order.next(*packets[static_cast<std::size_t>(i)]).value();
            least = std::min(least, rank);
            most = std::max(most, rank);
        }
        QVERIFY(least > highest);
        highest = most;
    }
}

void TestPictureOrder::acceptsAnyBytes()
{
    std::minstd_rand random(3);
    const auto packets = clip(kReordered);
    QVERIFY(!packets.empty());
    for (const Codec codec : {Codec::H264, Codec::H265}) {
        PictureOrder order;
        for (int i = 0; i < 500; ++i) {
            Packet packet = *packets[static_cast<std::size_t>(i) % packets.size()];
            packet.codec = codec;
            for (int hits = 0; hits < 20 && i > 0; ++hits)
                packet.data[random() % std::min<std::size_t>(packet.data.size(), 200)] = static_cast<std::uint8_t>(random());
            order.next(packet);
        }
        order.next(Packet{});
        Packet empty;
        empty.codec = codec;
        empty.key = true;
        order.next(empty);
    }
}

QTEST_GUILESS_MAIN(TestPictureOrder)
#include "tst_picture_order.moc"
