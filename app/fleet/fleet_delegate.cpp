// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/fleet/fleet_delegate.h"

#include "app/fleet/fleet_model.h"
#include "app/widgets/digits.h"
#include "app/widgets/glyphs.h"

#include <QPainter>

namespace vedette::app {

namespace {

void drawArrow(QPainter &p, const QRectF &rect, bool open, const QColor &color)
{
    const QPointF c = rect.center();
    const qreal r = rect.width() / 4;
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(QPen(color, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    if (open)
        p.drawPolyline(QPolygonF{c + QPointF(-r, -r / 2), c + QPointF(0, r / 2), c + QPointF(r, -r / 2)});
    else
        p.drawPolyline(QPolygonF{c + QPointF(-r / 2, -r), c + QPointF(r / 2, 0), c + QPointF(-r / 2, r)});
    p.setRenderHint(QPainter::Antialiasing, false);
}

} // namespace

QSize FleetDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const
{
    return {scaled(option.font, 100), qMax(scaled(option.font, 26), option.fontMetrics.height() + 8)};
}

void FleetDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QPainter &p = *painter;
    p.save();
    const Theme &theme = Theme::shown();
    const auto px = [&option](qreal value) { return scaled(option.font, value); };
    const bool agent = index.data(FleetModel::KindRole).toInt() == int(FleetModel::Kind::Agent);
    const bool selected = option.state & QStyle::State_Selected;
    if (selected)
        p.fillRect(option.rect, theme.color(Token::SelBg));
    else if (option.state & QStyle::State_MouseOver)
        p.fillRect(option.rect, theme.color(Token::Hover));

    const QRect row = option.rect;
    const Glyph glyph = Glyph(index.data(FleetModel::GlyphRole).toInt());
    qreal left = row.left() + px(8);
    if (agent) {
        drawArrow(p, QRectF(left, row.top(), px(14), row.height()), option.state & QStyle::State_Open, theme.color(Token::Text2));
        left += px(20);
    } else {
        left += px(24);
    }
    if (!agent || glyph != Glyph::None) {
        const int side = px(12);
        drawGlyph(p, QRectF(left, row.center().y() + 1 - side / 2.0, side, side), glyph, theme);
        left += side + px(7);
    }
    qreal right = row.right() + 1 - px(10);
    const QString trailing = index.data(FleetModel::TrailingRole).toString();
    if (!trailing.isEmpty()) {
        p.setFont(roleFont(option.font, TextRole::Secondary));
        const bool stale = glyph == Glyph::Stale && !selected; // on the selection stale red has too little contrast
        p.setPen(theme.color(selected ? Token::Text : stale ? Token::Stale : Token::Text2));
        const qreal width = digitsWidth(QFontMetricsF(p.font()), trailing);
        drawDigits(p, QRectF(right - width, row.top(), width, row.height()), Qt::AlignRight, trailing);
        right -= width + px(8);
    }
    p.setFont(roleFont(option.font, agent ? TextRole::Name : TextRole::Body));
    p.setPen(theme.color(Token::Text));
    const QString name = p.fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, int(right - left));
    p.drawText(QRectF(left, row.top(), right - left, row.height()), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, name);

    if ((option.state & QStyle::State_HasFocus) && (option.state & QStyle::State_KeyboardFocusChange)) {
        p.setPen(QPen(theme.color(Token::Accent), 2));
        p.setBrush(Qt::NoBrush);
        p.drawRect(QRectF(row).adjusted(1, 1, -1, -1));
    }
    p.restore();
}

} // namespace vedette::app
