// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/access_unit_splitter.h"

#include "tests/core/media/media_fixture.h"

#include <QTest>

#include <random>

using namespace vedette;
using namespace vedette::media;
using namespace vedette::test;

namespace {

MonoTime at(int ms)
{
    return monoFromMicros(1'000'000 + ms * 1000LL);
}

Bytes joined(const std::vector<PacketPtr> &packets)
{
    Bytes all;
    for (const auto &each : packets)
        all.insert(all.end(), each->data.begin(), each->data.end());
    return all;
}

} // namespace

class TestAccessUnitSplitter : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cutsAnywhere_data();
    void cutsAnywhere();
    void finishesWithoutTheNext();
    void tornPicture();
    void garbage_data();
    void garbage();
    void neverGrows();
    void anyBytes();
};

void TestAccessUnitSplitter::cutsAnywhere_data()
{
    QTest::addColumn<int>("most");
    for (const int most : {1, 2, 3, 7, 1000, 1'000'000})
        QTest::addRow("%d bytes", most) << most;
}

/// Whatever the sizes of the pieces, the same units come out, byte for byte.
void TestAccessUnitSplitter::cutsAnywhere()
{
    QFETCH(int, most);
    const auto packets = encodePictures(25);
    QCOMPARE(packets.size(), 25U);
    const Bytes all = joined(packets);
    std::minstd_rand random(7);
    AccessUnitSplitter splitter;
    std::vector<AccessUnitSplitter::Unit> units;
    int ms = 0;
    for (std::size_t done = 0; done < all.size(); ++ms) {
        const std::size_t size = std::min<std::size_t>(all.size() - done, 1 + random() % static_cast<unsigned>(most));
        QVERIFY(splitter.push(std::span(all).subspan(done, size), at(ms)).has_value());
        done += size;
        while (auto unit = splitter.next())
            units.push_back(std::move(*unit));
    }
    splitter.finish();
    while (auto unit = splitter.next())
        units.push_back(std::move(*unit));
    QCOMPARE(units.size(), packets.size());
    for (std::size_t i = 0; i < units.size(); ++i) {
        QVERIFY(units[i].data == packets[i]->data);
        QCOMPARE(units[i].key, packets[i]->key);
        QVERIFY(units[i].firstByte <= units[i].lastByte);
        QVERIFY(i == 0 || units[i].firstByte >= units[i - 1].lastByte - microseconds{1000});
    }
    QCOMPARE(splitter.torn(), 0U);
}

void TestAccessUnitSplitter::finishesWithoutTheNext()
{
    const auto packets = encodePictures(5);
    AccessUnitSplitter splitter;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const std::span<const std::uint8_t> data(packets[i]->data);
        QVERIFY(splitter.push(data.first(20), at(static_cast<int>(i) * 50)).has_value());
        QVERIFY(splitter.push(data.subspan(20), at(static_cast<int>(i) * 50 + 3)).has_value());
        QVERIFY(!splitter.next());
        QVERIFY(splitter.open());
        splitter.finish();
        QVERIFY(!splitter.open());
        const auto unit = splitter.next();
        QVERIFY(unit && unit->data == packets[i]->data);
        QCOMPARE(unit->firstByte, at(static_cast<int>(i) * 50));
        QCOMPARE(unit->lastByte, at(static_cast<int>(i) * 50 + 3));
    }
    splitter.finish();
    QVERIFY(!splitter.next());
    QCOMPARE(splitter.torn(), 0U);
}

/// The writer paused within a picture: its rest is left out and counted, the next one is whole.
void TestAccessUnitSplitter::tornPicture()
{
    const auto packets = encodePictures(4);
    AccessUnitSplitter splitter;
    const std::span<const std::uint8_t> first(packets[0]->data);
    QVERIFY(splitter.push(first.first(first.size() / 2), at(0)).has_value());
    splitter.finish();
    QVERIFY(splitter.next());
    QVERIFY(splitter.push(first.subspan(first.size() / 2), at(10)).has_value());
    QVERIFY(!splitter.open() && !splitter.next());
    QVERIFY(splitter.push(packets[1]->data, at(50)).has_value());
    QCOMPARE(splitter.torn(), 1U);
    QVERIFY(splitter.push(packets[2]->data, at(100)).has_value());
    const auto unit = splitter.next();
    QVERIFY(unit && unit->data == packets[1]->data);
    QCOMPARE(unit->firstByte, at(50));
}

void TestAccessUnitSplitter::garbage_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("words") << QByteArray("ERROR: no camera\n");
    QTest::newRow("JPEG") << QByteArray("\xff\xd8\xff\xe0\x00\x10JFIF", 10);
    QTest::newRow("forbidden bit") << QByteArray("\0\0\0\1\xe7\x42\x00\x1e", 8);
    QTest::newRow("type 0") << QByteArray("\0\0\1\x60\x42\x00\x1e", 7);
    QTest::newRow("words before") << QByteArray("hello\0\0\0\1\x67\x42\x00\x1e", 13);
}

void TestAccessUnitSplitter::garbage()
{
    QFETCH(QByteArray, bytes);
    AccessUnitSplitter splitter;
    const auto pushed = splitter.push({reinterpret_cast<const std::uint8_t *>(bytes.constData()), static_cast<std::size_t>(bytes.size())}, at(0));
    QVERIFY(!pushed);
    QVERIFY(pushed.error().kind == ErrorKind::Corrupt);
}

void TestAccessUnitSplitter::neverGrows()
{
    const auto packets = encodePictures(1);
    AccessUnitSplitter splitter;
    QVERIFY(splitter.push(packets[0]->data, at(0)).has_value());
    const Bytes filler(1U << 20, 0x55);
    Status pushed;
    for (int i = 0; i < 40 && pushed; ++i)
        pushed = splitter.push(filler, at(i));
    QVERIFY(!pushed);
    QVERIFY(pushed.error().text().contains(QStringLiteral("32 MiB")));
}

/// Random bytes, and a stream with random bytes flipped: no crash, no hang, an error or units.
void TestAccessUnitSplitter::anyBytes()
{
    const Bytes good = joined(encodePictures(8));
    std::minstd_rand random(3);
    for (int round = 0; round < 300; ++round) {
        AccessUnitSplitter splitter;
        Bytes bytes = good;
        for (int i = 0; i < 20; ++i)
            bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random() % 4);
        std::size_t out = 0;
        for (std::size_t done = 0; done < bytes.size();) {
            const std::size_t size = std::min<std::size_t>(bytes.size() - done, 1 + random() % 3000);
            if (!splitter.push(std::span(bytes).subspan(done, size), at(0)))
                break;
            done += size;
            if (random() % 4 == 0)
                splitter.finish();
            while (const auto unit = splitter.next())
                out += unit->data.size();
        }
        QVERIFY(out <= bytes.size());
    }
}

QTEST_GUILESS_MAIN(TestAccessUnitSplitter)
#include "tst_access_unit_splitter.moc"
