// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/recordings/lane_index.h"

#include <algorithm>
#include <limits>

namespace vedette::recordings {

using Kind = ViewSpan::Kind;
using protocol::CoverageSpan;
using protocol::Custody;
using protocol::GapReason;

namespace {

/// The safer one first: Stored, InTransit, OnEdge, Expired, Lost.
int rankOf(Custody custody)
{
    switch (custody) {
    case Custody::Stored: return 0;
    case Custody::InTransit: return 1;
    case Custody::OnEdge: return 2;
    case Custody::Expired: return 3;
    case Custody::Lost: return 4;
    }
    return 5;
}

bool isHere(Custody custody)
{
    return rankOf(custody) <= rankOf(Custody::OnEdge);
}

} // namespace

void TimeRanges::add(UtcTime from, UtcTime to)
{
    if (from >= to)
        return;
    auto first = std::lower_bound(m_ranges.begin(), m_ranges.end(), from, [](const auto &range, UtcTime time) { return range.second < time; });
    auto last = first;
    for (; last != m_ranges.end() && last->first <= to; ++last) {
        from = std::min(from, last->first);
        to = std::max(to, last->second);
    }
    m_ranges.insert(m_ranges.erase(first, last), {from, to});
}

bool TimeRanges::contains(UtcTime from, UtcTime to) const
{
    return !missing(from, to);
}

std::optional<std::pair<UtcTime, UtcTime>> TimeRanges::missing(UtcTime from, UtcTime to) const
{
    for (const auto &[begin, end] : m_ranges) {
        if (begin <= from && end > from)
            from = end;
        if (begin < to && end >= to)
            to = begin;
    }
    return from < to ? std::optional(std::pair(from, to)) : std::nullopt;
}

std::vector<LaneIndex::Source>::iterator LaneIndex::find(const QString &name)
{
    return std::find_if(m_sources.begin(), m_sources.end(), [&name](const Source &each) { return each.name == name; });
}

bool LaneIndex::hasSource(const QString &name) const
{
    return const_cast<LaneIndex *>(this)->find(name) != m_sources.end();
}

bool LaneIndex::addSource(const QString &name, RecordingSource::Kind kind)
{
    if (hasSource(name))
        return true;
    if (m_sources.size() >= kMostSources)
        return false;
    const auto place = std::find_if(m_sources.begin(), m_sources.end(), [kind](const Source &each) { return each.kind > kind; });
    m_sources.insert(place, {name, kind, {}, {}});
    sourcesChanged();
    return true;
}

void LaneIndex::removeSource(const QString &name)
{
    const auto found = find(name);
    if (found == m_sources.end())
        return;
    m_sources.erase(found);
    sourcesChanged();
}

/// The places of all others may have changed.
void LaneIndex::sourcesChanged()
{
    m_sets.assign(1, {});
    m_spans.assign(1, {UtcTime::min(), 0, 0, {}});
    replace(UtcTime::min(), UtcTime::max());
}

const TimeRanges &LaneIndex::told(const QString &name) const
{
    static const TimeRanges nothing;
    const auto found = const_cast<LaneIndex *>(this)->find(name);
    return found == m_sources.end() ? nothing : found->told;
}

/// In order and without overlaps, and only what was said: what makeCoverage() lays between is not told.
std::vector<LaneIndex::Told> LaneIndex::flatten(UtcTime from, UtcTime to, const QList<CoverageSpan> &spans)
{
    TimeRanges said;
    QList<CoverageSpan> sorted(spans);
    std::sort(sorted.begin(), sorted.end(), [](const CoverageSpan &a, const CoverageSpan &b) { return a.from < b.from; });
    for (const CoverageSpan &each : sorted)
        said.add(std::max(each.from, from), std::min(each.to, to));
    std::vector<Told> out;
    auto range = said.m_ranges.begin();
    for (const CoverageSpan &each : protocol::makeCoverage(from, to, sorted)) {
        while (range != said.m_ranges.end() && range->second <= each.from)
            ++range;
        // An untold stretch may be joined with a gap of unknown reason beside it, so one span may meet several ranges.
        for (auto in = range; in != said.m_ranges.end() && in->first < each.to; ++in)
            out.push_back({std::max(each.from, in->first), std::min(each.to, in->second), static_cast<std::uint8_t>(each.gap ? 0 : 1),
                           static_cast<std::uint8_t>(each.gap ? static_cast<int>(*each.gap) : static_cast<int>(each.custody))});
    }
    return out;
}

void LaneIndex::tell(const QString &name, UtcTime from, UtcTime to, const QList<CoverageSpan> &spans)
{
    const auto source = find(name);
    if (source == m_sources.end() || from >= to)
        return;
    // Those that touch are taken along, so that what is told twice stays in one piece.
    std::vector<Told> &all = source->spans;
    const auto first = std::lower_bound(all.begin(), all.end(), from, [](const Told &each, UtcTime time) { return each.to < time; });
    auto last = first;
    std::vector<Told> around;
    std::optional<Told> behind;
    const auto append = [&around](const Told &each) {
        if (!around.empty() && around.back().to == each.from && around.back().recorded == each.recorded && around.back().what == each.what)
            around.back().to = each.to;
        else
            around.push_back(each);
    };
    for (; last != all.end() && last->from <= to; ++last) {
        if (last->from < from)
            around.push_back({last->from, std::min(last->to, from), last->recorded, last->what});
        if (last->to > to)
            behind = Told{std::max(last->from, to), last->to, last->recorded, last->what};
    }
    for (const Told &each : flatten(from, to, spans))
        append(each);
    if (behind)
        append(*behind);
    const auto same = [](const Told &a, const Told &b) { return a.from == b.from && a.to == b.to && a.recorded == b.recorded && a.what == b.what; };
    const bool nothingNew = source->told.contains(from, to) && std::equal(around.begin(), around.end(), first, last, same);
    if (nothingNew)
        return;
    all.insert(all.erase(first, last), around.begin(), around.end());
    source->told.add(from, to);
    replace(from, to);
}

/// All sources side by side, from one change of any of them to the next.
std::vector<LaneIndex::Span> LaneIndex::merge(UtcTime from, UtcTime to)
{
    struct Cursor {
        std::vector<Told>::const_iterator span;
        std::vector<std::pair<UtcTime, UtcTime>>::const_iterator told;
    };
    std::vector<Cursor> cursors;
    for (const Source &each : m_sources) {
        cursors.push_back({std::lower_bound(each.spans.begin(), each.spans.end(), from, [](const Told &span, UtcTime time) { return span.to <= time; }),
                           std::lower_bound(each.told.m_ranges.begin(), each.told.m_ranges.end(), from, [](const auto &range, UtcTime time) { return range.second <= time; })});
    }
    std::vector<Span> out;
    UtcTime next = to;
    for (UtcTime at = from; at < to; at = next) {
        next = to;
        Said span{Kind::Nothing};
        std::uint64_t bits = 0;
        bool reason = false;
        for (std::size_t i = 0; i < m_sources.size(); ++i) {
            Cursor &cursor = cursors[i];
            const Source &source = m_sources[i];
            while (cursor.told != source.told.m_ranges.end() && cursor.told->second <= at)
                ++cursor.told;
            const bool told = cursor.told != source.told.m_ranges.end() && cursor.told->first <= at;
            if (cursor.told != source.told.m_ranges.end())
                next = std::min(next, told ? cursor.told->second : cursor.told->first);
            if (!told && span.kind == Kind::Nothing)
                span.kind = Kind::Asking;
            while (cursor.span != source.spans.end() && cursor.span->to <= at)
                ++cursor.span;
            if (cursor.span == source.spans.end())
                continue;
            if (cursor.span->from > at) {
                next = std::min(next, cursor.span->from);
                continue;
            }
            next = std::min(next, cursor.span->to);
            if (cursor.span->recorded) {
                const auto custody = static_cast<Custody>(cursor.span->what);
                if (span.kind != Kind::Recorded || rankOf(custody) < rankOf(static_cast<Custody>(span.what)))
                    span.what = cursor.span->what;
                span.kind = Kind::Recorded;
                bits |= isHere(custody) ? std::uint64_t{1} << i : 0;
            } else if (span.kind != Kind::Recorded && !reason) {
                span.kind = Kind::Gap;
                span.what = cursor.span->what;
                reason = static_cast<GapReason>(cursor.span->what) != GapReason::Unknown;
            }
        }
        if (m_sources.empty())
            span.kind = Kind::Asking;
        span.sources = setOf(bits);
        if (out.empty() || out.back().said != span)
            out.push_back({at, 0, 0, span});
    }
    return out;
}

std::uint16_t LaneIndex::setOf(std::uint64_t bits)
{
    const auto found = std::find_if(m_sets.begin(), m_sets.end(), [bits](const SourceSet &each) { return each.bits == bits; });
    if (found != m_sets.end() || m_sets.size() > std::numeric_limits<std::uint16_t>::max())
        return static_cast<std::uint16_t>(found == m_sets.end() ? 0 : found - m_sets.begin());
    SourceSet set{bits, {}};
    for (std::size_t i = 0; i < m_sources.size(); ++i) {
        if (bits >> i & 1)
            set.names.append(m_sources[i].name);
    }
    m_sets.push_back(set);
    return static_cast<std::uint16_t>(m_sets.size() - 1);
}

void LaneIndex::replace(UtcTime from, UtcTime to)
{
    std::vector<Span> fresh = merge(from, to);
    const std::size_t first = at(from);
    const std::size_t last = to == UtcTime::max() ? m_spans.size() - 1 : at(to);
    if (to != UtcTime::max() && fresh.back().said != m_spans[last].said)
        fresh.push_back({to, 0, 0, m_spans[last].said});
    const std::size_t before = m_spans[first].from < from ? first : first - 1; // the span that comes before; none: wraps
    const std::size_t keep = m_spans[first].from < from ? first + 1 : first;
    if (before < m_spans.size() && m_spans[before].said == fresh.front().said)
        fresh.erase(fresh.begin());
    const auto begin = m_spans.begin() + static_cast<std::ptrdiff_t>(keep);
    const auto end = m_spans.begin() + static_cast<std::ptrdiff_t>(last) + 1;
    m_spans.insert(begin < end ? m_spans.erase(begin, end) : begin, fresh.begin(), fresh.end());
    for (std::size_t i = std::max<std::size_t>(first, 1); i < m_spans.size(); ++i) {
        const bool owed = isRecorded(i - 1) || m_spans[i - 1].said.kind == Kind::Gap; // the first of all is never owed, so this is finite
        const std::int64_t length = owed ? (m_spans[i].from - m_spans[i - 1].from).count() : 0;
        m_spans[i].recordedBefore = m_spans[i - 1].recordedBefore + (isRecorded(i - 1) ? length : 0);
        m_spans[i].owedBefore = m_spans[i - 1].owedBefore + length;
    }
    ++m_generation;
}

std::size_t LaneIndex::at(UtcTime time) const
{
    const auto behind = std::upper_bound(m_spans.begin(), m_spans.end(), time, [](UtcTime t, const Span &span) { return t < span.from; });
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(behind - m_spans.begin() - 1, 0));
}

