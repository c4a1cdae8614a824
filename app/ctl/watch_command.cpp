// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/watch_command.h"

#include "app/ctl/fleet_access.h"
#include "core/base/secret.h"
#include "core/live/stream_receiver.h"
#include "core/protocol/ids.h"
#include "core/settings/setting_check.h"

#include <QEventLoop>
#include <QFileInfo>
#include <QJsonDocument>
#include <QTimer>
#include <QUrl>

#include <sys/resource.h>

namespace vedette::app {

namespace {

double round3(double value)
{
    return static_cast<double>(static_cast<qint64>(value * 1000 + (value < 0 ? -0.5 : 0.5))) / 1000;
}

QJsonValue orNull(const std::optional<double> &value)
{
    return value ? QJsonValue(round3(*value)) : QJsonValue(QJsonValue::Null);
}

double processCpuSeconds()
{
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    const auto seconds = [](const timeval &t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// AGENT/CAMERA unless it is a URL or a file that exists.
bool isCameraName(const QString &source)
{
    const bool shape = source.count(QLatin1Char('/')) == 1 && protocol::isValidId(source.section(QLatin1Char('/'), 0, 0)) &&
                       protocol::isValidId(source.section(QLatin1Char('/'), 1));
    return shape && !QFileInfo::exists(source);
}

/// What keeps a source that looks like a URL from being one; empty: nothing.
QString urlProblem(const QString &source)
{
    if (!source.contains(QStringLiteral("://")))
        return {};
    const QString shown = settings::withoutUser(source);
    const QUrl url(shown);
    if (!url.isValid())
        return QStringLiteral("\"%1\" is not a URL: %2").arg(redact(shown), url.errorString());
    if (url.port() == 0 || (url.host().isEmpty() && url.scheme() != QStringLiteral("file")))
        return QStringLiteral("\"%1\" is not a URL: %2 is missing").arg(redact(shown), url.host().isEmpty() ? QStringLiteral("the host") : QStringLiteral("the port"));
    return {};
}

/// One watch from asking to the end of its time.
class Watch : public QObject {
public:
    Watch(QString source, QString stream, milliseconds duration, Surroundings &around)
        : m_source(std::move(source)), m_stream(std::move(stream)), m_duration(duration), m_around(around),
          m_begun(around.clock.now()), m_receiver(m_source, around.clock)
    {
        connect(&m_receiver, &live::StreamReceiver::frameReady, this, [this] { takePicture(); });
        connect(&m_receiver, &live::StreamReceiver::stateChanged, this, [this] {
            if (m_receiver.state().stage == protocol::StageState::Stopped)
                m_loop.quit(); // a file has an end
        });
    }

    /// fleet: where AGENT/CAMERA is looked up; null for a URL or file.
    WatchResult run(FleetAccess *fleet)
    {
        m_fleet = fleet;
        connect(&m_receiver, &live::StreamReceiver::relayJoined, this, [this] { askForKeyFrame(); });
        connect(&m_around.interrupt, &Interrupt::requested, &m_loop, &QEventLoop::quit);
        QTimer::singleShot(m_duration, Qt::PreciseTimer, &m_loop, &QEventLoop::quit);
        if (fleet) {
            connect(fleet, &FleetAccess::changed, this, [this, fleet] { lookUp(*fleet); });
            fleet->start();
        } else {
            m_receiver.setUrls({m_source});
        }
        m_receiver.start();
        m_loop.exec();
        return result(fleet);
    }

private:
    void takePicture()
    {
        const auto frame = m_receiver.latest().take();
        if (frame && !m_firstPictureMs)
            m_firstPictureMs = static_cast<double>((frame->decoded - m_begun).count()) / 1000.0;
    }

    /// So that the first picture by a relay does not wait for the group of pictures to end. Only the camera is asked that
    /// was named; without an answer the picture comes with the next group all the same.
    void askForKeyFrame()
    {
        if (m_fleet)
            m_fleet->send(m_source.section(QLatin1Char('/'), 0, 0),
                          {QStringLiteral("keyframe"), m_source.section(QLatin1Char('/'), 1), {}}, this, [](const Result<QJsonObject> &) {});
    }

    void lookUp(const FleetAccess &fleet)
    {
        const QString agent = m_source.section(QLatin1Char('/'), 0, 0);
        const QString camera = m_source.section(QLatin1Char('/'), 1);
        const auto entry = fleet.store().agent(agent);
        if (!entry)
            return;
        for (const protocol::CameraStatus &status : entry->status.cameras) {
            if (status.id != camera)
                continue;
            m_cameraFound = true;
            m_receiver.setSenderClock(entry->clock, status.runs);
            for (const protocol::StreamStatus &stream : status.streams) {
                if (stream.name == m_stream)
                    m_receiver.setUrls(stream.urls);
            }
        }
        m_agentFound = true;
    }

    WatchResult result(const FleetAccess *fleet)
    {
        WatchResult result;
        result.source = redact(m_source);
        result.stats = m_receiver.stats();
        result.totals = m_receiver.totals();
        const live::ReceiverState state = m_receiver.state();
        result.path = redact(state.path.url);
        result.firstPictureMs = m_firstPictureMs;
        m_receiver.stop();
        result.cpuSeconds = processCpuSeconds();
        if (!m_firstPictureMs)
            result.error = error(state, fleet);
        return result;
    }

    QString error(const live::ReceiverState &state, const FleetAccess *fleet) const
    {
        const QString agent = m_source.section(QLatin1Char('/'), 0, 0);
        if (fleet && !m_agentFound) {
            const QString problems = fleet->problems();
            const QString what = QStringLiteral("no agent %1 was heard of").arg(agent);
            return problems.isEmpty() ? what : what + QStringLiteral(": ") + problems;
        }
        if (fleet && !m_cameraFound)
            return QStringLiteral("agent %1 has no camera %2").arg(agent, m_source.section(QLatin1Char('/'), 1));
        if (fleet && state.path.url.isEmpty())
            return QStringLiteral("%1 offers no stream \"%2\"").arg(m_source, m_stream);
        if (!state.reason.isEmpty())
            return state.reason;
        return QStringLiteral("%1: no picture came in time").arg(redact(state.path.url));
    }

    const QString m_source;
    const QString m_stream;
    const milliseconds m_duration;
    Surroundings &m_around;
    FleetAccess *m_fleet = nullptr;
    const MonoTime m_begun;
    live::StreamReceiver m_receiver;
    QEventLoop m_loop;
    std::optional<double> m_firstPictureMs;
    bool m_agentFound = false;
    bool m_cameraFound = false;
};

} // namespace

QJsonObject watchJson(const WatchResult &result)
{
    const QJsonObject frames{{QStringLiteral("received"), static_cast<qint64>(result.stats.received)},
                             {QStringLiteral("decoded"), static_cast<qint64>(result.stats.decoded)},
                             {QStringLiteral("dropped"), static_cast<qint64>(result.stats.dropped)}};
    // A picture that never came has no size and no rate.
    const auto shown = [&result](const QJsonValue &value) { return result.firstPictureMs ? value : QJsonValue(QJsonValue::Null); };
    QJsonObject json{{QStringLiteral("source"), result.source},
                     {QStringLiteral("path"), result.path},
                     {QStringLiteral("width"), shown(result.stats.width)},
                     {QStringLiteral("height"), shown(result.stats.height)},
                     {QStringLiteral("first_picture_ms"), orNull(result.firstPictureMs)},
                     {QStringLiteral("frames"), frames},
                     {QStringLiteral("fps"), shown(round3(result.totals.fps))},
                     {QStringLiteral("latency_ms"), QJsonValue::Null},
                     {QStringLiteral("cpu_s"), round3(result.cpuSeconds)}};
    if (const auto &latency = result.totals.latency) {
        json.insert(QStringLiteral("latency_ms"), QJsonObject{{QStringLiteral("p50"), round3(latency->p50)},
                                                              {QStringLiteral("p95"), round3(latency->p95)},
                                                              {QStringLiteral("max"), round3(latency->max)},
                                                              {QStringLiteral("uncertainty"), orNull(result.totals.uncertaintyMs)}});
    } else if (result.firstPictureMs) {
        json.insert(QStringLiteral("latency_unknown"), result.totals.latencyReason);
    }
    if (!result.error.isEmpty())
        json.insert(QStringLiteral("error"), result.error);
    return json;
}

QString watchText(const WatchResult &result)
{
    if (!result.firstPictureMs)
        return QStringLiteral("%1: no picture").arg(result.source);
    const auto number = [](double value, int decimals) { return QString::number(value, 'f', decimals); };
    QString latency = QStringLiteral("unknown (%1)").arg(result.totals.latencyReason);
    if (const auto &measured = result.totals.latency) {
        latency = QStringLiteral("p50 %1 ms, p95 %2 ms, max %3 ms, ± %4 ms")
                      .arg(number(measured->p50, 1), number(measured->p95, 1), number(measured->max, 1),
                           number(result.totals.uncertaintyMs.value_or(0), 1));
    }
    const QStringList lines{
        QStringLiteral("%1: %2 × %3, %4 frames/s").arg(result.source).arg(result.stats.width).arg(result.stats.height).arg(number(result.totals.fps, 1)),
        QStringLiteral("  path           %1").arg(result.path),
        QStringLiteral("  first picture  %1 ms").arg(number(*result.firstPictureMs, 0)),
        QStringLiteral("  frames         %1 received, %2 decoded, %3 dropped").arg(result.stats.received).arg(result.stats.decoded).arg(result.stats.dropped),
        QStringLiteral("  latency        %1").arg(latency),
        QStringLiteral("  CPU            %1 s").arg(number(result.cpuSeconds, 2))};
    return lines.join(QLatin1Char('\n'));
}

int runWatch(const QStringList &arguments, Surroundings &around)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Receives and decodes one stream exactly as a tile of the console does, and tells at the end what came.\n"
        "Rate and latency leave out the group of pictures that the server sends at once at the beginning."));
    parser.addPositionalArgument(QStringLiteral("source"), QStringLiteral("A URL (rtsp, http …), a file, or AGENT/CAMERA."));
    addAccessOptions(parser);
    parser.addOption({QStringLiteral("stream"), QStringLiteral("Stream of the camera (default main)."), QStringLiteral("name"), QStringLiteral("main")});
    parser.addOption({QStringLiteral("seconds"), QStringLiteral("Watch this long, counted from the start of asking (default 10)."), QStringLiteral("n"), QStringLiteral("10")});
    parser.addOption({QStringLiteral("json"), QStringLiteral("One JSON object on standard output.")});
    if (const auto over = parseArguments(parser, QStringLiteral("watch"), arguments, 1, around))
        return *over;
    const auto duration = secondsOf(parser);
    if (!duration)
        return badUsage(around, QStringLiteral("--seconds: \"%1\" is not a number of seconds up to 86400").arg(parser.value(QStringLiteral("seconds"))));
    const QString source = parser.positionalArguments().constFirst();
    if (source.isEmpty())
        return badUsage(around, QStringLiteral("watch: the source is empty"));
    if (const QString problem = urlProblem(source); !problem.isEmpty())
        return badUsage(around, QStringLiteral("watch: ") + problem);
    const Result<Access> access = accessFrom(parser, around.environment);
    if (!access)
        return badUsage(around, access.error().text());
    std::unique_ptr<FleetAccess> fleet;
    if (isCameraName(source)) {
        if (access->isEmpty())
            return badUsage(around, QStringLiteral("to find camera %1 say where its fleet is: --server HOST or --agent URL").arg(source));
        fleet = std::make_unique<FleetAccess>(*access, around.clock);
    }

    Watch watch(source, parser.value(QStringLiteral("stream")), *duration, around);
    const WatchResult result = watch.run(fleet.get());
    if (!result.error.isEmpty())
        print(around.err, QStringLiteral("vedettectl: ") + result.error);
    print(around.out, parser.isSet(QStringLiteral("json")) ? QString::fromUtf8(QJsonDocument(watchJson(result)).toJson(QJsonDocument::Compact))
                                                           : watchText(result));
    return result.firstPictureMs ? kDone : kFailed;
}

} // namespace vedette::app
