// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/recordings/lane_view.h"
#include "core/recordings/recording_source.h"

#include <vector>

namespace vedette::recordings {

/// Moments in order that do not overlap; what touches is one. Value type.
class TimeRanges {
public:
    void add(UtcTime from, UtcTime to);
    bool contains(UtcTime from, UtcTime to) const;
    /// The widest range that is missing within [from, to): from the first missing moment to the last; empty: none.
    std::optional<std::pair<UtcTime, UtcTime>> missing(UtcTime from, UtcTime to) const;
    bool isEmpty() const { return m_ranges.empty(); }
    void clear() { m_ranges.clear(); }

private:
    friend class LaneIndex;
    std::vector<std::pair<UtcTime, UtcTime>> m_ranges;
};

/// What several sources say of one lane, merged by the moment: a recorded moment is recorded whatever else is said of it,
/// with the best custody that any source tells; a gap has the first known reason. 32 bytes a span, and 24 for each source that
/// tells it. A question costs at most a look at each span between. Value type, thread-bound.
class LaneIndex {
public:
    static constexpr std::size_t kMostSources = 64; ///< of one lane; more are not taken

    /// The source may know of the lane: until it has told, nothing is unknown to all. False: too many.
    bool addSource(const QString &name, RecordingSource::Kind kind);
    bool isEmpty() const { return m_sources.empty(); } ///< of sources
    void removeSource(const QString &name);
    bool hasSource(const QString &name) const;
    /// In place of what it said of [from, to) before.
    void tell(const QString &name, UtcTime from, UtcTime to, const QList<protocol::CoverageSpan> &spans);
    /// What it has told of.
    const TimeRanges &told(const QString &name) const;

    /// silent: of what nobody told, somebody cannot be asked. What was not told from edge on is Nothing: there is no
    /// answer to ask for yet.
    LaneView view(UtcTime from, UtcTime to, microseconds finest, UtcTime edge, bool silent) const;
    /// Time recorded within [from, to).
    microseconds recorded(UtcTime from, UtcTime to) const;
    /// Where the nearest stretch that is not recorded and lies behind (before) that moment begins, between recorded ones.
    std::optional<UtcTime> nextGap(UtcTime after, bool forward) const;
    std::size_t size() const { return m_spans.size(); }
    std::uint64_t generation() const { return m_generation; }

private:
    struct Told {
        UtcTime from;
        UtcTime to;
        std::uint8_t recorded = 0;
        std::uint8_t what = 0;     ///< Custody or GapReason
    };
    struct Source {
        QString name;
        RecordingSource::Kind kind;
        std::vector<Told> spans;   ///< in order, not overlapping
        TimeRanges told;
    };
    /// What is said of a span; it reaches to the beginning of the next.
    struct Said {
        ViewSpan::Kind kind = ViewSpan::Kind::Asking; ///< Recorded, Gap, Nothing, Asking
        std::uint8_t what = 0;
        std::uint16_t sources = 0; ///< number in m_sets
        bool operator==(const Said &) const = default;
    };
    /// 32 bytes: memory is what takes time when a year is drawn.
    struct Span {
        UtcTime from;
        std::int64_t recordedBefore = 0; ///< us
        std::int64_t owedBefore = 0;     ///< us, recorded and gaps
        Said said;
    };
    /// Names of those whose bit is set, by their places in m_sources.
    struct SourceSet {
        std::uint64_t bits = 0;
        QStringList names;
    };

    std::vector<Source>::iterator find(const QString &name);
    static std::vector<Told> flatten(UtcTime from, UtcTime to, const QList<protocol::CoverageSpan> &spans);
    std::vector<Span> merge(UtcTime from, UtcTime to);
    std::uint16_t setOf(std::uint64_t bits);
    void sourcesChanged();
    void replace(UtcTime from, UtcTime to);
    std::size_t at(UtcTime time) const;
    UtcTime endOf(std::size_t span) const;
    std::pair<std::int64_t, std::int64_t> before(UtcTime time, std::size_t span) const;
    ViewSpan shown(std::size_t span, UtcTime from, UtcTime to, UtcTime edge, bool silent) const;
    ViewSpan mixed(std::size_t first, std::size_t last, UtcTime from, UtcTime to) const;
    bool isRecorded(std::size_t span) const { return m_spans[span].said.kind == ViewSpan::Kind::Recorded; }

    std::vector<Source> m_sources;                   ///< nearest first
    std::vector<SourceSet> m_sets{SourceSet{}};
    std::vector<Span> m_spans{Span{UtcTime::min(), 0, 0, {}}};
    std::uint64_t m_generation = 1;
};

} // namespace vedette::recordings
