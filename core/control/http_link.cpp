// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/http_link.h"

#include "core/base/secret.h"
#include "core/control/command_post.h"
#include "core/protocol/routes.h"

#include <utility>

namespace vedette::control {
namespace {

constexpr milliseconds kTick{1000}; // samples; every second one the status too
constexpr int kStatusTicks = 2;
constexpr milliseconds kStatusTimeout{3000};

QUrl at(QUrl base, const char *path)
{
    base.setPath(QString::fromLatin1(path));
    return base;
}

} // namespace

HttpLink::HttpLink(QUrl base, const Clock &clock, QObject *parent)
    : AgentLink(parent), m_base(std::move(base)), m_clock(clock), m_samples(QString()), m_backoff(milliseconds{1000}, milliseconds{15'000})
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &HttpLink::tick);
    connect(&m_samples, &SampleFetcher::fetched, this, [this](const protocol::SampleBatch &batch) {
        if (m_running && batch.agent == m_agent)
            Q_EMIT samplesReceived(batch);
    });
}

void HttpLink::start()
{
    if (m_running)
        return;
    m_running = true;
    m_asking = false;
    m_backoff.reset();
    ++m_run;
    askStatus();
}

void HttpLink::stop()
{
    m_running = false;
    m_online = false;
    m_timer.stop();
}

void HttpLink::tick()
{
    if (!m_online || ++m_ticks >= kStatusTicks)
        askStatus();
    if (m_online) {
        m_samples.fetch(m_base);
        m_timer.start(kTick);
    }
}

void HttpLink::askStatus()
{
    if (std::exchange(m_asking, true))
        return;
    m_ticks = 0;
    m_http.get(at(m_base, protocol::routes::kStatus), kStatusTimeout, this,
               [this, run = m_run, asked = m_clock.now()](const Result<QByteArray> &answer) {
                   if (!m_running || run != m_run)
                       return;
                   m_asking = false;
                   statusAnswered(answer, asked);
               });
}

void HttpLink::statusAnswered(const Result<QByteArray> &answer, MonoTime asked)
{
    const auto status = answer.and_then([](const QByteArray &json) { return protocol::parseAgentStatus(json); });
    if (!status) {
        failed(answer ? status.error().wrap(redact(m_base.toString(QUrl::RemoveUserInfo))) : status.error());
        return;
    }
    const microseconds roundTrip = m_clock.now() - asked;
    if (!m_agent.isEmpty() && m_agent != status->id) // another Pi has this address now
        Q_EMIT onlineChanged(m_agent, false, QStringLiteral("Another agent, %1, answers at its address.").arg(status->id), -1);
    const bool news = !m_online || m_agent != status->id;
    m_agent = status->id;
    m_online = true;
    m_backoff.reset();
    Q_EMIT statusReceived(*status);
    if (news) {
        Q_EMIT linkStateChanged(true, {}, -1);
        Q_EMIT onlineChanged(m_agent, true, {}, -1);
    }
    Q_EMIT clockMeasured(m_agent, {asked + roundTrip / 2, status->time, roundTrip / 2, status->clockUncertainty, status->run()});
    if (!news || !m_running)
        return;
    m_samples.forgetFailure();
    m_samples.fetch(m_base);
    m_timer.start(kTick);
}

void HttpLink::failed(const Error &error)
{
    const milliseconds wait = m_backoff.next();
    const QString reason = redact(error.text());
    m_timer.start(wait);
    m_online = false;
    Q_EMIT linkStateChanged(false, reason, wait.count());
    if (!m_agent.isEmpty())
        Q_EMIT onlineChanged(m_agent, false, reason, wait.count());
}

void HttpLink::send(const QString &agent, const protocol::CommandRequest &request, QObject *context, Reply reply)
{
    if (agent != m_agent) {
        reply(fail(ErrorKind::NotFound, QStringLiteral("agent %1 is not known at %2").arg(agent, redact(m_base.toString()))));
        return;
    }
    postCommand(m_http, m_base, request, context, std::move(reply));
}

} // namespace vedette::control
