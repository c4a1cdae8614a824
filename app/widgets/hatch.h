// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QBrush>
#include <QColor>

namespace vedette::app {

enum class Hatch : std::uint8_t { Diagonal, Cross };

/// Lines at 45° as a texture, so that they scale with the screen. pitch: logical pixels between two lines.
QBrush hatchBrush(const QColor &color, Hatch hatch, qreal pitch, qreal width, qreal devicePixelRatio);

} // namespace vedette::app
