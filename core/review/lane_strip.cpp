// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/review/lane_strip.h"

#include <algorithm>
#include <cmath>

namespace vedette::review {

namespace {

constexpr float kParts = 16;

/// Never says all or nothing of what is not.
float roundedShare(std::int64_t recorded, std::int64_t whole)
{
    if (recorded <= 0)
        return 0;
    if (recorded >= whole)
        return 1;
    return std::clamp(std::round(float(double(recorded) / double(whole)) * kParts), 1.0F, kParts - 1) / kParts;
}

} // namespace

LaneStrip::LaneStrip(std::vector<LaneSpan> spans) : m_spans(std::move(spans))
{
    Totals totals{};
    m_blocks.reserve(m_spans.size() / kBlock + 1);
    for (std::size_t i = 0; i < m_spans.size(); ++i) {
        if (i % kBlock == 0) {
            m_blocks.push_back(totals);
            m_blockEnds.push_back(m_spans[std::min(i + kBlock, m_spans.size()) - 1].to);
        }
        totals[std::size_t(m_spans[i].kind)] += (m_spans[i].to - m_spans[i].from).count();
    }
}

/// Of all that lies before at. hint: the first span that ends behind the moment of the last call, which was not later.
LaneStrip::Totals LaneStrip::totalsBefore(std::size_t &hint, UtcTime at) const
{
    if (m_spans.empty())
        return {};
    // Blocks first: their ends lie close together in memory. By doubling steps, as neighbouring columns are near each other.
    std::size_t block = hint / kBlock, step = 1;
    while (block + step < m_blockEnds.size() && m_blockEnds[block + step] <= at)
        step *= 2;
    const auto first = m_blockEnds.begin() + std::ptrdiff_t(std::min(block, m_blockEnds.size()));
    const auto last = m_blockEnds.begin() + std::ptrdiff_t(std::min(block + step + 1, m_blockEnds.size()));
    block = std::min(std::size_t(std::upper_bound(first, last, at) - m_blockEnds.begin()), m_blocks.size() - 1);
    hint = std::max(hint, block * kBlock);
    while (hint < m_spans.size() && m_spans[hint].to <= at)
        ++hint;

    Totals totals = m_blocks[block];
    for (std::size_t i = block * kBlock; i < hint; ++i)
        totals[std::size_t(m_spans[i].kind)] += (m_spans[i].to - m_spans[i].from).count();
    if (hint < m_spans.size() && m_spans[hint].from < at)
        totals[std::size_t(m_spans[hint].kind)] += (at - m_spans[hint].from).count();
    return totals;
}

/// hint: the first span that ends behind from; becomes the first that ends behind to.
LaneStrip::Totals LaneStrip::within(std::size_t &hint, UtcTime from, UtcTime to) const
{
    // A few spans are added up sooner than they are looked up.
    constexpr std::size_t kFew = 4 * kBlock;
    Totals totals{};
    const std::size_t most = std::min(hint + kFew, m_spans.size());
    std::size_t i = hint;
    for (; i < most && m_spans[i].to <= to; ++i)
        totals[std::size_t(m_spans[i].kind)] += (m_spans[i].to - std::max(m_spans[i].from, from)).count();
    if (i < most || most == m_spans.size()) {
        if (i < m_spans.size() && m_spans[i].from < to)
            totals[std::size_t(m_spans[i].kind)] += (to - std::max(m_spans[i].from, from)).count();
        hint = i;
        return totals;
    }
    const Totals before = totalsBefore(hint, from);
    totals = totalsBefore(hint, to);
    for (std::size_t kind = 0; kind < totals.size(); ++kind)
        totals[kind] -= before[kind];
    return totals;
}

std::optional<double> LaneStrip::coverage(UtcTime from, UtcTime to) const
{
    std::size_t hint = 0;
    (void)totalsBefore(hint, from);
    const Totals totals = within(hint, from, to);
    std::int64_t recorded = 0, owed = 0;
    for (std::size_t i = 0; i <= std::size_t(SpanKind::Gap); ++i) {
        owed += totals[i];
        recorded += playable(SpanKind(i)) ? totals[i] : 0;
    }
    if (owed <= 0)
        return {};
    return double(recorded) / double(owed);
}

std::vector<LaneRun> LaneStrip::runs(const TimeAxis &axis, int count) const
{
    std::vector<LaneRun> runs;
    const auto append = [&runs](const LaneRun &run) {
        if (!runs.empty() && runs.back().kind == run.kind && runs.back().share == run.share)
            runs.back().end = run.end;
        else
            runs.push_back(run);
    };
    const auto startsIn = [&](UtcTime t) { // the column whose span holds t
        const auto part = double((t - axis.left()).count()) / double(axis.span().count());
        int column = std::clamp(int(part * count), 0, count);
        while (column > 0 && axis.edge(column, count) > t)
            --column;
        while (column < count && axis.edge(column + 1, count) <= t)
            ++column;
        return column;
    };
    std::size_t span = std::size_t(std::lower_bound(m_spans.begin(), m_spans.end(), axis.left(),
                                                    [](const LaneSpan &s, UtcTime t) { return s.to <= t; })
                                   - m_spans.begin());
    for (int column = 0; column < count;) {
        const UtcTime from = axis.edge(column, count), to = axis.edge(column + 1, count);
        while (span < m_spans.size() && m_spans[span].to <= from)
            ++span;
        // All columns under one span, or before the next, at once.
        const bool inside = span < m_spans.size() && m_spans[span].from <= from;
        const UtcTime same = span == m_spans.size() ? axis.right() : inside ? m_spans[span].to : m_spans[span].from;
        if (same >= to) {
            const int end = same >= axis.right() ? count : std::max(column + 1, startsIn(same));
            const SpanKind kind = inside ? m_spans[span].kind : SpanKind::Nothing;
            append({column, end, kind, playable(kind) ? 1.0F : 0.0F});
            column = end;
            continue;
        }
        const Totals totals = within(span, from, to);
        std::int64_t recorded = 0;
        SpanKind kind = SpanKind::Nothing;
        std::int64_t most = 0;
        for (int i = 0; i < kSpanKinds; ++i) {
            const std::int64_t part = totals[std::size_t(i)];
            recorded += playable(SpanKind(i)) ? part : 0;
            // Recorded comes before not recorded in the enumeration, and a lost part shows however short it is.
            const bool shown = SpanKind(i) == SpanKind::Lost ? part > 0 : part > most && !(recorded > 0 && !playable(SpanKind(i)));
            if (shown) {
                kind = SpanKind(i);
                most = SpanKind(i) == SpanKind::Lost ? INT64_MAX : part;
            }
        }
        append({column, column + 1, kind, roundedShare(recorded, (to - from).count())});
        ++column;
    }
    return runs;
}

const LaneSpan *LaneStrip::at(UtcTime at) const
{
    const auto found = std::upper_bound(m_spans.begin(), m_spans.end(), at, [](UtcTime t, const LaneSpan &s) { return t < s.to; });
    return found != m_spans.end() && found->from <= at ? &*found : nullptr;
}

} // namespace vedette::review
