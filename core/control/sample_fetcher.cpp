// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/sample_fetcher.h"

#include "core/protocol/routes.h"

#include <QUrlQuery>

#include <algorithm>

namespace vedette::control {
namespace {

constexpr milliseconds kTimeout{5000};
constexpr std::uint64_t kBeyondAll = (1ULL << 53) - 1; // the largest number that the route takes: no row has it

} // namespace

SampleFetcher::SampleFetcher(QString agent, QObject *parent) : QObject(parent), m_agent(std::move(agent)) {}

void SampleFetcher::fetch(const QUrl &base)
{
    if (m_waiting || (m_sinceFailure.isValid() && !m_sinceFailure.hasExpired(kAfterFailure.count())))
        return;
    m_waiting = true;
    QUrl url = base;
    url.setPath(QString::fromLatin1(protocol::routes::kSamples));
    QUrlQuery query;
    // Not knowing the spool yet, only its newest number is asked for.
    query.addQueryItem(QStringLiteral("since"), QString::number(m_known ? m_last : kBeyondAll));
    if (m_known)
        query.addQueryItem(QStringLiteral("spool"), m_spool);
    query.addQueryItem(QStringLiteral("limit"), QString::number(kPage));
    url.setQuery(query);
    m_http.get(url, kTimeout, this, [this, base](const Result<QByteArray> &answer) { answered(answer, base); });
}

void SampleFetcher::answered(const Result<QByteArray> &answer, const QUrl &base)
{
    m_waiting = false;
    const Result<protocol::SampleBatch> batch = answer.and_then([](const QByteArray &json) { return protocol::parseSampleBatch(json); });
    if (!batch) {
        if (batch.error().kind == ErrorKind::InvalidInput)
            m_known = false; // it refuses our number: begin anew
        giveUp(batch.error());
        return;
    }
    if (!m_agent.isEmpty() && batch->agent != m_agent) {
        giveUp({ErrorKind::NotFound, QStringLiteral("another agent, %1, answers at this address").arg(batch->agent), nullptr});
        return;
    }
    m_sinceFailure.invalidate();
    if (!m_known) {
        m_known = true;
        m_spool = batch->spool;
        m_last = batch->last > kHistory ? batch->last - kHistory : 0;
        fetch(base);
        return;
    }
    if (batch->spool != m_spool) {
        m_known = false; // a rebuilt database numbers anew: the next call finds out where it is
        return;
    }
    const std::uint64_t before = m_last;
    for (const protocol::Sample &sample : batch->samples)
        m_last = std::max(m_last, sample.sequence);
    if (m_last == before)
        return;
    Q_EMIT fetched(*batch);
    if (batch->samples.size() >= kPage)
        fetch(base);
}

void SampleFetcher::giveUp(const Error &error)
{
    m_sinceFailure.start();
    Q_EMIT failed(error);
}

bool SampleFetcher::seen(const protocol::SampleBatch &batch)
{
    if (!m_known || batch.spool != m_spool || batch.samples.isEmpty())
        return false;
    bool whole = true;
    for (const protocol::Sample &sample : batch.samples) {
        if (sample.sequence == m_last + 1)
            m_last = sample.sequence;
        else
            whole = whole && sample.sequence <= m_last;
    }
    return whole;
}

} // namespace vedette::control
