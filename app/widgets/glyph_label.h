// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/widgets/glyphs.h"

#include <QWidget>

namespace vedette::app {

/// A state glyph as a small widget.
class GlyphLabel final : public QWidget {
    Q_OBJECT
public:
    explicit GlyphLabel(Glyph glyph, int logicalSide = 12, QWidget *parent = nullptr);
    void setGlyph(Glyph glyph);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Glyph m_glyph;
    int m_side;
};

} // namespace vedette::app
