// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/console.h"

#include "tests/support/manual_clock.h"

#include <QTest>

using namespace vedette;
using namespace vedette::app;
using namespace std::chrono_literals;

namespace {

const QString kRelay = QStringLiteral("rtsp://127.0.0.1:9/gate");

QString directUrl(const QString &agent)
{
    return QStringLiteral("http://127.0.0.1:9/%1/live/gate/main.au").arg(agent);
}

/// An agent whose one camera "gate" is offered by the relay and by itself.
protocol::AgentStatus withGate(const QString &agent)
{
    protocol::StreamStatus stream;
    stream.urls = {kRelay, directUrl(agent)};
    protocol::CameraStatus camera;
    camera.id = QStringLiteral("gate");
    camera.name = QStringLiteral("Gate");
    camera.streams = {stream};
    protocol::AgentStatus status;
    status.id = agent;
    status.name = agent;
    status.cameras = {camera};
    return status;
}

} // namespace

/// From what the fleet says to what a tile is fed with; nothing listens at the addresses.
class TestConsole : public QObject {
    Q_OBJECT

    test::ManualClock m_clock;

private Q_SLOTS:
    void twoAgentsWithOneCameraIdAreNotShownByTheRelay()
    {
        Console console(m_clock, {});
        console.fleet().setStatus(withGate(QStringLiteral("pi-1")));
        const auto gate = [&console] { return console.streams().find(QStringLiteral("gate")); };
        QTRY_VERIFY(gate());
        QCOMPARE(gate()->feed().urls, (QStringList{kRelay, directUrl(QStringLiteral("pi-1"))}));
        QVERIFY(gate()->feed().alsoClaimedBy.isEmpty());
        // Both push to one path: what the relay gives may be the other one's.
        console.fleet().setStatus(withGate(QStringLiteral("pi-2")));
        QTRY_COMPARE(gate()->feed().alsoClaimedBy.size(), 1);
        QCOMPARE(gate()->feed().urls, QStringList{directUrl(gate()->feed().agent)});
    }

    void theAgentsNextTryIsToldByThisClock()
    {
        Console console(m_clock, {});
        protocol::AgentStatus status = withGate(QStringLiteral("pi-1"));
        // The agent's clock is a day ahead of this machine's.
        const UtcTime there = m_clock.utcNow() + 24h;
        status.cameras[0].stages = {{QStringLiteral("source"), protocol::StageState::Waiting, QStringLiteral("No such file."), there, there + 7s}};
        console.fleet().setStatus(status);
        const auto feed = [&console] { return console.streams().find(QStringLiteral("gate"))->feed(); };
        QTRY_VERIFY(console.streams().find(QStringLiteral("gate")));
        QCOMPARE(feed().stageReason, QStringLiteral("No such file."));
        QVERIFY(!feed().stageNextTry); // its clock was not measured
        RemoteClock clock;
        clock.at = m_clock.now();
        clock.time = there;
        console.fleet().setClock(QStringLiteral("pi-1"), clock);
        QTRY_VERIFY(feed().stageNextTry);
        QCOMPARE(*feed().stageNextTry - m_clock.now(), microseconds(7s));
    }
};

QTEST_MAIN(TestConsole)
#include "tst_console.moc"
