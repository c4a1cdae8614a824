// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/file_name.h"

#include <QDateTime>
#include <QTest>

using namespace vedette;
using namespace vedette::recordings;

class TestFileName : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void names_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("lane");
        QTest::addColumn<QString>("time");
        QTest::addColumn<bool>("zoned");
        const auto row = [](const char *path, const char *lane, const char *time, bool zoned = false) {
            QTest::newRow(path) << QString::fromLatin1(path) << QString::fromLatin1(lane) << QString::fromLatin1(time) << zoned;
        };
        row("camera-gate/20261121/141500_camera-gate.mp4", "gate main", "2026-11-21T14:15:00.000000Z", true);
        row("backup/camera-gate/20261121/141500_camera-gate_sub.mp4", "gate sub", "2026-11-21T14:15:00.000000Z", true);
        row("camera-gate/unknown/00000000000000a7-3.mp4", "gate main", "", true);
        row("20261121/141500_camera-yard.mp4", "yard main", "2026-11-21T14:15:00.000000Z");
        row("20261121/141500_camera-yard_sub.mp4", "yard sub", "2026-11-21T14:15:00.000000Z");
        row("gate/2026-11-21_14-15-00-403549.mp4", "gate main", "2026-11-21T14:15:00.403549Z");
        row("gate/sub/2026-11-21_14-15-00-403549.mp4", "gate sub", "2026-11-21T14:15:00.403549Z");
        row("gate/2026-11-21_14-15-00-403549+0100.mp4", "gate main", "2026-11-21T13:15:00.403549Z", true);
        row("recordings/2026-11-21/14/front_door/15.30.mp4", "front-door main", "2026-11-21T14:15:30.000000Z");
        row("Camera1/2026-11-21/14-15-00.mkv", "camera1 main", "2026-11-21T14:15:00.000000Z");
        row("gate_20261121_141500.ts", "gate main", "2026-11-21T14:15:00.000000Z");
        row("20261121141500.mp4", "sdcard main", "2026-11-21T14:15:00.000000Z");
        row("Front Door 2026-11-21T14:15:00.5Z.mov", "front-door main", "2026-11-21T14:15:00.500000Z", true);
        row("rec_2026-11-21T141500+01:00.mp4", "sdcard main", "2026-11-21T13:15:00.000000Z", true);
        row("gate/1795270500.mp4", "gate main", "2026-11-21T14:15:00.000000Z", true);
        row("gate/1795270500123.mp4", "gate main", "2026-11-21T14:15:00.123000Z", true);
        row("gate/1795270500.25.mp4", "gate main", "2026-11-21T14:15:00.250000Z", true);
        row("GATE/IMG_0042.MP4", "gate main", "");
        row("IMG_0042.mp4", "sdcard main", "");
        row("gate/2026-02-30_14-15-00.mp4", "gate main", "");
        row("gate/2026-11-21_24-15-00.mp4", "gate main", "");
        row("gate/99999999999999.mp4", "gate main", "");
        row("\xfc\xe4\xf6/2026-11-21_14-15-00.mp4", "sdcard main", "2026-11-21T14:15:00.000000Z");
        row("this-is-a-very-long-name-of-a-camera-indeed/2026-11-21_14-15-00.mp4", "this-is-a-very-long-name-of-a-ca main", "2026-11-21T14:15:00.000000Z");
    }
    void names()
    {
        QFETCH(QString, path);
        QFETCH(QString, lane);
        QFETCH(QString, time);
        QFETCH(bool, zoned);
        const FileName name = parseFileName(path, QStringLiteral("/media/sdcard"), QTimeZone::utc());
        QCOMPARE(name.lane.camera + u' ' + name.lane.stream, lane);
        QCOMPARE(name.from.has_value(), !time.isEmpty());
        if (name.from) {
            const qint64 micros = toMicros(*name.from);
            const QString told = QDateTime::fromMSecsSinceEpoch(micros / 1000, QTimeZone::utc()).toString(QStringLiteral("yyyy-MM-ddTHH:mm:ss")) + QStringLiteral(".%1Z").arg(micros % 1'000'000, 6, 10, QLatin1Char('0'));
            QCOMPARE(told, time);
            QCOMPARE(name.zoned, zoned);
        }
    }

    void theRootIsTheDay()
    {
        const FileName name = parseFileName(QStringLiteral("141500_camera-gate.mp4"), QStringLiteral("/x/camera-gate/20261121"), QTimeZone::utc());
        QVERIFY(name.ours && name.lane.camera == QLatin1String("gate"));
        const FileName foreign = parseFileName(QStringLiteral("14-15-00.mp4"), QStringLiteral("/x/yard/2026-11-21"), QTimeZone::utc());
        QVERIFY(foreign.from && toMicros(*foreign.from) == 1'795'270'500'000'000);
    }

    void aZoneOfItsOwn()
    {
        const QTimeZone berlin("Europe/Berlin");
        if (!berlin.isValid())
            QSKIP("no time zones here");
        QVERIFY(parseFileName(QStringLiteral("gate/2026-07-01_14-00-00.mp4"), QStringLiteral("/r"), berlin).from
                == parseFileName(QStringLiteral("gate/2026-07-01_12-00-00.mp4"), QStringLiteral("/r"), QTimeZone::utc()).from);
        // The night in which the hour from two to three does not exist, and our own names, which are UTC.
        QVERIFY(parseFileName(QStringLiteral("gate/2026-03-29_02-30-00.mp4"), QStringLiteral("/r"), berlin).from.has_value());
        QVERIFY(parseFileName(QStringLiteral("camera-gate/20261121/141500_camera-gate.mp4"), QStringLiteral("/r"), berlin).from == utcFromMicros(1'795'270'500'000'000));
    }

    void mediaByTheirEnding()
    {
        for (const char *name : {"a.mp4", "x/A.MKV", "b.m2ts"})
            QVERIFY(isMediaName(QString::fromLatin1(name)));
        for (const char *name : {"a.jpg", "a", ".mp4", "x/.hidden.mp4", "a.mp4.part", "mp4", "a.json", "x.mp4/readme"})
            QVERIFY2(!isMediaName(QString::fromLatin1(name)), name);
    }
};

QTEST_GUILESS_MAIN(TestFileName)
#include "tst_file_name.moc"
