// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/moment_text.h"

#include <QDateTime>
#include <QTest>

using namespace vedette;
using namespace vedette::app;

namespace {

UtcTime utc(const QString &iso)
{
    return utcFromMicros(QDateTime::fromString(iso, Qt::ISODateWithMs).toMSecsSinceEpoch() * 1000);
}

} // namespace

/// In Berlin, where it is 14 October 2026, 14:07:31.
class TestMomentText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void reads_data()
    {
        QTest::addColumn<QString>("expected");
        const auto row = [](const char *text, const char *expected) { QTest::newRow(text) << QString::fromUtf8(expected); };
        row("13:58", "2026-10-14T11:58:00Z");
        row(" 13:58:12 ", "2026-10-14T11:58:12Z");
        row("8:10", "2026-10-14T06:10:00Z");
        row("23:30", "2026-10-13T21:30:00Z"); // not yet today
        row("13:58:12.350", "2026-10-14T11:58:12.350Z");
        row("13:58:12,5", "2026-10-14T11:58:12.500Z");
        row("yesterday 8:10", "2026-10-13T06:10:00Z");
        row("Yesterday  8:10:05", "2026-10-13T06:10:05Z");
        row("today", "2026-10-13T22:00:00Z");
        row("2026-10-14 13:58:12.350", "2026-10-14T11:58:12.350Z");
        row("2026-10-14", "2026-10-13T22:00:00Z");
        row("14.10. 9:00", "2026-10-14T07:00:00Z");
        row("24.12. 18:00", "2025-12-24T17:00:00Z"); // the last one
        row("1.2.2024 09:00", "2024-02-01T08:00:00Z");
        row("2026-10-14T13:58:12.350+02:00", "2026-10-14T11:58:12.350Z");
        row("2026-10-14T11:58:12Z", "2026-10-14T11:58:12Z");
        row("2026-10-14 13:58 UTC", "2026-10-14T13:58:00Z");
        row("2026-10-14 13:58-0330", "2026-10-14T17:28:00Z");
        row("2025-10-26 02:30 +2", "2025-10-26T00:30:00Z");
        row("2025-10-26 02:30 +1", "2025-10-26T01:30:00Z");
        row("-30 s", "2026-10-14T12:07:01Z");
        row("−5min", "2026-10-14T12:02:31Z");
        row("-2h", "2026-10-14T10:07:31Z");
        row("-7 d", "2026-10-07T12:07:31Z");
    }
    void reads()
    {
        QFETCH(QString, expected);
        const auto at = parseMoment(QString::fromUtf8(QTest::currentDataTag()), QTimeZone("Europe/Berlin"), utc(QStringLiteral("2026-10-14T12:07:31Z")));
        QVERIFY2(at, at ? "" : qPrintable(at.error().detail));
        QCOMPARE(*at, utc(expected));
    }

    void saysWhatIsWrong_data()
    {
        QTest::addColumn<QString>("says");
        const auto row = [](const char *text, const char *says) { QTest::newRow(text) << QString::fromUtf8(says); };
        row("", "is not a time");
        row("soon", "“soon” is not a time. Write 13:58");
        row("25:00", "is not a time");
        row("13:5", "is not a time");
        row("13:58:61", "is not a time");
        row("13:58 13:59", "is not a time");
        row("13:58 +99", "is not a time");
        row("yesterday today", "is not a time");
        row("2026-02-30 10:00", "no day 2026-02-30");
        row("31.4.", "no day 31.4.");
        row("2026-03-29 02:30", "02:30 did not come on 29 March");
        row("2025-10-26 02:30", "02:30 came twice on 26 October. Add +2 or +1.");
        row("1969-12-31 10:00", "from 1970 to 2199");
        row("9999-01-01", "from 1970 to 2199");
        row("-99999 d", "from 1970 to 2199");
    }
    void saysWhatIsWrong()
    {
        QFETCH(QString, says);
        const auto at = parseMoment(QString::fromUtf8(QTest::currentDataTag()), QTimeZone("Europe/Berlin"), utc(QStringLiteral("2026-10-14T12:07:31Z")));
        QVERIFY(!at);
        QVERIFY(at.error().kind == ErrorKind::InvalidInput);
        QVERIFY2(at.error().detail.contains(says), qPrintable(at.error().detail));
    }
};

QTEST_APPLESS_MAIN(TestMomentText)
#include "tst_moment_text.moc"
