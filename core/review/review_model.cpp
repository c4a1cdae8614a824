// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/review/review_model.h"

#include <algorithm>

namespace vedette::review {

namespace {

constexpr std::chrono::minutes kFirstSpan{40};
constexpr double kEdgeAt = 0.94;           // of the width, when one goes live
constexpr double kHeadFrom = 0.97, kHeadTo = 0.15; // where the play head leaves the view, and where it comes in again

} // namespace

ReviewModel::ReviewModel(const Clock &clock, QObject *parent)
    : QObject(parent), m_clock(clock), m_span(kFirstSpan), m_ticked(clock.utcNow()), m_zone(QTimeZone::systemTimeZone())
{
    m_centre = m_ticked - m_span / 2 + microseconds{std::int64_t(double(m_span.count()) * (1 - kEdgeAt))};
}

void ReviewModel::setLanes(std::vector<std::unique_ptr<LaneSource>> lanes)
{
    m_lanes.clear();
    for (auto &source : lanes) {
        LaneSource *of = source.get();
        m_lanes.push_back({std::move(source), 0, true, {}, {}, {}});
        connect(of, &LaneSource::changed, this, [this, of] {
            for (std::size_t i = 0; i < m_lanes.size(); ++i) {
                if (m_lanes[i].source.get() != of)
                    continue;
                m_lanes[i].old = true;
                ++m_lanes[i].revision;
                Q_EMIT laneChanged(int(i));
            }
        });
    }
    Q_EMIT lanesChanged();
}

void ReviewModel::selectLane(const QString &id)
{
    if (id == m_selected)
        return;
    m_selected = id;
    Q_EMIT selectionChanged();
}

const ReviewModel::Lane &ReviewModel::fetched(int index, const TimeAxis &axis) const
{
    Lane &lane = m_lanes[std::size_t(index)];
    const UtcTime from = axis.left(), to = axis.right();
    if (lane.old || from < lane.content.from || to > lane.content.to || lane.finest > axis.perPixel()) {
        // Half as much again on either side, so that panning does not ask at each pixel; more would cost a frame.
        const microseconds more = (to - from) / 2;
        lane.finest = axis.perPixel() / 2; // for screens with two dots a pixel, and some zooming
        lane.content = lane.source->content(std::max(TimeAxis::kBegin, from - more), std::min(TimeAxis::kEnd, to + more), lane.finest);
        lane.strip = LaneStrip(lane.content.spans);
        lane.old = false;
        ++lane.revision;
    }
    return lane;
}

const LaneContent &ReviewModel::content(int index, const TimeAxis &axis) const
{
    return fetched(index, axis).content;
}

const LaneStrip &ReviewModel::strip(int index, const TimeAxis &axis) const
{
    return fetched(index, axis).strip;
}

void ReviewModel::show(const TimeAxis &axis)
{
    if (axis.centre() == m_centre && axis.span() == m_span)
        return;
    m_centre = axis.centre();
    m_span = axis.span();
    Q_EMIT viewChanged();
}

void ReviewModel::seek(UtcTime at)
{
    const UtcTime moment = std::clamp(at, TimeAxis::kBegin, liveEdge());
    m_cursor = moment;
    Q_EMIT cursorMoved();
    Q_EMIT seekWanted(moment);
}

void ReviewModel::goLive()
{
    m_cursor.reset();
    m_scrubbing = false;
    const UtcTime edge = m_ticked = liveEdge();
    if (edge < m_centre - m_span / 2 || edge >= m_centre + m_span / 2) {
        m_centre = edge - m_span / 2 + microseconds{std::int64_t(double(m_span.count()) * (1 - kEdgeAt))};
        Q_EMIT viewChanged();
    }
    Q_EMIT cursorMoved();
    Q_EMIT liveWanted();
}

void ReviewModel::follow(UtcTime at, int width)
{
    if (m_scrubbing || m_cursor == at)
        return;
    const TimeAxis shown = axis(width);
    const double before = shown.pixelOf(cursor()), after = shown.pixelOf(at);
    m_cursor = at;
    // Only what was in sight is followed: who looks elsewhere while it plays stays there.
    const double first = width * (1 - kHeadFrom), last = width * kHeadFrom;
    if (before >= 0 && before < width && (after < first || after > last) && (after - before) * (after - width / 2.0) > 0) {
        const double to = after > before ? width * kHeadTo : width * (1 - kHeadTo);
        show(shown.panned(int(after - to)));
    }
    Q_EMIT cursorMoved();
}

bool ReviewModel::tick()
{
    const UtcTime edge = liveEdge();
    const microseconds passed = edge - m_ticked;
    if (passed == microseconds{0})
        return false;
    const UtcTime was = m_ticked;
    m_ticked = edge;
    const UtcTime left = m_centre - m_span / 2;
    if (atLiveEdge() && was >= left && was <= left + m_span) {
        m_centre += passed;
        Q_EMIT viewChanged();
    }
    if (atLiveEdge())
        Q_EMIT cursorMoved();
    return true;
}

void ReviewModel::setRange(std::optional<Range> range)
{
    if (range && range->first > range->second)
        std::swap(range->first, range->second);
    if (range && range->first == range->second)
        range.reset();
    if (range == m_range)
        return;
    m_range = range;
    Q_EMIT rangeChanged();
}

void ReviewModel::setRangeStart(UtcTime at)
{
    const UtcTime end = m_range && m_range->second > at ? m_range->second : std::max(at + m_span / 10, std::min(liveEdge(), m_centre + m_span / 2));
    setRange(Range{at, end});
}

void ReviewModel::setRangeEnd(UtcTime at)
{
    const UtcTime start = m_range && m_range->first < at ? m_range->first : std::min(at - m_span / 10, m_centre - m_span / 2);
    setRange(Range{start, at});
}

void ReviewModel::setZone(const QTimeZone &zone)
{
    if (zone == m_zone)
        return;
    m_zone = zone;
    Q_EMIT zoneChanged();
}

} // namespace vedette::review
