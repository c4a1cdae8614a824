// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/segment_name.h"

#include <QTest>

using namespace vedette;
using protocol::SegmentName;

namespace {

const std::chrono::sys_seconds kTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + std::chrono::hours{14} + std::chrono::minutes{15}};

} // namespace

class TestSegmentName : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void names_data()
    {
        QTest::addColumn<SegmentName>("name");
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("id");
        const QString gate = QStringLiteral("gate");
        const QString sub = QStringLiteral("sub");
        const QString main = QStringLiteral("main");
        QTest::newRow("usual") << SegmentName{gate, main, kTime, 0, 0, false} << QStringLiteral("camera-gate/20261121/141500_camera-gate.mp4")
                               << QStringLiteral("gate-20261121T141500");
        QTest::newRow("sub") << SegmentName{gate, sub, kTime, 0, 0, false} << QStringLiteral("camera-gate/20261121/141500_camera-gate_sub.mp4")
                             << QStringLiteral("gate-20261121T141500_sub");
        QTest::newRow("taken") << SegmentName{gate, main, kTime, 0xa7, 0, true}
                               << QStringLiteral("camera-gate/20261121/141500_camera-gate_00000000000000a7.mp4")
                               << QStringLiteral("gate-20261121T141500_00000000000000a7");
        QTest::newRow("taken twice") << SegmentName{gate, main, kTime, 0xa7, 12, true}
                                     << QStringLiteral("camera-gate/20261121/141500_camera-gate_00000000000000a7-12.mp4") << QStringLiteral("gate-20261121T141500_00000000000000a7-12");
        QTest::newRow("taken sub") << SegmentName{gate, sub, kTime, ~0ULL, 0, true}
                                   << QStringLiteral("camera-gate/20261121/141500_camera-gate_sub_ffffffffffffffff.mp4")
                                   << QStringLiteral("gate-20261121T141500_sub_ffffffffffffffff");
        QTest::newRow("unknown") << SegmentName{gate, main, std::nullopt, 0xa7, 3, false} << QStringLiteral("camera-gate/unknown/00000000000000a7-3.mp4")
                                 << QStringLiteral("gate-00000000000000a7-3");
        QTest::newRow("unknown sub") << SegmentName{gate, sub, std::nullopt, 0xa7, 0, false}
                                     << QStringLiteral("camera-gate/unknown/00000000000000a7-0_sub.mp4") << QStringLiteral("gate-00000000000000a7-0_sub");
        // Camera ids that look like the rest of a name.
        QTest::newRow("digits") << SegmentName{QStringLiteral("20261121-1"), main, kTime, 0, 0, false}
                                << QStringLiteral("camera-20261121-1/20261121/141500_camera-20261121-1.mp4") << QStringLiteral("20261121-1-20261121T141500");
        QTest::newRow("a run") << SegmentName{QStringLiteral("x-00000000000000a7-3"), main, std::nullopt, 1, 2, false}
                               << QStringLiteral("camera-x-00000000000000a7-3/unknown/0000000000000001-2.mp4")
                               << QStringLiteral("x-00000000000000a7-3-0000000000000001-2");
        QTest::newRow("1970") << SegmentName{gate, main, std::chrono::sys_seconds{}, 0, 0, false} << QStringLiteral("camera-gate/19700101/000000_camera-gate.mp4")
                              << QStringLiteral("gate-19700101T000000");
    }
    void names()
    {
        QFETCH(SegmentName, name);
        QFETCH(QString, path);
        QFETCH(QString, id);
        QCOMPARE(name.path(), path);
        QCOMPARE(name.id(), id);
        QVERIFY(path.startsWith(name.folder() + u'/'));
        for (const auto &read : {protocol::parseSegmentPath(path), protocol::parseSegmentId(id)}) {
            QVERIFY2(read, read ? "" : qPrintable(read.error().text()));
            QVERIFY(*read == name);
        }
    }

    void foreign_data()
    {
        QTest::addColumn<QString>("text");
        for (const char *text :
             {"", "gate", "gate-20261121", "gate-20261121T241500", "gate-20261121T146000", "gate-20260230T141500", "gate-20261121T141500.mp4",
              "gate-20261121T141500_main", "gate-20261121T141500_a7", "gate-20261121T141500_SUB", "-20261121T141500", "Gate-20261121T141500",
              "gate-20261121t141500", "gate-00000000000000A7-3", "gate-00000000000000a7-03", "gate-00000000000000a7--1",
              "gate-00000000000000a7-9999999999", "../gate-20261121T141500", "gate/../x-20261121T141500", "gate-20261121T141500\n",
              "a234567890123456789012345678901234-20261121T141500",
              "camera-gate/20261121/141500_camera-yard.mp4", "camera-gate/20261121/141500_camera-gate.MP4",
              "camera-gate/20261121/141500_camera-gate.mp4.json", "/camera-gate/20261121/141500_camera-gate.mp4",
              "camera-gate/20261121/../20261121/141500_camera-gate.mp4", "camera-gate//20261121/141500_camera-gate.mp4",
              "camera-gate/unknown/141500_camera-gate.mp4", "camera-gate/unknown/a7-3.mp4"})
            QTest::newRow(text) << QString::fromLatin1(text);
    }
    void foreign()
    {
        QFETCH(QString, text);
        QVERIFY(!protocol::parseSegmentId(text));
        QVERIFY(!protocol::parseSegmentPath(text));
    }
};

QTEST_GUILESS_MAIN(TestSegmentName)
#include "tst_segment_name.moc"
