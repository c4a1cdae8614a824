// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/control/agent_link.h"
#include "core/protocol/routes.h"
#include "tests/support/canned_http.h"

namespace vedette::test {

/// The status and samples of one agent as its HTTP port gives them, with what a test wants to be wrong.
struct AgentAnswers {
    protocol::AgentStatus status;
    QList<protocol::Sample> rows;
    microseconds clockAhead{0};

    explicit AgentAnswers(const QString &id, const QString &spool = QStringLiteral("spool-1"))
    {
        status.id = id;
        status.name = id;
        status.version = QStringLiteral("1");
        status.bootId = QStringLiteral("boot-1");
        status.spool = spool;
    }
    void addRows(std::uint64_t first, int count)
    {
        for (int i = 0; i < count; ++i) {
            const std::uint64_t sequence = first + static_cast<std::uint64_t>(i);
            rows.append({sequence, SystemClock().utcNow(), true, {{QStringLiteral("cpu_load_ratio"), double(sequence)}}});
        }
    }
    protocol::SampleBatch batch(std::uint64_t since, int limit) const
    {
        protocol::SampleBatch result{status.id, status.spool, rows.isEmpty() ? 0 : rows.last().sequence, {}};
        for (const auto &row : rows)
            if (row.sequence > since && result.samples.size() < limit)
                result.samples.append(row);
        return result;
    }
    void serve(CannedHttp &http)
    {
        http.on(QString::fromLatin1(protocol::routes::kStatus), [this](const CannedHttp::Request &) {
            status.time = SystemClock().utcNow() + clockAhead;
            return CannedHttp::Answer{protocol::toJson(status)};
        });
        http.on(QString::fromLatin1(protocol::routes::kSamples), [this](const CannedHttp::Request &r) {
            const QString asked = r.query.queryItemValue(QStringLiteral("spool"));
            const bool other = !asked.isEmpty() && asked != status.spool;
            return CannedHttp::Answer{protocol::toJson(batch(other ? 0 : r.query.queryItemValue(QStringLiteral("since")).toULongLong(),
                                                             r.query.queryItemValue(QStringLiteral("limit")).toInt()))};
        });
    }
};

/// Everything a link said.
struct Heard {
    explicit Heard(control::AgentLink &link)
    {
        using control::AgentLink;
        QObject::connect(&link, &AgentLink::statusReceived, &link, [this](const protocol::AgentStatus &s) { statuses.append(s); });
        QObject::connect(&link, &AgentLink::statusUnreadable, &link, [this](const QString &agent, const QString &why) { unreadable.append(agent + QStringLiteral(": ") + why); });
        QObject::connect(&link, &AgentLink::onlineChanged, &link, [this](const QString &agent, bool on, const QString &why, qint64 next) {
            online[agent] = on;
            reason = why;
            nextTry = next;
            ++changes;
        });
        QObject::connect(&link, &AgentLink::samplesReceived, &link, [this](const protocol::SampleBatch &b) {
            for (const auto &sample : b.samples)
                sequences.append(sample.sequence);
        });
        QObject::connect(&link, &AgentLink::clockMeasured, &link, [this](const QString &, const RemoteClock &measured) {
            clock = measured;
            ++clocks;
        });
        QObject::connect(&link, &AgentLink::linkStateChanged, &link, [this](bool isUp, const QString &why, qint64 next) {
            up = isUp;
            linkReason = why;
            linkNextTry = next;
            ++linkChanges;
        });
    }

    QList<protocol::AgentStatus> statuses;
    QStringList unreadable; ///< "AGENT: why", in order
    QHash<QString, bool> online;
    QString reason;
    qint64 nextTry = 0;
    int changes = 0;
    QList<std::uint64_t> sequences;
    RemoteClock clock;
    int clocks = 0;
    bool up = false;
    QString linkReason;
    qint64 linkNextTry = 0;
    int linkChanges = 0;
};

} // namespace vedette::test
