// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/parameter_sets.h"

#include "tests/core/media/media_fixture.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace vedette;
using namespace vedette::media;

namespace {

std::vector<Bytes> all(const ParameterSets &sets)
{
    std::vector<Bytes> out;
    sets.forEach([&](std::span<const std::uint8_t> set) { out.emplace_back(set.begin(), set.end()); });
    return out;
}

} // namespace

class TestParameterSets : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theLastOfEachId()
    {
        // SPS 0 and 1: seq_parameter_set_id 1 and 010 behind three bytes; PPS 0 and 2: pic_parameter_set_id 1 and 011.
        const Bytes sps0{0x67, 66, 0, 30, 0x80, 1};
        const Bytes sps0Other{0x67, 66, 0, 30, 0x80, 2};
        const Bytes sps1{0x67, 66, 0, 30, 0x40, 1};
        const Bytes pps0{0x68, 0x80, 1};
        const Bytes pps2{0x68, 0x60, 1};
        ParameterSets sets;
        QVERIFY(sets.put(Codec::H264, pps2));
        QVERIFY(sets.put(Codec::H264, sps1));
        QVERIFY(sets.put(Codec::H264, pps0));
        QVERIFY(sets.put(Codec::H264, sps0));
        QVERIFY(!sets.put(Codec::H264, sps0));
        QVERIFY(all(sets) == (std::vector<Bytes>{sps0, sps1, pps0, pps2}));
        QVERIFY(sets.put(Codec::H264, sps0Other));
        QVERIFY(all(sets) == (std::vector<Bytes>{sps0Other, sps1, pps0, pps2}));
    }
    void ofH265()
    {
        QTemporaryDir dir;
        const QString path = dir.filePath(QStringLiteral("clip.hevc"));
        QVERIFY(test::makeClip(QStringLiteral("-f lavfi -i testsrc2=size=160x96:rate=20:duration=1 -c:v libx265 -x265-params log-level=error:keyint=5:repeat-headers=1"), path));
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        ParameterSets sets;
        int changes = 0;
        int given = 0;
        forEachNal(std::span(reinterpret_cast<const std::uint8_t *>(bytes.constData()), static_cast<std::size_t>(bytes.size())), [&](std::span<const std::uint8_t> nal) {
            given += nalKind(Codec::H265, nal) == NalKind::ParameterSet ? 1 : 0;
            changes += sets.put(Codec::H265, nal) ? 1 : 0;
        });
        QVERIFY(given >= 9);
        QCOMPARE(changes, 3);
        const auto kept = all(sets);
        QCOMPARE(kept.size(), std::size_t{3});
        QVERIFY(kept[0][0] >> 1 == 32 && kept[1][0] >> 1 == 33 && kept[2][0] >> 1 == 34);
    }
    /// With temporal sub-layers the id lies behind what each of them says (H.265 7.3.3).
    void ofH265WithSubLayers()
    {
        const auto sps = [](std::uint8_t layers, std::uint8_t id) {
            Bytes nal{0x42, 1, static_cast<std::uint8_t>(layers << 1)};
            nal.insert(nal.end(), 12, 0xFF);           // general profile, tier and level
            if (layers > 0) {
                nal.insert(nal.end(), {0xF0, 0});      // two sub-layers say both
                nal.insert(nal.end(), 24, 0xFF);
            }
            nal.insert(nal.end(), {id, 0x80});
            return nal;
        };
        ParameterSets sets;
        QVERIFY(sets.put(Codec::H265, sps(2, 0x80))); // 0
        QVERIFY(sets.put(Codec::H265, sps(2, 0x40))); // 1
        QVERIFY(sets.put(Codec::H265, sps(0, 0x60))); // 2
        QCOMPARE(all(sets).size(), std::size_t{3});
        QVERIFY(sets.put(Codec::H265, sps(0, 0x40))); // 1 again
        QCOMPARE(all(sets).size(), std::size_t{3});
    }
    void anyBytes()
    {
        ParameterSets sets;
        for (const Bytes &nal : {Bytes{}, Bytes{0x65, 1}, Bytes{0x09, 0xF0}})
            QVERIFY(!sets.put(Codec::H264, nal));
        QVERIFY(sets.put(Codec::H264, Bytes{0x67}));
        QVERIFY(sets.put(Codec::H264, Bytes{0x67, 1, 2}));
        QVERIFY(sets.put(Codec::H265, Bytes{0x42}));
        QCOMPARE(all(sets).size(), std::size_t{2});
        QVERIFY(!sets.put(Codec::Mjpeg, Bytes{0x67, 1}));
    }
};

QTEST_GUILESS_MAIN(TestParameterSets)
#include "tst_parameter_sets.moc"
