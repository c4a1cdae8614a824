// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/wall/tile_text.h"
#include "app/wall/wall_layout.h"

#include <QFont>
#include <QImage>
#include <QRect>
#include <QRegion>

class QPainter;

namespace vedette::app {

/// How much is written over the pictures (key I).
enum class OverlayLevel : std::uint8_t { None, Normal, Engineering };

/// A tile as it is drawn: words, picture and what the pointer does. Value type.
struct TileView {
    TileText text;
    QString zoom;             ///< "2.0 ×", or empty
    QString engineering;      ///< lines for OverlayLevel::Engineering
    QImage picture;           ///< scaled for the tile already; null: none, or drawn below
    bool drawnBelow = false;  ///< somebody else draws the picture first; its place is left as it is
    QSizeF pictureSize{16, 9};///< its proportions
    bool selected = false;
    bool focused = false;
    bool tryNowHovered = false;
    OverlayLevel level = OverlayLevel::Normal;
    int ringAngle = 0;        ///< of the connecting ring, degrees

    bool hasPicture() const { return drawnBelow || !picture.isNull(); }
};

/// Where the parts of a tile are. Pure; used for painting and for the pointer alike.
struct TileGeometry {
    QRect bar;                ///< empty when glyph and name lie over the picture
    QRect overlay;            ///< the small bar over the picture of narrow tiles
    QRect space;
    QRect picture;
    QRect tryNow;             ///< button of an offline tile; empty when there is no room or nothing to try
    QRect latency;
};
TileGeometry tileGeometry(const QRect &tile, const TileView &view, const WallMetrics &metrics, const QFont &body);

/// Draws those parts of one tile that touch dirty. Nothing is drawn outside the tile but the focus ring (3 px).
void paintTile(QPainter &painter, const QRect &tile, const TileView &view, const WallMetrics &metrics, const QFont &body,
               const Theme &theme, const QRegion &dirty);

/// The widths that depend on the font.
WallMetrics wallMetrics(int tiles, const QFont &body);

} // namespace vedette::app
