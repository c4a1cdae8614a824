// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/clock.h"
#include "core/base/logging.h"
#include "core/base/secret.h"
#include "core/base/wait.h"
#include "core/base/worker.h"
#include "core/settings/agent_settings.h"
#include "edge-agent/agent.h"
#include "edge-agent/fsck_command.h"
#include "edge-agent/capture/source_factory.h"
#include "edge-agent/livekit_command.h"
#include "edge-agent/probe.h"
#include "edge-agent/service_manager.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QProcessEnvironment>
#include <QSocketNotifier>

#include <sys/signalfd.h>
#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <langinfo.h>
#include <optional>

using namespace vedette;

namespace {

Q_LOGGING_CATEGORY(lcMain, "vedette.agent")

constexpr int kBadInput = 2; // exit code for everything a person must change
constexpr int kLeftBehind = 3; // exit code where a thread did not end
constexpr milliseconds kEnd{2'500}; // from SIGTERM or SIGINT

void say(std::FILE *stream, const QString &line)
{
    std::fprintf(stream, "%s\n", redact(line).toUtf8().constData());
    std::fflush(stream);
}

/// Qt warns and mangles file names where the locale is not UTF-8, as under systemd or cron.
void useUtf8()
{
    std::setlocale(LC_ALL, "");
    if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        ::setenv("LC_ALL", "C.UTF-8", 1);
}

/// SIGTERM and SIGINT become readable; blocked before the first thread exists, so that no thread is interrupted.
int openSignals()
{
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    return ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

QHash<QString, QString> environment()
{
    QHash<QString, QString> values;
    const auto system = QProcessEnvironment::systemEnvironment();
    for (const QString &name : system.keys())
        values.insert(name, system.value(name));
    return values;
}

/// The settings of the file, or of the environment alone for an empty path; empty after its problems were said.
std::optional<settings::AgentSettings> load(const QString &path, const QString &logFormat, const std::function<void(const QString &)> &notice)
{
    const QString usual = agent::usualSource();
    const settings::LoadResult loaded = settings::loadAgentSettings(path, environment(), usual);
    // Defaults < file < environment < command line.
    if (const auto format = logFormatFromString(logFormat.isEmpty() ? loaded.settings.logFormat : logFormat))
        setLogFormat(*format);
    for (const settings::Problem &each : loaded.notices) {
        if (loaded.problems.isEmpty())
            notice(each.text());
        else
            say(stderr, each.text()); // as its problems: nothing runs that would log
    }
    const auto &cameras = loaded.settings.cameras;
    if (path.isEmpty() && cameras.size() == 1 && cameras.first().source == QLatin1String("test"))
        notice(QStringLiteral("No camera is named, and this is no Raspberry Pi: its picture is the test picture."));
    for (const settings::Problem &problem : loaded.problems)
        say(stderr, problem.text());
    if (!loaded.problems.isEmpty())
        return std::nullopt;
    return loaded.settings;
}

/// A driver that hangs holds its thread, and with it the process. What must survive is on disk by then.
void endWithin(milliseconds limit, const QString &silent, const std::stop_token &stop)
{
    const SystemClock clock;
    if (!waitUntil(clock, clock.now() + limit, stop))
        return;
    qCWarning(lcMain).noquote() << "Not every thread ends; left behind:" << (silent.isEmpty() ? QStringLiteral("one that was not silent before") : silent);
    ::_exit(kLeftBehind);
}

int checkConfig(const QString &path)
{
    const auto loaded = load(path, {}, [](const QString &text) { say(stderr, text); });
    if (!loaded)
        return kBadInput;
    const auto cameras = loaded->cameras.size();
    say(stdout, QStringLiteral("%1 is good: %2 %3.").arg(path.isEmpty() ? QStringLiteral("The environment") : path).arg(cameras)
                    .arg(cameras == 1 ? QStringLiteral("camera") : QStringLiteral("cameras")));
    return 0;
}

int run(const QString &path, const QString &logFormat, int signals)
{
    const auto loaded = load(path, logFormat, [](const QString &text) { qCWarning(lcMain).noquote() << text; });
    if (!loaded)
        return kBadInput;
    const SystemClock clock;
    Worker end; // outlives the agent
    const auto made = agent::Agent::create(*loaded, clock);
    if (!made) {
        say(stderr, made.error().text());
        return kBadInput;
    }
    agent::Agent &agent = **made;
    QSocketNotifier stop(signals, QSocketNotifier::Read);
    QObject::connect(&stop, &QSocketNotifier::activated, &stop, [signals] {
        signalfd_siginfo info{};
        if (::read(signals, &info, sizeof info) > 0)
            QCoreApplication::quit();
    });
    agent::ServiceManager manager([&agent] { return agent.silentThreads(); });
    agent.start();
    say(stdout, QStringLiteral("vedette-agent %1 %2").arg(loaded->id, agent.url()));
    manager.ready();
    const int code = QCoreApplication::exec();
    manager.stopping();
    end = Worker("end", [silent = agent.silentThreads().join(QStringLiteral(", "))](std::stop_token ended) { endWithin(kEnd, silent, ended); });
    agent.stop();
    return code;
}

} // namespace

int main(int argc, char **argv)
{
    useUtf8();
    installLogging();
    const auto first = [&](const char *command) { return argc > 1 && std::strcmp(argv[1], command) == 0; };
    const bool ingress = first("livekit-ingress");
    const bool probing = first("probe");
    const bool checking = first("fsck");
    const int signals = ingress || probing || checking ? -1 : openSignals(); // these end by themselves, so signals stay as they are
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("vedette-agent"));
    QCoreApplication::setApplicationVersion(QStringLiteral(VEDETTE_VERSION));

    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Captures, encodes, publishes and senses on one machine of a Vedette fleet."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption config(QStringLiteral("config"), QStringLiteral("Run with the settings of this TOML file. Not needed where the environment has CAMERA_ names."), QStringLiteral("FILE"));
    parser.addOption(config);
    const QCommandLineOption logFormat(QStringLiteral("log-format"), QStringLiteral("auto, text or json; rules over log.format of the settings."), QStringLiteral("FORMAT"));
    parser.addOption(logFormat);
    parser.addPositionalArgument(QStringLiteral("command"),
                                 QStringLiteral("example-config: print a commented settings file.\n"
                                                "check-config [FILE]: say what is wrong with a settings file, or with the environment alone.\n"
                                                "probe [--json]: say which cameras, encoders and sensors this machine has, and what is missing.\n"
                                                "fsck FOLDER: compare a folder of recordings with its catalog; has a --help of its own.\n"
                                                "livekit-ingress: make an RTMP ingress of a LiveKit server; has a --help of its own."),
                                 QStringLiteral("[command]"));
    if (ingress)
        return agent::runLiveKitIngress(QCoreApplication::arguments().mid(2), environment());
    if (checking)
        return agent::runFsck(QCoreApplication::arguments().mid(2));
    if (probing)
        return agent::runProbe(QCoreApplication::arguments().mid(2));
    if (!parser.parse(QCoreApplication::arguments())) {
        say(stderr, parser.errorText());
        return kBadInput;
    }
    if (parser.isSet(QStringLiteral("version"))) {
        say(stdout, QStringLiteral("vedette-agent " VEDETTE_VERSION));
        return 0;
    }
    if (parser.isSet(QStringLiteral("help"))) {
        say(stdout, parser.helpText());
        return 0;
    }
    if (parser.isSet(logFormat) && !logFormatFromString(parser.value(logFormat))) {
        say(stderr, QStringLiteral("--log-format: is \"%1\"; allowed are auto, text or json").arg(parser.value(logFormat).left(60)));
        return kBadInput;
    }
    const QStringList words = parser.positionalArguments();
    if (words == QStringList{QStringLiteral("example-config")} && !parser.isSet(config)) {
        std::fputs(settings::exampleConfig().toUtf8().constData(), stdout);
        return 0;
    }
    const bool withoutFile = settings::environmentSaysAll(environment());
    if (!words.isEmpty() && words.first() == QLatin1String("check-config") && !parser.isSet(config)
        && (words.size() == 2 || (words.size() == 1 && withoutFile)))
        return checkConfig(words.value(1));
    if (words.isEmpty() && (parser.isSet(config) ? !parser.value(config).isEmpty() : withoutFile))
        return run(parser.value(config), parser.value(logFormat), signals);
    for (const settings::Problem &notice : settings::loadAgentSettings({}, environment()).notices)
        say(stderr, notice.text()); // a CAMERA_ name that is misspelt
    say(stderr, QStringLiteral("Give --config FILE, example-config or check-config FILE, or set a CAMERA_ name; --help explains them."));
    return kBadInput;
}
