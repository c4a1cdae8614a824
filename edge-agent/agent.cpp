// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/agent.h"

#include "core/base/directory_lock.h"
#include "core/net/mqtt_client.h"
#include "core/protocol/json_reader.h"
#include "core/protocol/routes.h"
#include "core/settings/setting.h"
#include "edge-agent/camera.h"
#include "edge-agent/capture/capture_clock.h"
#include "edge-agent/control/bookmark_commands.h"
#include "edge-agent/control/command_dispatcher.h"
#include "edge-agent/control/command_route.h"
#include "edge-agent/control/mqtt_commands.h"
#include "edge-agent/http/http_server.h"
#include "edge-agent/presence.h"
#include "edge-agent/publish/live_routes.h"
#include "edge-agent/publish/webrtc_routes.h"
#include "edge-agent/recording_commands.h"
#include "edge-agent/recordings/catalog.h"
#include "edge-agent/recordings/recording_routes.h"
#include "edge-agent/recordings/segment_recovery.h"
#include "edge-agent/spool/spool.h"
#include "edge-agent/status_routes.h"
#include "edge-agent/telemetry/sampler.h"
#include "edge-agent/telemetry/samples_route.h"
#include "edge-agent/telemetry/sense_hat.h"
#include "edge-agent/telemetry/system_sensor.h"
#include "edge-agent/telemetry/telemetry_publisher.h"

#include <QFile>
#include <QLoggingCategory>
#include <QUrl>
#include <QUuid>

