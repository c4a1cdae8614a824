// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/sample.h"

#include <QHash>
#include <QObject>

#include <deque>
#include <optional>
#include <set>
#include <vector>

namespace vedette::telemetry {

struct Point {
    UtcTime time{};
    double value = 0;
};

/// The samples of all agents in memory, by agent and series, in order of time and without doubles
/// (spool and sequence decide). Samples whose time is unknown are counted, not placed. Bounded: kMaxPoints a series,
/// kMaxSeries an agent; the oldest go first. Main thread.
class TelemetryStore : public QObject {
    Q_OBJECT
public:
    static constexpr std::size_t kMaxPoints = 24 * 3600; ///< a day at 1 Hz
    static constexpr int kMaxSeries = 256;

    using QObject::QObject;

    /// Live or fetched, in any order.
    void add(const protocol::SampleBatch &batch);
    QStringList agents() const;
    QStringList series(const QString &agent) const;     ///< in display order
    /// Points with from <= time <= to.
    std::vector<Point> points(const QString &agent, const QString &series, UtcTime from, UtcTime to) const;
    std::optional<Point> latest(const QString &agent, const QString &series) const;
    std::uint64_t sampleCount() const;                  ///< samples accepted since start

Q_SIGNALS:
    void changed(const QString &agent);

private:
    struct AgentData {
        QString spool;
        std::set<std::uint64_t> sequences; ///< accepted of this spool, the newest kMaxPoints
        QHash<QString, std::deque<Point>> series;
    };
    QHash<QString, AgentData> m_agents;
    std::uint64_t m_count = 0;
};

} // namespace vedette::telemetry
