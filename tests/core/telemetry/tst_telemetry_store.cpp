// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/telemetry/telemetry_store.h"

#include <QSignalSpy>
#include <QTest>

#include <limits>

using namespace vedette;
using namespace vedette::telemetry;
using namespace vedette::protocol;

namespace {

const QString kAgent = QStringLiteral("pi");
const QString kKey = QStringLiteral("cpu_load_ratio");

UtcTime at(std::int64_t second)
{
    return utcFromMicros(1'790'000'000'000'000 + second * 1'000'000);
}

Sample sample(std::uint64_t sequence, std::int64_t second, double value)
{
    return {sequence, at(second), true, {{kKey, value}}};
}

SampleBatch batch(const QList<Sample> &samples, const QString &spool = QStringLiteral("s1"))
{
    return {kAgent, spool, samples.isEmpty() ? 0 : samples.last().sequence, samples};
}

} // namespace

class TestTelemetryStore : public QObject {
    Q_OBJECT

    static QList<double> values(const TelemetryStore &store, std::int64_t from = -1'000'000, std::int64_t to = 1'000'000)
    {
        QList<double> result;
        for (const Point &point : store.points(kAgent, kKey, at(from), at(to)))
            result.append(point.value);
        return result;
    }

private Q_SLOTS:
    void startsEmpty()
    {
        const TelemetryStore store;
        QVERIFY(store.agents().isEmpty());
        QVERIFY(store.series(kAgent).isEmpty());
        QVERIFY(store.points(kAgent, kKey, at(0), at(1)).empty());
        QVERIFY(!store.latest(kAgent, kKey));
        QCOMPARE(store.lastSequence(kAgent), 0U);
        QCOMPARE(store.sampleCount(), 0U);
    }

    void ordersByTime()
    {
        TelemetryStore store;
        store.add(batch({sample(5, 5, 5), sample(6, 6, 6)}));
        store.add(batch({sample(1, 1, 1), sample(3, 3, 3)}));
        store.add(batch({sample(2, 2, 2)}));
        QCOMPARE(values(store), QList<double>({1, 2, 3, 5, 6}));
        QCOMPARE(values(store, 2, 5), QList<double>({2, 3, 5}));
        QCOMPARE(values(store, 5, 2), QList<double>());
        QCOMPARE(store.latest(kAgent, kKey)->value, 6.0);
        QCOMPARE(store.sampleCount(), 5U);
    }

    void refusesDoubles()
    {
        TelemetryStore store;
        QSignalSpy changed(&store, &TelemetryStore::changed);
        store.add(batch({sample(7, 7, 7), sample(8, 8, 8)}));
        QCOMPARE(changed.size(), 1);
        store.add(batch({sample(7, 7, 7), sample(8, 8, 8)}));
        QCOMPARE(changed.size(), 1);
        store.add(batch({sample(6, 6, 6), sample(7, 7, 7), sample(8, 8, 8), sample(9, 9, 9)}));
        QCOMPARE(changed.size(), 2);
        QCOMPARE(values(store), QList<double>({6, 7, 8, 9}));
    }

    void knowsWhatIsMissing()
    {
        TelemetryStore store;
        store.add(batch({sample(10, 0, 0), sample(11, 1, 0)}));
        QCOMPARE(store.lastSequence(kAgent), 11U);
        store.add(batch({sample(14, 4, 0)}));
        QCOMPARE(store.lastSequence(kAgent), 11U);
        store.add(batch({sample(13, 3, 0)}));
        QCOMPARE(store.lastSequence(kAgent), 11U);
        store.add(batch({sample(12, 2, 0)}));
        QCOMPARE(store.lastSequence(kAgent), 14U);
        // The agent started again: its numbers go on far above.
        store.add(batch({sample(14 + TelemetryStore::kStartGap, 60, 0)}));
        QCOMPARE(store.lastSequence(kAgent), 14 + TelemetryStore::kStartGap);
    }

