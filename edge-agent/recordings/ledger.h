// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edge-agent/recordings/catalog_rows.h"

#include <QHash>
#include <QSet>

namespace vedette::agent {

/// When a recorder told something: now by both clocks.
struct LedgerTime {
    MonoTime mono{};
    UtcTime utc{};
    bool known = true; ///< utc is trusted
};

/// The account of every second: turns what recorders tell into rows, so that from its first known time on a lane has
/// exactly one thing open, a segment of known time or a gap. A time that is not known draws no line in the account: what is
/// open stays so, and once a known time arrives the span since then becomes a gap "clock_unknown". Every call is one
/// transaction of its caller's. Thread-bound, like its rows.
class Ledger {
public:
    explicit Ledger(CatalogRows &rows) : m_rows(rows) {}

    Status segmentOpened(const RecordedSegment &segment, const LedgerTime &now);
    Status segmentFinished(const RecordedSegment &segment, bool complete, const LedgerTime &now);
    Status gapBegan(const RecordingLane &lane, UtcTime from, protocol::GapReason reason, const LedgerTime &now);

    /// At start: these lanes are recorded from now on, others no longer. Between lies "not_scheduled".
    Status setLanes(const QList<RecordingLane> &lanes, const LedgerTime &now);
    /// At start: nothing was recorded since the last thing known; an open gap keeps its reason up to alive, when the agent
    /// last said that it lives.
    Status interrupted(protocol::GapReason reason, std::optional<UtcTime> alive, const LedgerTime &now);

    /// What is known of [from, to) up to now, within the time of which an account is owed; open: the open segment as its
    /// recorder knows it. NotFound for another lane; InvalidInput when more than kMostSpans rows would be read.
    Result<protocol::Coverage> coverage(const RecordingLane &lane, UtcTime from, UtcTime to, UtcTime now, const std::optional<protocol::Recording> &open);
    static constexpr int kMostSpans = 100'000;
    /// A fragment is at most a second long, so that the newest pictures of an open segment may be this late in it.
    static constexpr milliseconds kFresh{5'000};

private:
    Result<LaneRow> laneOf(const RecordingLane &lane);
    Status begin(LaneRow &lane, UtcTime from);
    /// The clock was set forward between two segments: what lies between was no time at all.
    Status fillStep(const LaneRow &lane, const RecordedSegment &next);
    Status closeSegment(const LaneRow &lane);
    /// Only where the clock was set back is there anything that others said of its time.
    Status claim(std::int64_t lane, const protocol::Recording &segment);
    /// Draws the lines that could not be drawn while the time was unknown.
    Status settle(const LaneRow &lane, UtcTime at, const LedgerTime &now);

    CatalogRows &m_rows;
    QHash<std::int64_t, MonoTime> m_unknownSince; ///< by lane
    struct Last {
        std::uint64_t run = 0;
        UtcTime end{};
    };
    QHash<std::int64_t, Last> m_last;              ///< segment of known time, by lane
    QHash<std::int64_t, UtcTime> m_claimed;        ///< up to when segments claim, by lane
    QSet<qint64> m_unknownRun; ///< lanes whose recorder tells times of a run of unknown time
};

/// What a recorder tells as the catalog's row.
protocol::Recording toRecording(const RecordedSegment &segment, protocol::RecordingState state);

} // namespace vedette::agent
