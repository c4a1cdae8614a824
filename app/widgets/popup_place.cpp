// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/widgets/popup_place.h"

#include <QScreen>
#include <QWidget>

#include <algorithm>

namespace vedette::app {

namespace {

constexpr int kGap = 4;

} // namespace

void openOver(QWidget &popup, const QWidget &button)
{
    popup.adjustSize();
    const QRect screen = button.screen()->availableGeometry();
    QPoint place = button.mapToGlobal(QPoint(button.width() - popup.width(), -popup.height() - kGap));
    if (place.y() < screen.top())
        place.setY(button.mapToGlobal(QPoint(0, button.height() + kGap)).y());
    place.setX(std::clamp(place.x(), screen.left(), std::max(screen.left(), screen.right() - popup.width())));
    popup.move(place);
    popup.show();
}

} // namespace vedette::app