    void followsANewSpool()
    {
        TelemetryStore store;
        store.add(batch({sample(100, 1, 1)}));
        store.add(batch({sample(1, 2, 2)}, QStringLiteral("s2")));
        QCOMPARE(store.spool(kAgent), QStringLiteral("s2"));
        QCOMPARE(store.lastSequence(kAgent), 1U);
        QCOMPARE(values(store), QList<double>({1, 2}));
        // The same number in another spool is another sample.
        store.add(batch({sample(100, 3, 3)}, QStringLiteral("s2")));
        QCOMPARE(values(store), QList<double>({1, 2, 3}));
        // What the old one still sends neither comes twice nor makes it current again.
        store.add(batch({sample(100, 1, 1), sample(99, 0, 0)}));
        QCOMPARE(store.spool(kAgent), QStringLiteral("s2"));
        QCOMPARE(values(store), QList<double>({0, 1, 2, 3}));
    }

    void isBounded()
    {
        TelemetryStore store;
        constexpr int kMore = 10;
        QList<Sample> samples;
        for (int i = 0; i < int(TelemetryStore::kMaxPoints) + kMore; ++i)
            samples.append(sample(static_cast<std::uint64_t>(i) + 1, i, i));
        store.add(batch(samples));
        const auto kept = values(store);
        QCOMPARE(std::size_t(kept.size()), TelemetryStore::kMaxPoints);
        QCOMPARE(kept.first(), double(kMore));
        // One older than all that is kept does not push out a newer one.
        store.add(batch({sample(0, -5, -5)}));
        QCOMPARE(values(store).first(), double(kMore));
        QCOMPARE(std::size_t(values(store).size()), TelemetryStore::kMaxPoints);
    }

    void survivesHostileInput()
    {
        TelemetryStore store;
        store.add(batch({{std::numeric_limits<std::uint64_t>::max(), at(0), true, {{kKey, 1}}},
                         {0, at(0), true, {{kKey, std::numeric_limits<double>::quiet_NaN()}}},
                         {1, at(0), true, {{kKey, std::numeric_limits<double>::infinity()}}},
                         {2, utcFromMicros(std::numeric_limits<std::int64_t>::max()), true, {{kKey, 2}}},
                         {3, utcFromMicros(std::numeric_limits<std::int64_t>::min()), true, {{kKey, 3}}}}));
        store.add(batch({{std::numeric_limits<std::uint64_t>::max(), at(0), true, {{kKey, 1}}},
                         {std::numeric_limits<std::uint64_t>::max() - 1, at(0), true, {{kKey, 4}}}}));
        QCOMPARE(values(store), QList<double>({1, 4}));
        for (int i = 0; i < 25'000; ++i) // every second number: no two join
            store.add(batch({sample(static_cast<std::uint64_t>(i) * 2 + 10, i, i)}));
        Sample wide = sample(1'000'000, 0, 0);
        for (int i = 0; i < 1000; ++i)
            wide.values.append({QStringLiteral("key_%1").arg(i), 1.0});
        store.add(batch({wide}));
        QCOMPARE(store.series(kAgent).size(), TelemetryStore::kMaxSeries);
        for (int i = 0; i < TelemetryStore::kMaxAgents + 10; ++i)
            store.add({QStringLiteral("agent-%1").arg(i), QStringLiteral("s"), 1, {sample(1, 1, 1)}});
        QCOMPARE(store.agents().size(), TelemetryStore::kMaxAgents);
    }

    void keepsUnknownSeries()
    {
        TelemetryStore store;
        store.add(batch({{1, at(0), true, {{QStringLiteral("zz_new"), 1}, {QStringLiteral("uptime_seconds"), 2},
                                           {QStringLiteral("aa_new"), 3}, {kKey, 4}}}}));
        QCOMPARE(store.series(kAgent), QStringList({kKey, QStringLiteral("uptime_seconds"), QStringLiteral("aa_new"),
                                                    QStringLiteral("zz_new")}));
        QCOMPARE(store.latest(kAgent, QStringLiteral("zz_new"))->value, 1.0);
    }
};

QTEST_GUILESS_MAIN(TestTelemetryStore)
#include "tst_telemetry_store.moc"