UtcTime LaneIndex::endOf(std::size_t span) const
{
    return span + 1 < m_spans.size() ? m_spans[span + 1].from : UtcTime::max();
}

/// Recorded and owed time before a moment that lies in that span.
std::pair<std::int64_t, std::int64_t> LaneIndex::before(UtcTime time, std::size_t span) const
{
    const bool owed = isRecorded(span) || m_spans[span].said.kind == Kind::Gap;
    const std::int64_t part = owed ? (time - m_spans[span].from).count() : 0;
    return {m_spans[span].recordedBefore + (isRecorded(span) ? part : 0), m_spans[span].owedBefore + part};
}

ViewSpan LaneIndex::shown(std::size_t span, UtcTime from, UtcTime to, UtcTime edge, bool silent) const
{
    const Said in = m_spans[span].said;
    ViewSpan out{from, to, in.kind, {}, GapReason::Unknown, 0, {}};
    if (in.kind == Kind::Recorded) {
        out.custody = static_cast<Custody>(in.what);
        out.recorded = 1;
        out.sources = m_sets[in.sources].names;
    } else if (in.kind == Kind::Gap) {
        out.gap = static_cast<GapReason>(in.what);
    } else if (in.kind == Kind::Asking) {
        out.kind = from >= edge ? Kind::Nothing : silent ? Kind::Silent : Kind::Asking;
    }
    return out;
}