namespace vedette::agent {
namespace {

Q_LOGGING_CATEGORY(lcAgent, "vedette.agent")

constexpr std::int64_t kBallastBytes = 16LL << 20; // room for the catalog's log and a round of removals on a full disk
constexpr milliseconds kAskHttp{2'000};
constexpr double kMostFaultSeconds = 86'400;
constexpr std::chrono::minutes kPruneEvery{10}; // about 600 rows, so that no single pruning is long

/// Of the machine's boot, so that a console sees a reboot.
QString bootId()
{
    QFile file(QStringLiteral("/proc/sys/kernel/random/boot_id"));
    const QByteArray id = file.open(QIODevice::ReadOnly) ? file.readAll().trimmed() : QByteArray();
    return id.isEmpty() ? QUuid::createUuid().toString(QUuid::WithoutBraces) : QString::fromLatin1(id);
}

/// Which stream of a camera a command is for.
QString streamOf(protocol::JsonReader &arguments)
{
    return arguments.has(QLatin1String("stream")) ? arguments.text(QLatin1String("stream")) : QStringLiteral("main");
}

} // namespace

Agent::Agent(const settings::AgentSettings &settings, const Clock &clock)
    : m_settings(settings), m_clock(clock), m_bootId(bootId()), m_relayPublicUrl(settings.relayPublicUrl)
{
    m_broker.stage = QStringLiteral("broker");
    m_broker.since = clock.utcNow();
    QObject::connect(&m_pulseTimer, &QTimer::timeout, &m_pulseTimer, [this] { m_http->checkPulse(); });
    m_catalogTimer.setSingleShot(true);
    QObject::connect(&m_catalogTimer, &QTimer::timeout, &m_catalogTimer, [this] { tryCatalog(); });
    QObject::connect(&m_pruneTimer, &QTimer::timeout, &m_pruneTimer, [this] { pruneSpool(); });
}

Agent::~Agent()
{
    stop();
}

Result<std::unique_ptr<Agent>> Agent::create(const settings::AgentSettings &settings, const Clock &clock)
{
    std::unique_ptr<Agent> agent(new Agent(settings, clock));
    auto locked = lockDirectory(settings.dataDir, QStringLiteral("agent.lock"), QStringLiteral("data directory"));
    if (!locked)
        return fail(locked.error());
    agent->m_lock = std::move(*locked);
    const SpoolConfig spool{settings.dataDir + QStringLiteral("/spool.db"), std::int64_t{settings.spoolMaxMb} << 20, settings.spoolMaxDays};
    auto opened = Spool::open(spool, clock);
    if (!opened)
        return fail(opened.error().wrap(QStringLiteral("The spool in %1").arg(settings.dataDir)));
    agent->m_spool = std::move(*opened);
    auto bookmarks = Bookmarks::open(settings.dataDir + QStringLiteral("/bookmarks.db"));
    if (!bookmarks)
        return fail(bookmarks.error().wrap(QStringLiteral("The bookmarks in %1").arg(settings.dataDir)));
    agent->m_bookmarks = std::move(*bookmarks);
    agent->m_captureClock = std::make_unique<CaptureClock>(clock, clockTrustFromString(settings.clockTrust));
    if (const Status catalog = agent->openCatalog(); !catalog)
        agent->m_whyNoCatalog = catalog.error().text();
    agent->makeCameras();
    agent->makeSampler();
    agent->offerCommands();
    agent->makeMqtt();
    if (auto serving = agent->serve(); !serving)
        return fail(serving.error());
    return agent;
}

/// Where that fails, live video goes on without recordings, each recorded camera's stage says why, and it is tried again.
Status Agent::openCatalog()
{
    CatalogConfig config;
    config.folder = m_settings.recordingFolder;
    config.lanes = recordedLanes(m_settings.cameras);
    config.bootId = m_bootId;
    config.now = [this] {
        const ClockReading reading = m_captureClock->reading();
        return LedgerTime{m_clock.now(), reading.time, reading.known};
    };
    config.clockRuns = [this] {
        QList<protocol::ClockRun> known;
        for (const ClockRun &run : m_captureClock->runs()) {
            if (!run.known && run.corrected)
                known.append({run.id, *run.corrected - run.offset, run.uncertainty, {}});
        }
        return known;
    };
    config.recover = [](const QString &file, const protocol::SegmentName &name) { return recoverSegment(linuxSegmentDisk(), file, name); };
    config.retention = {std::chrono::days{m_settings.recordingMaxDays}, m_settings.recordingMaxGb * 1'000'000'000LL,
                        std::int64_t{m_settings.recordingMinFreeMb} << 20, kBallastBytes};
    if (config.lanes.isEmpty() && !QFile::exists(config.folder + u'/' + QLatin1String(Catalog::kFileName)))
        return {};
    auto catalog = Catalog::open(std::move(config));
    if (!catalog)
        return fail(catalog.error());
    m_catalog = std::move(*catalog);
    return {};
}

void Agent::tryCatalog()
{
    const Status opened = openCatalog();
    if (!opened) {
        m_whyNoCatalog = opened.error().text();
        awaitCatalog();
        return;
    }
    m_whyNoCatalog.clear();
    for (const auto &each : m_cameras)
        each->recorders().begin(*m_catalog);
}

Result<Catalog *> Agent::catalog() const
{
    if (m_catalog)
        return m_catalog.get();
    if (m_whyNoCatalog.isEmpty())
        return fail(ErrorKind::NotFound, QStringLiteral("Nothing is recorded here; [camera.recording] says what is."));
    return fail(ErrorKind::Unavailable, QStringLiteral("Nothing is recorded here now: %1").arg(m_whyNoCatalog));
}

void Agent::awaitCatalog()
{
    const milliseconds pause = m_catalogBackoff.next();
    for (const auto &each : m_cameras)
        each->recorders().wait(m_whyNoCatalog, pause);
    m_catalogTimer.start(pause);
}

void Agent::makeCameras()
{
    const RecordingPlace recording{m_settings.recordingFolder, std::chrono::seconds{m_settings.segmentSeconds}, m_catalog.get(), m_whyNoCatalog};
    const CameraEnvironment environment{m_clock, *m_captureClock, m_settings.version, recording};
    for (const settings::CameraSettings &camera : m_settings.cameras)
        m_cameras.push_back(std::make_unique<Camera>(camera, m_settings.relayUrl.reveal(), environment));
}

void Agent::makeSampler()
{
    m_sampler = std::make_unique<Sampler>(m_clock, *m_spool, [this] { return m_captureClock->reading().known; });
    m_sampler->addSensor(std::make_unique<SystemSensor>(m_settings.dataDir));
    m_sampler->addSensor(makeSenseHat(m_settings.senseHat, m_clock));
}

void Agent::offerCommands()
{
    m_dispatcher = std::make_unique<CommandDispatcher>();
    m_dispatcher->setAction(QStringLiteral("keyframe"), [this](const protocol::CommandRequest &request) -> Result<QJsonObject> {
        std::optional<Error> error;
        protocol::JsonReader arguments(request.arguments, error, QStringLiteral("arguments"));
        const QString stream = streamOf(arguments);
        if (error)
            return fail(*error);
        Camera *found = camera(request.camera);
        if (!found)
            return fail(ErrorKind::NotFound, QStringLiteral("There is no camera %1 here.").arg(request.camera));
        if (auto asked = found->requestKeyFrame(stream); !asked)
            return fail(asked.error());
        return QJsonObject{};
    });
    m_dispatcher->setAction(QStringLiteral("bitrate"), [this](const protocol::CommandRequest &request) -> Result<QJsonObject> {
        std::optional<Error> error;
        protocol::JsonReader arguments(request.arguments, error, QStringLiteral("arguments"));
        const QString stream = streamOf(arguments);
        const settings::Setting &limits = *settings::findSetting(settings::Scope::Camera, u"bitrate_kbps");
        const auto kbps = arguments.integer(QLatin1String("kbps"), std::int64_t(limits.minimum), std::int64_t(limits.maximum));
        if (error)
            return fail(*error);
        Camera *found = camera(request.camera);
        if (!found)
            return fail(ErrorKind::NotFound, QStringLiteral("There is no camera %1 here.").arg(request.camera));
        if (auto set = found->setBitrate(stream, static_cast<int>(kbps)); !set)
            return fail(set.error());
        return QJsonObject{};
    });
    m_dispatcher->setAction(QStringLiteral("controls"), [this](const protocol::CommandRequest &request) -> Result<QJsonObject> {
        if (Camera *found = camera(request.camera))
            return found->setControls(request.arguments);
        return fail(ErrorKind::NotFound, QStringLiteral("There is no camera %1 here.").arg(request.camera));
    });
    m_dispatcher->setAction(QStringLiteral("fault"), [this](const protocol::CommandRequest &request) { return injectFault(request); });
    QStringList cameras;
    for (const settings::CameraSettings &each : m_settings.cameras)
        cameras.append(each.id);
    offerBookmarkCommands(*m_dispatcher, *m_bookmarks, cameras, m_clock);
    offerRecordingCommands(*m_dispatcher, {[this](const QString &id) { return camera(id); }, [this] { return catalog(); }});
}

/// {"kind":"stall","seconds":3}: seconds may be left out.
Result<QJsonObject> Agent::injectFault(const protocol::CommandRequest &request)
{
    Camera *found = camera(request.camera);
    if (!found)
        return fail(ErrorKind::NotFound, QStringLiteral("There is no camera %1 here.").arg(request.camera));
    const auto fault = faultFromString(request.arguments.value(QLatin1String("kind")).toString());
    if (!fault)
        return fail(ErrorKind::InvalidInput, QStringLiteral("arguments.kind must be one of %1.").arg(faultWords().join(QStringLiteral(", "))));
    const QJsonValue seconds = request.arguments.value(QLatin1String("seconds"));
    const double least = *fault == TestFault::Jump ? -kMostFaultSeconds : 0;
    if (!seconds.isUndefined() && (!seconds.isDouble() || seconds.toDouble() < least || seconds.toDouble() > kMostFaultSeconds))
        return fail(ErrorKind::InvalidInput, QStringLiteral("arguments.seconds must be a number from %1 to %2.").arg(least).arg(kMostFaultSeconds));
    if (auto done = found->injectFault(*fault, milliseconds{qRound64(seconds.toDouble() * 1000)}); !done)
        return fail(done.error());
    return QJsonObject{};
}

void Agent::makeMqtt()
{
    if (m_settings.mqttHost.isEmpty())
        return;
    net::MqttConfig config;
    config.host = m_settings.mqttHost;
    config.port = static_cast<quint16>(m_settings.mqttPort);
    config.clientId = QStringLiteral("vedette-agent-") + m_settings.id;
    config.username = m_settings.mqttUsername;
    config.password = m_settings.mqttPassword;
    config.tls = m_settings.mqttTls;
    config.caFile = m_settings.mqttCaFile;
    Presence::addWill(config, m_settings.id);
    m_mqtt = net::MqttClient::create(config);
    const auto setBroker = [this](protocol::StageState state, const QString &reason, qint64 nextTryMs) {
        if (m_broker.state != state)
            m_broker.since = m_clock.utcNow();
        m_broker.state = state;
        m_broker.reason = reason;
        m_broker.nextTry.reset();
        if (nextTryMs >= 0)
            m_broker.nextTry = m_clock.utcNow() + milliseconds{nextTryMs};
    };
    setBroker(protocol::StageState::Starting, {}, -1);
    QObject::connect(m_mqtt.get(), &net::MqttClient::connected, m_mqtt.get(),
                     [setBroker] { setBroker(protocol::StageState::Running, {}, -1); });
    QObject::connect(m_mqtt.get(), &net::MqttClient::disconnected, m_mqtt.get(), [this, setBroker](const Error &error, qint64 nextTryMs) {
        // Once per outage: a broker that is away for days must not fill the log.
        if (m_broker.state != protocol::StageState::Waiting)
            qCWarning(lcAgent).noquote() << "Broker:" << error.text();
        setBroker(protocol::StageState::Waiting, error.text(), nextTryMs);
    });
    m_presence = std::make_unique<Presence>(m_settings.id, m_bootId, *m_mqtt, m_clock, [this] { return status(); });
    m_publisher = std::make_unique<TelemetryPublisher>(m_settings.id, *m_spool, *m_mqtt);
    m_mqttCommands = std::make_unique<MqttCommands>(m_settings.id, *m_mqtt, *m_dispatcher, m_clock);
    QObject::connect(m_sampler.get(), &Sampler::sampled, m_publisher.get(), &TelemetryPublisher::publish);
}

Status Agent::serve()
{
    m_http = std::make_unique<HttpServer>();
    std::function<protocol::StageStatus()> broker;
    if (m_mqtt)
        broker = [this] { return m_broker; };
    addStatusRoutes(*m_http, {[this] { return status(); }, broker, [this] { return metrics(); }, [this] { return silentThreads(); }});
    addSamplesRoute(*m_http, m_settings.id, *m_spool);
    addBookmarkRoute(*m_http, *m_bookmarks);
    addCommandRoute(*m_http, *m_dispatcher);
    addRecordingRoutes(*m_http, [this] { return catalog(); }, m_clock);
    addWebrtcRoutes(*m_http, m_settings.liveKit, m_settings.liveKitRoom, m_clock);
    addLiveRoutes(*m_http, [this](const QString &id, const QString &stream) -> Result<LiveCamera> {
        if (const Camera *found = camera(id))
            return found->live(stream);
        return fail(ErrorKind::NotFound, QStringLiteral("There is no camera %1 on this agent.").arg(id));
    }, m_settings.cameras.first().id);
    return m_http->start(m_settings.httpAddress, m_settings.httpPort);
}

void Agent::pruneSpool()
{
    if (auto pruned = m_spool->prune(); !pruned)
        qCWarning(lcAgent).noquote() << "Spool:" << pruned.error().text();
}

void Agent::start()
{
    m_running = true;
    pruneSpool();
    m_pruneTimer.start(kPruneEvery);
    m_pulseTimer.start(kAskHttp);
    for (const auto &each : m_cameras)
        each->start();
    if (!m_whyNoCatalog.isEmpty()) {
        qCWarning(lcAgent).noquote() << "Nothing is recorded yet:" << m_whyNoCatalog;
        awaitCatalog();
    }
    if (m_mqtt)
        m_mqtt->start();
    m_sampler->start();
}

void Agent::stop()
{
    if (!m_running)
        return;
    m_running = false;
    m_pruneTimer.stop();
    m_catalogTimer.stop();
    m_pulseTimer.stop();
    m_sampler->stop();
    if (m_presence)
        m_presence->goodbye();
    m_http->stop();
    commitSpool(); // now, too: a camera's driver may hold its thread for ever
    for (const auto &each : m_cameras)
        each->requestStop();
    for (const auto &each : m_cameras)
        each->stop();
    if (m_catalog)
        m_catalog->stop();
    if (m_mqtt)
        m_mqtt->stop();
    commitSpool();
}

void Agent::commitSpool()
{
    if (auto committed = m_spool->commit(); !committed)
        qCWarning(lcAgent).noquote() << "Spool:" << committed.error().text();
}

QString Agent::url() const
{
    const bool v6 = m_settings.httpAddress.contains(u':');
    return QStringLiteral("http://%1:%2").arg(v6 ? u'[' + m_settings.httpAddress + u']' : m_settings.httpAddress).arg(m_http->port());
}

Camera *Agent::camera(const QString &id) const
{
    for (const auto &each : m_cameras) {
        if (each->id() == id)
            return each.get();
    }
    return nullptr;
}

QStringList Agent::streamUrls(const QString &camera, const QString &stream) const
{
    QStringList urls;
    for (const settings::CameraSettings &each : m_settings.cameras) {
        if (each.id != camera || !each.publish)
            continue;
        // Relay paths: <camera> for the main stream and <camera>/<stream> for others.
        if (!each.pushUrl.isEmpty() && stream == QLatin1String("main"))
            urls.append(QUrl(each.pushUrl.reveal()).toString(QUrl::RemoveUserInfo));
        else if (!m_relayPublicUrl.isEmpty())
            urls.append(m_relayPublicUrl + u'/' + camera + (stream == QLatin1String("main") ? QString() : u'/' + stream));
    }
    for (const char *suffix : {"au", "mjpg", "jpg"})
        urls.append(url() + protocol::routes::live(camera, stream, QLatin1String(suffix)));
    return urls;
}

protocol::AgentStatus Agent::status() const
{
    protocol::AgentStatus status;
    status.id = m_settings.id;
    status.name = m_settings.name;
    status.version = QStringLiteral(VEDETTE_VERSION);
    status.bootId = m_bootId;
    // The clock of the pictures, which a wall clock that was just corrected runs ahead of.
    const ClockReading reading = m_captureClock->reading();
    status.time = reading.time;
    status.clockSynchronized = reading.known;
    status.clockUncertainty = reading.uncertainty;
    status.settingsVersion = m_settings.version;
    status.httpUrl = url();
    status.spool = m_spool->id();
    status.capabilities = {QStringLiteral("keyframe")};
    for (std::size_t i = 0; i < m_cameras.size(); ++i) {
        protocol::CameraStatus camera = m_cameras[i]->status();
        for (protocol::StreamStatus &stream : camera.streams)
            stream.urls = streamUrls(camera.id, stream.name);
        camera.streams.first().hlsUrl = m_settings.cameras[static_cast<qsizetype>(i)].hlsUrl;
        status.cameras.append(camera);
    }
    return status;
}

QStringList Agent::silentThreads() const
{
    QStringList silent;
    for (const auto &each : m_cameras)
        silent += each->silentThreads();
    const MonoTime now = m_clock.now();
    if (m_http->pulse().silent(now))
        silent.append(QStringLiteral("http"));
    if (m_mqtt && m_mqtt->pulse().silent(now))
        silent.append(QStringLiteral("mqtt"));
    if (m_catalog && m_catalog->pulse().silent(now))
        silent.append(QStringLiteral("recordings catalog"));
    return silent;
}

MetricsInput Agent::metrics() const
{
    MetricsInput input;
    input.status = status();
    for (const auto &each : m_cameras)
        input.figures.append(each->figures());
    input.sample = m_sampler->last();
    if (m_mqtt) {
        input.mqttConnected = m_mqtt->isConnected();
        input.mqttDropped = m_mqtt->droppedIncoming();
        input.samplesPublished = m_publisher->counts().published;
        input.samplesSent = m_publisher->counts().sent;
        input.samplesHeld = m_publisher->counts().held;
        input.commandsAnswered = m_mqttCommands->answered();
        input.commandsRefused = m_mqttCommands->refused();
    }
    if (m_catalog)
        input.recordings = m_catalog->figures();
    for (const RecordingLane &lane : recordedLanes(m_settings.cameras))
        input.recordings.lanes.insert({lane, {}}); // from the start
    const HttpCounts http = m_http->counts();
    input.httpRequests = http.requests;
    input.httpRefused = http.refused;
    input.httpStalled = http.stalled;
    input.httpOpen = http.open;
    return input;
}

} // namespace vedette::agent
