// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/fleet_store.h"

#include "core/control/agent_link.h"
#include "tests/support/manual_clock.h"

#include <QSignalSpy>
#include <QTest>

using namespace vedette;
using namespace vedette::control;
using vedette::test::ManualClock;

namespace {

protocol::CameraStatus camera(const QString &id)
{
    protocol::CameraStatus c;
    c.id = id;
    c.name = id;
    protocol::StreamStatus stream;
    stream.urls = {QStringLiteral("rtsp://relay/") + id};
    c.streams = {stream};
    return c;
}

protocol::AgentStatus status(const QString &agent, const QStringList &cameras)
{
    protocol::AgentStatus s;
    s.id = agent;
    for (const QString &id : cameras)
        s.cameras.append(camera(id));
    return s;
}

const QString kA = QStringLiteral("a");
const QString kB = QStringLiteral("b");

/// Says what it is told to.
class SpokenLink final : public AgentLink {
public:
    void start() override {}
    void stop() override {}
    void send(const QString &, const protocol::CommandRequest &, QObject *, Reply) override {}
};

} // namespace

class TestFleetStore : public QObject {
    Q_OBJECT

    ManualClock m_clock;

    static QStringList ids(const FleetStore &store)
    {
        QStringList result;
        for (const CameraEntry &entry : store.cameras())
            result.append(entry.agent + QLatin1Char('/') + entry.status.id);
        return result;
    }

private Q_SLOTS:
    void sortsByAgent()
    {
        FleetStore store(m_clock);
        QSignalSpy cameras(&store, &FleetStore::camerasChanged);
        store.setStatus(status(kB, {QStringLiteral("z"), QStringLiteral("y")}));
        store.setStatus(status(kA, {QStringLiteral("x")}));
        QCOMPARE(store.agents(), QStringList({kA, kB}));
        QCOMPARE(ids(store), QStringList({QStringLiteral("a/x"), QStringLiteral("b/z"), QStringLiteral("b/y")}));
        QCOMPARE(cameras.size(), 2);
        QVERIFY(!store.agent(QStringLiteral("nobody")));
        QVERIFY(!store.camera(QStringLiteral("nobody")));
        QCOMPARE(store.camera(QStringLiteral("y"))->agent, kB);
    }

    void anUnreadableStatusIsToldBesideTheLastGoodOne()
    {
        FleetStore store(m_clock);
        store.setStatusFault(kB, QStringLiteral("cameras: missing"));
        QVERIFY(store.agents().isEmpty()); // a stray message makes no agent
        store.setStatus(status(kA, {QStringLiteral("x")}));
        QSignalSpy changed(&store, &FleetStore::agentChanged);
        store.setStatusFault(kA, QStringLiteral("time: not a number"));
        QCOMPARE(changed.size(), 1);
        QCOMPARE(store.agent(kA)->statusFault, QStringLiteral("time: not a number"));
        QCOMPARE(ids(store), QStringList(QStringLiteral("a/x")));
        store.setOnline(kB, true, {}, -1);
        QCOMPARE(store.agent(kB)->statusFault, QStringLiteral("cameras: missing"));
        store.setStatus(status(kA, {QStringLiteral("x")}));
        QVERIFY(store.agent(kA)->statusFault.isEmpty());
    }

    void tellsWhenCamerasChange()
    {
        FleetStore store(m_clock);
        store.setStatus(status(kA, {QStringLiteral("x")}));
        QSignalSpy cameras(&store, &FleetStore::camerasChanged);
        QSignalSpy agents(&store, &FleetStore::agentChanged);
        auto again = status(kA, {QStringLiteral("x")});
        again.cameras[0].framesCaptured = 7;
        store.setStatus(again);
        QCOMPARE(cameras.size(), 0);
        QCOMPARE(agents.size(), 1);
        QCOMPARE(store.camera(QStringLiteral("x"))->status.framesCaptured, 7U);
        again.cameras[0].streams[0].urls.append(QStringLiteral("http://agent/live"));
        store.setStatus(again);
        QCOMPARE(cameras.size(), 1);
        store.setStatus(status(kA, {}));
        QCOMPARE(cameras.size(), 2);
        QVERIFY(store.cameras().isEmpty());
    }

    void knowsSinceWhen()
    {
        FleetStore store(m_clock);
        store.setStatus(status(kA, {QStringLiteral("x")}));
        QVERIFY(!store.agent(kA)->online);
        m_clock.advance(milliseconds{5000});
        store.setOnline(kA, true, {}, -1);
        const UtcTime since = m_clock.utcNow();
        QVERIFY(store.agent(kA)->online);
        QVERIFY(store.cameras()[0].agentOnline);
        QVERIFY(store.agent(kA)->since == since);
        m_clock.advance(milliseconds{5000});
        store.setOnline(kA, true, {}, -1);
        QVERIFY(store.agent(kA)->since == since);
        store.setOnline(kA, false, QStringLiteral("gone"), 1500);
        const auto entry = store.agent(kA);
        QVERIFY(!entry->online);
        QCOMPARE(entry->reason, QStringLiteral("gone"));
        QVERIFY(entry->since == m_clock.utcNow());
        QVERIFY(entry->nextTry == m_clock.now() + milliseconds{1500});
        QVERIFY(!store.cameras()[0].agentOnline);
        store.setOnline(kA, true, {}, -1);
        QVERIFY(store.agent(kA)->reason.isEmpty());
        QVERIFY(!store.agent(kA)->nextTry);
    }

