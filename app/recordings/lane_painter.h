// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/widgets/theme.h"
#include "core/review/lane_strip.h"

#include <QBrush>
#include <QRect>

class QPainter;

namespace vedette::app {

/// Draws what fills a lane, each kind with a shape of its own beside its colour. Made for one theme and one density of
/// the screen; cheap to keep.
class LanePainter {
public:
    LanePainter(const Theme &theme, qreal devicePixelRatio);

    /// runs: of columns equal columns over the bar, one a device pixel.
    void drawSpans(QPainter &painter, const QRect &bar, const std::vector<review::LaneRun> &runs, int columns) const;
    /// Many lanes in one bar: only colours, as thin as they must be. line: 0 … lines - 1 from the top.
    void drawThin(QPainter &painter, const QRect &bar, int line, int lines, const std::vector<review::LaneRun> &runs, int columns) const;
    /// One square or line as the legend shows it.
    void drawSample(QPainter &painter, const QRect &square, review::SpanKind kind) const;
    /// Bookmarks, protection and events of a lane; x: pixels from the bar's left edge, to: the end of a span or x.
    void drawMark(QPainter &painter, const QRect &bar, review::LaneMark::Kind kind, qreal x, qreal to) const;

    const Theme &theme() const { return m_theme; }

private:
    void drawRecorded(QPainter &painter, const QRectF &part, review::SpanKind kind, float share, bool first, bool last) const;
    void drawFrame(QPainter &painter, const QRectF &part, const QColor &color, bool first, bool last) const;

    const Theme &m_theme;
    qreal m_dot; ///< one device pixel
    QBrush m_transit, m_lost, m_dashes, m_dots, m_faint;
};

} // namespace vedette::app
