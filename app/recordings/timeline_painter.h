// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/recordings/lane_painter.h"
#include "app/recordings/timeline_layout.h"

#include <QImage>

namespace vedette::app {

/// Draws a time line from the model into a widget's painter. What does not move with the play head is drawn once and
/// copied; main thread.
class TimelinePainter {
public:
    struct Look {
        TimelineForm form = TimelineForm::Full;
        TimelineLayout layout;
        QSize size;              ///< logical
        QFont font;
        qreal devicePixelRatio = 1;
        std::optional<int> hoverX;  ///< logical pixels of the widget
        bool focused = false;
        bool grabbed = false;       ///< the play head is being dragged
    };

    explicit TimelinePainter(const review::ReviewModel &model) : m_model(model) {}

    /// dirty: what of the widget is to be drawn.
    void paint(QPainter &painter, const QRect &dirty, const Look &look);
    /// What the play head covers, line and grip.
    QRect headRect(const Look &look) const;
    /// What the hover line covers.
    static QRect hoverRect(const Look &look);
    /// Handles of the range; empty when out of sight.
    QRect handleRect(const Look &look, bool start) const;
    review::TimeAxis axis(const TimelineLayout &layout) const;
    /// For benchmarks: how often all was drawn anew.
    std::uint64_t drawnAnew() const { return m_drawnAnew; }

private:
    /// What the copied picture was drawn for.
    struct Key {
        QSize size;
        qreal ratio = 0;
        review::TimeAxis axis;
        int scroll = 0;
        QFont font;
        bool dark = false;
        QByteArray zone;
        QString selected;
        std::vector<std::uint64_t> revisions;
        bool operator==(const Key &) const = default;
    };

    void drawStill(const Look &look, const review::TimeAxis &axis);
    void drawRuler(QPainter &painter, const Look &look, const review::TimeAxis &axis) const;
    void drawRow(QPainter &painter, const Look &look, const TimelineLayout::Row &row, const review::TimeAxis &axis) const;
    void drawHead(QPainter &painter, const Look &look, const TimelineLayout::Row &row, const review::TimeAxis &axis) const;
    void drawChip(QPainter &painter, const Look &look, const TimelineLayout::Row &row, const QString &name) const;
    void drawSeries(QPainter &painter, const QRect &bar, const review::LaneContent &content, const review::TimeAxis &axis) const;
    void drawLegend(QPainter &painter, const Look &look) const;
    void drawRange(QPainter &painter, const Look &look, const review::TimeAxis &axis) const;
    void drawLiveEdge(QPainter &painter, const Look &look, const review::TimeAxis &axis) const;
    void drawPlayHead(QPainter &painter, const Look &look, const review::TimeAxis &axis) const;
    QString headText(const review::TimeAxis &axis) const;

    const review::ReviewModel &m_model;
    std::optional<LanePainter> m_lanes;
    QImage m_still;
    Key m_key;
    std::uint64_t m_drawnAnew = 0;
};

} // namespace vedette::app
