// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/wall_layout.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace vedette::app {

namespace {

/// A layout must be better by so much before the wall is rearranged.
constexpr double kWorthJumping = 1.01;

} // namespace

int WallShape::capacity() const
{
    return kind == Kind::Grid ? columns * rows : 2 * columns;
}

int gutterFor(int tiles, qreal scale)
{
    return std::max(1, qRound((tiles >= 36 ? 2 : tiles >= 16 ? 4 : 6) * scale));
}

QRect pictureSpace(const QRect &tile, const WallMetrics &metrics)
{
    return tile.width() < metrics.overlayBelow ? tile : tile.adjusted(0, std::min(metrics.bar, tile.height()), 0, 0);
}

QRect fitPicture(const QRect &space, QSizeF picture)
{
    if (space.isEmpty() || picture.isEmpty())
        return {};
    const double scale = std::min(space.width() / picture.width(), space.height() / picture.height());
    // Even where it can be: the scaler's fast paths take pairs of rows, and a pixel of margin is not seen.
    const auto side = [](double wanted, int most) {
        const int rounded = std::clamp(int(std::lround(wanted)), 1, most);
        return rounded > 2 ? rounded / 2 * 2 : rounded;
    };
    const int width = side(picture.width() * scale, space.width());
    const int height = side(picture.height() * scale, space.height());
    return {space.left() + (space.width() - width) / 2, space.top() + (space.height() - height) / 2, width, height};
}

std::vector<QRect> tileRects(const WallShape &shape, const QRect &area, const WallMetrics &metrics)
{
    const int columns = std::max(1, shape.columns);
    const int rows = std::max(1, shape.rows);
    const int width = std::max(columns, area.width() - metrics.gutter * (columns + 1));
    const int height = std::max(rows, area.height() - metrics.gutter * (rows + 1));
    // Edges by rounding, so that the pixels that are left over spread over all cells.
    const auto cell = [&](int column, int row, int span) {
        const int left = width * column / columns, right = width * (column + span) / columns;
        const int top = height * row / rows, bottom = height * (row + span) / rows;
        return QRect(area.left() + metrics.gutter * (column + 1) + left, area.top() + metrics.gutter * (row + 1) + top,
                     right - left + metrics.gutter * (span - 1), bottom - top + metrics.gutter * (span - 1));
    };
    std::vector<QRect> rects;
    if (shape.kind == WallShape::Kind::Grid) {
        for (int row = 0; row < rows; ++row)
            for (int column = 0; column < columns; ++column)
                rects.push_back(cell(column, row, 1));
        return rects;
    }
    rects.push_back(cell(0, 0, columns - 1));
    for (int row = 0; row < rows - 1; ++row)
        rects.push_back(cell(columns - 1, row, 1));
    for (int column = 0; column < columns; ++column)
        rects.push_back(cell(column, rows - 1, 1));
    return rects;
}

qint64 pictureArea(const WallShape &shape, int count, QSize area, const WallMetrics &metrics, double aspect)
{
    qint64 sum = 0;
    const auto rects = tileRects(shape, QRect({}, area), metrics);
    for (std::size_t i = 0; i < rects.size() && int(i) < count; ++i) {
        const QRect picture = fitPicture(pictureSpace(rects[i], metrics), QSizeF(aspect, 1));
        sum += qint64(picture.width()) * picture.height();
    }
    return sum;
}

WallShape automaticShape(int count, QSize area, const WallMetrics &metrics, double aspect,
                         const std::optional<WallShape> &current)
{
    std::vector<WallShape> candidates;
    for (int columns = 1; columns <= std::max(1, count); ++columns)
        candidates.push_back({WallShape::Kind::Grid, columns, (std::max(1, count) + columns - 1) / columns});
    for (int k = 3; 2 * k <= count + 1; ++k) {
        if (2 * k >= count)
            candidates.push_back({WallShape::Kind::OnePlusN, k, k});
    }
    WallShape best = candidates.front();
    qint64 bestArea = -1;
    for (const WallShape &shape : candidates) {
        const qint64 pictures = pictureArea(shape, count, area, metrics, aspect);
        if (pictures > bestArea) {
            best = shape;
            bestArea = pictures;
        }
    }
    // The current one may only stay when it is one that this count would be given: no row is left empty.
    if (current && std::find(candidates.begin(), candidates.end(), *current) != candidates.end()
        && double(bestArea) < kWorthJumping * double(pictureArea(*current, count, area, metrics, aspect)))
        return *current;
    return best;
}

int neighbour(const std::vector<QRect> &tiles, int count, int index, Direction direction)
{
    count = std::min(count, int(tiles.size()));
    if (index < 0 || index >= count)
        return count > 0 ? 0 : -1;
    const QRect from = tiles[std::size_t(index)];
    int best = index;
    qint64 bestDistance = -1;
    for (int i = 0; i < count; ++i) {
        const QRect to = tiles[std::size_t(i)];
        int along = 0, overlap = 0;
        switch (direction) {
        case Direction::Left: along = from.left() - to.right(); break;
        case Direction::Right: along = to.left() - from.right(); break;
        case Direction::Up: along = from.top() - to.bottom(); break;
        case Direction::Down: along = to.top() - from.bottom(); break;
        }
        if (along <= 0)
            continue;
        const bool horizontal = direction == Direction::Left || direction == Direction::Right;
        overlap = horizontal ? std::min(from.bottom(), to.bottom()) - std::max(from.top(), to.top())
                             : std::min(from.right(), to.right()) - std::max(from.left(), to.left());
        if (overlap <= 0)
            continue;
        const QPoint between = to.topLeft() - from.topLeft();
        const qint64 across = std::abs(horizontal ? between.y() : between.x());
        const qint64 distance = qint64(along) * 10'000 + across;
        if (bestDistance < 0 || distance < bestDistance) {
            best = i;
            bestDistance = distance;
        }
    }
    return best;
}

} // namespace vedette::app
