// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRect>
#include <QSize>

#include <cstdint>
#include <optional>
#include <vector>

namespace vedette::app {

/// How the wall is divided. OnePlusN: columns == rows == k, the first tile covers (k-1) × (k-1) cells, 2k-1 stand
/// around it. Value type.
struct WallShape {
    enum class Kind : std::uint8_t { Grid, OnePlusN };
    Kind kind = Kind::Grid;
    int columns = 1;
    int rows = 1;

    int capacity() const;
    bool operator==(const WallShape &) const = default;
};

/// The lengths that a layout depends on, in pixels of the wall.
struct WallMetrics {
    int gutter = 6;
    int bar = 26;            ///< height of a tile's bar
    int overlayBelow = 200;  ///< narrower tiles lay the bar over the picture
};

/// 6, from 16 tiles 4, from 36 tiles 2, times scale.
int gutterFor(int tiles, qreal scale);

/// Where the picture goes: inside the tile under the bar, never cropped nor stretched.
QRect fitPicture(const QRect &space, QSizeF picture);
/// The tile without its bar.
QRect pictureSpace(const QRect &tile, const WallMetrics &metrics);

/// Cells of the shape in reading order (the large one first), gutters around and between; whole pixels.
std::vector<QRect> tileRects(const WallShape &shape, const QRect &area, const WallMetrics &metrics);

/// Sum of the picture areas of count tiles.
qint64 pictureArea(const WallShape &shape, int count, QSize area, const WallMetrics &metrics, double aspect);

/// Every grid and 1 + N that holds count tiles is tried; the largest picture area wins, and within 1 % of it the
/// current one stays, so that nothing jumps.
WallShape automaticShape(int count, QSize area, const WallMetrics &metrics, double aspect,
                         const std::optional<WallShape> &current = std::nullopt);

enum class Direction : std::uint8_t { Left, Right, Up, Down };
/// The neighbour of tile index in that direction; index itself when there is none.
int neighbour(const std::vector<QRect> &tiles, int count, int index, Direction direction);

} // namespace vedette::app
