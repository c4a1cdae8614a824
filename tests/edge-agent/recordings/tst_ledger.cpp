// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/ledger.h"

#include "tests/support/manual_clock.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <random>

using namespace vedette;
using namespace vedette::agent;
using protocol::Coverage;
using protocol::CoverageSpan;
using protocol::GapReason;
using protocol::RecordingState;
using std::chrono::seconds;

namespace {

const RecordingLane kGate{QStringLiteral("gate"), QStringLiteral("main")};

/// In seconds of the test.
QByteArray text(const QList<CoverageSpan> &spans, UtcTime zero)
{
    QStringList out;
    for (const CoverageSpan &span : spans)
        out.append(QStringLiteral("%1-%2 %3").arg(static_cast<double>((span.from - zero).count()) / 1e6).arg(static_cast<double>((span.to - zero).count()) / 1e6)
                       .arg(span.gap ? toString(*span.gap) : toString(span.custody)));
    return out.join(QStringLiteral(", ")).toUtf8();
}

} // namespace

class TestLedger : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<test::ManualClock> m_clock;
    std::optional<CatalogRows> m_rows;
    std::optional<Ledger> m_ledger;
    UtcTime m_zero;

    LedgerTime now() const { return {m_clock->now(), m_clock->utcNow(), m_clock->sync().synchronized}; }
    UtcTime at(double second) const { return m_zero + microseconds{static_cast<std::int64_t>(second * 1e6)}; }
    void goTo(int second) { m_clock->advance(at(second) - m_clock->utcNow()); }
    RecordedSegment segment(int from, int to, std::uint64_t run = 7) const
    {
        RecordedSegment out;
        out.name.camera = kGate.camera;
        out.name.start = std::chrono::floor<seconds>(at(from));
        out.name.run = run;
        out.from = at(from);
        out.to = at(to);
        out.codec = media::Codec::H264;
        out.width = 640;
        out.height = 360;
        out.bytes = static_cast<std::uint64_t>(to - from) * 1000;
        out.frames = static_cast<std::uint64_t>(to - from) * 10;
        return out;
    }
    RecordedSegment unknownSegment(int number, int from, int to) const
    {
        RecordedSegment out = segment(from, to, 0xa7);
        out.name.start.reset();
        out.name.number = number;
        return out;
    }
    bool good(const Status &status)
    {
        if (!status)
            qWarning("%s", qPrintable(status.error().text()));
        return status.has_value();
    }
    bool opened(const RecordedSegment &each) { return good(m_ledger->segmentOpened(each, now())); }
    bool finished(const RecordedSegment &each) { return good(m_ledger->segmentFinished(each, true, now())); }
    bool lost(int from, GapReason reason) { return good(m_ledger->gapBegan(kGate, at(from), reason, now())); }
    void record(int from, int to)
    {
        goTo(from);
        QVERIFY(opened(segment(from, from)));
        goTo(to);
        QVERIFY(finished(segment(from, to)));
    }
    Coverage coverage(int from, int to, const std::optional<protocol::Recording> &open = {})
    {
        auto told = m_ledger->coverage(kGate, at(from), at(to), m_clock->utcNow(), open);
        if (!told)
            qFatal("%s", qPrintable(told.error().text()));
        return *told;
    }
    void reopen()
    {
        m_ledger.reset();
        m_rows.reset();
        auto rows = CatalogRows::open(m_dir->filePath(QStringLiteral("catalog.db")));
        if (!rows)
            qFatal("%s", qPrintable(rows.error().text()));
        m_rows.emplace(std::move(*rows));
        m_ledger.emplace(*m_rows);
    }

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_clock = std::make_unique<test::ManualClock>();
        m_zero = m_clock->utcNow();
        reopen();
    }

    void aDay()
    {
        QVERIFY(lost(0, GapReason::Starting));
        record(2, 20);
        record(20, 40);
        goTo(40);
        QVERIFY(lost(40, GapReason::SourceLost));
        goTo(50);
        QVERIFY(lost(50, GapReason::EncoderFailed));
        goTo(55);
        QVERIFY(lost(55, GapReason::EncoderFailed)); // the same again
        record(60, 80);
        goTo(80);
        QVERIFY(opened(segment(80, 80)));
        goTo(90);
        const auto open = toRecording(segment(80, 89), RecordingState::Open);
        const Coverage told = coverage(-100, 1000, open);
        QCOMPARE(text(told.spans, m_zero), QByteArray("0-2 starting, 2-40 on_edge, 40-50 source_lost, 50-60 encoder_failed, 60-89 on_edge"));
        QCOMPARE(told.from, at(0)); // of what was before nobody owes an account
        QCOMPARE(told.to, at(89));
        QVERIFY(qAbs(*told.ratio() - 67.0 / 89) < 1e-9);
        // A part, in the middle of spans.
        QCOMPARE(text(coverage(30, 45).spans, m_zero), QByteArray("30-40 on_edge, 40-45 source_lost"));
        // Its recorder has said nothing for long: what is not known to be written is no recording.
        goTo(100);
        QCOMPARE(text(coverage(75, 1000, open).spans, m_zero), QByteArray("75-89 on_edge, 89-100 unknown"));
    }

    void anotherLaneIsNotFound()
    {
        const auto told = m_ledger->coverage({QStringLiteral("yard"), QStringLiteral("main")}, at(0), at(1), at(2), {});
        QVERIFY(!told);
        QVERIFY(told.error().kind == ErrorKind::NotFound);
        QVERIFY(told.error().detail.contains(QLatin1String("yard")));
    }

    /// The database itself refuses a second open thing, whatever the program does.
    void oneThingIsOpen()
    {
        QVERIFY(lost(0, GapReason::Starting));
        const std::int64_t lane = (*m_rows->lane(kGate))->number;
        QVERIFY(!m_rows->addGap(lane, {at(1), std::nullopt, GapReason::DiskFull}));
        goTo(2);
        QVERIFY(opened(segment(2, 2)));
        QVERIFY(!m_rows->openGap(lane)->has_value());
        QVERIFY(!m_rows->putSegment(lane, toRecording(segment(3, 3), RecordingState::Open), false));
        goTo(5);
        QVERIFY(opened(segment(5, 5))); // the recorder forgot to finish
        QCOMPARE(m_rows->incompleteSegments()->size(), 2);
        QVERIFY(lost(6, GapReason::IoError));
        QVERIFY(!m_rows->openSegment(lane)->has_value());
        QVERIFY(m_rows->openGap(lane)->has_value());
    }

    void unknownTimeDrawsNoLine()
    {
        QVERIFY(lost(0, GapReason::Starting));
        record(2, 20);
        QVERIFY(good(m_ledger->gapBegan(kGate, at(20), GapReason::AgentStopped, now())));
        // A boot without a clock: by the wall it is 1970, in truth it begins at 100.
        goTo(100);
        reopen();
        m_clock->setSync(false, {});
        const microseconds wrong = m_clock->utcNow().time_since_epoch();
        m_clock->stepUtc(-wrong);
        QVERIFY(good(m_ledger->interrupted(GapReason::PowerLoss, at(20), now())));
        QVERIFY(good(m_ledger->gapBegan(kGate, m_clock->utcNow(), GapReason::Starting, now())));
        m_clock->advance(seconds{1});
        QVERIFY(opened(unknownSegment(0, 0, 0)));
        m_clock->advance(seconds{29});
        QVERIFY(finished(unknownSegment(0, 0, 29)));
        m_clock->stepUtc(wrong);
        m_clock->setSync(true, {});
        QVERIFY(good(m_ledger->gapBegan(kGate, utcFromMicros(30), GapReason::ClockStep, now()))); // still by the wrong clock
        m_clock->advance(seconds{1});
        QVERIFY(opened(segment(131, 131, 8)));
        m_clock->advance(seconds{9});
        QVERIFY(finished(segment(131, 140, 8)));
        QCOMPARE(text(coverage(0, 500).spans, m_zero), QByteArray("0-2 starting, 2-20 on_edge, 20-100 power_loss, 100-131 clock_unknown, 131-140 on_edge"));
        RecordingQuery query;
        query.lane = (*m_rows->lane(kGate))->number;
        query.limit = 10;
        QCOMPARE(m_rows->segments(query)->size(), 2);
        query.unknownToo = true;
        const auto all = m_rows->segments(query);
        QCOMPARE(all->size(), 3);
        QCOMPARE(all->last().name.id(), QStringLiteral("gate-00000000000000a7-0"));
        QCOMPARE(all->first().name.run, 7U);
    }

    void aClockThatWasNeverKnownBeginsNothing()
    {
        m_clock->setSync(false, {});
        QVERIFY(lost(0, GapReason::Starting));
        QVERIFY(opened(unknownSegment(0, 0, 0)));
        goTo(10);
        QVERIFY(finished(unknownSegment(0, 0, 10)));
        QVERIFY(!(*m_rows->lane(kGate))->since);
        QCOMPARE(coverage(-10, 10).spans.size(), 0);
        QVERIFY(!coverage(-10, 10).ratio());
        m_clock->setSync(true, {});
        record(20, 30);
        QCOMPARE(text(coverage(0, 30).spans, m_zero), QByteArray("20-30 on_edge"));
    }

    void aClockThatIsSetForward()
    {
        record(0, 10);
        goTo(3610);
        QVERIFY(opened(segment(3610, 3610, 8)));
        goTo(3620);
        QVERIFY(finished(segment(3610, 3620, 8)));
        record(3630, 3640); // a hole that nobody explains
        QCOMPARE(text(coverage(0, 5000).spans, m_zero), QByteArray("0-10 on_edge, 10-3610 clock_step, 3610-3620 on_edge, 3620-3630 clock_step, 3630-3640 on_edge"));
        goTo(3650);
        QVERIFY(opened(segment(3650, 3650)));
        QCOMPARE(text(coverage(3635, 3650).spans, m_zero), QByteArray("3635-3640 on_edge, 3640-3650 unknown"));
    }

    /// Set back into what is recorded: each second is claimed once, by the clock that was right last.
    void aClockThatIsSetBack()
    {
        record(0, 10);
        record(10, 20);
        record(20, 30);
        record(30, 40);
        goTo(40);
        m_clock->stepUtc(seconds{-25});
        QVERIFY(opened(segment(15, 15, 8)));
        goTo(32);
        QVERIFY(finished(segment(15, 32, 8)));
        RecordingQuery query;
        query.lane = (*m_rows->lane(kGate))->number;
        query.limit = 10;
        QStringList claims;
        const auto rows = m_rows->segments(query);
        for (const protocol::Recording &each : *rows) {
            if (each.to > each.from)
                claims.append(QStringLiteral("%1-%2").arg((each.from - m_zero) / seconds{1}).arg((each.to - m_zero) / seconds{1}));
        }
        QCOMPARE(claims.join(u' '), QStringLiteral("0-10 10-15 15-32 32-40"));
        const auto whole = m_rows->segment(segment(20, 30).name.id());
        QVERIFY(whole && *whole && (*whole)->from == (*whole)->to); // its file is there, its seconds are another's
        QCOMPARE(text(coverage(0, 40).spans, m_zero).left(5), QByteArray("0-32 "));
        // Then forward, to before what was recorded by the wrong clock, or behind.
        goTo(36);
        QVERIFY(opened(segment(36, 36, 9)));
        goTo(37);
        QVERIFY(finished(segment(36, 37, 9)));
        goTo(50);
        QVERIFY(opened(segment(50, 50, 10)));
        goTo(60);
        QVERIFY(finished(segment(50, 60, 10)));
        QCOMPARE(text(coverage(0, 60).spans, m_zero), QByteArray("0-37 on_edge, 37-50 clock_step, 50-60 on_edge"));
    }

    void interrupted_data()
    {
        QTest::addColumn<int>("reason");
        QTest::addColumn<int>("alive");
        QTest::addColumn<QByteArray>("told");
        QTest::newRow("power") << int(GapReason::PowerLoss) << 70 << QByteArray("0-2 starting, 2-20 on_edge, 20-70 source_lost, 70-100 power_loss");
        QTest::newRow("stopped") << int(GapReason::AgentStopped) << 95 << QByteArray("0-2 starting, 2-20 on_edge, 20-95 source_lost, 95-100 agent_stopped");
        QTest::newRow("gap later than the last sign") << int(GapReason::Unknown) << 10 << QByteArray("0-2 starting, 2-20 on_edge, 20-100 unknown");
    }
    void interrupted()
    {
        QFETCH(int, reason);
        QFETCH(int, alive);
        QFETCH(QByteArray, told);
        QVERIFY(lost(0, GapReason::Starting));
        record(2, 20);
        QVERIFY(lost(20, GapReason::SourceLost));
        goTo(100);
        reopen();
        QVERIFY(good(m_ledger->interrupted(static_cast<GapReason>(reason), at(alive), now())));
        QCOMPARE(text(coverage(0, 1000).spans, m_zero), told);
        // A finished segment and nothing open, as between two calls of a recorder.
        record(100, 110);
        goTo(130);
        QVERIFY(good(m_ledger->interrupted(static_cast<GapReason>(reason), at(128), now())));
        QCOMPARE(text(coverage(105, 1000).spans, m_zero), QByteArray("105-110 on_edge, 110-130 ") + toString(static_cast<GapReason>(reason)).toLatin1());
    }

    void aLaneGoesAndComesBack()
    {
        QVERIFY(lost(0, GapReason::Starting));
        record(2, 20);
        QVERIFY(lost(20, GapReason::SourceLost));
        goTo(30);
        QVERIFY(good(m_ledger->interrupted(GapReason::AgentStopped, at(25), now())));
        QVERIFY(good(m_ledger->setLanes({}, now())));
        goTo(500);
        QCOMPARE(text(coverage(0, 1000).spans, m_zero), QByteArray("0-2 starting, 2-20 on_edge, 20-25 source_lost, 25-30 agent_stopped"));
        QVERIFY(good(m_ledger->setLanes({}, now()))); // a restart without it
        goTo(600);
        QVERIFY(good(m_ledger->setLanes({kGate}, now())));
        QVERIFY(lost(600, GapReason::Starting));
        goTo(610);
        QCOMPARE(text(coverage(25, 1000).spans, m_zero), QByteArray("25-30 agent_stopped, 30-600 not_scheduled, 600-610 starting"));
    }

    void pages()
    {
        for (int i = 0; i < 10; ++i)
            record(i * 10, i * 10 + 10);
        QVERIFY(opened(unknownSegment(4, 0, 5)));
        RecordingQuery query;
        query.lane = (*m_rows->lane(kGate))->number;
        query.limit = 4;
        query.unknownToo = true;
        QStringList ids;
        QList<qsizetype> sizes;
        for (int page = 0; page < 4; ++page) {
            const auto rows = m_rows->segments(query);
            QVERIFY(rows);
            sizes.append(rows->size());
            for (const auto &row : *rows)
                ids.append(row.name.id());
            if (rows->isEmpty())
                break;
            query.after = rows->last().name;
        }
        QCOMPARE(sizes, (QList<qsizetype>{4, 4, 3, 0}));
        QCOMPARE(ids.removeDuplicates(), 0);
        QVERIFY(ids.last().endsWith(QLatin1String("a7-4")));
        ids.removeLast();
        QVERIFY(std::is_sorted(ids.begin(), ids.end()));
        // A span: what touches its ends only is outside.
        query.after.reset();
        query.unknownToo = false;
        query.from = at(20);
        query.to = at(40);
        QCOMPARE(m_rows->segments(query)->size(), 2);
        query.to = query.from + microseconds{1};
        QCOMPARE(m_rows->segments(query)->size(), 1);
        query.from += microseconds{1};
        QCOMPARE(m_rows->segments(query)->size(), 0); // an empty span
        QCOMPARE(m_rows->bytesHere().value(), 10 * 10'000 + 5'000);
    }

    /// Whatever recorders tell in whatever order, with clocks that step: the account has no hole and no overlap.
    void everySecondIsOneThing()
    {
        std::mt19937 random(20261121); // NOLINT(cert-msc51-cpp): the same each time
        const auto below = [&random](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
        auto transaction = store::Transaction::begin(m_rows->database()); // thousands of syncs say no more
        QVERIFY(lost(0, GapReason::Starting));
        std::optional<RecordedSegment> open;
        int told = 0;
        for (int step = 0; step < 2000; ++step) {
            m_clock->advance(milliseconds{below(5000)});
            if (below(40) == 0)
                m_clock->stepUtc(seconds{below(120) - 60});
            if (below(40) == 0)
                m_clock->setSync(below(2) == 0, {});
            const auto second = static_cast<int>(std::chrono::floor<seconds>(m_clock->utcNow() - m_zero).count());
            switch (below(3)) {
            case 0:
                open = m_clock->sync().synchronized ? segment(second, second, static_cast<std::uint64_t>(step)) : unknownSegment(step, second, second);
                if (open->name.start)
                    open->name.taken = true;
                QVERIFY(opened(*open));
                break;
            case 1:
                if (open) {
                    open->to = std::max(open->from, m_clock->utcNow());
                    QVERIFY(finished(*open));
                }
                open.reset();
                break;
            default:
                QVERIFY(lost(second, static_cast<GapReason>(below(16))));
                open.reset();
            }
            if (step % 20 != 0)
                continue;
            const int from = below(second + 120) - 60;
            const Coverage all = coverage(from, from + below(3000), open ? std::optional(toRecording(*open, RecordingState::Open)) : std::nullopt);
            QVERIFY(all.from <= all.to);
            UtcTime reached = all.from;
            for (const CoverageSpan &span : all.spans) {
                QCOMPARE(span.from, reached);
                QVERIFY(span.from < span.to);
                reached = span.to;
            }
            QCOMPARE(reached, all.to);
            told += static_cast<int>(all.spans.size());
        }
        QVERIFY(told > 200);
    }

    /// The viewport of a timeline out of 1,000,000 segments: printed, to be compared with the goal of 5 ms.
    void aViewportOfAMillion()
    {
        const int rows = qEnvironmentVariableIntValue("VEDETTE_BENCH_SEGMENTS");
        if (rows == 0)
            QSKIP("set VEDETTE_BENCH_SEGMENTS=1000000 to measure");
        {
            auto transaction = store::Transaction::begin(m_rows->database());
            for (int i = 0; i < rows / 2; ++i) {
                RecordedSegment each = segment(i * 10, i * 10 + 10);
                QVERIFY(opened(each));
                QVERIFY(finished(each));
                each.name.camera = QStringLiteral("yard");
                QVERIFY(opened(each));
                QVERIFY(finished(each));
                if (i % 1000 == 999)
                    QVERIFY(lost(i * 10 + 10, GapReason::SourceLost));
            }
            QVERIFY(transaction->commit());
        }
        goTo(rows * 5 + 1);
        reopen();
        std::vector<double> list;
        std::vector<double> account;
        std::mt19937 random(1); // NOLINT(cert-msc51-cpp)
        for (int i = 0; i < 200; ++i) {
            const int from = static_cast<int>(random() % static_cast<unsigned>(rows * 5 - 3600));
            RecordingQuery query;
            query.lane = (*m_rows->lane(kGate))->number;
            query.from = at(from);
            query.to = at(from + 3600);
            query.limit = protocol::RecordingPage::kMaxLimit;
            QElapsedTimer timer;
            timer.start();
            const auto found = m_rows->segments(query);
            list.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
            QVERIFY(found && found->size() >= 359);
            timer.restart();
            QVERIFY(!coverage(from, from + 3600).spans.isEmpty());
            account.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
        }
        std::sort(list.begin(), list.end());
        std::sort(account.begin(), account.end());
        qInfo("%d segments, %lld bytes; an hour of 361 of them: list p50 %.2f ms, p99 %.2f ms; coverage p50 %.2f ms, p99 %.2f ms", rows,
              static_cast<long long>(m_rows->database().fileBytes()), list[100], list[198], account[100], account[198]);
    }
};

QTEST_GUILESS_MAIN(TestLedger)
#include "tst_ledger.moc"
