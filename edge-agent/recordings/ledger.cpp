// SPDX-License-Identifier: GPL-3.0-or-later
#include "edge-agent/recordings/ledger.h"

#include <algorithm>

namespace vedette::agent {

using protocol::GapReason;
using protocol::Recording;
using protocol::RecordingState;

Recording toRecording(const RecordedSegment &segment, RecordingState state)
{
    return {segment.name, segment.from, segment.to, state, protocol::Custody::OnEdge, QString::fromLatin1(media::toString(segment.codec)),
            segment.width, segment.height, segment.sound, static_cast<std::int64_t>(segment.bytes), static_cast<std::int64_t>(segment.frames)};
}

Result<LaneRow> Ledger::laneOf(const RecordingLane &lane)
{
    return m_rows.makeLane(lane);
}

/// Something of known time begins here: what is open ends, and the account begins where there was none.
Status Ledger::begin(LaneRow &lane, UtcTime from)
{
    if (const Status closed = closeSegment(lane); !closed)
        return closed;
    if (const Status closed = m_rows.closeGap(lane.number, from); !closed)
        return closed;
    if (lane.since && *lane.since <= from)
        return {};
    lane.since = from;
    return m_rows.setLaneTimes(lane);
}

/// Its recorder has not finished it; what is in the file is for the next start to see.
Status Ledger::closeSegment(const LaneRow &lane)
{
    auto open = m_rows.openSegment(lane.number);
    if (!open || !*open)
        return open ? Status() : fail(open.error());
    (*open)->state = RecordingState::Finished;
    return m_rows.putSegment(lane.number, **open, false);
}

Status Ledger::settle(const LaneRow &lane, UtcTime at, const LedgerTime &now)
{
    const auto since = m_unknownSince.constFind(lane.number);
    if (since == m_unknownSince.constEnd())
        return {};
    const auto gap = m_rows.openGap(lane.number);
    if (!gap)
        return fail(gap.error());
    const UtcTime began = now.utc - (now.mono - *since);
    m_unknownSince.erase(since);
    if (!lane.since || !*gap)
        return {};
    const UtcTime line = std::clamp(began, (*gap)->from, std::max((*gap)->from, at));
    if (const Status closed = m_rows.closeGap(lane.number, line); !closed)
        return closed;
    return m_rows.addGap(lane.number, {line, at, GapReason::ClockUnknown});
}

Status Ledger::segmentOpened(const RecordedSegment &segment, const LedgerTime &now)
{
    auto lane = laneOf({segment.name.camera, segment.name.stream});
    if (!lane)
        return fail(lane.error());
    if (!segment.name.start) {
        m_unknownRun.insert(lane->number);
        if (const Status waiting = gapBegan(lane->lane, {}, GapReason::ClockUnknown, {now.mono, now.utc, false}); !waiting)
            return waiting;
        return m_rows.putSegment(lane->number, toRecording(segment, RecordingState::Open), false);
    }
    m_unknownRun.remove(lane->number);
    if (const Status settled = settle(*lane, segment.from, now); !settled)
        return settled;
    if (const Status filled = fillStep(*lane, segment); !filled)
        return filled;
    if (const Status begun = begin(*lane, segment.from); !begun)
        return begun;
    const Recording row = toRecording(segment, RecordingState::Open);
    const Status put = m_rows.putSegment(lane->number, row, false);
    return put ? claim(lane->number, row) : put;
}

Status Ledger::fillStep(const LaneRow &lane, const RecordedSegment &next)
{
    const auto last = m_last.constFind(lane.number);
    const auto gap = m_rows.openGap(lane.number);
    const auto segment = gap ? m_rows.openSegment(lane.number) : fail(gap.error());
    if (!segment)
        return fail(segment.error());
    if (last == m_last.constEnd() || last->run == next.name.run || last->end >= next.from || *gap || *segment)
        return {};
    return m_rows.addGap(lane.number, {last->end, next.from, GapReason::ClockStep});
}

Status Ledger::claim(std::int64_t lane, const Recording &segment)
{
    auto claimed = m_claimed.find(lane);
    if (claimed == m_claimed.end()) {
        const auto end = m_rows.endOf(lane);
        if (!end)
            return fail(end.error());
        claimed = m_claimed.insert(lane, end->value_or(segment.from));
    }
    const bool back = segment.from < *claimed;
    *claimed = std::max(*claimed, segment.to);
    return back ? m_rows.claimTime(lane, segment) : Status();
}

Status Ledger::segmentFinished(const RecordedSegment &segment, bool complete, const LedgerTime &)
{
    const auto lane = laneOf({segment.name.camera, segment.name.stream});
    if (!lane)
        return fail(lane.error());
    const Recording row = toRecording(segment, RecordingState::Finished);
    const Status put = m_rows.putSegment(lane->number, row, complete);
    if (segment.name.start)
        m_last.insert(lane->number, {segment.name.run, segment.to});
    return put && segment.name.start ? claim(lane->number, row) : put;
}

Status Ledger::gapBegan(const RecordingLane &told, UtcTime from, GapReason reason, const LedgerTime &now)
{
    auto lane = laneOf(told);
    if (!lane)
        return fail(lane.error());
    const bool known = now.known && !m_unknownRun.contains(lane->number);
    if (known) {
        if (const Status settled = settle(*lane, from, now); !settled)
            return settled;
    }
    const auto open = m_rows.openGap(lane->number);
    if (!open)
        return fail(open.error());
    if (known) {
        if (*open && (*open)->reason == reason && (*open)->from <= from)
            return {};
        if (const Status begun = begin(*lane, from); !begun)
            return begun;
        return m_rows.addGap(lane->number, {from, std::nullopt, reason});
    }
    if (!m_unknownSince.contains(lane->number))
        m_unknownSince.insert(lane->number, now.mono);
    if (!lane->since || *open)
        return {};
    if (const Status closed = closeSegment(*lane); !closed)
        return closed;
    const auto end = m_rows.endOf(lane->number);
    if (!end)
        return fail(end.error());
    return m_rows.addGap(lane->number, {end->value_or(*lane->since), std::nullopt, GapReason::ClockUnknown});
}

Status Ledger::setLanes(const QList<RecordingLane> &lanes, const LedgerTime &now)
{
    for (const RecordingLane &each : lanes) {
        auto lane = laneOf(each);
        if (!lane)
            return fail(lane.error());
        if (!lane->until)
            continue;
        const GapRow away{*lane->until, std::nullopt, GapReason::NotScheduled};
        lane->until.reset();
        if (const Status set = m_rows.setLaneTimes(*lane); !set)
            return set;
        if (const Status added = m_rows.addGap(lane->number, away); !added)
            return added;
    }
    auto known = m_rows.lanes();
    if (!known)
        return fail(known.error());
    for (LaneRow &lane : *known) {
        if (lane.until || !lane.since || lanes.contains(lane.lane))
            continue;
        // What is open ends where the lane does; a clock that is wrong must not end it before its last second.
        const auto open = m_rows.openGap(lane.number);
        const auto end = m_rows.endOf(lane.number);
        if (!open || !end)
            return fail(open ? end.error() : open.error());
        const UtcTime last = std::max(end->value_or(*lane.since), *open ? (*open)->from : *lane.since);
        lane.until = now.known ? std::max(now.utc, last) : last;
        if (const Status closed = m_rows.closeGap(lane.number, *lane.until); !closed)
            return closed;
        if (const Status set = m_rows.setLaneTimes(lane); !set)
            return set;
    }
    return {};
}

Status Ledger::interrupted(GapReason reason, std::optional<UtcTime> alive, const LedgerTime &now)
{
    const auto lanes = m_rows.lanes();
    if (!lanes)
        return fail(lanes.error());
    for (const LaneRow &lane : *lanes) {
        if (!now.known)
            m_unknownSince.insert(lane.number, now.mono);
        if (!lane.since || lane.until)
            continue;
        const auto open = m_rows.openGap(lane.number);
        const auto end = m_rows.endOf(lane.number);
        if (!open || !end)
            return fail(open ? end.error() : open.error());
        const UtcTime last = *open ? std::max((*open)->from, alive.value_or((*open)->from)) : end->value_or(*lane.since);
        if (const Status closed = m_rows.closeGap(lane.number, last); !closed)
            return closed;
        if (const Status added = m_rows.addGap(lane.number, {last, std::nullopt, reason}); !added)
            return added;
    }
    return {};
}

Result<protocol::Coverage> Ledger::coverage(const RecordingLane &wanted, UtcTime from, UtcTime to, UtcTime now, const std::optional<Recording> &open)
{
    const auto found = m_rows.lane(wanted);
    if (!found)
        return fail(found.error());
    if (!*found)
        return fail(ErrorKind::NotFound, QStringLiteral("Stream %1 of camera %2 has never been recorded here.").arg(wanted.stream, wanted.camera));
    const LaneRow &lane = **found;
    const bool fresh = open && open->name.start && open->to <= now && now - open->to <= kFresh;
    const UtcTime end = std::min({to, fresh ? open->to : now, lane.until.value_or(UtcTime::max())});
    protocol::Coverage coverage{wanted.camera, wanted.stream, from, from, {}};
    coverage.from = std::max(from, lane.since.value_or(end));
    coverage.to = std::max(coverage.from, end);
    RecordingQuery query;
    query.lane = lane.number;
    query.from = coverage.from;
    query.to = coverage.to;
    query.limit = kMostSpans;
    const auto segments = m_rows.segments(query);
    const auto gaps = segments ? m_rows.gaps(lane.number, coverage.from, coverage.to, kMostSpans) : fail(segments.error());
    if (!gaps)
        return fail(gaps.error());
    if (segments->size() >= kMostSpans || gaps->size() >= kMostSpans)
        return fail(ErrorKind::InvalidInput, QStringLiteral("to: more than %1 segments or gaps since from; ask for a shorter span.").arg(kMostSpans));
    QList<protocol::CoverageSpan> said;
    said.reserve(segments->size() + gaps->size());
    for (const Recording &segment : *segments)
        said.append({segment.from, open && open->name.id() == segment.name.id() ? open->to : segment.to, std::nullopt, segment.custody});
    for (const GapRow &gap : *gaps)
        said.append({gap.from, gap.to.value_or(coverage.to), gap.reason, {}});
    coverage.spans = protocol::makeCoverage(coverage.from, coverage.to, std::move(said));
    return coverage;
}

} // namespace vedette::agent
