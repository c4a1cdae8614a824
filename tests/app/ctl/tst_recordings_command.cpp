// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/recordings_command.h"

#include "tests/app/ctl/ctl_fixture.h"

#include <QJsonArray>
#include <QTest>

using namespace vedette;
using protocol::Coverage;
using protocol::GapReason;
using protocol::Recording;
using protocol::RecordingPage;
using std::chrono::seconds;
using test::CannedHttp;
using test::Ctl;

namespace {

constexpr UtcTime kZero{seconds{1'795'270'500}}; // 2026-11-21T14:15:00Z

QStringList arguments(const CannedHttp &http, const QString &subcommand, const QStringList &more = {})
{
    return QStringList{subcommand, QStringLiteral("pi-1/gate"), QStringLiteral("--agent"), http.url().toString()} + more;
}

Coverage coverage()
{
    return {QStringLiteral("gate"), QStringLiteral("main"), kZero, kZero + seconds{400},
            {{kZero, kZero + seconds{100}, std::nullopt, protocol::Custody::OnEdge},
             {kZero + seconds{100}, kZero + seconds{110}, GapReason::SourceLost, {}},
             {kZero + seconds{110}, kZero + seconds{400}, std::nullopt, protocol::Custody::Stored}}};
}

Recording recording(int number)
{
    Recording each;
    each.name.camera = QStringLiteral("gate");
    each.name.start = std::chrono::floor<seconds>(kZero) + seconds{number * 900};
    each.from = *each.name.start;
    each.to = each.from + seconds{900};
    each.state = protocol::RecordingState::Finished;
    each.codec = QStringLiteral("h264");
    each.bytes = 5'000'000;
    return each;
}

} // namespace

class tst_RecordingsCommand : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void coverageWithPercentages()
    {
        CannedHttp http;
        test::serveStatus(http, QStringLiteral("pi-1"), {});
        QUrlQuery asked;
        http.on(QString::fromLatin1(protocol::routes::kCoverage), [&asked](const CannedHttp::Request &request) {
            asked = request.query;
            return CannedHttp::Answer{protocol::toJson(coverage())};
        });
        Ctl ctl;
        QCOMPARE(ctl.run(arguments(http, QStringLiteral("coverage"), {QStringLiteral("--json"), QStringLiteral("--from"), QStringLiteral("2026-11-21T15:15:00+01:00"),
                                                                     QStringLiteral("--to"), QStringLiteral("2026-11-21T14:20:00.5Z")})), 0);
        QCOMPARE(asked.queryItemValue(QStringLiteral("camera")), QStringLiteral("gate"));
        QCOMPARE(asked.queryItemValue(QStringLiteral("stream")), QStringLiteral("main"));
        QCOMPARE(asked.queryItemValue(QStringLiteral("from")), QStringLiteral("1795270500000000"));
        QCOMPARE(asked.queryItemValue(QStringLiteral("to")), QStringLiteral("1795270800500000"));
        const QJsonObject percent = ctl.json()[QStringLiteral("percent")].toObject();
        QCOMPARE(percent[QStringLiteral("on_edge")].toDouble(), 25.0);
        QCOMPARE(percent[QStringLiteral("source_lost")].toDouble(), 2.5);
        QCOMPARE(percent[QStringLiteral("stored")].toDouble(), 72.5);
        QCOMPARE(ctl.json()[QStringLiteral("spans")].toArray().size(), 3);
        Ctl people;
        QCOMPARE(people.run(arguments(http, QStringLiteral("coverage"))), 0);
        QVERIFY2(people.out.data().contains("97.500 % recorded") && people.out.data().contains("2026-11-21T14:16:40.000Z        10.0 s  source_lost"), people.out.data());
        QVERIFY(!asked.hasQueryItem(QStringLiteral("from")));
    }

    void nothingIsOwed()
    {
        QVERIFY(app::coverageText({QStringLiteral("gate"), QStringLiteral("main"), kZero, kZero, {}}).contains(QLatin1String("nothing is known")));
    }

    void everyPageOfTheList()
    {
        CannedHttp http;
        test::serveStatus(http, QStringLiteral("pi-1"), {});
        http.on(QString::fromLatin1(protocol::routes::kRecordings), [](const CannedHttp::Request &request) {
            const bool first = !request.query.hasQueryItem(QStringLiteral("after"));
            RecordingPage page{QStringLiteral("gate"), QStringLiteral("main"), {recording(first ? 0 : 1)}, first ? recording(0).name.id() : QString()};
            if (!first && request.query.queryItemValue(QStringLiteral("after")) != recording(0).name.id())
                page.recordings.clear();
            return CannedHttp::Answer{protocol::toJson(page)};
        });
        Ctl ctl;
        QCOMPARE(ctl.run(arguments(http, QStringLiteral("recordings"), {QStringLiteral("--json")})), 0);
        const QJsonArray listed = ctl.json()[QStringLiteral("recordings")].toArray();
        QCOMPARE(listed.size(), 2);
        QCOMPARE(listed[1].toObject()[QStringLiteral("id")].toString(), QStringLiteral("gate-20261121T143000"));
        QVERIFY(!ctl.json().contains(QStringLiteral("next")));
        QCOMPARE(http.count(QString::fromLatin1(protocol::routes::kRecordings)), 2);
        Ctl people;
        QCOMPARE(people.run(arguments(http, QStringLiteral("recordings"))), 0);
        QVERIFY2(people.out.data().contains("gate-20261121T141500  2026-11-21T14:15:00.000Z     900.0 s        5.0 MB  finished  on_edge\n"), people.out.data());
    }

    void theAgentSaysNo()
    {
        CannedHttp http;
        test::serveStatus(http, QStringLiteral("pi-1"), {});
        http.on(QString::fromLatin1(protocol::routes::kCoverage),
                CannedHttp::Answer{"{\"error\":{\"kind\":\"not_found\",\"detail\":\"Stream main of camera gate has never been recorded here.\"}}", 404});
        Ctl ctl;
        QCOMPARE(ctl.run(arguments(http, QStringLiteral("coverage"), {QStringLiteral("--json")})), 1);
        QVERIFY2(ctl.err.data().contains("never been recorded"), ctl.err.data());
        QVERIFY(ctl.json().contains(QStringLiteral("error")));
    }

    void nobodyThere()
    {
        CannedHttp http;
        http.setUp(false);
        Ctl ctl;
        QCOMPARE(ctl.run(arguments(http, QStringLiteral("recordings"), {QStringLiteral("--seconds"), QStringLiteral("0.5")})), 1);
        QVERIFY2(ctl.err.data().contains(QByteArray::number(http.port())), ctl.err.data());
    }

    void wrongArguments_data()
    {
        QTest::addColumn<QStringList>("more");
        QTest::addColumn<QByteArray>("named");
        QTest::newRow("turned round") << QStringList{QStringLiteral("--from"), QStringLiteral("2026-11-21T14:15:00Z"), QStringLiteral("--to"), QStringLiteral("2026-11-21T15:15:00+01:00")}
                                      << QByteArray("--to: is not after --from");
        QTest::newRow("no zone") << QStringList{QStringLiteral("--from"), QStringLiteral("2026-11-21T14:15:00")} << QByteArray("--from");
        QTest::newRow("no time") << QStringList{QStringLiteral("--to"), QStringLiteral("noon")} << QByteArray("--to");
        QTest::newRow("stream") << QStringList{QStringLiteral("--stream"), QStringLiteral("third")} << QByteArray("--stream");
        QTest::newRow("seconds") << QStringList{QStringLiteral("--seconds"), QStringLiteral("0")} << QByteArray("--seconds");
    }
    void wrongArguments()
    {
        QFETCH(QStringList, more);
        QFETCH(QByteArray, named);
        CannedHttp http;
        for (const char *subcommand : {"recordings", "coverage"}) {
            Ctl ctl;
            QCOMPARE(ctl.run(arguments(http, QString::fromLatin1(subcommand), more)), 2);
            QVERIFY2(ctl.err.data().contains(named), ctl.err.data());
        }
    }
};

QTEST_GUILESS_MAIN(tst_RecordingsCommand)
#include "tst_recordings_command.moc"
