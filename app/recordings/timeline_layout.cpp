// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/timeline_layout.h"

#include "app/widgets/theme.h"

#include <algorithm>

namespace vedette::app {

namespace {

// Logical pixels of the page Recordings; the visual language rules them.
constexpr int kHeads = 168, kRuler = 28, kLane = 30, kSmallLane = 18, kMarks = 28, kSeries = 62, kLegend = 38;
constexpr int kManyLanes = 8;
constexpr int kStripRuler = 22, kStripLeast = 20, kStripMost = 34;
constexpr double kBar = 0.6; // of a lane's height

struct Heights {
    int ruler = 0, legend = 0;
    std::vector<int> rows; // of each lane
    int sum = 0;
};

Heights heightsOf(const QFont &font, const review::ReviewModel &model)
{
    Heights heights{scaled(font, kRuler), scaled(font, kLegend), {}, 0};
    int cameras = 0;
    for (int i = 0; i < model.laneCount(); ++i)
        cameras += model.lane(i).shape() == review::LaneSource::Shape::Spans;
    for (int i = 0; i < model.laneCount(); ++i) {
        int height = kMarks;
        switch (model.lane(i).shape()) {
        case review::LaneSource::Shape::Spans: height = cameras > kManyLanes ? kSmallLane : kLane; break;
        case review::LaneSource::Shape::Marks: break;
        case review::LaneSource::Shape::Series: height = kSeries; break;
        }
        heights.rows.push_back(scaled(font, height));
        heights.sum += heights.rows.back();
    }
    return heights;
}

TimelineLayout::Row rowOf(int lane, int top, int height, int heads, int width, double part)
{
    const int bar = std::max(4, int(height * part));
    return {lane, QRect(0, top, width, height), QRect(heads, top + (height - bar) / 2, width - heads, bar)};
}

int selectedIndex(const review::ReviewModel &model)
{
    for (int i = 0; i < model.laneCount(); ++i) {
        if (model.lane(i).id() == model.selectedLane())
            return i;
    }
    return model.laneCount() > 0 ? 0 : TimelineLayout::kAllLanes;
}

} // namespace

const TimelineLayout::Row *TimelineLayout::rowAt(int y) const
{
    if (y < lanes.top() || y > lanes.bottom())
        return nullptr;
    for (const Row &row : rows) {
        if (y >= row.rect.top() && y <= row.rect.bottom())
            return &row;
    }
    return nullptr;
}

TimelineLayout layOutTimeline(TimelineForm form, const QSize &size, const QFont &font, const review::ReviewModel &model, int scroll)
{
    TimelineLayout layout;
    layout.heads = form == TimelineForm::Strip ? 0 : std::min(scaled(font, kHeads), size.width() / 3);
    const int width = size.width() - layout.heads;
    if (form == TimelineForm::Strip) {
        const int ruler = scaled(font, kStripRuler);
        layout.ruler = {layout.heads, 0, width, ruler};
        layout.lanes = {layout.heads, ruler, width, std::max(0, size.height() - ruler)};
        const bool both = layout.lanes.height() >= 2 * scaled(font, kStripLeast) && model.laneCount() > 1;
        const int height = std::min(layout.lanes.height() / (both ? 2 : 1), scaled(font, kStripMost));
        const int top = ruler + std::max(0, (layout.lanes.height() - height * (both ? 2 : 1)) / 2);
        if (model.laneCount() > 0)
            layout.rows.push_back(rowOf(selectedIndex(model), top, height, layout.heads, size.width(), kBar));
        if (both)
            layout.rows.push_back(rowOf(TimelineLayout::kAllLanes, top + height, height, layout.heads, size.width(), 0.8));
        return layout;
    }
    const Heights heights = heightsOf(font, model);
    layout.ruler = {layout.heads, 0, width, heights.ruler};
    layout.legend = {0, size.height() - heights.legend, size.width(), heights.legend};
    layout.lanes = {layout.heads, heights.ruler, width, std::max(0, size.height() - heights.ruler - heights.legend)};
    layout.scrollMost = std::max(0, heights.sum - layout.lanes.height());
    int top = layout.lanes.top() - std::clamp(scroll, 0, layout.scrollMost);
    for (int i = 0; i < model.laneCount(); ++i) {
        const int height = heights.rows[std::size_t(i)];
        if (top + height > layout.lanes.top() && top <= layout.lanes.bottom())
            layout.rows.push_back(rowOf(i, top, height, layout.heads, size.width(),
                                        model.lane(i).shape() == review::LaneSource::Shape::Spans ? kBar : 0.9));
        top += height;
    }
    return layout;
}

int timelineHeight(TimelineForm form, const QFont &font, const review::ReviewModel &model)
{
    if (form == TimelineForm::Strip)
        return scaled(font, kStripRuler + 2 * kStripMost);
    const Heights heights = heightsOf(font, model);
    return heights.ruler + std::max(heights.sum, scaled(font, kLane)) + heights.legend;
}

} // namespace vedette::app
