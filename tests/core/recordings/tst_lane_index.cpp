// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/lane_index.h"

#include <QTest>

#include <random>

using namespace vedette;
using namespace vedette::recordings;
using protocol::CoverageSpan;
using protocol::Custody;
using protocol::GapReason;
using Kind = ViewSpan::Kind;
using SourceKind = RecordingSource::Kind;
using std::chrono::seconds;

namespace {

constexpr UtcTime kZero{seconds{1'795'270'500}}; // 2026-11-21T14:15:00Z
const QString kFolder = QStringLiteral("folder");
const QString kAgent = QStringLiteral("agent");
const QString kStore = QStringLiteral("store");

UtcTime at(int second)
{
    return kZero + seconds{second};
}

CoverageSpan recorded(int from, int to, Custody custody = Custody::OnEdge)
{
    return {at(from), at(to), std::nullopt, custody};
}

CoverageSpan gap(int from, int to, GapReason reason)
{
    return {at(from), at(to), reason, {}};
}

LaneView viewOf(const LaneIndex &index, int from, int to, microseconds finest = {}, int edge = 1'000'000)
{
    return index.view(at(from), at(to), finest, at(edge), false);
}

const ViewSpan &spanAt(const LaneView &view, UtcTime time)
{
    return *std::find_if(view.spans.begin(), view.spans.end(), [time](const ViewSpan &each) { return time < each.to; });
}

/// Each second of one source, told or not: the same rules written a second time, without any cleverness.
struct Second {
    bool told = false;
    std::optional<CoverageSpan> said;
};

} // namespace

class TestLaneIndex : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void ranges()
    {
        TimeRanges ranges;
        QVERIFY(!ranges.contains(at(0), at(1)) && ranges.contains(at(1), at(1)));
        ranges.add(at(10), at(20));
        ranges.add(at(30), at(40));
        QVERIFY(ranges.contains(at(10), at(20)) && !ranges.contains(at(19), at(21)));
        QVERIFY((ranges.missing(at(0), at(50)) == std::pair(at(0), at(50))));
        QVERIFY((ranges.missing(at(15), at(35)) == std::pair(at(20), at(30))));
        ranges.add(at(20), at(30));
        QVERIFY(ranges.contains(at(10), at(40)));
        QVERIFY((ranges.missing(at(5), at(40)) == std::pair(at(5), at(10))));
    }

    void whatNobodyToldIsAskedFor()
    {
        LaneIndex index;
        QVERIFY(index.addSource(kAgent, SourceKind::Agent));
        QCOMPARE(viewOf(index, 0, 10).spans.size(), 1);
        QVERIFY(viewOf(index, 0, 10).spans[0].kind == Kind::Asking);
        QVERIFY(index.view(at(0), at(10), {}, at(100), true).spans[0].kind == Kind::Silent);
        // There is nothing to ask for behind the edge.
        const LaneView edge = viewOf(index, 0, 10, {}, 4);
        QCOMPARE(edge.spans.size(), 2);
        QVERIFY(edge.spans[1].kind == Kind::Nothing && edge.spans[1].from == at(4) && !edge.ratio);
    }

    void theBestOfAll()
    {
        LaneIndex index;
        index.addSource(kStore, SourceKind::Store);
        index.addSource(kAgent, SourceKind::Agent);
        index.addSource(kFolder, SourceKind::Folder);
        index.tell(kAgent, at(0), at(100), {recorded(0, 40), gap(40, 50, GapReason::SourceLost), recorded(50, 80), recorded(80, 90, Custody::Lost)});
        index.tell(kStore, at(0), at(100), {recorded(10, 20, Custody::Stored), gap(40, 45, GapReason::Unknown), recorded(80, 85, Custody::Stored)});
        index.tell(kFolder, at(0), at(100), {recorded(42, 44)});
        const LaneView view = viewOf(index, 0, 100);
        QVERIFY(spanAt(view, at(5)).kind == Kind::Recorded && spanAt(view, at(5)).custody == Custody::OnEdge && spanAt(view, at(5)).sources == QStringList{kAgent});
        QVERIFY(spanAt(view, at(15)).custody == Custody::Stored);
        QCOMPARE(spanAt(view, at(15)).sources, (QStringList{kAgent, kStore}));
        QVERIFY(spanAt(view, at(41)).kind == Kind::Gap && spanAt(view, at(41)).gap == GapReason::SourceLost);
        QCOMPARE(spanAt(view, at(43)).sources, QStringList{kFolder});
        QVERIFY(spanAt(view, at(82)).custody == Custody::Stored && spanAt(view, at(82)).sources == QStringList{kStore});
        QVERIFY(spanAt(view, at(87)).kind == Kind::Recorded && spanAt(view, at(87)).custody == Custody::Lost && spanAt(view, at(87)).sources.isEmpty());
        QVERIFY(spanAt(view, at(95)).kind == Kind::Nothing);
        QCOMPARE(*view.ratio, 82.0 / 90.0);
        index.removeSource(kStore);
        QVERIFY(spanAt(viewOf(index, 0, 100), at(82)).custody == Custody::Lost);
    }

    void lateDataReplacesWhatWasSaid()
    {
        LaneIndex index;
        index.addSource(kAgent, SourceKind::Agent);
        index.tell(kAgent, at(0), at(100), {recorded(0, 50), gap(50, 100, GapReason::SourceLost)});
        const std::uint64_t before = index.generation();
        index.tell(kAgent, at(40), at(60), {recorded(40, 50), gap(50, 60, GapReason::SourceLost)});
        QCOMPARE(index.generation(), before); // nothing new
        QCOMPARE(viewOf(index, 0, 100).spans.size(), 2);
        index.tell(kAgent, at(90), at(130), {gap(90, 95, GapReason::SourceLost), recorded(95, 130)});
        QVERIFY(index.generation() > before);
        QCOMPARE(viewOf(index, 0, 130).spans.size(), 3);
        QVERIFY(spanAt(viewOf(index, 0, 130), at(94)).to == at(95));
        // Expired since.
        index.tell(kAgent, at(0), at(20), {gap(0, 20, GapReason::Expired)});
        QVERIFY(viewOf(index, 0, 130).spans[0].gap == GapReason::Expired);
        QVERIFY(viewOf(index, 0, 130).spans[1].from == at(20));
    }

    void theNextGap()
    {
        LaneIndex index;
        index.addSource(kAgent, SourceKind::Agent);
        index.tell(kAgent, at(0), at(1000), {recorded(100, 200), gap(200, 210, GapReason::SourceLost), gap(210, 220, GapReason::DiskFull), recorded(220, 300), recorded(400, 500)});
        QVERIFY(index.nextGap(at(0), true) == at(200));
        QVERIFY(index.nextGap(at(200), true) == at(300));
        QVERIFY(index.nextGap(at(215), true) == at(300));
        QVERIFY(!index.nextGap(at(300), true)); // behind the last recording nothing is missing
        QVERIFY(index.nextGap(at(450), false) == at(300));
        QVERIFY(index.nextGap(at(300), false) == at(200));
        QVERIFY(index.nextGap(at(215), false) == at(200));
        QVERIFY(!index.nextGap(at(200), false));
    }

    void everySecondAsIfCounted()
    {
        std::mt19937 random(7);
        const auto upTo = [&random](int most) { return static_cast<int>(random() % static_cast<unsigned>(most)); };
        constexpr int kSeconds = 240;
        const std::array names{kFolder, kAgent, kStore};
        const std::array kinds{SourceKind::Folder, SourceKind::Agent, SourceKind::Store};
        for (int round = 0; round < 60; ++round) {
            LaneIndex index;
            std::array<std::array<Second, kSeconds>, 3> model;
            for (std::size_t i : {2U, 0U, 1U})
                index.addSource(names[i], kinds[i]);
            for (int step = 0; step < 25; ++step) {
                const auto source = static_cast<std::size_t>(upTo(3));
                const int from = upTo(kSeconds - 1);
                const int to = from + 1 + upTo(std::min(60, kSeconds - from - 1) + 1);
                QList<CoverageSpan> said;
                for (int second = from; second < std::min(to, kSeconds); ++second)
                    model[source][static_cast<std::size_t>(second)] = {true, {}};
                for (int second = from; second < to;) {
                    const int end = second + 1 + upTo(12);
                    if (const int what = upTo(4); what > 0) {
                        const CoverageSpan span = what == 3 ? gap(second, end, static_cast<GapReason>(upTo(16))) : recorded(second, end, static_cast<Custody>(upTo(5)));
                        said.append(span);
                        for (int each = second; each < std::min({end, to, kSeconds}); ++each)
                            model[source][static_cast<std::size_t>(each)].said = span;
                    }
                    second = end;
                }
                std::shuffle(said.begin(), said.end(), random);
                index.tell(names[source], at(from), std::min(at(to), at(kSeconds)), said);
            }
            const LaneView view = viewOf(index, 0, kSeconds);
            int recordedSeconds = 0;
            int owedSeconds = 0;
            for (int second = 0; second < kSeconds; ++second) {
                Kind kind = Kind::Nothing;
                QStringList sources;
                std::optional<GapReason> reason;
                for (std::size_t i = 0; i < 3; ++i) {
                    const Second &each = model[i][static_cast<std::size_t>(second)];
                    if (!each.told && kind == Kind::Nothing)
                        kind = Kind::Asking;
                    if (each.said && !each.said->gap) {
                        kind = Kind::Recorded;
                        if (each.said->custody < Custody::Expired)
                            sources.append(names[i]);
                    } else if (each.said && kind != Kind::Recorded) {
                        kind = Kind::Gap;
                        reason = reason.value_or(GapReason::Unknown) == GapReason::Unknown ? each.said->gap : reason;
                    }
                }
                const ViewSpan &span = spanAt(view, at(second));
                QCOMPARE(static_cast<int>(span.kind), static_cast<int>(kind));
                QVERIFY(kind != Kind::Gap || span.gap == *reason);
                QCOMPARE(span.sources, sources);
                recordedSeconds += kind == Kind::Recorded;
                owedSeconds += kind == Kind::Recorded || kind == Kind::Gap;
            }
            if (owedSeconds > 0)
                QCOMPARE(*view.ratio, static_cast<double>(recordedSeconds) / owedSeconds);
            QVERIFY(index.recorded(at(0), at(kSeconds)) == seconds{recordedSeconds});
            // From end to end and never twice the same, at any resolution.
            for (const int finest : {0, 1, 3, 17, 1000}) {
                const LaneView coarse = viewOf(index, 0, kSeconds, seconds{finest});
                UtcTime end = at(0);
                double sum = 0;
                for (const ViewSpan &each : coarse.spans) {
                    QVERIFY(each.from == end && each.to > each.from);
                    QVERIFY(each.to == at(kSeconds) || each.to - each.from >= seconds{finest});
                    end = each.to;
                    sum += each.recorded * static_cast<double>((each.to - each.from).count()) / 1e6;
                }
                QVERIFY(end == at(kSeconds));
                QVERIFY2(std::abs(sum - recordedSeconds) < 1e-6, qPrintable(QString::number(sum)));
            }
        }
    }

    void aYearOfQuartersOfAnHour()
    {
        LaneIndex index;
        index.addSource(kAgent, SourceKind::Agent);
        QList<CoverageSpan> spans;
        for (int i = 0; i < 35'000; ++i)
            spans += {recorded(i * 900, i * 900 + 890), gap(i * 900 + 890, (i + 1) * 900, GapReason::SourceLost)};
        index.tell(kAgent, at(0), at(35'000 * 900), spans);
        QCOMPARE(index.size(), 70'002U); // and what comes before and behind
        const LaneView year = viewOf(index, 0, 35'000 * 900, microseconds{seconds{35'000 * 900}} / 1920);
        QVERIFY(year.spans.size() <= 1921);
        QVERIFY(std::abs(*year.ratio - 890.0 / 900.0) < 1e-4);
        QVERIFY(std::all_of(year.spans.begin(), year.spans.end() - 1, [](const ViewSpan &each) { return each.kind == Kind::Mixed && each.recorded > 0.98 && each.recorded < 1; }));
    }
};

QTEST_GUILESS_MAIN(TestLaneIndex)
#include "tst_lane_index.moc"
