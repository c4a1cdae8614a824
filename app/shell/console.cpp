// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/console.h"

#include "core/control/broker_link.h"
#include "core/control/http_link.h"
#include "core/recordings/agent_source.h"
#include "core/recordings/folder_source.h"
#include "core/recordings/relay_source.h"

#include <QFileInfo>
#include <QPointer>
#include <QUrlQuery>
#include <QUuid>

#include <algorithm>
#include <cstdlib>

namespace vedette::app {

std::optional<protocol::StageStatus> failingStage(const protocol::CameraStatus &camera)
{
    for (const protocol::StageStatus &stage : camera.stages) {
        // The publisher is not asked: without the relay the picture still comes from the agent.
        const bool ours = stage.stage == QStringLiteral("source") || stage.stage == QStringLiteral("encoder");
        const bool fails = stage.state == protocol::StageState::Waiting || stage.state == protocol::StageState::Stopped;
        if (ours && fails && !stage.reason.isEmpty())
            return stage;
    }
    return {};
}

namespace {

recordings::RelayAddress relayAt(const QUrl &url)
{
    constexpr int kPlayback = 9996, kApi = 9997; // mediamtx.yml: playbackAddress, apiAddress
    const QUrlQuery query(url);
    QUrl base = url.adjusted(QUrl::RemoveQuery | QUrl::RemoveFragment | QUrl::RemovePath);
    base.setPort(url.port(kPlayback));
    recordings::RelayAddress relay{QStringLiteral("%1:%2").arg(base.host()).arg(base.port()), base.toString(), query.queryItemValue(QStringLiteral("api"), QUrl::FullyDecoded),
                                   query.allQueryItemValues(QStringLiteral("path"), QUrl::FullyDecoded)};
    if (relay.api.isEmpty() && relay.paths.isEmpty()) {
        base.setPort(kApi);
        relay.api = base.toString();
    }
    return relay;
}

} // namespace

Console::Console(const Clock &clock, Credentials credentials, QObject *parent)
    : QObject(parent), m_clock(clock), m_credentials(std::move(credentials)), m_fleet(clock), m_streams(clock), m_library(clock)
{
    m_feedTimer.setSingleShot(true);
    m_feedTimer.setInterval(0);
    connect(&m_feedTimer, &QTimer::timeout, this, &Console::updateFeeds);
    connect(&m_streams, &CameraStreams::keyFrameWanted, this, [this](const QString &camera) {
        // Refused or unanswered: the picture comes with the next group all the same.
        command({QStringLiteral("keyframe"), camera, {}}, this, [](const Result<QJsonObject> &) {});
    });
    connect(&m_fleet, &control::FleetStore::camerasChanged, &m_feedTimer, qOverload<>(&QTimer::start));
    connect(&m_fleet, &control::FleetStore::agentChanged, &m_feedTimer, qOverload<>(&QTimer::start));
}

Console::~Console()
{
    for (const auto &link : m_links)
        link->link->stop();
}

std::unique_ptr<control::AgentLink> Console::makeLink(const Address &address)
{
    if (address.kind == Address::Kind::Agent)
        return std::make_unique<control::HttpLink>(address.url, m_clock);
    net::MqttConfig config;
    config.host = address.host;
    config.port = address.port;
    config.tls = address.tls;
    config.clientId = QStringLiteral("vedette-") + QUuid::createUuid().toString(QUuid::Id128).left(12);
    config.username = m_credentials.user;
    config.password = m_credentials.password;
    return std::make_unique<control::BrokerLink>(config, m_clock);
}

void Console::add(const Address &address)
{
    const bool known = std::any_of(m_links.begin(), m_links.end(),
                                   [&address](const auto &link) { return link->state.address == address; });
    if (known)
        return;
    auto link = std::make_unique<Link>();
    link->state.address = address;
    link->link = makeLink(address);
    connectLink(*link);
    m_links.push_back(std::move(link));
    m_links.back()->link->start();
    Q_EMIT linksChanged();
}

void Console::connectLink(Link &entry)
{
    using control::AgentLink;
    AgentLink *link = entry.link.get();
    connect(link, &AgentLink::statusReceived, &m_fleet, &control::FleetStore::setStatus);
    connect(link, &AgentLink::statusUnreadable, &m_fleet, &control::FleetStore::setStatusFault);
    connect(link, &AgentLink::onlineChanged, &m_fleet, &control::FleetStore::setOnline);
    connect(link, &AgentLink::clockMeasured, &m_fleet, &control::FleetStore::setClock);
    connect(link, &AgentLink::samplesReceived, &m_telemetry, &telemetry::TelemetryStore::add);
    connect(link, &AgentLink::linkStateChanged, this, [this, &entry](bool up, const QString &reason, qint64 nextTryMs) {
        entry.state.up = up;
        entry.state.tried = true;
        entry.state.reason = reason;
        entry.state.nextTry.reset();
        if (!up && nextTryMs >= 0)
            entry.state.nextTry = m_clock.now() + milliseconds(nextTryMs);
        Q_EMIT linksChanged();
    });
}

QList<LinkState> Console::links() const
{
    QList<LinkState> states;
    for (const auto &link : m_links)
        states << link->state;
    return states;
}

void Console::command(const protocol::CommandRequest &request, QObject *context, const control::AgentLink::Reply &reply)
{
    const auto entry = m_fleet.camera(request.camera);
    protocol::CommandRequest sent = request;
    if (const auto *known = protocol::findCommand(request.command); known && !known->needsCamera)
        sent.camera.clear();
    if (entry)
        sendBy(0, entry->agent, sent, context, reply);
    else
        reply(fail(ErrorKind::NotFound, QStringLiteral("no agent has the camera %1 now").arg(request.camera)));
}

/// Asks the links in turn until one knows the agent.
void Console::sendBy(std::size_t link, const QString &agent, const protocol::CommandRequest &request, QObject *context,
                     const control::AgentLink::Reply &reply)
{
    if (link >= m_links.size()) {
        reply(fail(ErrorKind::NotFound, QStringLiteral("agent %1 is not known here").arg(agent)));
        return;
    }
    m_links[link]->link->send(agent, request, context, [this, link, agent, request, context = QPointer(context), reply](const Result<QJsonObject> &outcome) {
        const bool unknown = !outcome && outcome.error().kind == ErrorKind::NotFound && link + 1 < m_links.size();
        if (unknown && context)
            sendBy(link + 1, agent, request, context, reply);
        else
            reply(outcome);
    });
}

void Console::updateFeeds()
{
    QList<CameraFeed> feeds;
    for (const control::CameraEntry &camera : m_fleet.cameras()) {
        CameraFeed feed;
        feed.id = camera.status.id;
        feed.name = camera.status.name;
        feed.agent = camera.agent;
        feed.agentOnline = camera.agentOnline;
        feed.alsoClaimedBy = camera.alsoClaimedBy;
        feed.times = {camera.status.captureMs, camera.status.encodeMs};
        if (!camera.status.streams.isEmpty())
            feed.urls = camera.status.streams.first().urls;
        // Two agents push to one path of the relay: whose pictures come by it nobody can tell.
        if (!camera.alsoClaimedBy.isEmpty())
            feed.urls.removeIf([](const QString &url) { return live::pathKindOf(url) == live::PathKind::Relay; });
        const auto agent = m_fleet.agent(camera.agent);
        if (agent)
            feed.clock = agent->clock;
        if (const auto stage = failingStage(camera.status)) {
            feed.stageReason = stage->reason;
            if (feed.clock && stage->nextTry)
                feed.stageNextTry = feed.clock->at + (*stage->nextTry - feed.clock->time);
        }
        feed.runs = camera.status.runs;
        if (!agent || agent->status.name.isEmpty())
            feed.agentName = camera.agent;
        else
            feed.agentName = agent->status.name;
        feeds << feed;
    }
    m_streams.setFeeds(feeds);
    updateSources();
}

Status Console::addRecordings(const QString &place)
{
    const QUrl url(place);
    if (url.scheme() == QStringLiteral("http") || url.scheme() == QStringLiteral("https")) {
        if (!url.isValid() || url.host().isEmpty())
            return fail(ErrorKind::InvalidInput, QStringLiteral("%1 is no address of a playback server").arg(redact(place)));
        m_library.add(std::make_shared<recordings::RelaySource>(relayAt(url), m_clock));
        return {};
    }
    const QFileInfo folder(place);
    if (!folder.isDir())
        return fail(ErrorKind::InvalidInput, QStringLiteral("%1 is no folder").arg(place));
    m_library.add(std::make_shared<recordings::FolderSource>(folder.canonicalFilePath(), m_clock));
    return {};
}

void Console::updateSources()
{
    QHash<QString, QString> ports;
    for (const QString &id : m_fleet.agents()) {
        const auto agent = m_fleet.agent(id);
        if (agent && !agent->status.httpUrl.isEmpty())
            ports.insert(id, agent->status.httpUrl);
    }
    const QHash<QString, QString> before = std::exchange(m_agentSources, ports);
    for (auto it = before.begin(); it != before.end(); ++it) {
        if (!ports.contains(it.key()))
            m_library.remove(QStringLiteral("agent ") + it.key());
    }
    for (auto it = ports.begin(); it != ports.end(); ++it) {
        if (before.value(it.key()) != it.value())
            m_library.add(std::make_shared<recordings::AgentSource>(it.key(), it.value()));
    }
}

} // namespace vedette::app
