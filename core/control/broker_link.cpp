// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/broker_link.h"

#include "core/base/secret.h"
#include "core/control/command_post.h"
#include "core/protocol/routes.h"
#include "core/protocol/topics.h"

#include <QLoggingCategory>
#include <QUuid>

#include <algorithm>
#include <utility>

namespace vedette::control {
namespace {

Q_LOGGING_CATEGORY(lcBroker, "vedette.broker")

constexpr milliseconds kTick{1000};
constexpr milliseconds kReplyTimeout{10'000};
constexpr milliseconds kStatusTimeout{3000};
constexpr microseconds kClockEvery{30'000'000};

net::MqttConfig named(net::MqttConfig config, const QString &console)
{
    if (config.clientId.isEmpty())
        config.clientId = QStringLiteral("vedette-") + console;
    return config;
}

} // namespace

BrokerLink::BrokerLink(const net::MqttConfig &config, const Clock &clock, QObject *parent)
    : AgentLink(parent), m_clock(clock),
      m_console(QLatin1Char('c') + QUuid::createUuid().toString(QUuid::Id128).left(12)),
      m_mqtt(net::MqttClient::create(named(config, m_console)))
{
    using protocol::Topic;
    for (const Topic topic : {Topic::Status, Topic::Online, Topic::Telemetry, Topic::Backlog})
        m_mqtt->subscribe(protocol::allAgents(topic), 1);
    m_mqtt->subscribe(protocol::topicName(QStringLiteral("+"), Topic::Reply, m_console), 1);
    connect(m_mqtt.get(), &net::MqttClient::received, this, &BrokerLink::received);
    connect(m_mqtt.get(), &net::MqttClient::connected, this, [this] { Q_EMIT linkStateChanged(true, {}, -1); });
    connect(m_mqtt.get(), &net::MqttClient::disconnected, this, [this](const Error &error, qint64 nextTryMs) {
        Q_EMIT linkStateChanged(false, redact(error.text()), nextTryMs);
    });
    connect(m_mqtt.get(), &net::MqttClient::published, this, &BrokerLink::requestAcknowledged);
    connect(&m_timer, &QTimer::timeout, this, &BrokerLink::tick);
}

BrokerLink::~BrokerLink()
{
    stop();
}

void BrokerLink::start()
{
    m_timer.start(kTick);
    m_mqtt->start();
}

void BrokerLink::stop()
{
    m_timer.stop();
    m_mqtt->stop();
}

void BrokerLink::malformedCame(const QString &topic, const Error &error)
{
    ++m_malformed;
    qCWarning(lcBroker).noquote() << "dropped a message on" << topic.left(128) << "-" << error.text();
}

void BrokerLink::received(const net::MqttMessage &message)
{
    const auto topic = protocol::parseTopic(message.topic);
    if (!topic) {
        malformedCame(message.topic, {ErrorKind::InvalidInput, QStringLiteral("not a topic of ours"), nullptr});
        return;
    }
    if (topic->topic == protocol::Topic::Reply) {
        replyCame(message.correlation, message.payload);
        return;
    }
    if (!m_agents.contains(topic->agent) && m_agents.size() >= kMaxAgents) {
        malformedCame(message.topic, {ErrorKind::InvalidInput, QStringLiteral("more agents than a console takes"), nullptr});
        return;
    }
    switch (topic->topic) {
    case protocol::Topic::Status: statusCame(topic->agent, message.payload); break;
    case protocol::Topic::Online: onlineCame(topic->agent, message.payload, message.retain); break;
    case protocol::Topic::Telemetry:
    case protocol::Topic::Backlog: samplesCame(topic->agent, message.payload); break;
    default: break;
    }
}

void BrokerLink::statusCame(const QString &agent, const QByteArray &payload)
{
    const auto status = protocol::parseAgentStatus(payload);
    if (!status || status->id != agent) {
        const Error error = status ? Error{ErrorKind::InvalidInput, QStringLiteral("id: names another agent"), nullptr} : status.error();
        malformedCame(agent + QStringLiteral("/status"), error);
        if (!payload.isEmpty()) // an empty one only clears what the broker retained
            Q_EMIT statusUnreadable(agent, error.text());
        return;
    }
    Heard &heard = m_agents[agent];
    heard.http = QUrl(status->httpUrl);
    if (std::exchange(heard.run, status->run()) != status->run())
        heard.clockDue = {}; // its clock was set, or it was started again
    Q_EMIT statusReceived(*status);
}

void BrokerLink::onlineCame(const QString &agent, const QByteArray &payload, bool retained)
{
    const auto online = protocol::parseOnline(payload);
    if (!online) {
        malformedCame(agent + QStringLiteral("/online"), online.error());
        return;
    }
    Heard &heard = m_agents[agent];
    if (!online->online) {
        setOnline(agent, false, QStringLiteral("The agent has left the broker."));
        return;
    }
    if (retained)
        return; // what was said before we listened proves nothing about now
    heard.bootId = online->bootId;
    heard.last = m_clock.now();
    setOnline(agent, true, {});
}

void BrokerLink::setOnline(const QString &agent, bool online, const QString &reason)
{
    Heard &heard = m_agents[agent];
    const bool news = heard.online != online;
    heard.online = online;
    if (news || !online)
        Q_EMIT onlineChanged(agent, online, reason, -1);
}

void BrokerLink::samplesCame(const QString &agent, const QByteArray &payload)
{
    const auto batch = protocol::parseSampleBatch(payload);
    if (!batch || batch->agent != agent) {
        malformedCame(agent + QStringLiteral("/telemetry"), batch ? Error{ErrorKind::InvalidInput, QStringLiteral("agent: names another agent"), nullptr} : batch.error());
        return;
    }
    Heard &heard = m_agents[agent];
    if (!heard.samples) {
        heard.samples = std::make_unique<SampleFetcher>(agent);
        connect(heard.samples.get(), &SampleFetcher::fetched, this, &AgentLink::samplesReceived);
    }
    Q_EMIT samplesReceived(*batch);
    if (!heard.samples->seen(*batch) && heard.http.isValid() && !heard.http.isEmpty())
        heard.samples->fetch(heard.http);
}

void BrokerLink::measureClock(const QString &agent, const QUrl &http)
{
    QUrl url = http;
    url.setPath(QString::fromLatin1(protocol::routes::kStatus));
    m_http.get(url, kStatusTimeout, this, [this, agent, asked = m_clock.now()](const Result<QByteArray> &answer) {
        const auto status = answer.and_then([](const QByteArray &json) { return protocol::parseAgentStatus(json); });
        if (!status || status->id != agent)
            return; // not reachable from here: its clock stays unknown
        const microseconds half = (m_clock.now() - asked) / 2;
        Q_EMIT clockMeasured(agent, {asked + half, status->time, half, status->clockUncertainty, status->run()});
    });
}

void BrokerLink::tick()
{
    const MonoTime now = m_clock.now();
    for (auto &[agent, heard] : m_agents) {
        if (heard.online && now - heard.last > kOnlineLimit)
            setOnline(agent, false, QStringLiteral("Nothing heard from the agent for %1 s.").arg(kOnlineLimit.count() / 1000));
        if (heard.online && now >= heard.clockDue && !heard.http.isEmpty()) {
            heard.clockDue = now + kClockEvery;
            measureClock(agent, heard.http);
        }
    }
    QList<QByteArray> late;
    for (auto it = m_pending.cbegin(); it != m_pending.cend(); ++it)
        if (now >= it->deadline)
            late.append(it.key());
    for (const QByteArray &correlation : late)
        answer(correlation, fail(ErrorKind::Timeout, QStringLiteral("the agent did not answer within %1 s").arg(kReplyTimeout.count() / 1000)));
}

void BrokerLink::send(const QString &agent, const protocol::CommandRequest &request, QObject *context, Reply reply)
{
    if (!m_agents.contains(agent)) {
        reply(fail(ErrorKind::NotFound, QStringLiteral("agent %1 is not known at the broker").arg(agent)));
        return;
    }
    // What only its port takes.
    const auto *known = protocol::findCommand(request.command);
    if (const auto found = m_agents.find(agent); known && !known->overMqtt && !found->second.http.isEmpty()) {
        postCommand(m_http, found->second.http, request, context, std::move(reply));
        return;
    }
    if (m_pending.size() >= kMaxPending) {
        reply(fail(ErrorKind::Unavailable, QStringLiteral("too many commands wait for an answer")));
        return;
    }
    net::MqttMessage message;
    message.topic = protocol::topicName(agent, protocol::Topic::Command);
    message.payload = protocol::toJson(request);
    message.responseTopic = protocol::topicName(agent, protocol::Topic::Reply, m_console);
    message.correlation = QUuid::createUuid().toRfc4122();
    message.expirySeconds = static_cast<int>(kReplyTimeout.count() / 1000);
    const auto sent = m_mqtt->publish(message);
    if (!sent) {
        reply(fail(sent.error()));
        return;
    }
    m_pending.insert(message.correlation, {context, std::move(reply), m_clock.now() + kReplyTimeout, *sent});
}

void BrokerLink::requestAcknowledged(quint64 token, int reason)
{
    constexpr int kNoSubscriber = 0x10; // MQTT 5, 3.4.2.1: thrown away, so no answer will come
    const auto found = std::find_if(m_pending.cbegin(), m_pending.cend(), [token](const Pending &p) { return p.token == token; });
    if (found == m_pending.cend() || reason == 0)
        return;
    answer(found.key(), reason == kNoSubscriber
                            ? fail(ErrorKind::Unavailable, QStringLiteral("the agent is not connected to the broker"))
                            : fail(ErrorKind::Denied, QStringLiteral("the broker refused the command (reason %1)").arg(reason)));
}

void BrokerLink::replyCame(const QByteArray &correlation, const QByteArray &payload)
{
    const auto reply = protocol::parseCommandReply(payload);
    if (!reply)
        malformedCame(QStringLiteral("reply"), reply.error());
    answer(correlation, reply ? reply->outcome : fail(ErrorKind::Corrupt, reply.error().text()));
}

void BrokerLink::answer(const QByteArray &correlation, const Result<QJsonObject> &outcome)
{
    const auto found = m_pending.find(correlation);
    if (found == m_pending.end())
        return; // too late, or not ours
    const Pending pending = *found;
    m_pending.erase(found);
    if (pending.context)
        pending.reply(outcome);
}

} // namespace vedette::control
