// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/fleet_command.h"

#include "app/ctl/fleet_access.h"
#include "core/base/secret.h"

#include <QEventLoop>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTimer>

#include <algorithm>

namespace vedette::app {

namespace {

constexpr milliseconds kSettle{1000}; // retained messages of a broker come within this after the first

/// The first stage on the way to a picture that does not run; the agent's own absence before all.
QString cameraState(const protocol::CameraStatus &camera, bool agentOnline)
{
    if (!agentOnline)
        return QStringLiteral("offline");
    for (const protocol::StageStatus &stage : camera.stages) {
        const bool onTheWay = stage.stage == QStringLiteral("source") || stage.stage == QStringLiteral("encoder");
        if (onTheWay && stage.state != protocol::StageState::Running)
            return protocol::toString(stage.state);
    }
    return QStringLiteral("running");
}

QString reasonOf(const protocol::CameraStatus &camera)
{
    for (const protocol::StageStatus &stage : camera.stages) {
        if (stage.state != protocol::StageState::Running && !stage.reason.isEmpty())
            return QStringLiteral("%1: %2").arg(stage.stage, redact(stage.reason));
    }
    return {};
}

bool allOnline(const control::FleetStore &store)
{
    const QStringList agents = store.agents();
    return !agents.isEmpty() &&
           std::all_of(agents.begin(), agents.end(), [&store](const QString &id) { return store.agent(id)->online; });
}

bool anyOnline(const control::FleetStore &store)
{
    const QStringList agents = store.agents();
    return std::any_of(agents.begin(), agents.end(), [&store](const QString &id) { return store.agent(id)->online; });
}

/// Waits until nothing more is to be expected, the time is over or the operator has had enough.
void gather(FleetAccess &fleet, milliseconds limit, Surroundings &around)
{
    QEventLoop loop;
    QTimer deadline;
    deadline.setSingleShot(true);
    QTimer settle;
    settle.setSingleShot(true);
    QObject::connect(&deadline, &QTimer::timeout, &loop, &QEventLoop::quit);
    QObject::connect(&settle, &QTimer::timeout, &loop, &QEventLoop::quit);
    QObject::connect(&around.interrupt, &Interrupt::requested, &loop, &QEventLoop::quit);
    qsizetype agents = 0;
    QObject::connect(&fleet, &FleetAccess::changed, &loop, [&] {
        if (!fleet.everyAddressAnswered() || !allOnline(fleet.store())) {
            settle.stop();
            return;
        }
        if (!fleet.hasBroker())
            loop.quit();
        else if (!settle.isActive() || fleet.store().agents().size() != agents)
            settle.start(kSettle);
        agents = fleet.store().agents().size();
    });
    deadline.start(limit);
    fleet.start();
    loop.exec();
}

} // namespace

QJsonObject fleetJson(const control::FleetStore &store)
{
    QJsonArray agents;
    for (const QString &id : store.agents()) {
        const control::AgentEntry entry = *store.agent(id);
        QJsonObject agent = QJsonDocument::fromJson(protocol::toJson(entry.status)).object();
        agent.insert(QStringLiteral("id"), id);
        agent.insert(QStringLiteral("online"), entry.online);
        if (!entry.online)
            agent.insert(QStringLiteral("reason"), redact(entry.reason));
        QJsonArray cameras;
        const QJsonArray bare = agent.value(QStringLiteral("cameras")).toArray();
        for (qsizetype i = 0; i < std::min(bare.size(), entry.status.cameras.size()); ++i) {
            QJsonObject camera = bare.at(i).toObject();
            camera.insert(QStringLiteral("state"), cameraState(entry.status.cameras.at(i), entry.online));
            cameras.append(camera);
        }
        agent.insert(QStringLiteral("cameras"), cameras);
        agents.append(agent);
    }
    return {{QStringLiteral("agents"), agents}};
}

QString fleetText(const control::FleetStore &store)
{
    QStringList lines;
    for (const QString &id : store.agents()) {
        const control::AgentEntry entry = *store.agent(id);
        QString line = QStringLiteral("%1  %2").arg(id, entry.online ? QStringLiteral("online") : QStringLiteral("offline"));
        if (!entry.online && !entry.reason.isEmpty())
            line += QStringLiteral("  (%1)").arg(redact(entry.reason));
        if (!entry.status.httpUrl.isEmpty())
            line += QStringLiteral("  ") + redact(entry.status.httpUrl);
        lines.append(line);
        for (const protocol::CameraStatus &camera : entry.status.cameras) {
            line = QStringLiteral("  %1/%2  %3").arg(id, camera.id, cameraState(camera, entry.online));
            for (const protocol::StreamStatus &stream : camera.streams)
                line += QStringLiteral("  %1 %2x%3").arg(stream.name).arg(stream.width).arg(stream.height);
            if (const QString reason = reasonOf(camera); !reason.isEmpty())
                line += QStringLiteral("  (%1)").arg(reason);
            lines.append(line);
        }
    }
    return lines.join(QLatin1Char('\n'));
}

int runFleet(const QStringList &arguments, Surroundings &around)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Shows agents and cameras with their states. Exit code 1 when no agent answers in time."));
    addAccessOptions(parser);
    parser.addOption({QStringLiteral("seconds"), QStringLiteral("Wait at most this long (default 8)."), QStringLiteral("n"), QStringLiteral("8")});
    parser.addOption({QStringLiteral("json"), QStringLiteral("One JSON object on standard output.")});
    if (const auto over = parseArguments(parser, QStringLiteral("fleet"), arguments, 0, around))
        return *over;
    const auto limit = secondsOf(parser);
    if (!limit)
        return badUsage(around, QStringLiteral("--seconds: \"%1\" is not a number of seconds up to 86400").arg(parser.value(QStringLiteral("seconds"))));
    const Result<Access> access = accessFrom(parser, around.environment);
    if (!access)
        return badUsage(around, access.error().text());
    if (access->isEmpty())
        return badUsage(around, QStringLiteral("say where the fleet is: --server HOST or --agent URL"));

    FleetAccess fleet(*access, around.clock);
    gather(fleet, *limit, around);
    const bool answered = anyOnline(fleet.store());
    QJsonObject json = fleetJson(fleet.store());
    if (!answered) {
        QString error = QStringLiteral("no agent answered");
        if (const QString problems = fleet.problems(); !problems.isEmpty())
            error += QStringLiteral(": ") + problems;
        json.insert(QStringLiteral("error"), error);
        print(around.err, QStringLiteral("vedettectl: ") + error);
    }
    if (parser.isSet(QStringLiteral("json")))
        print(around.out, QString::fromUtf8(QJsonDocument(json).toJson(QJsonDocument::Compact)));
    else if (!fleet.store().agents().isEmpty())
        print(around.out, fleetText(fleet.store()));
    return answered ? kDone : kFailed;
}

} // namespace vedette::app
