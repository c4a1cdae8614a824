// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/sample.h"

#include <QHash>
#include <QObject>

#include <deque>

namespace vedette::telemetry {

struct Point {
    UtcTime time{};
    double value = 0;
};

/// The samples of all agents in memory, by agent and series, in order of time and without doubles
/// (spool and sequence decide). Bounded: kMaxPoints a series, oldest first. Main thread.
class TelemetryStore : public QObject {
    Q_OBJECT
public:
    static constexpr std::size_t kMaxPoints = 24 * 3600; ///< a day at 1 Hz

    using QObject::QObject;

    /// Live or fetched, in any order.
    void add(const protocol::SampleBatch &batch);
    QStringList agents() const;
    QStringList series(const QString &agent) const;     ///< in display order
    /// Points with from <= time <= to.
    std::vector<Point> points(const QString &agent, const QString &series, UtcTime from, UtcTime to) const;
    std::optional<Point> latest(const QString &agent, const QString &series) const;
    /// The last sequence held without a hole before it, of the agent's current spool: fetch from here. 0: nothing.
    std::uint64_t lastSequence(const QString &agent) const;
    QString spool(const QString &agent) const;
    std::uint64_t sampleCount() const;                  ///< samples accepted since start

Q_SIGNALS:
    void changed(const QString &agent);

private:
    struct AgentData {
        QString spool;
        std::uint64_t last = 0;
        std::uint64_t accepted = 0;
        QHash<QString, std::deque<Point>> series;
        std::deque<std::uint64_t> recent;
    };
    QHash<QString, AgentData> m_agents;
    std::uint64_t m_count = 0;
};

} // namespace vedette::telemetry
