// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/send_command.h"

#include "app/ctl/fleet_access.h"
#include "core/protocol/ids.h"

#include <QEventLoop>
#include <QJsonDocument>
#include <QTimer>

namespace vedette::app {

namespace {

QString commandList()
{
    QStringList names;
    for (const protocol::CommandDescription &command : protocol::commandTable())
        names.append(command.name);
    return names.join(QStringLiteral(", "));
}

/// The request that AGENT[/CAMERA] and NAME mean.
Result<protocol::CommandRequest> makeRequest(const QString &target, const QString &name, const QStringList &arguments)
{
    const QString agent = target.section(QLatin1Char('/'), 0, 0);
    const bool hasCamera = target.contains(QLatin1Char('/'));
    protocol::CommandRequest request{name, hasCamera ? target.section(QLatin1Char('/'), 1) : QString(), {}};
    if (!protocol::isValidId(agent) || (hasCamera && !protocol::isValidId(request.camera)))
        return fail(ErrorKind::InvalidInput, QStringLiteral("\"%1\" is not AGENT or AGENT/CAMERA").arg(target));
    const protocol::CommandDescription *command = protocol::findCommand(name);
    if (!command)
        return fail(ErrorKind::InvalidInput, QStringLiteral("there is no command \"%1\"; known: %2").arg(name, commandList()));
    if (command->needsCamera && !hasCamera)
        return fail(ErrorKind::InvalidInput, QStringLiteral("the command %1 needs a camera: %2/CAMERA").arg(name, agent));
    for (const QString &argument : arguments) {
        const qsizetype equals = argument.indexOf(QLatin1Char('='));
        if (equals < 1)
            return fail(ErrorKind::InvalidInput, QStringLiteral("--argument: \"%1\" is not KEY=VALUE").arg(argument));
        const QString value = argument.mid(equals + 1);
        // true, 12 and "x" are what they are in JSON; anything else is text.
        const QJsonObject parsed = QJsonDocument::fromJson(QByteArrayLiteral("{\"v\":") + value.toUtf8() + '}').object();
        request.arguments.insert(argument.left(equals), parsed.isEmpty() ? QJsonValue(value) : parsed.value(QStringLiteral("v")));
    }
    return request;
}

Result<QJsonObject> exchange(FleetAccess &fleet, const QString &agent, const protocol::CommandRequest &request,
                             milliseconds limit, Surroundings &around)
{
    QEventLoop loop;
    QTimer deadline;
    deadline.setSingleShot(true);
    bool sent = false;
    Result<QJsonObject> outcome = fail(ErrorKind::Timeout, QString());
    const auto trySend = [&] {
        if (sent || !fleet.knows(agent))
            return;
        sent = true;
        fleet.send(agent, request, &loop, [&](const Result<QJsonObject> &reply) {
            outcome = reply;
            loop.quit();
        });
    };
    QObject::connect(&fleet, &FleetAccess::changed, &loop, trySend);
    QObject::connect(&deadline, &QTimer::timeout, &loop, [&] {
        const QString problems = fleet.problems();
        const QString what = sent ? QStringLiteral("agent %1 did not answer in time").arg(agent)
                                  : QStringLiteral("no agent %1 was heard of in time").arg(agent);
        outcome = fail(ErrorKind::Timeout, problems.isEmpty() ? what : what + QStringLiteral(": ") + problems);
        loop.quit();
    });
    QObject::connect(&around.interrupt, &Interrupt::requested, &loop, [&] {
        outcome = fail(ErrorKind::Cancelled, QStringLiteral("interrupted"));
        loop.quit();
    });
    deadline.start(limit);
    fleet.start();
    loop.exec();
    return outcome;
}

} // namespace

int runCommand(const QStringList &arguments, Surroundings &around)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Sends one command to an agent or a camera and prints the answer.\nCommands: ") + commandList());
    parser.addPositionalArgument(QStringLiteral("target"), QStringLiteral("AGENT or AGENT/CAMERA."));
    parser.addPositionalArgument(QStringLiteral("name"), QStringLiteral("The command."));
    addAccessOptions(parser);
    parser.addOption({QStringLiteral("argument"), QStringLiteral("An argument of the command; may be given several times."), QStringLiteral("key=value")});
    parser.addOption({QStringLiteral("seconds"), QStringLiteral("Wait at most this long (default 10)."), QStringLiteral("n"), QStringLiteral("10")});
    parser.addOption({QStringLiteral("json"), QStringLiteral("One JSON object on standard output.")});
    if (const auto over = parseArguments(parser, QStringLiteral("command"), arguments, 2, around))
        return *over;
    const auto limit = secondsOf(parser);
    if (!limit)
        return badUsage(around, QStringLiteral("--seconds: \"%1\" is not a number of seconds up to 86400").arg(parser.value(QStringLiteral("seconds"))));
    const QString target = parser.positionalArguments().at(0);
    const auto request = makeRequest(target, parser.positionalArguments().at(1), parser.values(QStringLiteral("argument")));
    if (!request)
        return badUsage(around, request.error().text());
    const Result<Access> access = accessFrom(parser, around.environment);
    if (!access)
        return badUsage(around, access.error().text());
    if (access->isEmpty())
        return badUsage(around, QStringLiteral("say where the fleet is: --server HOST or --agent URL"));

    FleetAccess fleet(*access, around.clock);
    const auto outcome = exchange(fleet, target.section(QLatin1Char('/'), 0, 0), *request, *limit, around);
    const bool json = parser.isSet(QStringLiteral("json"));
    if (!outcome)
        print(around.err, QStringLiteral("vedettectl: ") + redact(outcome.error().text()));
    if (json)
        print(around.out, redact(QString::fromUtf8(protocol::toJson(protocol::CommandReply{outcome}))));
    else if (outcome)
        print(around.out, outcome->isEmpty() ? QStringLiteral("done")
                                             : QString::fromUtf8(QJsonDocument(*outcome).toJson(QJsonDocument::Indented)).trimmed());
    return outcome ? kDone : kFailed;
}

} // namespace vedette::app
