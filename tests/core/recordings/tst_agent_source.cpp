// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/agent_source.h"

#include "tests/core/media/scripted_server.h"
#include "tests/core/recordings/recording_agent.h"
#include "tests/support/fault_proxy.h"

#include <QTest>

using namespace vedette;
using namespace vedette::recordings;
using protocol::CoverageSpan;
using protocol::Custody;
using protocol::GapReason;
using std::chrono::seconds;
using test::RecordingAgent;
using test::ScriptedServer;
using test::SegmentPlan;

namespace {

const RecordingLane kGate{QStringLiteral("gate"), QStringLiteral("main")};
const net::HttpConnection::Options kQuick{milliseconds{2000}, milliseconds{400}, milliseconds{1500}, {}};

/// Sequence numbers of the pictures up to the end.
QList<int> numbersOf(SegmentReader &reader)
{
    QList<int> out;
    for (auto packet = reader.read({}); packet; packet = reader.read({})) {
        if ((*packet)->capture)
            out.append(static_cast<int>((*packet)->capture->sequence));
    }
    return out;
}

} // namespace

class TestAgentSource : public QObject {
    Q_OBJECT

    std::unique_ptr<test::ManualClock> m_clock;
    std::unique_ptr<RecordingAgent> m_agent;
    std::unique_ptr<AgentSource> m_source;
    UtcTime m_zero;

