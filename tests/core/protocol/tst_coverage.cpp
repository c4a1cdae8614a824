// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/coverage.h"

#include <QTest>

#include <random>

using namespace vedette;
using namespace vedette::protocol;

namespace {

UtcTime at(int second)
{
    return UtcTime{std::chrono::seconds{1'790'000'000 + second}};
}

CoverageSpan recorded(int from, int to, Custody custody = Custody::OnEdge)
{
    return {at(from), at(to), std::nullopt, custody};
}

CoverageSpan gap(int from, int to, GapReason reason)
{
    return {at(from), at(to), reason, {}};
}

constexpr auto kUnknown = GapReason::Unknown;

} // namespace

Q_DECLARE_METATYPE(QList<CoverageSpan>)

class TestCoverage : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everySecondIsOneThing_data()
    {
        QTest::addColumn<QList<CoverageSpan>>("said");
        QTest::addColumn<QList<CoverageSpan>>("told"); // of 0 to 100
        using Spans = QList<CoverageSpan>;
        QTest::newRow("nothing said") << Spans{} << Spans{gap(0, 100, kUnknown)};
        QTest::newRow("all recorded") << Spans{recorded(-5, 200)} << Spans{recorded(0, 100)};
        QTest::newRow("neighbours are one") << Spans{recorded(0, 50), recorded(50, 100)} << Spans{recorded(0, 100)};
        QTest::newRow("another custody is another span")
            << Spans{recorded(0, 50, Custody::Stored), recorded(50, 100)} << Spans{recorded(0, 50, Custody::Stored), recorded(50, 100)};
        QTest::newRow("hole") << Spans{recorded(0, 40), recorded(60, 100)} << Spans{recorded(0, 40), gap(40, 60, kUnknown), recorded(60, 100)};
        QTest::newRow("hole with a reason") << Spans{gap(30, 70, GapReason::SourceLost), recorded(0, 40), recorded(60, 100)}
                                            << Spans{recorded(0, 40), gap(40, 60, GapReason::SourceLost), recorded(60, 100)};
        QTest::newRow("gap that is too short") << Spans{recorded(0, 40), gap(45, 50, GapReason::DiskFull), recorded(60, 100)}
                                               << Spans{recorded(0, 40), gap(40, 45, kUnknown), gap(45, 50, GapReason::DiskFull),
                                                        gap(50, 60, kUnknown), recorded(60, 100)};
        QTest::newRow("recorded inside a gap") << Spans{gap(0, 100, GapReason::NoTrigger), recorded(20, 30), recorded(50, 60)}
                                               << Spans{gap(0, 20, GapReason::NoTrigger), recorded(20, 30), gap(30, 50, GapReason::NoTrigger),
                                                        recorded(50, 60), gap(60, 100, GapReason::NoTrigger)};
        QTest::newRow("overlaps") << Spans{recorded(30, 80, Custody::Stored), recorded(0, 50)}
                                  << Spans{recorded(0, 50), recorded(50, 80, Custody::Stored), gap(80, 100, kUnknown)};
        QTest::newRow("one inside the other") << Spans{recorded(0, 100), recorded(20, 30, Custody::Stored)} << Spans{recorded(0, 100)};
        QTest::newRow("empty and backward ones") << Spans{recorded(50, 50), recorded(70, 60), gap(10, 10, GapReason::IoError)}
                                                 << Spans{gap(0, 100, kUnknown)};
        QTest::newRow("elsewhere") << Spans{recorded(-50, 0), recorded(100, 150), gap(-9, 0, GapReason::IoError)} << Spans{gap(0, 100, kUnknown)};
    }
    void everySecondIsOneThing()
    {
        QFETCH(QList<CoverageSpan>, said);
        QFETCH(QList<CoverageSpan>, told);
        QVERIFY(makeCoverage(at(0), at(100), said) == told);
    }

    /// Whatever is said: the spans touch, fill the time, and a recorded second is never told as a gap.
    void alwaysTheWholeTime()
    {
        std::mt19937 random(20261121);
        const auto number = [&random](int most) { return static_cast<int>(random() % static_cast<unsigned>(most)); };
        for (int round = 0; round < 2000; ++round) {
            QList<CoverageSpan> said;
            for (int i = number(12); i > 0; --i) {
                const int from = number(140) - 20;
                const int to = from + number(40) - 3;
                if (number(2) == 0)
                    said << recorded(from, to, static_cast<Custody>(number(5)));
                else
                    said << gap(from, to, static_cast<GapReason>(number(16)));
            }
            const auto told = makeCoverage(at(0), at(100), said);
            UtcTime end = at(0);
            for (const CoverageSpan &span : told) {
                QVERIFY(span.from == end && span.to > span.from);
                end = span.to;
            }
            QVERIFY(end == at(100));
            for (int second = 0; second < 100; ++second) {
                const auto covers = [second](const CoverageSpan &s) { return s.from <= at(second) && at(second) < s.to; };
                const bool isRecorded = std::any_of(said.begin(), said.end(), [&](const CoverageSpan &s) { return !s.gap && covers(s); });
                const auto here = std::find_if(told.begin(), told.end(), covers);
                QVERIFY(here != told.end());
                QCOMPARE(!here->gap, isRecorded);
                if (!isRecorded) {
                    const bool known = std::any_of(said.begin(), said.end(), [&](const CoverageSpan &s) { return s.gap && covers(s); });
                    QVERIFY(known || here->gap == kUnknown);
                }
            }
        }
    }

    void nothingOfNoTime()
    {
        QVERIFY(makeCoverage(at(5), at(5), {recorded(0, 9)}).isEmpty());
        QVERIFY(!Coverage{}.ratio());
    }

    void ratioAndJson()
    {
        Coverage coverage{QStringLiteral("gate"), QStringLiteral("sub"), at(0), at(100), {}};
        coverage.spans = makeCoverage(at(0), at(100), {recorded(0, 75, Custody::Stored), gap(75, 90, GapReason::PowerLoss)});
        QCOMPARE(coverage.ratio(), std::optional(0.75));
        const auto read = parseCoverage(toJson(coverage));
        QVERIFY2(read, read ? "" : qPrintable(read.error().text()));
        QVERIFY(*read == coverage);
    }

    void badJson_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("names");
        const QByteArray head = R"({"camera":"gate","stream":"main","from_us":0,"to_us":100,"spans":)";
        QTest::newRow("none") << QByteArray("{}") << QStringLiteral("camera");
        QTest::newRow("camera") << QByteArray(R"({"camera":"../x","stream":"main","from_us":0,"to_us":0,"spans":[]})") << QStringLiteral("camera");
        QTest::newRow("hole") << head + R"([{"from_us":0,"to_us":40,"gap":"unknown"},{"from_us":50,"to_us":100,"gap":"unknown"}]})" << QStringLiteral("spans[1]");
        QTest::newRow("too short") << head + R"([{"from_us":0,"to_us":40,"gap":"unknown"}]})" << QStringLiteral("spans");
        QTest::newRow("backward") << head + R"([{"from_us":0,"to_us":0,"gap":"unknown"}]})" << QStringLiteral("spans[0]");
        QTest::newRow("no custody") << head + R"([{"from_us":0,"to_us":100,"custody":"somewhere"}]})" << QStringLiteral("spans[0].custody");
    }
    void badJson()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, names);
        const auto read = parseCoverage(json);
        QVERIFY(!read);
        QVERIFY2(read.error().text().contains(names), qPrintable(read.error().text()));
    }

    void words()
    {
        for (int i = 0; i <= static_cast<int>(GapReason::Unknown); ++i)
            QVERIFY(gapReasonFromString(toString(static_cast<GapReason>(i))) == static_cast<GapReason>(i));
        for (int i = 0; i <= static_cast<int>(Custody::Lost); ++i)
            QVERIFY(custodyFromString(toString(static_cast<Custody>(i))) == static_cast<Custody>(i));
        QVERIFY(!gapReasonFromString(u"Unknown") && !custodyFromString(u""));
    }
};

QTEST_GUILESS_MAIN(TestCoverage)
#include "tst_coverage.moc"
