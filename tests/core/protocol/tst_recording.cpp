// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/recording.h"

#include <QTest>

using namespace vedette;
using namespace vedette::protocol;

class TestRecording : public QObject {
    Q_OBJECT

    static RecordingPage page()
    {
        Recording known{*parseSegmentId(QStringLiteral("gate-20261121T141500")), utcFromMicros(1'795'270'500'250'000), utcFromMicros(1'795'271'400'250'000),
                        RecordingState::Finished, Custody::Stored, QStringLiteral("h265"), 2560, 1440, true, 500'000'000, 13'500};
        Recording unknown{*parseSegmentId(QStringLiteral("gate-00000000000000a7-3")), utcFromMicros(5), utcFromMicros(6), RecordingState::Open,
                          Custody::OnEdge, QStringLiteral("h264"), 640, 360, false, 7, 1};
        known.expiredBy = QStringLiteral("age");
        return {QStringLiteral("gate"), QStringLiteral("main"), {known, unknown}, QStringLiteral("gate-00000000000000a7-3")};
    }

private Q_SLOTS:
    void comesBackAsItWas()
    {
        const auto back = parseRecordingPage(toJson(page()));
        QVERIFY2(back, back ? "" : qPrintable(back.error().text()));
        QCOMPARE(*back, page());
        RecordingPage last = page();
        last.next.clear();
        QVERIFY(!toJson(last).contains("\"next\""));
        QCOMPARE(parseRecordingPage(toJson(last)).value(), last);
    }

    void whatIsWrongIsNamed_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QString>("named");
        QTest::newRow("id") << QByteArray("gate-20261121T141500") << QByteArray("../etc/passwd") << QStringLiteral("recordings[0].id: \"../etc/passwd\" is not the name of a segment");
        QTest::newRow("state") << QByteArray("\"finished\"") << QByteArray("\"dreaming\"") << QStringLiteral("recordings[0].state");
        QTest::newRow("custody") << QByteArray("\"stored\"") << QByteArray("\"stolen\"") << QStringLiteral("recordings[0].custody");
        QTest::newRow("times") << QByteArray("1795271400250000") << QByteArray("1795270500249999") << QStringLiteral("recordings[0].to_us");
        QTest::newRow("bytes") << QByteArray("500000000") << QByteArray("-1") << QStringLiteral("recordings[0].bytes");
    }
    void whatIsWrongIsNamed()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(QString, named);
        QByteArray json = toJson(page());
        QVERIFY(json.contains(from));
        const auto read = parseRecordingPage(json.replace(from, to));
        QVERIFY(!read);
        QVERIFY(read.error().kind == ErrorKind::InvalidInput);
        QVERIFY2(read.error().detail.contains(named), qPrintable(read.error().detail));
    }
};

QTEST_GUILESS_MAIN(TestRecording)
#include "tst_recording.moc"
