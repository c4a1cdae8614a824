// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/telemetry/telemetry_store.h"

#include <algorithm>
#include <cmath>

namespace vedette::telemetry {
namespace {

/// A rebuilt database has a new id; what the old one still sends is told from it for this many rebuilds.
constexpr std::size_t kMaxSpools = 4;
/// Holes that are never filled, and hostile sequences, cost at most this many entries.
constexpr std::size_t kMaxRanges = 10'000;

bool earlier(const Point &a, const Point &b)
{
    return a.time < b.time;
}

} // namespace

bool TelemetryStore::Held::insert(std::uint64_t sequence)
{
    auto after = ranges.upper_bound(sequence);
    const bool joinsAfter = after != ranges.end() && after->first == sequence + 1;
    if (after != ranges.begin()) {
        const auto before = std::prev(after);
        if (sequence <= before->second)
            return false;
        if (before->second + 1 == sequence) {
            before->second = joinsAfter ? after->second : sequence;
            if (joinsAfter)
                ranges.erase(after);
            return true;
        }
    }
    const std::uint64_t last = joinsAfter ? after->second : sequence;
    if (joinsAfter)
        ranges.erase(after);
    ranges.emplace(sequence, last);
    if (ranges.size() > kMaxRanges)
        ranges.erase(ranges.begin());
    return true;
}

TelemetryStore::Held &TelemetryStore::heldOf(AgentData &agent, const QString &spool)
{
    const auto known = std::find_if(agent.spools.begin(), agent.spools.end(), [&](const Held &h) { return h.spool == spool; });
    if (known != agent.spools.end())
        return *known;
    agent.spools.push_back({spool, {}});
    if (agent.spools.size() > kMaxSpools)
        agent.spools.pop_front();
    return agent.spools.back();
}

void TelemetryStore::add(const protocol::SampleBatch &batch)
{
    if (!m_agents.contains(batch.agent) && m_agents.size() >= kMaxAgents)
        return;
    AgentData &agent = m_agents[batch.agent];
    Held &held = heldOf(agent, batch.spool);
    const std::uint64_t before = m_count;
    for (const protocol::Sample &sample : batch.samples) {
        if (!held.insert(sample.sequence))
            continue;
        keep(agent, sample);
        ++m_count;
    }
    if (m_count != before)
        Q_EMIT changed(batch.agent);
}

void TelemetryStore::keep(AgentData &agent, const protocol::Sample &sample)
{
    for (const auto &[key, value] : sample.values) {
        if (!std::isfinite(value) || (!agent.series.contains(key) && agent.series.size() >= kMaxSeries))
            continue;
        std::deque<Point> &points = agent.series[key];
        const Point point{sample.time, value};
        if (points.empty() || points.back().time <= point.time)
            points.push_back(point);
        else
            points.insert(std::upper_bound(points.begin(), points.end(), point, earlier), point);
        if (points.size() > kMaxPoints)
            points.pop_front();
    }
}

QStringList TelemetryStore::agents() const
{
    QStringList ids = m_agents.keys();
    ids.sort();
    return ids;
}

QStringList TelemetryStore::series(const QString &agent) const
{
    const auto found = m_agents.constFind(agent);
    if (found == m_agents.constEnd())
        return {};
    QStringList keys;
    for (const auto &known : protocol::seriesTable())
        if (found->series.contains(QString(known.key)))
            keys.append(QString(known.key));
    QStringList others;
    for (auto it = found->series.keyBegin(); it != found->series.keyEnd(); ++it)
        if (!protocol::findSeries(*it))
            others.append(*it);
    others.sort();
    return keys + others;
}

std::vector<Point> TelemetryStore::points(const QString &agent, const QString &series, UtcTime from, UtcTime to) const
{
    const auto found = m_agents.constFind(agent);
    if (found == m_agents.constEnd() || to < from)
        return {};
    const auto points = found->series.constFind(series);
    if (points == found->series.constEnd())
        return {};
    const auto begin = std::lower_bound(points->begin(), points->end(), Point{from, 0}, earlier);
    return {begin, std::upper_bound(begin, points->end(), Point{to, 0}, earlier)};
}

std::optional<Point> TelemetryStore::latest(const QString &agent, const QString &series) const
{
    const auto found = m_agents.constFind(agent);
    if (found == m_agents.constEnd())
        return std::nullopt;
    const auto points = found->series.constFind(series);
    if (points == found->series.constEnd() || points->empty())
        return std::nullopt;
    return points->back();
}

std::uint64_t TelemetryStore::lastSequence(const QString &agent) const
{
    const auto found = m_agents.constFind(agent);
    if (found == m_agents.constEnd() || found->spools.empty())
        return 0;
    std::uint64_t last = 0;
    for (const auto &[first, end] : found->spools.back().ranges) {
        if (last != 0 && first - last < kStartGap)
            break;
        last = end;
    }
    return last;
}

QString TelemetryStore::spool(const QString &agent) const
{
    const auto found = m_agents.constFind(agent);
    return found == m_agents.constEnd() || found->spools.empty() ? QString() : found->spools.back().spool;
}

} // namespace vedette::telemetry
