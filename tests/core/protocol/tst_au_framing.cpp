// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/au_framing.h"

#include <QTest>

#include <vector>


using namespace vedette;
using namespace vedette::protocol;

class TestAuFraming : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void anyPieces()
    {
        const AuStream stream{1, 1920, 1080, 29.97};
        const QByteArray bytes = encodeAuStream(stream) + encodeAuUnitHead(true, -5, -7, 3) + "abc" + encodeAuUnitHead(false, 1LL << 60, 1, 0);
        for (qsizetype piece = 1; piece <= bytes.size(); ++piece) {
            AuParser parser;
            std::vector<AuParser::Item> items;
            for (qsizetype at = 0; at < bytes.size(); at += piece) {
                const QByteArray part = bytes.mid(at, piece);
                parser.feed(part.constData(), static_cast<std::size_t>(part.size()));
                for (auto item = parser.next(); item && *item; item = parser.next())
                    items.push_back(**item);
            }
            QCOMPARE(items.size(), std::size_t{3});
            QVERIFY(std::get<AuStream>(items[0]) == stream);
            const auto &unit = std::get<AuUnit>(items[1]);
            QVERIFY(unit.key);
            QCOMPARE(unit.ptsMicros, std::int64_t{-5});
            QCOMPARE(unit.dtsMicros, std::int64_t{-7});
            QCOMPARE(QByteArray(reinterpret_cast<const char *>(unit.data.data()), 3), QByteArray("abc"));
            QVERIFY(std::get<AuUnit>(items[2]).data.empty());
        }
    }

    void unknownTypesAreSkipped()
    {
        AuParser parser;
        const QByteArray bytes = QByteArray("\0\0\0\x03\x63xy", 7) + encodeAuStream({2, 0, 0, 0});
        parser.feed(bytes.constData(), static_cast<std::size_t>(bytes.size()));
        const auto item = parser.next();
        QVERIFY(item && *item);
        QCOMPARE(std::get<AuStream>(**item).codec, std::uint8_t{2});
    }

    void whatIsNoSuchStream_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("html") << QByteArray("<html>");
        QTest::newRow("empty record") << QByteArray(8, '\0');
        QTest::newRow("short unit") << QByteArray("\0\0\0\x02\x02\x01", 6);
        QTest::newRow("short stream") << QByteArray("\0\0\0\x02\x01\x01", 6);
    }
    void whatIsNoSuchStream()
    {
        QFETCH(QByteArray, bytes);
        AuParser parser;
        parser.feed(bytes.constData(), static_cast<std::size_t>(bytes.size()));
        const auto item = parser.next();
        QVERIFY(!item);
        QVERIFY(item.error().kind == ErrorKind::Corrupt);
    }
};

QTEST_GUILESS_MAIN(TestAuFraming)
#include "tst_au_framing.moc"
