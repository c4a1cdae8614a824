// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/review/lane.h"
#include "core/review/lane_strip.h"
#include "core/review/time_axis.h"

#include <QTimeZone>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace vedette::review {

/// What somebody reviews: the lanes, the part of time that is shown, the play head, the chosen range, the zone. One of
/// it serves the time line of Recordings and the strip in Live. The play head is at a moment or at the live edge, which moves.
/// Nothing here makes live of a recorded moment but goLive(). Main thread.
class ReviewModel final : public QObject {
    Q_OBJECT
public:
    using Range = std::pair<UtcTime, UtcTime>; ///< first < second

    /// clock: borrowed. Shows the last 40 minutes, live.
    explicit ReviewModel(const Clock &clock, QObject *parent = nullptr);

    void setLanes(std::vector<std::unique_ptr<LaneSource>> lanes);
    int laneCount() const { return int(m_lanes.size()); }
    LaneSource &lane(int index) const { return *m_lanes[std::size_t(index)].source; }
    /// Of the selected camera; empty: none.
    const QString &selectedLane() const { return m_selected; }
    void selectLane(const QString &id);
    /// What a lane holds at least over the axis; fetched over a wider span and kept until the lane changes.
    const LaneContent &content(int index, const TimeAxis &axis) const;
    /// The same, made ready to be drawn.
    const LaneStrip &strip(int index, const TimeAxis &axis) const;
    /// Counts what has changed in a lane, for those who keep pictures of it.
    std::uint64_t revision(int index) const { return m_lanes[std::size_t(index)].revision; }

    /// The same span of time whatever the width.
    TimeAxis axis(int width) const { return TimeAxis::spanning(m_centre - m_span / 2, m_centre + (m_span - m_span / 2), width); }
    /// By a person: pan and zoom.
    void show(const TimeAxis &axis);
    void show(UtcTime from, UtcTime to, int width) { show(TimeAxis::spanning(from, to, width)); }

    UtcTime now() const { return m_clock.utcNow(); }
    /// Up to here pictures can be there.
    UtcTime liveEdge() const { return now(); }
    bool atLiveEdge() const { return !m_cursor; }
    /// The play head.
    UtcTime cursor() const { return m_cursor.value_or(liveEdge()); }
    /// A person chose this moment; later than the live edge is the edge's own moment, but not live.
    void seek(UtcTime at);
    /// A person drags the play head: what the player says meanwhile is not shown.
    void setScrubbing(bool on) { m_scrubbing = on; }
    bool scrubbing() const { return m_scrubbing; }
    /// Also from there: what is shown may have fallen behind.
    void goLive();
    /// The player has come there: the view follows when the play head would leave it.
    void follow(UtcTime at, int width);
    /// Time has passed: keeps the live edge where it is on the screen while the play head is there. True: something moved.
    bool tick();

    const std::optional<Range> &range() const { return m_range; }
    /// Either order; what is equal or nothing clears it.
    void setRange(std::optional<Range> range);
    /// As [ and ]: the other end stays where it still fits, else it is put at the other side of what is shown.
    void setRangeStart(UtcTime at);
    void setRangeEnd(UtcTime at);

    const QTimeZone &zone() const { return m_zone; }
    void setZone(const QTimeZone &zone);

Q_SIGNALS:
    void lanesChanged();
    void laneChanged(int index);
    void selectionChanged();
    void viewChanged();
    void cursorMoved();
    void rangeChanged();
    void zoneChanged();
    /// A person wants this moment; comes for every step of a drag, the newest counts.
    void seekWanted(UtcTime at);
    void liveWanted();

private:
    struct Lane {
        std::unique_ptr<LaneSource> source;
        std::uint64_t revision = 0;
        bool old = true;
        microseconds finest{0};
        LaneContent content;
        LaneStrip strip;
    };
    const Lane &fetched(int index, const TimeAxis &axis) const;

    const Clock &m_clock;
    mutable std::vector<Lane> m_lanes; // their contents are a cache
    QString m_selected;
    UtcTime m_centre{};
    microseconds m_span{1};
    UtcTime m_ticked{};
    std::optional<UtcTime> m_cursor; // empty: at the live edge
    std::optional<Range> m_range;
    bool m_scrubbing = false;
    QTimeZone m_zone;
};

} // namespace vedette::review
