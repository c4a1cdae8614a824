// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/telemetry/telemetry_store.h"

#include <algorithm>

namespace vedette::telemetry {
namespace {

bool earlier(const Point &a, UtcTime b)
{
    return a.time < b;
}

void insert(std::deque<Point> &points, const Point &point)
{
    if (points.empty() || points.back().time < point.time) {
        points.push_back(point);
    } else {
        const auto at = std::lower_bound(points.begin(), points.end(), point.time, earlier);
        if (at != points.end() && at->time == point.time)
            return;
        points.insert(at, point);
    }
    if (points.size() > TelemetryStore::kMaxPoints)
        points.pop_front();
}

} // namespace

void TelemetryStore::add(const protocol::SampleBatch &batch)
{
    AgentData &agent = m_agents[batch.agent];
    if (agent.spool != batch.spool) { // rows of another spool are numbered anew
        agent.spool = batch.spool;
        agent.sequences.clear();
    }
    bool news = false;
    for (const protocol::Sample &sample : batch.samples) {
        if (!agent.sequences.insert(sample.sequence).second)
            continue;
        if (agent.sequences.size() > kMaxPoints)
            agent.sequences.erase(agent.sequences.begin());
        ++m_count;
        news = true;
        if (!sample.timeKnown)
            continue;
        for (const auto &[key, value] : sample.values) {
            if (agent.series.contains(key) || agent.series.size() < kMaxSeries)
                insert(agent.series[key], {sample.time, value});
        }
    }
    if (news)
        Q_EMIT changed(batch.agent);
}

QStringList TelemetryStore::agents() const
{
    QStringList ids = m_agents.keys();
    ids.sort();
    return ids;
}

QStringList TelemetryStore::series(const QString &agent) const
{
    QStringList keys;
    const auto found = m_agents.find(agent);
    if (found == m_agents.end())
        return keys;
    for (const protocol::SeriesDescription &description : protocol::seriesTable()) {
        if (found->series.contains(QString(description.key)))
            keys.append(description.key);
    }
    QStringList unknown;
    for (auto it = found->series.keyBegin(); it != found->series.keyEnd(); ++it) {
        if (!protocol::findSeries(*it))
            unknown.append(*it);
    }
    unknown.sort();
    return keys + unknown;
}

std::vector<Point> TelemetryStore::points(const QString &agent, const QString &series, UtcTime from, UtcTime to) const
{
    const auto found = m_agents.find(agent);
    if (found == m_agents.end())
        return {};
    const auto points = found->series.find(series);
    if (points == found->series.end() || to < from)
        return {};
    const auto first = std::lower_bound(points->begin(), points->end(), from, earlier);
    const auto last = std::upper_bound(first, points->end(), to, [](UtcTime a, const Point &b) { return a < b.time; });
    return {first, last};
}

std::optional<Point> TelemetryStore::latest(const QString &agent, const QString &series) const
{
    const auto found = m_agents.find(agent);
    if (found == m_agents.end())
        return std::nullopt;
    const auto points = found->series.find(series);
    return points == found->series.end() || points->empty() ? std::nullopt : std::optional(points->back());
}

std::uint64_t TelemetryStore::sampleCount() const
{
    return m_count;
}

} // namespace vedette::telemetry
