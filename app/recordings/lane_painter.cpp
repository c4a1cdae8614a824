// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recordings/lane_painter.h"

#include "app/widgets/glyphs.h"
#include "app/widgets/hatch.h"

#include <QPainter>
#include <QPainterPath>
#include <QPixmap>

#include <algorithm>

namespace vedette::app {

using review::LaneMark;
using review::LaneRun;
using review::SpanKind;

namespace {

constexpr qreal kHatchPitch = 6, kCrossPitch = 6;
constexpr qreal kNotch = 2; // what a gap too short for a pixel takes from the bar at least

/// on of every on + off logical pixels in a row, for lines that begin anywhere.
QBrush dashes(const QColor &color, qreal on, qreal off, qreal ratio)
{
    QPixmap tile(std::max(2, qRound((on + off) * ratio)), 1);
    tile.fill(Qt::transparent);
    QPainter painter(&tile);
    painter.fillRect(QRectF(0, 0, std::max(1, qRound(on * ratio)), 1), color);
    painter.end();
    QBrush brush(tile);
    brush.setTransform(QTransform::fromScale(1 / ratio, 1 / ratio));
    return brush;
}

Token tokenOf(SpanKind kind)
{
    switch (kind) {
    case SpanKind::OnEdge: return Token::OnEdge;
    case SpanKind::InTransit: return Token::Transit;
    case SpanKind::Stored: return Token::Stored;
    case SpanKind::Expired: return Token::Expired;
    case SpanKind::Lost: return Token::Lost;
    default: return Token::Muted;
    }
}

} // namespace

LanePainter::LanePainter(const Theme &theme, qreal ratio)
    : m_theme(theme), m_dot(1 / ratio),
      m_transit(hatchBrush(theme.color(Token::Transit), Hatch::Diagonal, kHatchPitch, 2.4, ratio)),
      m_lost(hatchBrush(theme.color(Token::Lost), Hatch::Cross, kCrossPitch, 1.2, ratio)),
      m_dashes(dashes(theme.color(Token::Expired), 4, 3, ratio)), m_dots(dashes(theme.color(Token::Muted), 1.5, 3.5, ratio)),
      m_faint(dashes(theme.color(Token::Line), 8, 6, ratio))
{
}

void LanePainter::drawFrame(QPainter &painter, const QRectF &part, const QColor &color, bool first, bool last) const
{
    const qreal line = std::max(m_dot, 1.0);
    painter.fillRect(QRectF(part.left(), part.top(), part.width(), line), color);
    painter.fillRect(QRectF(part.left(), part.bottom() - line, part.width(), line), color);
    if (part.width() < 3 * line)
        return;
    if (first)
        painter.fillRect(QRectF(part.left(), part.top(), line, part.height()), color);
    if (last)
        painter.fillRect(QRectF(part.right() - line, part.top(), line, part.height()), color);
}

void LanePainter::drawRecorded(QPainter &painter, const QRectF &part, SpanKind kind, float share, bool first, bool last) const
{
    // Where only a part is recorded the bar is lower: the column says how much.
    const qreal cut = share >= 1 ? 0 : std::clamp(part.height() * (1 - qreal(share)), kNotch, part.height() - kNotch);
    const QRectF filled = part.adjusted(0, cut, 0, 0);
    const QColor color = m_theme.color(tokenOf(kind));
    switch (kind) {
    case SpanKind::Stored: painter.fillRect(filled, color); break;
    case SpanKind::InTransit:
        painter.fillRect(filled, m_transit);
        if (m_theme.color(Token::TransitEdge) != color)
            drawFrame(painter, filled, m_theme.color(Token::TransitEdge), first, last);
        break;
    default: // OnEdge
        painter.fillRect(QRectF(filled.left(), filled.center().y(), filled.width(), filled.height() / 2), color);
        drawFrame(painter, filled, color, first, last);
        break;
    }
}

void LanePainter::drawSpans(QPainter &painter, const QRect &bar, const std::vector<LaneRun> &runs, int columns) const
{
    const qreal column = bar.width() / qreal(std::max(1, columns));
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setBrushOrigin(bar.topLeft());
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const LaneRun &run = runs[i];
        const QRectF part(bar.left() + run.first * column, bar.top(), (run.end - run.first) * column, bar.height());
        const bool first = i == 0 || runs[i - 1].kind != run.kind, last = i + 1 == runs.size() || runs[i + 1].kind != run.kind;
        const qreal line = std::max(m_dot, 1.0);
        const QRectF centre(part.left(), QRectF(bar).center().y() - line / 2, part.width(), line);
        switch (run.kind) {
        case SpanKind::Gap: painter.fillRect(centre, m_dots); break;
        case SpanKind::Silent:
        case SpanKind::Asking: painter.fillRect(centre, m_faint); break;
        case SpanKind::Nothing: break;
        case SpanKind::Expired:
            painter.fillRect(QRectF(part.left(), part.top(), part.width(), line), m_dashes);
            painter.fillRect(QRectF(part.left(), part.bottom() - line, part.width(), line), m_dashes);
            for (const bool left : {true, false}) {
                if (left ? first : last) {
                    const qreal x = left ? part.left() : part.right() - line;
                    painter.fillRect(QRectF(x, part.top(), line, part.height() / 3), m_theme.color(Token::Expired));
                    painter.fillRect(QRectF(x, part.bottom() - part.height() / 3, line, part.height() / 3), m_theme.color(Token::Expired));
                }
            }
            break;
        case SpanKind::Lost:
            painter.fillRect(part, m_lost);
            drawFrame(painter, part, m_theme.color(Token::Lost), first, last);
            break;
        default: drawRecorded(painter, part, run.kind, run.share, first, last); break;
        }
    }
}

