// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/mosquitto_client.h"

#include <QHostAddress>
#include <QHostInfo>
#include <QPointer>

#include <algorithm>

namespace vedette::net {
namespace {

/// A connection that held this long was a success: the next loss starts the back-off anew. A broker that throws us
/// out after each CONNECT (two clients with one id) is not.
constexpr milliseconds kLasted{10'000};

} // namespace

MosquittoClient::MosquittoClient(const MqttConfig &config)
    : m_config(config), m_backoff(config.backoffBase, config.backoffCap),
      m_deniedBackoff(config.backoffCap, config.backoffCap * 4)
{
    m_timer.setSingleShot(true);
    QObject::connect(&m_timer, &QTimer::timeout, this, &MosquittoClient::tryConnect);
}

MosquittoClient::~MosquittoClient()
{
    stop();
}

void MosquittoClient::start()
{
    if (std::exchange(m_running, true))
        return;
    m_backoff.reset();
    m_deniedBackoff.reset();
    tryConnect();
}

void MosquittoClient::stop()
{
    m_running = false;
    m_timer.stop();
    if (m_lookup >= 0)
        QHostInfo::abortHostLookup(std::exchange(m_lookup, -1));
    endSession();
}

void MosquittoClient::endSession()
{
    m_worker.stop();
    if (m_session)
        m_droppedBefore += m_session->dropped();
    m_session.reset();
    m_connected = false;
    m_inFlight = 0;
}

std::uint64_t MosquittoClient::droppedIncoming() const
{
    return m_droppedBefore + (m_session ? m_session->dropped() : 0);
}

void MosquittoClient::subscribe(const QString &filter, int qos)
{
    m_subscriptions.insert(filter, qos);
    if (m_session)
        m_session->subscribe(filter, qos);
}

Result<quint64> MosquittoClient::publish(const MqttMessage &message)
{
    if (auto checked = checkOutgoing(message); !checked)
        return fail(checked.error());
    if (!m_connected)
        return fail(ErrorKind::Unavailable, QStringLiteral("not connected to the broker"));
    if (m_inFlight >= kMaxInFlight)
        return fail(ErrorKind::Unavailable, QStringLiteral("%1 messages wait for the broker").arg(m_inFlight));
    ++m_inFlight;
    m_session->publish(++m_lastToken, message);
    return m_lastToken;
}

void MosquittoClient::tryConnect()
{
    const bool local = m_config.host == QLatin1String("localhost");
    if (!QHostAddress(m_config.host).isNull() || local) {
        m_dualStack = local;
        launch();
        return;
    }
    // The library resolves names in a call that blocks. Asking here first, without blocking, keeps the Worker from
    // hanging in it while the name server does not answer.
    m_lookup = QHostInfo::lookupHost(m_config.host, this, [this](const QHostInfo &info) {
        m_lookup = -1;
        if (!m_running)
            return;
        if (info.error() != QHostInfo::NoError) {
            ended({ErrorKind::Unavailable, QStringLiteral("broker %1: %2").arg(m_config.host, info.errorString()), nullptr});
            return;
        }
        const auto addresses = info.addresses();
        const auto isV4 = [](const QHostAddress &a) { return a.protocol() == QAbstractSocket::IPv4Protocol; };
        m_dualStack = std::any_of(addresses.begin(), addresses.end(), isV4)
                      && !std::all_of(addresses.begin(), addresses.end(), isV4);
        launch();
    });
}

void MosquittoClient::launch()
{
    m_session = std::make_unique<MosquittoSession>(m_config, m_subscriptions, m_dualStack && m_onlyV4, m_pulse, [this] {
        QMetaObject::invokeMethod(this, [this] { drain(); }, Qt::QueuedConnection);
    });
    m_worker = Worker("mqtt", [session = m_session.get()](std::stop_token stop) { session->run(stop); });
}

void MosquittoClient::drain()
{
    if (!m_session)
        return;
    const QPointer<MosquittoClient> self(this);
    const MosquittoSession *session = m_session.get();
    for (const auto &event : m_session->take()) {
        obey(event);
        // Whoever heard the signal may have stopped or deleted this client.
        if (!self || m_session.get() != session)
            return;
    }
}

void MosquittoClient::obey(const MosquittoSession::Event &event)
{
    if (const auto *message = std::get_if<MqttMessage>(&event)) {
        Q_EMIT received(*message);
    } else if (const auto *acknowledged = std::get_if<MosquittoSession::Published>(&event)) {
        --m_inFlight;
        Q_EMIT published(acknowledged->token, acknowledged->reason);
    } else if (std::holds_alternative<MosquittoSession::Connected>(event)) {
        m_connected = true;
        m_connectedFor.start();
        Q_EMIT connected();
    } else {
        ended(std::get<MosquittoSession::Ended>(event).error);
    }
}

void MosquittoClient::ended(const Error &error)
{
    const bool was = m_connected;
    endSession();
    if (was && m_connectedFor.hasExpired(kLasted.count()))
        m_backoff.reset();
    if (was)
        m_deniedBackoff.reset();
    else
        m_onlyV4 = !m_onlyV4;
    const milliseconds wait = error.kind == ErrorKind::Denied ? m_deniedBackoff.next() : m_backoff.next();
    m_timer.start(wait);
    Q_EMIT disconnected(error, wait.count());
}

} // namespace vedette::net
