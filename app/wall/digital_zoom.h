// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QRectF>

namespace vedette::app {

/// Which part of a picture is looked at, as parts of its width and height. Always within the picture. Value type.
struct DigitalZoom {
    static constexpr double kMost = 16;

    double factor = 1;                 ///< 1: the whole picture, to kMost
    QPointF topLeft{0, 0};             ///< 0 to 1

    QRectF part() const { return {topLeft, QSizeF(1 / factor, 1 / factor)}; }
    bool isWhole() const { return factor <= 1; }
    /// What lies under the pointer stays there. at: of the shown part, 0 to 1.
    DigitalZoom scaledAbout(QPointF at, double by) const;
    /// By parts of what is shown; positive: the picture follows the hand to the right and down.
    DigitalZoom moved(QPointF by) const;

    bool operator==(const DigitalZoom &) const = default;
};

} // namespace vedette::app