    UtcTime at(double second) const { return m_zero + microseconds{qRound64(second * 1e6)}; }
    /// The catalog's thread writes what it was told behind our back.
    bool hasPieces(int count)
    {
        return QTest::qWaitFor([this, count] {
            const auto pieces = m_source->pieces(kGate, m_zero, m_zero + std::chrono::hours{1000}, {});
            return pieces && pieces->size() == count;
        }, 20'000);
    }

private Q_SLOTS:
    void init()
    {
        m_clock = std::make_unique<test::ManualClock>();
        m_zero = m_clock->utcNow();
        m_agent = std::make_unique<RecordingAgent>(*m_clock);
        m_source = std::make_unique<AgentSource>(QStringLiteral("pi-1"), m_agent->url(), kQuick);
    }
    void cleanup()
    {
        m_source.reset();
        m_agent.reset();
    }

    void lanesAccountAndPieces()
    {
        m_agent->catalog().gapBegan(kGate, m_zero, GapReason::Starting);
        m_agent->record(kGate.camera, {at(5), 100});
        m_agent->catalog().gapBegan(kGate, at(10), GapReason::SourceLost);
        m_agent->record(kGate.camera, {at(20), 40});
        m_agent->catalog().gapBegan(kGate, at(22), GapReason::PausedByOperator);
        m_clock->advance(seconds{60});
        QVERIFY(hasPieces(2));
        const auto lanes = m_source->lanes({});
        QVERIFY2(lanes, qPrintable(lanes ? QString() : lanes.error().text()));
        QCOMPARE(*lanes, (QList<LaneExtent>{{kGate, QStringLiteral("The gate"), at(5), at(22), 0}}));
        const auto account = m_source->account(kGate, at(-100), at(1000), {});
        QVERIFY(account);
        QCOMPARE(account->spans, (QList<CoverageSpan>{{at(0), at(5), GapReason::Starting, {}}, {at(5), at(10), std::nullopt, Custody::OnEdge},
                                                      {at(10), at(20), GapReason::SourceLost, {}}, {at(20), at(22), std::nullopt, Custody::OnEdge},
                                                      {at(22), at(60), GapReason::PausedByOperator, {}}}));
        const auto pieces = m_source->pieces(kGate, at(7), at(8), {});
        QVERIFY(pieces && pieces->size() == 1);
        QVERIFY(pieces->first().from == at(5) && pieces->first().to == at(10) && !pieces->first().open && pieces->first().fault.isEmpty());
        QVERIFY(m_source->pieces(kGate, at(15), at(15.1), {})->isEmpty());
        const auto none = m_source->account({QStringLiteral("yard"), QStringLiteral("main")}, at(0), at(1), {});
        QVERIFY(!none && none.error().kind == ErrorKind::NotFound);
    }

    void playsByRanges()
    {
        m_agent->record(kGate.camera, {at(0), 100});
        QVERIFY(hasPieces(1));
        const auto pieces = m_source->pieces(kGate, at(1), at(2), {});
        auto reader = m_source->open(kGate, pieces->first(), {});
        QVERIFY2(reader, qPrintable(reader ? QString() : reader.error().text()));
        QVERIFY((*reader)->seek(at(2.32), {}));
        const auto first = (*reader)->read({});
        QVERIFY(first && (*first)->key && (*first)->capture->captured <= at(2.32));
        const QList<int> rest = numbersOf(**reader);
        QCOMPARE(rest.last(), 99);
        QCOMPARE(rest.size(), 99 - static_cast<int>((*first)->capture->sequence));
    }

    void playsTheOpenSegmentToItsEndAndOn()
    {
        SegmentPlan plan{at(0), 31};
        plan.finished = false;
        auto segment = m_agent->record(kGate.camera, plan);
        QVERIFY(hasPieces(1));
        const auto pieces = m_source->pieces(kGate, at(0.1), at(0.2), {});
        QVERIFY(pieces->first().open && pieces->first().to == at(1.5));
        auto reader = m_source->open(kGate, pieces->first(), {});
        QVERIFY2(reader, qPrintable(reader ? QString() : reader.error().text()));
        QCOMPARE(numbersOf(**reader).last(), 29);
        plan.pictures = 71;
        m_agent->progress(segment, plan);
        QVERIFY(QTest::qWaitFor([this] { return m_source->pieces(kGate, at(3.2), at(3.3), {})->size() == 1; }, 10'000));
        const QList<int> more = numbersOf(**reader);
        QVERIFY(!more.isEmpty());
        QCOMPARE(more.first(), 30);
        QCOMPARE(more.last(), 69);
    }

    void moreThanOnePage()
    {
        const QByteArray bytes = test::segmentBytes({at(0), 2});
        for (int i = 0; i < 1'050; ++i) {
            agent::RecordedSegment segment = test::bytesSegment(kGate.camera, std::chrono::floor<seconds>(m_zero) + seconds{i}, 10);
            m_agent->catalog().segmentOpened(segment);
            m_agent->catalog().segmentFinished(segment, true);
            if (i % 200 == 199)
                QVERIFY(hasPieces(i + 1)); // its queue is bounded
        }
        QVERIFY(hasPieces(1'050));
        const auto pieces = m_source->pieces(kGate, at(0), at(5000), {});
        QVERIFY(std::is_sorted(pieces->begin(), pieces->end(), [](const Piece &a, const Piece &b) { return a.from < b.from; }));
        QVERIFY(m_source->pieces(kGate, at(1'049.5), at(1'049.6), {})->size() == 1);
    }

    void aFileThatIsGone()
    {
        const auto segment = m_agent->record(kGate.camera, {at(0), 40});
        QVERIFY(hasPieces(1));
        const Piece piece = m_source->pieces(kGate, at(1), at(2), {})->first();
        QVERIFY(QFile::remove(m_agent->folder() + u'/' + segment.name.path()));
        const auto reader = m_source->open(kGate, piece, {});
        QVERIFY(!reader && reader.error().kind == ErrorKind::NotFound);
        QVERIFY2(reader.error().text().contains(piece.id) && reader.error().text().startsWith(QLatin1String("agent pi-1, recording")), qPrintable(reader.error().text()));
    }

    void goesAwayInTheMiddle()
    {
        m_agent->record(kGate.camera, {at(0), 100});
        QVERIFY(hasPieces(1));
        test::FaultProxy proxy;
        QVERIFY(proxy.start(static_cast<std::uint16_t>(m_agent->port())));
        AgentSource through(QStringLiteral("pi-1"), QStringLiteral("http://127.0.0.1:%1").arg(proxy.port()), kQuick);
        const Piece piece = through.pieces(kGate, at(1), at(2), {})->first();
        m_agent->stop();
        const auto refused = m_source->lanes({});
        QVERIFY(!refused && refused.error().kind == ErrorKind::Unavailable);
        QVERIFY2(refused.error().text().startsWith(QLatin1String("agent pi-1: ")), qPrintable(refused.error().text()));
        QVERIFY(!through.open(kGate, piece, {}));
        m_agent->start();
        QVERIFY(through.open(kGate, piece, {})); // it is back
    }

    void anotherAgentAtItsAddress()
    {
        AgentSource other(QStringLiteral("pi-2"), m_agent->url(), kQuick);
        const auto lanes = other.lanes({});
        QVERIFY(!lanes);
        QCOMPARE(lanes.error().text(), QStringLiteral("agent pi-2: another agent, pi-1, answers at its address"));
    }

    void nonsense_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char *name, const QByteArray &body, const char *sentence) { QTest::newRow(name) << body << QString::fromLatin1(sentence); };
        row("html", "<html>log in</html>", "its coverage is none");
        row("another lane", "{\"camera\":\"yard\",\"stream\":\"main\",\"from_us\":0,\"to_us\":0,\"spans\":[]}", "it tells of yard/main when asked for gate/main");
        row("a hole", "{\"camera\":\"gate\",\"stream\":\"main\",\"from_us\":0,\"to_us\":9,\"spans\":[{\"from_us\":5,\"to_us\":9,\"custody\":\"stored\"}]}", "spans[0]");
        row("huge", QByteArray(17 << 20, ' '), "at most");
    }
    void nonsense()
    {
        QFETCH(QByteArray, body);
        QFETCH(QString, sentence);
        ScriptedServer server([body](QTcpSocket &socket, const std::stop_token &) {
            ScriptedServer::readRequest(socket);
            ScriptedServer::send(socket, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body.left(1 << 20));
        });
        AgentSource source(QStringLiteral("pi-1"), server.url(QStringLiteral("http"), {}), kQuick);
        const auto account = source.account(kGate, at(0), at(1), {});
        QVERIFY(!account && account.error().kind == ErrorKind::Corrupt);
        QVERIFY2(account.error().text().startsWith(QLatin1String("agent pi-1: ")) && account.error().text().contains(sentence), qPrintable(account.error().text()));
    }
};

QTEST_GUILESS_MAIN(TestAgentSource)
#include "tst_agent_source.moc"
