// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/review/lane.h"
#include "core/review/time_axis.h"

#include <array>
#include <optional>
#include <vector>

namespace vedette::review {

/// Columns [first, end) of a lane that look the same.
struct LaneRun {
    int first = 0;
    int end = 0;
    SpanKind kind = SpanKind::Nothing; ///< what most of the time is; recorded before not recorded; lost is never hidden
    float share = 1; ///< recorded part of the time, in 16ths rounded away from both ends: 0 and 1 are meant
    bool operator==(const LaneRun &) const = default;
};

/// The spans of a lane made ready to be drawn at any scale: a column of pixels is asked for its sum over all spans under
/// it, so that a year of 35,000 segments shows exactly what is recorded. Immutable value; made once for each content.
class LaneStrip {
public:
    LaneStrip() = default;
    /// spans: in order, without overlaps; what lies between them is nothing.
    explicit LaneStrip(std::vector<LaneSpan> spans);

    /// Covers all of columns 0 … count - 1 over the axis, neighbours that look the same joined.
    std::vector<LaneRun> runs(const TimeAxis &axis, int count) const;
    /// The span around a moment; null: nothing.
    const LaneSpan *at(UtcTime at) const;
    /// Recorded part, 0 to 1, of what should be; empty where nothing should.
    std::optional<double> coverage(UtcTime from, UtcTime to) const;
    const std::vector<LaneSpan> &spans() const { return m_spans; }

private:
    using Totals = std::array<std::int64_t, kSpanKinds>; // µs by kind
    Totals within(std::size_t &hint, UtcTime from, UtcTime to) const;
    Totals totalsBefore(std::size_t &hint, UtcTime at) const;

    static constexpr std::size_t kBlock = 16;
    std::vector<LaneSpan> m_spans;
    std::vector<Totals> m_blocks;     ///< of all spans before span i * kBlock
    std::vector<UtcTime> m_blockEnds; ///< of span (i + 1) * kBlock - 1, or the last
};

} // namespace vedette::review
