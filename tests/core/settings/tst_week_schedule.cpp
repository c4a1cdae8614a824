// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/settings/week_schedule.h"

#include <QDateTime>
#include <QTest>

using namespace vedette;
using namespace vedette::settings;

namespace {

UtcTime at(const char *text)
{
    return utcFromMicros(QDateTime::fromString(QLatin1String(text), Qt::ISODate).toMSecsSinceEpoch() * 1000);
}

} // namespace

class TestWeekSchedule : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void spansAreWhatTheWallClockShows_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QByteArray>("zone");
        QTest::addColumn<QByteArrayList>("inside");
        QTest::addColumn<QByteArrayList>("outside");
        // 2026-11-20 is a Friday. Berlin: UTC+1 in winter.
        QTest::newRow("week days") << "mon-fri 08:00-18:00; sat 09:00-12:00" << QByteArray("UTC")
                                   << QByteArrayList{"2026-11-20T08:00:00Z", "2026-11-20T17:59:59Z", "2026-11-21T11:59:59Z"}
                                   << QByteArrayList{"2026-11-20T07:59:59Z", "2026-11-20T18:00:00Z", "2026-11-21T12:00:00Z", "2026-11-22T10:00:00Z"};
        QTest::newRow("over midnight") << "fri 22:00-06:00" << QByteArray("Europe/Berlin")
                                       << QByteArrayList{"2026-11-20T21:00:00Z", "2026-11-21T04:59:59Z"}
                                       << QByteArrayList{"2026-11-20T20:59:59Z", "2026-11-21T05:00:00Z", "2026-11-20T03:00:00Z", "2026-11-21T22:00:00Z"};
        QTest::newRow("over the week's end") << "sun 23:00-01:00" << QByteArray("UTC") << QByteArrayList{"2026-11-22T23:30:00Z", "2026-11-23T00:59:00Z"}
                                             << QByteArrayList{"2026-11-22T00:30:00Z", "2026-11-23T01:00:00Z"};
        QTest::newRow("every day, two spans") << "06:00-07:00,20:00-24:00" << QByteArray("UTC")
                                              << QByteArrayList{"2026-11-20T06:30:00Z", "2026-11-22T23:59:59Z"} << QByteArrayList{"2026-11-22T00:00:00Z", "2026-11-22T19:00:00Z"};
        QTest::newRow("days around the weekend") << "Fri-Mon 00:00-24:00" << QByteArray("UTC")
                                                 << QByteArrayList{"2026-11-20T00:00:00Z", "2026-11-22T12:00:00Z", "2026-11-23T23:59:59Z"}
                                                 << QByteArrayList{"2026-11-19T23:59:59Z", "2026-11-24T00:00:00Z"};
        // 2026-03-29, 02:00 to 03:00 is skipped in Berlin: 01:00 UTC is 03:00 there.
        QTest::newRow("the hour that is not") << "sun 02:00-03:00" << QByteArray("Europe/Berlin") << QByteArrayList{"2026-03-22T01:30:00Z"}
                                              << QByteArrayList{"2026-03-29T00:30:00Z", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"};
        QTest::newRow("across that hour") << "sun 01:30-03:30" << QByteArray("Europe/Berlin")
                                          << QByteArrayList{"2026-03-29T00:30:00Z", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T01:29:59Z"}
                                          << QByteArrayList{"2026-03-29T00:29:59Z", "2026-03-29T01:30:00Z"};
        // 2026-10-25, 02:00 to 03:00 is there twice: from 00:00 and from 01:00 UTC.
        QTest::newRow("the hour that is twice") << "sun 02:00-03:00" << QByteArray("Europe/Berlin")
                                                << QByteArrayList{"2026-10-25T00:00:00Z", "2026-10-25T00:59:59Z", "2026-10-25T01:00:00Z", "2026-10-25T01:59:59Z"}
                                                << QByteArrayList{"2026-10-24T23:59:59Z", "2026-10-25T02:00:00Z"};
    }
    void spansAreWhatTheWallClockShows()
    {
        QFETCH(QString, text);
        QFETCH(QByteArray, zone);
        QFETCH(QByteArrayList, inside);
        QFETCH(QByteArrayList, outside);
        const auto schedule = WeekSchedule::parse(text, QTimeZone(zone));
        QVERIFY2(schedule.has_value(), schedule ? "" : qPrintable(schedule.error().text()));
        for (const QByteArray &each : inside)
            QVERIFY2(schedule->contains(at(each.constData())), each.constData());
        for (const QByteArray &each : outside)
            QVERIFY2(!schedule->contains(at(each.constData())), each.constData());
    }

    void whatIsNoScheduleIsNamed_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("says");
        QTest::newRow("empty") << "" << "write days and times";
        QTest::newRow("empty part") << "mon 08:00-09:00;" << "write days and times";
        QTest::newRow("day") << "mo 08:00-09:00" << "\"mo\" is no day";
        QTest::newRow("days") << "mon-wed-fri 08:00-09:00" << "is no range of days";
        QTest::newRow("comma") << "mon, 08:00-09:00" << "\"\" is no day";
        QTest::newRow("hour") << "25:00-26:00" << "\"25:00-26:00\" is no span of time";
        QTest::newRow("minute") << "08:60-09:00" << "is no span of time";
        QTest::newRow("begins at 24") << "24:00-01:00" << "is no span of time";
        QTest::newRow("beyond 24") << "08:00-24:01" << "is no span of time";
        QTest::newRow("one figure") << "8:00-9:00" << "is no span of time";
        QTest::newRow("nothing") << "08:00-08:00" << "ends when it begins";
        QTest::newRow("only days") << "mon-fri" << "write days and times";
        QTest::newRow("words") << "always" << "write days and times";
    }
    void whatIsNoScheduleIsNamed()
    {
        QFETCH(QString, text);
        QFETCH(QString, says);
        const auto schedule = WeekSchedule::parse(text, QTimeZone::utc());
        QVERIFY(!schedule);
        QVERIFY2(schedule.error().kind == ErrorKind::InvalidInput && schedule.error().detail.contains(says), qPrintable(schedule.error().detail));
    }

    void noneContainsNothing() { QVERIFY(!WeekSchedule().contains(at("2026-11-20T12:00:00Z"))); }
};

QTEST_GUILESS_MAIN(TestWeekSchedule)
#include "tst_week_schedule.moc"
