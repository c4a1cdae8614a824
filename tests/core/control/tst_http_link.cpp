// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/http_link.h"

#include "tests/core/control/agent_answers.h"

#include <QTest>

#include <numeric>

using namespace vedette;
using namespace vedette::control;
using namespace vedette::test;

namespace {

constexpr int kDeadline = 15'000;
const QString kPi = QStringLiteral("pi");
const QString kStatusPath = QString::fromLatin1(protocol::routes::kStatus);
const QString kSamplesPath = QString::fromLatin1(protocol::routes::kSamples);
const QString kCommandPath = QString::fromLatin1(protocol::routes::kCommand);

QList<std::uint64_t> range(std::uint64_t first, int count)
{
    QList<std::uint64_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), first);
    return numbers;
}

} // namespace

class TestHttpLink : public QObject {
    Q_OBJECT

    SystemClock m_clock;

private Q_SLOTS:
    void showsAnAgentAlone()
    {
        CannedHttp http;
        AgentAnswers agent(kPi);
        agent.clockAhead = milliseconds{2500};
        agent.addRows(1, 5000);
        agent.serve(http);
        HttpLink link(http.url(), m_clock);
        Heard heard(link);
        link.start();
        link.start();
        QTRY_VERIFY_WITH_TIMEOUT(heard.online.value(kPi), kDeadline);
        QVERIFY(heard.up);
        QCOMPARE(heard.statuses.size(), 1);
        QVERIFY(heard.clocks > 0);
        const microseconds ahead = heard.clock.now(m_clock.now()) - m_clock.utcNow();
        QVERIFY2(ahead > milliseconds{2400} && ahead < milliseconds{2600}, qPrintable(QString::number(ahead.count())));
        QVERIFY(heard.clock.error >= microseconds{0} && heard.clock.error < milliseconds{500});
        // Only the last ten minutes, then what comes.
        QTRY_COMPARE_WITH_TIMEOUT(heard.sequences, range(4401, 600), kDeadline);
        agent.addRows(5001, 3);
        QTRY_COMPARE_WITH_TIMEOUT(heard.sequences, range(4401, 603), kDeadline);
        // The status again without being asked, and nothing twice.
        QTRY_VERIFY_WITH_TIMEOUT(heard.statuses.size() >= 3, kDeadline);
        QCOMPARE(heard.sequences, range(4401, 603));
        QCOMPARE(heard.changes, 1);
        QVERIFY(http.count(kStatusPath) < http.count(kSamplesPath) + 2);
    }

    void fetchesPageByPage()
    {
        CannedHttp http;
        AgentAnswers agent(kPi);
        agent.addRows(1, 1);
        agent.serve(http);
        HttpLink link(http.url(), m_clock);
        Heard heard(link);
        link.start();
        QTRY_COMPARE_WITH_TIMEOUT(heard.sequences.size(), 1, kDeadline);
        agent.addRows(2, 3500); // many after one pause
        QTRY_COMPARE_WITH_TIMEOUT(heard.sequences, range(1, 3501), kDeadline);
    }

    void followsARestart()
    {
        CannedHttp http;
        AgentAnswers agent(kPi);
        agent.addRows(100, 5);
        agent.serve(http);
        HttpLink link(http.url(), m_clock);
        Heard heard(link);
        link.start();
        QTRY_COMPARE_WITH_TIMEOUT(heard.sequences, range(100, 5), kDeadline);
        http.setUp(false);
        QTRY_VERIFY_WITH_TIMEOUT(!heard.online.value(kPi, true), kDeadline);
        QVERIFY(!heard.up);
        QVERIFY(heard.nextTry > 0 && heard.linkNextTry == heard.nextTry);
        QVERIFY(heard.reason.contains(QString::number(http.port())));
        // The same spool goes on far above.
        agent.status.bootId = QStringLiteral("boot-2");
        agent.addRows(1'000'104, 2);
        http.setUp(true);
        QTRY_VERIFY_WITH_TIMEOUT(heard.online.value(kPi), kDeadline);
        QTRY_COMPARE_WITH_TIMEOUT(heard.sequences, range(100, 5) + range(1'000'104, 2), kDeadline);
        // A rebuilt database begins again.
        agent.status.spool = QStringLiteral("spool-2");
        agent.rows.clear();
        agent.addRows(1, 4);
        QTRY_COMPARE_WITH_TIMEOUT(heard.sequences.mid(7), range(1, 4), kDeadline);
    }

    void noticesAnotherAgent()
    {
        CannedHttp http;
        AgentAnswers agent(kPi);
        agent.serve(http);
        HttpLink link(http.url(), m_clock);
        Heard heard(link);
        link.start();
        QTRY_VERIFY_WITH_TIMEOUT(heard.online.value(kPi), kDeadline);
        agent.status.id = QStringLiteral("pi-2");
        QTRY_VERIFY_WITH_TIMEOUT(heard.online.value(QStringLiteral("pi-2")), kDeadline);
        QVERIFY(!heard.online.value(kPi));
    }