void LanePainter::drawThin(QPainter &painter, const QRect &bar, int line, int lines, const std::vector<LaneRun> &runs, int columns) const
{
    const qreal column = bar.width() / qreal(std::max(1, columns));
    const auto snapped = [this](qreal y) { return qRound(y / m_dot) * m_dot; };
    const qreal top = snapped(bar.top() + bar.height() * line / qreal(lines));
    qreal height = snapped(bar.top() + bar.height() * (line + 1) / qreal(lines)) - top;
    if (height >= 3 * m_dot)
        height -= m_dot;
    height = std::max(height, m_dot);
    for (const LaneRun &run : runs) {
        if (run.kind <= SpanKind::Lost && run.kind != SpanKind::Expired)
            painter.fillRect(QRectF(bar.left() + run.first * column, top, (run.end - run.first) * column, height), m_theme.color(tokenOf(run.kind)));
    }
}

void LanePainter::drawSample(QPainter &painter, const QRect &square, SpanKind kind) const
{
    const QRect wide = kind == SpanKind::Gap ? square.adjusted(-square.width() / 2, 0, square.width() / 2, 0) : square;
    drawSpans(painter, wide, {{0, 1, kind, review::playable(kind) ? 1.0F : 0.0F}}, 1);
}

void LanePainter::drawMark(QPainter &painter, const QRect &bar, LaneMark::Kind kind, qreal x, qreal to) const
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const qreal centre = bar.left() + x, side = std::min(bar.height(), 16);
    const QRectF box(centre - side / 2, QRectF(bar).center().y() - side / 2, side, side);
    const auto glyph = [&](Glyph shape) { drawGlyph(painter, box, shape, m_theme); };
    switch (kind) {
    case LaneMark::Kind::Bookmark: {
        QPainterPath flag(QPointF(centre - side * 0.28, box.top()));
        flag.lineTo(centre + side * 0.28, box.top());
        flag.lineTo(centre + side * 0.28, box.bottom());
        flag.lineTo(centre, box.bottom() - side * 0.28);
        flag.lineTo(centre - side * 0.28, box.bottom());
        flag.closeSubpath();
        painter.setPen(QPen(m_theme.color(Token::Text), 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.setBrush(m_theme.color(Token::Panel));
        painter.drawPath(flag);
        break;
    }
    case LaneMark::Kind::Protection:
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.fillRect(QRectF(centre, bar.top() - 4, std::max(2.0, to - x), 2), m_theme.color(Token::Text2));
        break;
    case LaneMark::Kind::Info: glyph(Glyph::Info); break;
    case LaneMark::Kind::Warning: glyph(Glyph::Warning); break;
    case LaneMark::Kind::Major: glyph(Glyph::Major); break;
    case LaneMark::Kind::Critical: glyph(Glyph::Critical); break;
    }
    painter.restore();
}

} // namespace vedette::app
