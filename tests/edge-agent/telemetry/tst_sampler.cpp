// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/telemetry/sampler.h"

#include "edge-agent/http/http_server.h"
#include "edge-agent/spool/spool.h"
#include "edge-agent/telemetry/samples_route.h"
#include "tests/edge-agent/http/raw_client.h"
#include "tests/support/manual_clock.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

using namespace vedette;
using namespace vedette::agent;

namespace {

class FixedSensor final : public Sensor {
public:
    explicit FixedSensor(Readings readings) : m_readings(std::move(readings)) {}
    Readings read() override { return m_readings; }

private:
    Readings m_readings;
};

std::unique_ptr<Sensor> fixed(const QString &key, double value)
{
    return std::make_unique<FixedSensor>(Readings{{key, value}});
}

} // namespace

class SamplerTest : public QObject {
    Q_OBJECT
private:
    test::ManualClock m_clock;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<Spool> m_spool;

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        auto spool = Spool::open({m_dir->filePath(QStringLiteral("spool.db"))}, m_clock);
        QVERIFY(spool);
        m_spool = std::move(*spool);
    }

    void oneRowHoldsAllSensors()
    {
        Sampler sampler(m_clock, *m_spool, [] { return false; });
        sampler.addSensor(fixed(QStringLiteral("a"), 1));
        sampler.addSensor(nullptr);
        sampler.addSensor(fixed(QStringLiteral("nan"), qQNaN()));
        sampler.addSensor(fixed(QStringLiteral("b"), -2.5));
        QSignalSpy sampled(&sampler, &Sampler::sampled);
        sampler.sample();
        QCOMPARE(sampled.size(), 1);
        const auto rows = m_spool->since(0, 10);
        QVERIFY(rows);
        QCOMPARE(rows->size(), 1);
        const protocol::Sample &row = rows->first();
        QCOMPARE(row.sequence, m_spool->lastSequence());
        QCOMPARE(sampler.last().sequence, row.sequence);
        QVERIFY(row.time == m_clock.utcNow());
        QVERIFY(!row.timeKnown);
        QVERIFY((row.values == QList<std::pair<QString, double>>{{QStringLiteral("a"), 1}, {QStringLiteral("b"), -2.5}}));
    }

    void nothingMeasuredIsNoRow()
    {
        Sampler sampler(m_clock, *m_spool, [] { return true; });
        sampler.sample();
        sampler.addSensor(fixed(QStringLiteral("nan"), qQNaN()));
        sampler.sample();
        QVERIFY(m_spool->since(0, 10)->isEmpty());
    }

    void rowsAreAtWholeSeconds_data()
    {
        QTest::addColumn<int>("afterMs");
        QTest::addColumn<int>("waitMs");
        QTest::newRow("on it") << 0 << 1000;
        QTest::newRow("a little late") << 3 << 997;
        QTest::newRow("half a second late") << 500 << 500;
        QTest::newRow("a little early") << 999 << 1001;
        QTest::newRow("as early as it may be") << 750 << 1250;
        QTest::newRow("too late for this second") << 749 << 251;
    }
    void rowsAreAtWholeSeconds()
    {
        QFETCH(int, afterMs);
        QFETCH(int, waitMs);
        const Sampler sampler(m_clock, *m_spool, [] { return true; });
        const auto rest = m_clock.utcNow().time_since_epoch() % std::chrono::seconds{1};
        m_clock.advance(std::chrono::seconds{1} - rest + milliseconds{afterMs});
        QCOMPARE(sampler.untilNext().count(), waitMs);
    }

    void theTimerRuns()
    {
        // 1 ms before a row is due by the manual clock, so one comes as soon as the loop turns.
        Sampler sampler(m_clock, *m_spool, [] { return true; });
        sampler.addSensor(fixed(QStringLiteral("a"), 1));
        const auto rest = m_clock.utcNow().time_since_epoch() % std::chrono::seconds{1};
        m_clock.advance(std::chrono::seconds{1} - rest + milliseconds{749});
        QSignalSpy sampled(&sampler, &Sampler::sampled);
        sampler.start();
        QTRY_VERIFY(sampled.size() >= 2);
        sampler.stop();
    }

    void samplesByHttp()
    {
        Sampler sampler(m_clock, *m_spool, [] { return true; });
        sampler.addSensor(fixed(QStringLiteral("a"), 1));
        for (int i = 0; i < 5; ++i)
            sampler.sample();
        const auto all = m_spool->since(0, 10);
        QVERIFY(all);
        HttpServer server;
        addSamplesRoute(server, QStringLiteral("pi-1"), *m_spool);
        QVERIFY(server.start(QStringLiteral("127.0.0.1"), 0));
        const auto get = [&server](const QString &query, int status) {
            test::RawClient client(server.port());
            client.send("GET /api/v1/samples" + query.toUtf8() + " HTTP/1.0\r\n\r\n");
            [&] { QTRY_VERIFY(client.closed()); }();
            [&] { QCOMPARE(client.status(), status); }();
            return client.body();
        };
        const auto batch = [&get](const QString &query) {
            const auto parsed = protocol::parseSampleBatch(get(query, 200));
            return parsed ? *parsed : protocol::SampleBatch{};
        };
        const auto everything = batch({});
        QCOMPARE(everything.agent, QStringLiteral("pi-1"));
        QCOMPARE(everything.spool, m_spool->id());
        QCOMPARE(everything.last, m_spool->lastSequence());
        QCOMPARE(everything.samples.size(), 5);
        const auto third = all->at(2).sequence;
        QCOMPARE(batch(QStringLiteral("?since=%1").arg(third)).samples.size(), 2);
        QCOMPARE(batch(QStringLiteral("?since=%1&spool=%2").arg(third).arg(m_spool->id())).samples.size(), 2);
        QCOMPARE(batch(QStringLiteral("?since=%1&spool=another").arg(third)).samples.size(), 5);
        const auto limited = batch(QStringLiteral("?limit=2"));
        QCOMPARE(limited.samples.size(), 2);
        QCOMPARE(limited.samples.first().sequence, all->first().sequence);
        QVERIFY(batch(QStringLiteral("?since=%1").arg(m_spool->lastSequence())).samples.isEmpty());
        for (const char *bad : {"since=x", "since=-1", "since=+1", "since=1.5", "since=", "since=99999999999999999999", "since=%201",
                                "limit=0", "limit=-1", "limit=5001", "limit=many"}) {
            const QByteArray body = get(QLatin1Char('?') + QLatin1String(bad), 400);
            QVERIFY2(body.contains(QByteArray(bad, 5)), body.constData());
        }
    }
};

QTEST_GUILESS_MAIN(SamplerTest)
#include "tst_sampler.moc"
