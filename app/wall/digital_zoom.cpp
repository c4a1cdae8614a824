// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wall/digital_zoom.h"

#include <algorithm>

namespace vedette::app {

namespace {

DigitalZoom within(DigitalZoom zoom)
{
    const double last = 1 - 1 / zoom.factor;
    zoom.topLeft = {std::clamp(zoom.topLeft.x(), 0.0, last), std::clamp(zoom.topLeft.y(), 0.0, last)};
    return zoom;
}

} // namespace

DigitalZoom DigitalZoom::scaledAbout(QPointF at, double by) const
{
    DigitalZoom next;
    next.factor = std::clamp(factor * by, 1.0, kMost);
    next.topLeft = topLeft + at * (1 / factor - 1 / next.factor);
    return within(next);
}

DigitalZoom DigitalZoom::moved(QPointF by) const
{
    DigitalZoom next = *this;
    next.topLeft -= by / factor;
    return within(next);
}

} // namespace vedette::app