ViewSpan LaneIndex::mixed(std::size_t first, std::size_t last, UtcTime from, UtcTime to) const
{
    ViewSpan out{from, to, Kind::Mixed, {}, GapReason::Unknown, 0, {}};
    const auto total = static_cast<double>((to - from).count());
    out.recorded = static_cast<double>(before(to, last).first - before(from, first).first) / total;
    bool custody = false;
    bool gap = false;
    for (std::size_t i = first; i <= last && !(custody && gap); ++i) {
        const Said in = m_spans[i].said;
        if (in.kind == Kind::Recorded && !custody) {
            out.custody = static_cast<Custody>(in.what);
            out.sources = m_sets[in.sources].names;
            custody = true;
        } else if (in.kind == Kind::Gap && !gap) {
            out.gap = static_cast<GapReason>(in.what);
            gap = true;
        }
    }
    return out;
}

LaneView LaneIndex::view(UtcTime from, UtcTime to, microseconds finest, UtcTime edge, bool silent) const
{
    LaneView out{{}, from, to, {}, {}, m_generation};
    if (from >= to)
        return out;
    if (finest.count() > 0)
        out.spans.reserve(std::min<qsizetype>((to - from) / finest, 2 * static_cast<qsizetype>(m_spans.size())) + 2);
    std::size_t span = at(from);
    std::size_t wide = 0; // spans of the last point
    for (UtcTime time = from; time < to;) {
        const UtcTime end = std::min(endOf(span), to);
        if (m_spans[span].said.kind == Kind::Asking && edge > time && edge < end) {
            out.spans.append(shown(span, time, edge, edge, silent));
            time = edge;
            continue;
        }
        if (end - time >= finest || end == to) {
            out.spans.append(shown(span, time, end, edge, silent));
            time = end;
            ++span;
            continue;
        }
        // As far on as the point before was wide, then step by step: files are alike, and memory is what takes time.
        const UtcTime stop = std::min(time + finest, to);
        std::size_t last = std::min(span + wide, m_spans.size() - 1);
        while (last > span && m_spans[last].from >= stop)
            --last;
        while (last + 1 < m_spans.size() && m_spans[last + 1].from < stop)
            ++last;
        wide = last - span;
        out.spans.append(mixed(span, last, time, stop));
        time = stop;
        span = endOf(last) == stop ? last + 1 : last;
    }
    const auto [recordedTo, owedTo] = before(to, at(to));
    const auto [recordedFrom, owedFrom] = before(from, at(from));
    if (owedTo > owedFrom)
        out.ratio = static_cast<double>(recordedTo - recordedFrom) / static_cast<double>(owedTo - owedFrom);
    return out;
}

microseconds LaneIndex::recorded(UtcTime from, UtcTime to) const
{
    return from < to ? microseconds{before(to, at(to)).first - before(from, at(from)).first} : microseconds{0};
}

std::optional<UtcTime> LaneIndex::nextGap(UtcTime after, bool forward) const
{
    std::size_t span = at(after);
    if (forward) {
        for (++span; span < m_spans.size() && (isRecorded(span) || !isRecorded(span - 1)); ++span) {
        }
        // What lies behind the last recording and is owed to nobody is no gap.
        const bool gap = span < m_spans.size() && (m_spans[span].said.kind == Kind::Gap || m_spans.back().recordedBefore > m_spans[span].recordedBefore);
        return gap ? std::optional(m_spans[span].from) : std::nullopt;
    }
    while (span > 0 && (isRecorded(span) || m_spans[span].from >= after))
        --span;
    while (span > 0 && !isRecorded(span - 1))
        --span;
    return span > 0 ? std::optional(m_spans[span].from) : std::nullopt;
}

} // namespace vedette::recordings