    void keepsTheReasonThatCameFirst()
    {
        FleetStore store(m_clock);
        store.setOnline(kA, false, QStringLiteral("has left"), -1);
        store.setStatus(status(kA, {QStringLiteral("x")}));
        QCOMPARE(store.agents(), QStringList({kA}));
        QCOMPARE(store.agent(kA)->reason, QStringLiteral("has left"));
        QVERIFY(!store.agent(kA)->online);
    }

    void showsTwoWhoClaimOneCamera()
    {
        FleetStore store(m_clock);
        store.setStatus(status(kB, {QStringLiteral("gate")}));
        QVERIFY(store.camera(QStringLiteral("gate"))->alsoClaimedBy.isEmpty());
        store.setStatus(status(kA, {QStringLiteral("gate"), QStringLiteral("yard")}));
        const auto gate = store.camera(QStringLiteral("gate"));
        QCOMPARE(gate->agent, kA);
        QCOMPARE(gate->alsoClaimedBy, QStringList({kB}));
        QVERIFY(store.camera(QStringLiteral("yard"))->alsoClaimedBy.isEmpty());
        store.setStatus(status(kB, {}));
        QVERIFY(store.camera(QStringLiteral("gate"))->alsoClaimedBy.isEmpty());
    }

    void believesAnyLink()
    {
        FleetStore store(m_clock);
        auto broker = std::make_unique<SpokenLink>();
        auto direct = std::make_unique<SpokenLink>();
        for (const auto *link : {broker.get(), direct.get()})
            connect(link, &AgentLink::onlineChanged, &store, &FleetStore::setOnline);
        Q_EMIT broker->onlineChanged(kA, true, {}, -1);
        Q_EMIT direct->onlineChanged(kA, false, QStringLiteral("refused"), 1000);
        QVERIFY(store.agent(kA)->online);
        QVERIFY(store.agent(kA)->reason.isEmpty());
        Q_EMIT broker->onlineChanged(kA, false, QStringLiteral("silent"), -1);
        QVERIFY(!store.agent(kA)->online);
        QCOMPARE(store.agent(kA)->reason, QStringLiteral("silent"));
        Q_EMIT direct->onlineChanged(kA, true, {}, -1);
        QVERIFY(store.agent(kA)->online);
        // A link that is taken away vouches for nobody.
        broker.reset();
        QVERIFY(store.agent(kA)->online);
        direct.reset();
        QVERIFY(!store.agent(kA)->online);
        QVERIFY(!store.agent(kA)->reason.isEmpty());
    }

    void keepsTheBestClock()
    {
        FleetStore store(m_clock);
        const MonoTime at = m_clock.now();
        const UtcTime there = m_clock.utcNow() - milliseconds{3};
        const RemoteClock good{at, there, milliseconds{1}, milliseconds{100}, 7};
        store.setClock(kA, good); // not known yet: not an agent
        QVERIFY(store.agents().isEmpty());
        store.setStatus(status(kA, {}));
        QVERIFY(!store.agent(kA)->clock);
        store.setClock(kA, good);
        QCOMPARE(store.agent(kA)->clock == good, true);
        store.setStatus(status(kA, {QStringLiteral("x")}));
        QCOMPARE(store.agent(kA)->clock == good, true);

        const RemoteClock vague{at + milliseconds{2000}, there + milliseconds{2010}, milliseconds{40}, milliseconds{100}, 7};
        store.setClock(kA, vague);
        QCOMPARE(store.agent(kA)->clock == good, true);
        // An old measurement is worth less and less: 100 ppm.
        const RemoteClock later{at + std::chrono::seconds{30}, there + std::chrono::seconds{30}, milliseconds{2}, milliseconds{100}, 7};
        store.setClock(kA, later);
        QCOMPARE(store.agent(kA)->clock == later, true);
        // Another run, or a clock that cannot be the same one, counts whatever its error.
        RemoteClock stepped = vague;
        stepped.run = 8;
        store.setClock(kA, stepped);
        QCOMPARE(store.agent(kA)->clock == stepped, true);
        RemoteClock far = stepped;
        far.time += std::chrono::hours{1};
        far.error = milliseconds{60};
        store.setClock(kA, far);
        QCOMPARE(store.agent(kA)->clock == far, true);
    }
};

QTEST_GUILESS_MAIN(TestFleetStore)
#include "tst_fleet_store.moc"
