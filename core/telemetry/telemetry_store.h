// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/sample.h"

#include <QHash>
#include <QObject>

#include <deque>
#include <map>
#include <optional>
#include <vector>

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
    static constexpr qsizetype kMaxSeries = 64;          ///< an agent; more are not kept
    static constexpr qsizetype kMaxAgents = 1024;        ///< more are not kept

    using QObject::QObject;

    /// Live or fetched, in any order.
    void add(const protocol::SampleBatch &batch);
    QStringList agents() const;
    QStringList series(const QString &agent) const;     ///< in display order
    /// Points with from <= time <= to.
    std::vector<Point> points(const QString &agent, const QString &series, UtcTime from, UtcTime to) const;
    std::optional<Point> latest(const QString &agent, const QString &series) const;
    /// The last sequence held without a hole before it, of the agent's current spool: fetch from here. 0: nothing.
    /// A step of kStartGap or more is a restart of the agent, not a hole.
    std::uint64_t lastSequence(const QString &agent) const;
    QString spool(const QString &agent) const;
    std::uint64_t sampleCount() const { return m_count; } ///< samples accepted since start

    /// What an agent adds to its sequence at each start (ARCHITECTURE.md, the spool).
    static constexpr std::uint64_t kStartGap = 1'000'000;

Q_SIGNALS:
    void changed(const QString &agent);

private:
    /// Held sequences of one spool as ranges, first to last.
    struct Held {
        QString spool;
        std::map<std::uint64_t, std::uint64_t> ranges;

        bool insert(std::uint64_t sequence); ///< false: held already
    };
    struct AgentData {
        std::deque<Held> spools; ///< the current one last
        QHash<QString, std::deque<Point>> series;
    };
    Held &heldOf(AgentData &agent, const QString &spool);
    void keep(AgentData &agent, const protocol::Sample &sample);

    QHash<QString, AgentData> m_agents;
    std::uint64_t m_count = 0;
};

} // namespace vedette::telemetry
