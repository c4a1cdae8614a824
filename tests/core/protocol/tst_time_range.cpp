// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/time_range.h"

#include <QTest>

using namespace vedette;

/// Times that people and programs write.
class TestTimeRange : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void times_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<qint64>("micros"); // -1: refused
        const auto row = [](const char *text, qint64 micros) { QTest::newRow(text) << QString::fromUtf8(text) << micros; };
        row("1970-01-01T00:00:00Z", 0);
        row("1970-01-01T00:00:01.5Z", 1'500'000);
        row("1970-01-01T00:00:01.010255Z", 1'010'255);
        row("1970-01-01T00:00:01.123456789Z", 1'123'456);
        row("1970-01-01t00:00:01z", 1'000'000);
        row("1970-01-01 00:00:01Z", 1'000'000);
        row("1970-01-01T00:01Z", 60'000'000);
        row("1970-01-01T02:00:01.000001+02:00", 1'000'001);
        row("1969-12-31T19:00:01-05:00", 1'000'000);
        row("9999-12-31T23:59:59.999999Z", protocol::kMaxTimeMicros);
        for (const char *other : {"", "Z", "1970-01-01", "1970-01-01Z", "1970-01-01T00:00:01", "1970-01-01T00:00:01.Z", "1970-01-01T00:01.5Z", "1970-01-01T00:00:61Z",
                                  "1970-01-01T00:00:01.1234567890Z", "2025-02-29T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-00:01", "10000-01-01T00:00:00Z",
                                  "1970-01-01T00:00:01+2", "1970-01-01T00:00:01Z ", "1970-01-01T00:00:01Z\n", "1970-01-01T00:00:0١Z", "now"})
            row(other, -1);
    }
    void times()
    {
        QFETCH(QString, text);
        QFETCH(qint64, micros);
        const auto time = protocol::timeFromText(text);
        QCOMPARE(time ? toMicros(*time) : -1, micros);
        if (!time)
            QVERIFY2(time.error().detail.startsWith(u'"' + text + QStringLiteral("\" is not a time")), qPrintable(time.error().detail));
    }
};

QTEST_GUILESS_MAIN(TestTimeRange)
#include "tst_time_range.moc"
