// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/protocol/coverage.h"

#include <QObject>
#include <QString>

#include <optional>
#include <vector>

namespace vedette::review {

/// What fills a moment of a lane. The first five are custodies of recorded time.
enum class SpanKind : std::uint8_t {
    OnEdge, InTransit, Stored, Expired, Lost,
    Gap,
    Silent,  ///< those who should know do not answer
    Asking,  ///< not answered yet
    Nothing, ///< nothing was recorded and nothing should have been
};
constexpr int kSpanKinds = 9;
SpanKind spanKindOf(protocol::Custody custody);
/// There are pictures: on the edge, in transit or stored.
constexpr bool playable(SpanKind kind) { return kind <= SpanKind::Stored; }

/// from < to.
struct LaneSpan {
    UtcTime from{};
    UtcTime to{};
    SpanKind kind = SpanKind::Gap;
    bool operator==(const LaneSpan &) const = default;
};

/// A moment, or a span with an end, that somebody or something has marked.
struct LaneMark {
    enum class Kind : std::uint8_t { Bookmark, Protection, Info, Warning, Major, Critical };

    QString id;
    Kind kind = Kind::Bookmark;
    UtcTime at{};
    std::optional<UtcTime> to;
    QString text;  ///< for people; may be empty
    bool operator==(const LaneMark &) const = default;
};

/// A value over time: the smallest and largest from here to the next point.
struct LanePoint {
    UtcTime at{};
    float low = 0;
    float high = 0;
    bool operator==(const LanePoint &) const = default;
};

/// What a lane shows of [from, to). Spans and marks by time; spans do not overlap, and what none of them covers is Nothing.
struct LaneContent {
    UtcTime from{};
    UtcTime to{};
    std::vector<LaneSpan> spans;
    std::vector<LaneMark> marks;
    std::vector<LanePoint> points;
};

/// What there is to say of one moment of a lane: shown on hover and by "explain".
struct LaneDetail {
    UtcTime from{};                ///< of the span around it
    UtcTime to{};
    SpanKind kind = SpanKind::Gap;
    std::optional<protocol::GapReason> reason; ///< of a gap
    QString sources;               ///< of recorded time: who has it, nearest first
    QString remark;                ///< more, in English; may be empty
};

/// One row of the time line, and the seam for every kind of row: cameras now, events and sensors next. Main thread; never
/// blocks: what is not known yet is Asking, and changed() follows. Owned by a ReviewModel.
class LaneSource : public QObject {
    Q_OBJECT
public:
    enum class Shape : std::uint8_t { Spans, Marks, Series };

    virtual Shape shape() const = 0;
    virtual QString id() const = 0;   ///< unique among lanes
    virtual QString name() const = 0; ///< for people
    /// finest: what is shorter need not be told apart, as long as each kind's sum is right.
    virtual LaneContent content(UtcTime from, UtcTime to, microseconds finest) = 0;
    /// Empty: nothing is known of this moment.
    virtual std::optional<LaneDetail> detail(UtcTime at) = 0;

Q_SIGNALS:
    void changed();
};

} // namespace vedette::review
