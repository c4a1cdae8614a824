// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/review/time_ticks.h"
#include "core/review/zone_time.h"

#include <QDateTime>
#include <QTest>

#include <map>

using namespace vedette;
using namespace vedette::review;
using namespace std::chrono;

namespace {

UtcTime utc(const char *iso)
{
    return utcFromMicros(QDateTime::fromString(QLatin1String(iso), Qt::ISODate).toMSecsSinceEpoch() * 1000);
}

QTimeZone zoneOf(const char *name)
{
    return QTimeZone(name);
}

} // namespace

/// Six zones with two changes of the clock each, against what is written down in the tz database (zdump -v).
class TestZoneTime : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void changes_data()
    {
        QTest::addColumn<QByteArray>("zone");
        QTest::addColumn<QDate>("date");       // the local day with the change
        QTest::addColumn<QByteArray>("change"); // UTC
        QTest::addColumn<int>("before");       // minutes from UTC
        QTest::addColumn<int>("after");
        QTest::addColumn<double>("hours");     // of the day
        const auto row = [](const char *zone, QDate date, const char *change, int before, int after, double hours) {
            QTest::addRow("%s %s", zone, qPrintable(date.toString(Qt::ISODate))) << QByteArray(zone) << date << QByteArray(change) << before << after << hours;
        };
        row("Europe/Berlin", {2026, 3, 29}, "2026-03-29T01:00:00Z", 60, 120, 23);
        row("Europe/Berlin", {2026, 10, 25}, "2026-10-25T01:00:00Z", 120, 60, 25);
        row("America/New_York", {2026, 3, 8}, "2026-03-08T07:00:00Z", -300, -240, 23);
        row("America/New_York", {2026, 11, 1}, "2026-11-01T06:00:00Z", -240, -300, 25);
        row("Australia/Lord_Howe", {2026, 4, 5}, "2026-04-04T15:00:00Z", 660, 630, 24.5);
        row("Australia/Lord_Howe", {2026, 10, 4}, "2026-10-03T15:30:00Z", 630, 660, 23.5);
        row("America/Sao_Paulo", {2018, 11, 4}, "2018-11-04T03:00:00Z", -180, -120, 23); // there is no midnight
        row("America/Sao_Paulo", {2018, 2, 17}, "2018-02-18T02:00:00Z", -120, -180, 25); // 23 h comes twice
        row("Asia/Tehran", {2021, 3, 22}, "2021-03-21T20:30:00Z", 210, 270, 23);
        row("Asia/Tehran", {2021, 9, 21}, "2021-09-21T19:30:00Z", 270, 210, 25);
        row("Pacific/Apia", {2011, 12, 31}, "2011-12-30T10:00:00Z", -600, 840, 24); // 30 December was left out
        row("Pacific/Apia", {2012, 4, 1}, "2012-03-31T14:00:00Z", 840, 780, 25);
    }
    void changes()
    {
        QFETCH(QByteArray, zone);
        QFETCH(QDate, date);
        QFETCH(QByteArray, change);
        QFETCH(int, before);
        QFETCH(int, after);
        QFETCH(double, hours);
        const QTimeZone tz(zone);
        QVERIFY2(tz.isValid(), "this machine has no tz database");
        const UtcTime at = utc(change.constData());

        const auto spans = offsetSpans(at - std::chrono::hours{30}, at + std::chrono::hours{30}, tz);
        QCOMPARE(spans.size(), 2U);
        QCOMPARE(spans[0].to, at);
        QCOMPARE(spans[0].offset, std::chrono::seconds{before * 60});
        QCOMPARE(spans[1].offset, std::chrono::seconds{after * 60});

        const UtcTime start = dayStart(date, tz), end = dayStart(date.addDays(1), tz);
        QCOMPARE(duration<double>(end - start).count() / 3600, hours);
        QCOMPARE(wallTime(start, tz).date, date);
        QCOMPARE(wallTime(start - microseconds{1}, tz).date, dayStart(date.addDays(-1), tz) == start ? date.addDays(-2) : date.addDays(-1));

        // The hour, or half hour, that comes twice is said to, and nothing else.
        const minutes jump{before - after};
        for (const int minute : {-95, -61, -31, -1, 0, 1, 29, 31, 59, 61, 95}) {
            const UtcTime moment = at + minutes{minute};
            const bool doubled = jump > minutes{0} && minutes{minute} >= -jump && minutes{minute} < jump;
            QCOMPARE(wallTime(moment, tz).doubled, doubled);
            const WallTime wall = wallTime(moment, tz);
            const auto moments = momentsOf(wall.date, wall.time, tz);
            QCOMPARE(moments.size(), doubled ? 2U : 1U);
            QVERIFY(std::find(moments.begin(), moments.end(), moment) != moments.end());
        }

        // The ruler: hours as long as hours are, as many as the day has, labelled apart where they come twice.
        for (const int width : {1200, 2400}) {
            const TimeAxis axis = TimeAxis::spanning(start, end, width);
            std::map<QString, int> labels;
            UtcTime last{};
            int majors = 0;
            for (const TimeTick &tick : timeTicks(axis, tz, 60, QLocale::c())) {
                QVERIFY(tick.at > last);
                last = tick.at;
                if (tick.kind == TimeTick::Kind::Minor || tick.at < start || tick.at >= end)
                    continue;
                ++majors;
                ++labels[tick.label];
                const WallTime wall = wallTime(tick.at, tz);
                QCOMPARE(wall.time.msec() + wall.time.second(), 0);
                if (tick.at == start) {
                    QCOMPARE(tick.kind, TimeTick::Kind::Day);
                    QCOMPARE(tick.label, QLocale::c().toString(date, QStringLiteral("ddd d MMM")));
                } else {
                    QVERIFY(tick.label.startsWith(wall.time.toString(QStringLiteral("HH:mm"))));
                    QCOMPARE(tick.label.contains(QLatin1Char('+')) || tick.label.contains(QStringLiteral("−")), wall.doubled);
                }
            }
            for (const auto &[label, count] : labels)
                QVERIFY2(count == 1, qPrintable(label));
            if (width == 2400) { // an hour is about 100 pixels
                const int expected = std::fmod(hours, 1) == 0 ? int(hours) : int(hours + 0.5);
                QVERIFY2(qAbs(majors - expected) <= 1, qPrintable(QStringLiteral("%1 of %2").arg(majors).arg(hours)));
                if (std::fmod(hours, 1) == 0)
                    QCOMPARE(majors, expected);
            }
        }
    }

    void ticksAtEveryScale_data()
    {
        QTest::addColumn<std::int64_t>("span");
        QTest::addColumn<QStringList>("labels");
        const auto row = [](const char *name, microseconds span, const QStringList &labels) {
            QTest::newRow(name) << std::int64_t(span.count()) << labels;
        };
        row("0.1 s", milliseconds{100}, {QStringLiteral("13:58:12.010"), QStringLiteral("13:58:12.090")});
        row("2 s", seconds{2}, {QStringLiteral("13:58:12.600"), QStringLiteral("13:58:13.000")});
        row("1 min", minutes{1}, {QStringLiteral("13:58:20"), QStringLiteral("13:59:00")});
        row("40 min", minutes{40}, {QStringLiteral("14:00"), QStringLiteral("14:35")});
        row("day", days{1}, {QStringLiteral("18:00"), QStringLiteral("Thu 15 Oct"), QStringLiteral("06:00")});
        row("week", days{7}, {QStringLiteral("Thu 15 Oct"), QStringLiteral("Sun 18 Oct")});
        row("month", days{31}, {QStringLiteral("19 Oct"), QStringLiteral("26 Oct")});
        row("half a year", days{180}, {QStringLiteral("Nov"), QStringLiteral("Jan 2027")});
        row("year", days{366}, {QStringLiteral("Jan 2027"), QStringLiteral("Jul")});
    }
    void ticksAtEveryScale()
    {
        QFETCH(std::int64_t, span);
        QFETCH(QStringList, labels);
        const UtcTime from = utc("2026-10-14T11:58:12Z");
        const TimeAxis axis = TimeAxis::spanning(from, from + microseconds{span}, 1000);
        const auto ticks = timeTicks(axis, zoneOf("Europe/Berlin"), 90, QLocale(QLocale::English, QLocale::UnitedKingdom));
        QStringList told;
        double last = -1e9, lastLabel = -1e9;
        for (const TimeTick &tick : ticks) {
            const double x = axis.pixelOf(tick.at);
            QVERIFY2(x - last > 5 && x >= -1.001 && x <= 1001.001, qPrintable(QString::number(x - last)));
            last = x;
            if (tick.kind == TimeTick::Kind::Minor) {
                QVERIFY(tick.label.isEmpty());
                continue;
            }
            QVERIFY2(x - lastLabel >= 85, qPrintable(tick.label)); // months are not as long as each other
            lastLabel = x;
            told << tick.label;
        }
        for (const QString &label : labels)
            QVERIFY2(told.contains(label), qPrintable(label + QStringLiteral(" not in ") + told.join(QStringLiteral(", "))));
        QVERIFY2(told.size() >= 2 && told.size() <= 12, qPrintable(told.join(QLatin1Char(' '))));
    }

    void wordsForAMoment()
    {
        const QTimeZone berlin = zoneOf("Europe/Berlin");
        QCOMPARE(clockText(utc("2026-10-14T11:58:12Z") + microseconds{350'900}, berlin), QStringLiteral("13:58:12.350"));
        QCOMPARE(clockText(utc("2026-10-25T00:30:00Z"), berlin, false), QStringLiteral("02:30:00 +2"));
        QCOMPARE(clockText(utc("2026-10-25T01:30:00Z"), berlin, false), QStringLiteral("02:30:00 +1"));
        QCOMPARE(offsetText(-minutes{210}), QStringLiteral("−3:30"));
        QCOMPARE(dateText(utc("2026-10-14T22:30:00Z"), utc("2026-11-01T00:00:00Z"), berlin, QLocale::c()), QStringLiteral("Thu 15 Oct"));
        QCOMPARE(dateText(utc("2025-10-14T12:30:00Z"), utc("2026-11-01T00:00:00Z"), berlin, QLocale::c()), QStringLiteral("Tue 14 Oct 2025"));
        const UtcTime at = utc("2026-10-14T11:58:12Z");
        QCOMPARE(momentText(at, berlin, TimeAxis::spanning(at, at + days{7}, 1000)), QStringLiteral("13:58"));
        QCOMPARE(momentText(at, berlin, TimeAxis::spanning(at, at + seconds{7}, 1000)), QStringLiteral("13:58:12.000"));
        QVERIFY(momentsOf({2026, 3, 29}, {2, 30}, berlin).empty()); // left out
    }
};

QTEST_APPLESS_MAIN(TestZoneTime)
#include "tst_zone_time.moc"
