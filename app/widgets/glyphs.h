// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/widgets/theme.h"

#include <QRectF>

class QPainter;

namespace vedette::app {

/// The small shapes that say a state beside its colour. Drawn on a 16 px grid with 1.8 px strokes, at any size.
enum class Glyph : std::uint8_t {
    None, Live, Direct, Fallback, Connecting, Stale, Offline, Paused, Recording, NotRecording, Playback,
    Info, Warning, Major, Critical,
};

/// The colour that goes with the shape.
Token glyphToken(Glyph glyph);

/// Fills the square in the middle of rect; the painter's state is kept.
void drawGlyph(QPainter &painter, const QRectF &rect, Glyph glyph, const Theme &theme);
void drawGlyph(QPainter &painter, const QRectF &rect, Glyph glyph, const Theme &theme, const QColor &color);

} // namespace vedette::app
