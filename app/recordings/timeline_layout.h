// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/review/review_model.h"

#include <QFont>
#include <QRect>

#include <vector>

namespace vedette::app {

/// Full: heads, ruler, a row for each lane, legend. Strip: the selected lane and all lanes together, for Live.
enum class TimelineForm : std::uint8_t { Full, Strip };

/// Where the parts of a time line are, in logical pixels of its widget. Value type.
struct TimelineLayout {
    static constexpr int kAllLanes = -1;

    struct Row {
        int lane = kAllLanes;
        QRect rect;        ///< from the left edge of the heads to the right end
        QRect bar;         ///< what is filled, right of the heads
    };

    QRect ruler;           ///< right of the heads
    QRect lanes;           ///< right of the heads, below the ruler; rows are clipped to it
    QRect legend;          ///< over the whole width; empty in a strip
    int heads = 0;         ///< width; a strip has names on its lanes instead
    std::vector<Row> rows; ///< those that are in sight, from the top
    int scrollMost = 0;    ///< by how much rows can be scrolled

    /// The row under y; null: none.
    const Row *rowAt(int y) const;
};

TimelineLayout layOutTimeline(TimelineForm form, const QSize &size, const QFont &font, const review::ReviewModel &model, int scroll);
/// As high as all rows need.
int timelineHeight(TimelineForm form, const QFont &font, const review::ReviewModel &model);

} // namespace vedette::app
