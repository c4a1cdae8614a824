// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/glyph_label.h"

#include <QPainter>

namespace vedette::app {

GlyphLabel::GlyphLabel(Glyph glyph, int logicalSide, QWidget *parent) : QWidget(parent), m_glyph(glyph), m_side(logicalSide)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void GlyphLabel::setGlyph(Glyph glyph)
{
    if (glyph == m_glyph)
        return;
    m_glyph = glyph;
    update();
}

QSize GlyphLabel::sizeHint() const
{
    const int side = scaled(font(), m_side);
    return {side, side};
}

void GlyphLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    drawGlyph(painter, rect(), m_glyph, Theme::shown());
}

} // namespace vedette::app
