// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/hatch.h"

#include <QPainter>
#include <QPixmap>
#include <QTransform>

#include <algorithm>

namespace vedette::app {

QBrush hatchBrush(const QColor &color, Hatch hatch, qreal pitch, qreal width, qreal devicePixelRatio)
{
    const int side = std::max(2, qRound(pitch * devicePixelRatio));
    QPixmap tile(side, side);
    tile.fill(Qt::transparent);
    QPainter painter(&tile);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(color, width * devicePixelRatio));
    for (const int offset : {-side, 0, side}) {
        painter.drawLine(offset - 1, side + 1, offset + side + 1, -1);
        if (hatch == Hatch::Cross)
            painter.drawLine(offset - 1, -1, offset + side + 1, side + 1);
    }
    painter.end();
    QBrush brush(tile);
    brush.setTransform(QTransform::fromScale(1 / devicePixelRatio, 1 / devicePixelRatio));
    return brush;
}

} // namespace vedette::app