    void survivesBadAnswers_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("silent");
        QTest::newRow("not json") << QByteArray("<html>") << false;
        QTest::newRow("other json") << QByteArray("[1,2]") << false;
        QTest::newRow("missing keys") << QByteArray("{\"id\":\"pi\"}") << false;
        QTest::newRow("bad id") << QByteArray("{\"id\":\"../../etc\"}") << false;
        QTest::newRow("silent") << QByteArray() << true;
    }
    void survivesBadAnswers()
    {
        QFETCH(QByteArray, body);
        QFETCH(bool, silent);
        CannedHttp http;
        AgentAnswers agent(kPi);
        agent.addRows(1, 3);
        http.on(kStatusPath, {.body = body, .silent = silent});
        HttpLink link(http.url(), m_clock);
        Heard heard(link);
        link.start();
        QTRY_VERIFY_WITH_TIMEOUT(heard.linkChanges > 0, kDeadline);
        QVERIFY(!heard.up);
        QVERIFY(heard.linkNextTry > 0);
        QVERIFY2(heard.linkReason.contains(QString::number(http.port())), qPrintable(heard.linkReason));
        QCOMPARE(heard.changes, 0);
        agent.serve(http);
        QTRY_VERIFY_WITH_TIMEOUT(heard.online.value(kPi), kDeadline);
        QTRY_COMPARE_WITH_TIMEOUT(heard.sequences, range(1, 3), kDeadline);
    }

    void badSamplesDoNotDisturb()
    {
        CannedHttp http;
        AgentAnswers agent(kPi);
        agent.serve(http);
        http.on(kSamplesPath, {"{\"agent\":\"pi\",\"spool\":7}"});
        HttpLink link(http.url(), m_clock);
        Heard heard(link);
        link.start();
        QTRY_VERIFY_WITH_TIMEOUT(heard.statuses.size() >= 3, kDeadline);
        QVERIFY(heard.online.value(kPi));
        QVERIFY(heard.sequences.isEmpty());
        // Whoever repeats the same full page for ever is not asked in a loop.
        AgentAnswers liar(kPi);
        liar.addRows(1, 1000);
        HttpLink second(http.url(), m_clock);
        Heard heardSecond(second);
        http.on(kSamplesPath, [&liar](const CannedHttp::Request &) { return CannedHttp::Answer{protocol::toJson(liar.batch(0, 1000))}; });
        second.start();
        QTRY_VERIFY_WITH_TIMEOUT(heardSecond.statuses.size() >= 3, kDeadline);
        QCOMPARE(heardSecond.sequences.size(), 1000);
    }

    void sendsCommands()
    {
        CannedHttp http;
        AgentAnswers agent(kPi);
        agent.serve(http);
        http.on(kCommandPath, [](const CannedHttp::Request &r) {
            const auto request = protocol::parseCommandRequest(r.body);
            if (request && request->camera == QLatin1String("gate"))
                return CannedHttp::Answer{protocol::toJson(protocol::CommandReply{QJsonObject{{QStringLiteral("done"), true}}})};
            return CannedHttp::Answer{protocol::toJson(protocol::CommandReply{fail(ErrorKind::NotFound, QStringLiteral("no such camera"))}), 404};
        });
        HttpLink link(http.url(), m_clock);
        Heard heard(link);
        std::optional<Result<QJsonObject>> reply;
        const auto keep = [&](const Result<QJsonObject> &r) { reply = r; };
        const protocol::CommandRequest keyframe{QStringLiteral("keyframe"), QStringLiteral("gate"), {}};
        link.send(kPi, keyframe, this, keep);
        QVERIFY(reply && !*reply && reply->error().kind == ErrorKind::NotFound); // not known yet
        link.start();
        QTRY_VERIFY_WITH_TIMEOUT(heard.online.value(kPi), kDeadline);
        reply.reset();
        link.send(kPi, keyframe, this, keep);
        QTRY_VERIFY_WITH_TIMEOUT(reply, kDeadline);
        QVERIFY(*reply);
        QVERIFY(reply->value().value(QStringLiteral("done")).toBool());
        reply.reset();
        link.send(kPi, {QStringLiteral("keyframe"), QStringLiteral("nobody"), {}}, this, keep);
        QTRY_VERIFY_WITH_TIMEOUT(reply, kDeadline);
        QVERIFY(!*reply && reply->error().kind == ErrorKind::NotFound);
        QVERIFY(reply->error().detail.contains(QStringLiteral("no such camera")));
    }

    void stopsAndStartsAgain()
    {
        CannedHttp http;
        AgentAnswers agent(kPi);
        agent.serve(http);
        HttpLink link(http.url(), m_clock);
        Heard heard(link);
        link.start();
        link.stop();
        link.stop();
        link.start();
        QTRY_VERIFY_WITH_TIMEOUT(heard.statuses.size() == 1, kDeadline);
        link.stop();
        const auto stopped = heard.statuses.size();
        link.start();
        QTRY_VERIFY_WITH_TIMEOUT(heard.statuses.size() > stopped, kDeadline);
    }
};

QTEST_GUILESS_MAIN(TestHttpLink)
#include "tst_http_link.moc"
