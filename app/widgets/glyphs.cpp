// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/glyphs.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace vedette::app {

namespace {

constexpr qreal kGrid = 16;
constexpr qreal kStroke = 1.8;

QPolygonF octagon(QPointF centre, qreal radius)
{
    QPolygonF shape;
    for (int i = 0; i < 8; ++i) {
        const qreal angle = std::numbers::pi * (i + 0.5) / 4;
        shape << centre + radius * QPointF(std::cos(angle), std::sin(angle));
    }
    return shape;
}

void fill(QPainter &p, const QPolygonF &shape, const QColor &color)
{
    p.setPen(QPen(color, 1, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    p.setBrush(color);
    p.drawPolygon(shape);
}

void exclamation(QPainter &p, const QColor &color, qreal top, qreal bottom)
{
    p.setPen(QPen(color, 1.7, Qt::SolidLine, Qt::RoundCap));
    p.drawLine(QPointF(8, top), QPointF(8, bottom - 3));
    p.drawLine(QPointF(8, bottom), QPointF(8, bottom + 0.01));
}

void drawAlarm(QPainter &p, Glyph glyph, const Theme &theme, const QColor &color)
{
    const QColor inside = theme.color(theme.isDark() ? Token::Window : Token::OnAccent);
    switch (glyph) {
    case Glyph::Info:
        p.setPen(QPen(color, kStroke));
        p.setBrush(Qt::NoBrush);
        p.drawEllipse(QPointF(8, 8), 5.8, 5.8);
        p.drawLine(QPointF(8, 7.4), QPointF(8, 11));
        p.drawLine(QPointF(8, 5), QPointF(8, 5.01));
        break;
    case Glyph::Warning:
        p.setPen(QPen(theme.color(Token::WarningEdge), 1.2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        p.setBrush(color);
        p.drawPolygon(QPolygonF{{8, 2}, {14.4, 13.6}, {1.6, 13.6}});
        exclamation(p, theme.isDark() ? inside : theme.color(Token::WarningEdge), 6, 11.6);
        break;
    case Glyph::Major:
        fill(p, {{8, 1.4}, {14.6, 8}, {8, 14.6}, {1.4, 8}}, color);
        exclamation(p, inside, 4.8, 11);
        break;
    default: // Critical
        fill(p, octagon({8, 8}, 6.8), color);
        p.setPen(QPen(theme.color(Token::OnCritical), kStroke, Qt::SolidLine, Qt::RoundCap));
        p.drawLine(QPointF(5.6, 5.6), QPointF(10.4, 10.4));
        p.drawLine(QPointF(10.4, 5.6), QPointF(5.6, 10.4));
        break;
    }
}

void drawState(QPainter &p, Glyph glyph, const QColor &color)
{
    const QPen stroke(color, kStroke, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
    p.setPen(stroke);
    p.setBrush(Qt::NoBrush);
    switch (glyph) {
    case Glyph::Live: fill(p, {{3.6, 2.8}, {13, 8}, {3.6, 13.2}}, color); break;
    case Glyph::Playback: p.drawPolygon(QPolygonF{{3.8, 3}, {12.8, 8}, {3.8, 13}}); break;
    case Glyph::Fallback: fill(p, {{2.4, 3.8}, {13.6, 3.8}, {8, 13}}, color); break;
    case Glyph::Direct:
        p.drawPolygon(QPolygonF{{8, 1.8}, {14.2, 8}, {8, 14.2}, {1.8, 8}});
        p.drawLine(QPointF(6, 8), QPointF(10, 8));
        break;
    case Glyph::Connecting: p.drawArc(QRectF(2.4, 2.4, 11.2, 11.2), 90 * 16, -270 * 16); break;
    case Glyph::Stale:
        p.drawEllipse(QPointF(8, 8), 6, 6);
        p.drawLine(QPointF(8, 4.8), QPointF(8, 8));
        p.drawLine(QPointF(8, 8), QPointF(10.2, 9.6));
        break;
    case Glyph::Offline:
        p.setPen(QPen(color, 2.4, Qt::SolidLine, Qt::FlatCap));
        p.drawLine(QPointF(3, 3), QPointF(13, 13));
        p.drawLine(QPointF(13, 3), QPointF(3, 13));
        break;
    case Glyph::Paused:
        p.setPen(QPen(color, 2.6, Qt::SolidLine, Qt::FlatCap));
        p.drawLine(QPointF(5.4, 3), QPointF(5.4, 13));
        p.drawLine(QPointF(10.6, 3), QPointF(10.6, 13));
        break;
    case Glyph::Recording:
        p.setPen(Qt::NoPen);
        p.setBrush(color);
        p.drawEllipse(QPointF(8, 8), 5.4, 5.4);
        break;
    case Glyph::NotRecording: {
        QPen dashed(color, 1.6, Qt::CustomDashLine, Qt::FlatCap);
        dashed.setDashPattern({1.6, 1.4});
        p.setPen(dashed);
        p.drawEllipse(QPointF(8, 8), 5, 5);
        break;
    }
    default: break;
    }
}

} // namespace

Token glyphToken(Glyph glyph)
{
    switch (glyph) {
    case Glyph::Live: return Token::Live;
    case Glyph::Direct: return Token::Direct;
    case Glyph::Fallback: return Token::Fallback;
    case Glyph::Connecting:
    case Glyph::Paused: return Token::Connecting;
    case Glyph::Stale: return Token::Stale;
    case Glyph::Offline: return Token::Offline;
    case Glyph::Recording: return Token::Recording;
    case Glyph::NotRecording:
    case Glyph::None: return Token::Muted;
    case Glyph::Playback: return Token::Playback;
    case Glyph::Info: return Token::Info;
    case Glyph::Warning: return Token::Warning;
    case Glyph::Major: return Token::Major;
    case Glyph::Critical: return Token::Critical;
    }
    return Token::Muted;
}

void drawGlyph(QPainter &painter, const QRectF &rect, Glyph glyph, const Theme &theme)
{
    drawGlyph(painter, rect, glyph, theme, theme.color(glyphToken(glyph)));
}

void drawGlyph(QPainter &painter, const QRectF &rect, Glyph glyph, const Theme &theme, const QColor &color)
{
    const qreal side = std::min(rect.width(), rect.height());
    if (glyph == Glyph::None || side <= 0)
        return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(rect.center() - QPointF(side / 2, side / 2));
    painter.scale(side / kGrid, side / kGrid);
    if (glyph == Glyph::Info || glyph == Glyph::Warning || glyph == Glyph::Major || glyph == Glyph::Critical)
        drawAlarm(painter, glyph, theme, color);
    else
        drawState(painter, glyph, color);
    painter.restore();
}

} // namespace vedette::app
